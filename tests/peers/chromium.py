"""A real browser: the system's Chromium, driven by Playwright, which downloads none. It writes down whatever a page gets wrong."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from conformance import _npm
from tests.peers.oidc import packages_folder

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page, Response

__all__ = ["Person", "Watched", "chromium", "find_axe"]

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# What the page itself can see of its faults, from its first moment on.
_WATCH = """
window.seen = { shift: 0, refused: [] };
new PerformanceObserver((list) => {
  for (const one of list.getEntries()) if (!one.hadRecentInput) window.seen.shift += one.value;
}).observe({ type: "layout-shift", buffered: true });
document.addEventListener("securitypolicyviolation", (event) => window.seen.refused.push(event.violatedDirective + " " + event.blockedURI));
"""


def find_axe() -> str:
    """The source of axe-core. Raises ``Unavailable``."""
    return _npm.install(packages_folder(), "axe-core", "4.14.1", "axe.min.js").read_text("utf-8")


class Watched:
    """A page, and what went wrong on it at the server that it was sent to first: the browser's console, answers that failed."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._server = ""
        self.wrong: list[str] = []
        page.on("console", self._note_message)
        page.on("pageerror", lambda error: self.wrong.append(f"error: {error}"))
        page.on("response", self._note_answer)

    def _note_message(self, message: ConsoleMessage) -> None:
        where = message.location.get("url", "")
        if message.type in {"error", "warning"} and (not where or where.startswith(self._server)):
            self.wrong.append(f"console: {message.text}")

    def _note_answer(self, answer: Response) -> None:
        if answer.status >= 500 and answer.url.startswith(self._server):
            self.wrong.append(f"{answer.status}: {answer.url}")

    def go(self, url: str) -> None:
        """Open a page and wait until it has loaded all that it loads."""
        self._server = self._server or "{0.scheme}://{0.netloc}/".format(urlsplit(url))
        self.page.goto(url, wait_until="load")

    def look(self) -> dict[str, Any]:
        """What can be seen of the page's faults: ``shift`` of its layout, ``refused`` by its policy, and whether it is too ``wide``."""
        self.page.wait_for_load_state()  # a click does not wait for the page that it leads to
        found: dict[str, Any] = self.page.evaluate(
            "({...window.seen, wide: document.documentElement.scrollWidth > window.innerWidth})"
        )
        return found

    def judge(self, axe: str) -> list[str]:
        """The rules of accessibility that the page breaks, as axe-core has them."""
        self.page.evaluate(axe)
        broken = self.page.evaluate("axe.run(document).then((found) => found.violations)")
        return [f"{one['id']}: {node['html'][:200]}" for one in broken for node in one["nodes"]]


class Person:
    """Somebody with a browser of their own."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser

    @contextmanager
    def at(
        self, *, width: int = 1280, theme: str = "light", cookies: Mapping[str, str] | None = None, url: str = ""
    ) -> Iterator[Watched]:
        """A page of a new window, which has ``cookies`` at ``url``."""
        scheme: Any = theme
        context = self._browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, locale="en-GB", timezone_id="Europe/Berlin"
        )
        try:
            context.add_init_script(_WATCH)
            context.grant_permissions(["clipboard-read", "clipboard-write"])
            context.add_cookies([{"name": name, "value": value, "url": url} for name, value in (cookies or {}).items()])
            yield Watched(context.new_page())
        finally:
            context.close()


@contextmanager
def chromium() -> Iterator[Person]:
    """A browser while the block runs. Skips the test where there is none, or no Playwright.

    Nothing else may have an event loop in the block's thread.
    """
    driver = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed: `nox -s dashboard` installs it")
    path = next((there for name in BROWSERS if (there := shutil.which(name))), None)
    if path is None:
        pytest.skip(f"no browser is installed: none of {', '.join(BROWSERS)} is on PATH")
    with driver.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=path, args=["--no-sandbox"])
        try:
            yield Person(browser)
        finally:
            browser.close()
