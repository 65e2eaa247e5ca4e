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

    def post(self, page: httpx.Response, path: str, *, file: tuple[str, bytes] | None = None, **values: str) -> httpx.Response:
        """Send the form of ``page`` that goes to ``path``, with what is hidden in it and ``values``; follow where it leads.

        ``file`` is the name and content of the file that is chosen in a form that takes one.
        """
        for action, body in re.findall(r'<form[^>]* action="([^"]*)"[^>]*>(.*?)</form>', page.text, re.DOTALL):
            if html.unescape(action).partition("?")[0].endswith(path):
                hidden = dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', body))
                data = {name: html.unescape(value) for name, value in hidden.items()} | values
                # A browser sends a file's field without a name where none is chosen.
                files = {"file": file or ("", b"")} if 'type="file"' in body else None
                return self.client.post(f"{self.base}{html.unescape(action)}", data=data, files=files, follow_redirects=True)
        raise AssertionError(f"no form to {path} in {page.url}")
