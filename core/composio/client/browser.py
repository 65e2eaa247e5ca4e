"""The browser in which users go to pages of others."""

from __future__ import annotations

import os
import sys
import webbrowser
from urllib.parse import urlsplit

__all__ = ["open_page"]


def open_page(url: str) -> bool:
    """Whether a browser with windows was opened; one that takes the terminal over is none to come back from.

    A provider may say where users enter a device's code: only web addresses are opened.
    """
    windows = sys.platform in ("win32", "darwin") or any(os.environ.get(n) for n in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"))
    if not windows or urlsplit(url).scheme not in {"http", "https"}:
        return False
    try:
        return webbrowser.open(url)
    except (webbrowser.Error, OSError):
        return False
