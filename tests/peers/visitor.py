"""Somebody who is signed in on the server, with a browser that runs no JavaScript."""

from __future__ import annotations

import html
import re

import httpx

__all__ = ["Visitor"]


class Visitor:
    """A browser on the pages of one project."""

    def __init__(self, url: str, session: str, project: str) -> None:
        self.base, self.project = url, f"{url}/projects/{project}"
        self.client = httpx.Client(trust_env=False, timeout=60, cookies={"composio-session": session} if session else {})

    def get(self, path: str, **query: str) -> httpx.Response:
        """A page of the project."""
        return self.client.get(f"{self.project}/{path}", params=query)

    def places(self) -> list[str]:
        """The pages that the side of each page lists."""
        side = self.get("start").text.partition('<nav class="side"')[2].partition("</nav>")[0]
        return [html.unescape(one) for one in re.findall(r'href="[^"]*/projects/[^/"]+/([^"]+)"', side)]

    def post(self, page: httpx.Response, path: str, **values: str) -> httpx.Response:
        """Send the form of ``page`` that goes to ``path``, with what is hidden in it and ``values``; follow where it leads."""
        action, data, _ = self._fill(page, path, values)
        return self.client.post(action, data=data, follow_redirects=True)

    def upload(self, page: httpx.Response, path: str, file: tuple[str, bytes] | None, **values: str) -> httpx.Response:
        """As :meth:`post`, a form that takes a file; ``file`` is the name and content of the one that is chosen."""
        action, data, body = self._fill(page, path, values)
        [name] = re.findall(r'name="([^"]*)" type="file"', body)
        # A browser sends the field without a file's name where none is chosen.
        return self.client.post(action, data=data, files={name: file or ("", b"")}, follow_redirects=True)

    def _fill(self, page: httpx.Response, path: str, values: dict[str, str]) -> tuple[str, dict[str, str], str]:
        """Where a form goes, what it is sent with, and what is in it."""
        for action, body in re.findall(r'<form[^>]* action="([^"]*)"[^>]*>(.*?)</form>', page.text, re.DOTALL):
            if html.unescape(action).partition("?")[0].endswith(path):
                hidden = dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', body))
                data = {name: html.unescape(value) for name, value in hidden.items()} | values
                return f"{self.base}{html.unescape(action)}", data, body
        raise AssertionError(f"no form to {path} in {page.url}")
