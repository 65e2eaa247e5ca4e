from __future__ import annotations

import sys
import webbrowser
from collections.abc import Callable

import pytest

from composio.client import browser

WINDOWS = ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What this machine's browser would have been asked to open, on a machine that has windows."""
    found: list[str] = []

    def keep(url: str) -> bool:
        found.append(url)
        return True

    monkeypatch.setattr(webbrowser, "open", keep)
    monkeypatch.setenv("DISPLAY", ":0")
    return found


def test_a_web_address_is_opened(opened: list[str]) -> None:
    assert browser.open_page("https://provider.example/authorize?state=s")
    assert opened == ["https://provider.example/authorize?state=s"]


@pytest.mark.parametrize("url", ["file:///etc/passwd", "javascript:alert(1)", "-h", "", "data:text/html,x", "ms-cxh:"])
def test_what_a_provider_says_is_opened_only_where_it_is_a_web_address(opened: list[str], url: str) -> None:
    assert not browser.open_page(url)
    assert opened == []


@pytest.mark.parametrize("failure", [webbrowser.Error("none"), OSError("none")])
def test_a_browser_that_can_t_be_started_is_none(
    opened: list[str], monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    def fail(_url: str) -> bool:
        raise failure

    monkeypatch.setattr(webbrowser, "open", fail)
    assert not browser.open_page("https://provider.example/")


@pytest.fixture
def on(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    return lambda platform: monkeypatch.setattr(sys, "platform", platform)


@pytest.mark.parametrize(("platform", "opens"), [("linux", False), ("darwin", True), ("win32", True)])
def test_without_windows_no_browser_takes_the_terminal(
    opened: list[str], monkeypatch: pytest.MonkeyPatch, on: Callable[[str], None], platform: str, opens: bool
) -> None:
    for name in WINDOWS:
        monkeypatch.delenv(name, raising=False)
    on(platform)
    assert browser.open_page("https://provider.example/") is opens
