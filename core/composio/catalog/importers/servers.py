"""Whose word a server's host is: the user's, or a description's."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from composio.catalog.definition import AppDefinition
from composio.process.addresses import is_this_machine

__all__ = ["filled", "is_foreign", "origin"]

_PLACEHOLDER: Final = re.compile(r"\{([^{}]+)\}")
_PUBLIC: Final = re.compile(
    r"(?:[a-z0-9_-]+\.)+(?!(?:internal|local|localdomain|localhost|arpa)$)[a-z][a-z0-9-]+", re.IGNORECASE
)


def filled(url: str, variables: Mapping[str, str]) -> str:
    """A server's URL with the defaults of its variables; those without one stay as they are."""
    return _PLACEHOLDER.sub(lambda found: variables.get(found[1], found[0]), url)


def origin(url: str) -> str:
    """``https://api.example.com``: scheme, host and port of a server in lower case, "" for what has none."""
    found = re.match(r"([A-Za-z][A-Za-z0-9+.-]*)://([^/?#]+)", url)
    if found is None:
        return ""
    scheme, host = found[1].lower(), found[2].rpartition("@")[2].lower()
    return f"{scheme}://{host.removesuffix({'http': ':80', 'https': ':443'}.get(scheme, ':'))}"


def is_foreign(url: str, definition: AppDefinition) -> bool:
    """Whether nobody but the description of an app named the host of ``url``.

    The user named the host that the description came from, and ``base_url``. Who has a description in a file, or serves it on
    this machine, means this machine where it says so: that is how APIs are developed. Of an installed package's description
    only what is not plainly a public name counts.
    """
    spec = definition.spec
    host = _host(url)
    if host and host in {_host(spec.url), _host(definition.app.base_url or "")}:
        return False
    if spec.kind in {"npm", "pip"}:
        return _PUBLIC.fullmatch(host) is None
    return not (is_this_machine(host) and (not spec.url or is_this_machine(_host(spec.url))))


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:  # brackets that hold no address
        return ""
