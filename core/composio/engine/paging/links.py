"""Links in a response: ``Link`` headers, and URLs in the body. Pure.

Source: RFC 8288, section 3 (Link header fields) and appendix B.2 (parsing).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

__all__ = ["header_links", "is_address", "link_in"]

_LONGEST: Final = 16_384
_MOST: Final = 32
_TARGET = re.compile(r"[\s,]*<([^>]*)>")
_PARAMETER = re.compile(r"\s*;\s*([\w!#$&+.^`|~*-]*)\s*(?:=\s*(?:\"((?:[^\"\\]|\\.)*+)\"|([^\s\",;]*)))?")
_HREFS = ("href", "url", "uri", "link")


def header_links(header: str) -> Iterator[tuple[str, str]]:
    """Yield relation and URL of each link in a header. Stops at a malformed part, as nothing after it can be delimited."""
    text, position = header[:_LONGEST], 0
    for _ in range(_MOST):
        target = _TARGET.match(text, position)
        if target is None:
            return
        position, relations, leads = target.end(), None, True
        while (parameter := _PARAMETER.match(text, position)) is not None:
            position = parameter.end()
            name, quoted, token = parameter[1].lower(), parameter[2], parameter[3]
            if name == "rel" and relations is None:  # of several, the first counts
                relations = re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else token
            # A link of another resource; Sentry's next page without items.
            leads = leads and name != "anchor" and (name, quoted or token) != ("results", "false")
        if leads:
            yield from ((relation, target[1]) for relation in (relations or "").lower().split())


def is_address(value: Any) -> bool:
    """Return whether a string is a URL, absolute or relative, or a URL's query."""
    if not isinstance(value, str):
        return False
    if value.startswith(("http://", "https://", "?", "//")):
        return True
    path, mark, query = value.partition("?")
    return "=" in query and " " not in path if mark else value.startswith("/")


def link_in(value: Any) -> str | None:
    """Return the URL of a link object: ``{"href": ...}``."""
    if isinstance(value, Mapping):
        value = next((value[name] for name in _HREFS if isinstance(value.get(name), str)), None)
    return value if is_address(value) else None
