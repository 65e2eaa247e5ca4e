"""A request whose repr tells where it goes and not with what: a URL's path and query may hold a credential."""

from __future__ import annotations

import httpx

__all__ = ["Request"]


class Request(httpx.Request):
    """An ``httpx.Request`` that shows its method and its server, in tracebacks that print local variables too."""

    def __repr__(self) -> str:
        return f"<Request({self.method!r}, '{self.url.scheme}://{self.url.netloc.decode('ascii').rpartition('@')[2]}/***')>"
