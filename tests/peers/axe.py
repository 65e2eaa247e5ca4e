"""axe-core's rules of accessibility over pages in a real browser: npm's axe-core and playwright-core, with the system's Chromium."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from conformance import _npm
from tests.peers.oidc import packages_folder

__all__ = ["judge"]

_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_PHONE, _DESK = 360, 1280


def judge(pages: Sequence[tuple[str, Mapping[str, str]]]) -> list[dict[str, Any]]:
    """What axe finds on each page, a URL with its cookies, on a phone and on a desk: ``title``, ``rules``, ``violations``, ``wide``.

    One browser serves all of them. Skips the test where there is no Chromium, or where npm's packages can't be had.
    """
    browser = next((there for name in _BROWSERS if (there := shutil.which(name))), None)
    if browser is None:
        pytest.skip(f"no browser is installed: none of {', '.join(_BROWSERS)} is on PATH")
    try:
        folder = packages_folder()
        asked = {
            "playwright": str(_npm.install(folder, "playwright-core", "1.65.1", "index.js")),
            "axe": str(_npm.install(folder, "axe-core", "4.14.1", "axe.min.js")),
            "browser": browser,
            "pages": [
                {"url": url, "cookies": list(cookies.items()), "width": width}
                for url, cookies in pages
                for width in (_PHONE, _DESK)
            ],
        }
        node = _npm.node()
    except _npm.Unavailable as error:
        pytest.skip(f"axe-core is not there: {error}")
    command = [node, str(Path(__file__).with_suffix(".mjs")), json.dumps(asked)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found
