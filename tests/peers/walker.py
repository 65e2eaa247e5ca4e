"""Somebody who walks through the server's pages with a browser that runs no JavaScript."""

from __future__ import annotations

import html
import re
from typing import Any
from urllib.parse import urljoin

import httpx

__all__ = ["Walker", "goal_of", "text_of"]


class Walker:
    """A browser without JavaScript, on one server. ``jar`` says whether it keeps cookies."""

    def __init__(self, url: str, *, jar: bool = True) -> None:
        self.url, self.jar = url, jar
        self.client = httpx.Client(trust_env=False, timeout=30)
        self.seen: list[httpx.Response] = []

    def get(self, path: str, **more: Any) -> httpx.Response:
        """A page; redirects within the server are followed, those to elsewhere are not."""
        return self._follow("GET", urljoin(self.url, path), **more)

    def submit(self, page: httpx.Response, values: dict[str, str] | None = None, **more: Any) -> httpx.Response:
        """Send a page's form, with what it holds and ``values``."""
        action = re.search(r'<form[^>]* action="([^"]*)"', page.text)
        assert action, page.text
        data = {html.unescape(name): html.unescape(value) for name, value in _HIDDEN.findall(page.text)}
        target = urljoin(str(page.url), html.unescape(action[1]))
        return self._follow("POST", target, data={**data, **(values or {})}, **more)

    def _follow(self, method: str, url: str, **more: Any) -> httpx.Response:
        for _ in range(10):
            if not self.jar:
                self.client.cookies.clear()
            answer = self.client.request(method, url, **more)
            self.seen.append(answer)
            if not answer.has_redirect_location:
                return answer
            url = urljoin(url, answer.headers["location"])
            if not url.startswith(self.url):
                return answer
            method, more = "GET", {}
        raise AssertionError(f"no end of redirects; the last was {url}")


_HIDDEN = re.compile(r'<input type="hidden" name="([^"]*)" value="([^"]*)">')


def goal_of(page: httpx.Response) -> str:
    """Where a page goes on to by itself."""
    if page.has_redirect_location:
        return page.headers["location"]
    found = re.search(r'<meta http-equiv="refresh" content="0; url=([^"]*)">', page.text)
    assert found, page.text
    return html.unescape(found[1])


def text_of(page: httpx.Response) -> str:
    """What a person reads."""
    return html.unescape(" ".join(re.sub(r"<[^>]+>", " ", re.split(r"<body[^>]*>", page.text, maxsplit=1)[-1]).split()))
