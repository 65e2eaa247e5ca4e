"""Open a provider's page in the user's browser."""

from __future__ import annotations

import os
import sys
import webbrowser
from urllib.parse import urlsplit

__all__ = ["open_page"]


def open_page(url: str) -> bool:
    """Open ``url`` in a graphical browser and return whether that worked; text browsers would take over the terminal.

    The URL may come from a provider, so only web addresses are opened.
    """
    windows = sys.platform in ("win32", "darwin") or any(os.environ.get(n) for n in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"))
    if not windows or urlsplit(url).scheme not in {"http", "https"}:
        return False
    try:
        return webbrowser.open(url)
    except (webbrowser.Error, OSError):
        return False
