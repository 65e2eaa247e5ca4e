"""Values that a connection stores, as an app's file declares them: from callbacks and token responses.

These are the declarations; :mod:`composio.auth.kept` extracts the values.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

__all__ = ["CALLBACK", "METADATA", "PROTOCOL", "SIGNATURE", "Kept", "before_path", "defaults", "list_trusted", "read_declared"]

CALLBACK: Final = "callback_parameters"
METADATA: Final = "token_response_metadata"
# How a callback is signed; see :mod:`composio.auth.callbacks`.
SIGNATURE: Final = "callback_signature"
# Parameters of a callback that are secret, or that the flow itself checks.
PROTOCOL: Final = frozenset({"code", "state", "error", "error_description", "iss", "oauth_token", "oauth_verifier"})
_HEAD: Final = re.compile(r"(?:[A-Za-z]+://)?(?:\{\{.*?\}\}|[^/?#{])*", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One declared value: ``source`` is the callback's parameter or the response's path, ``name`` its name in templates.

    ``pattern`` must match all of it (if it has a group ``value``, that is stored), ``allowed`` lists whole values and
    ``hosts`` host names or ``*.example.com``, of a bare host or an https URL without a path.
    """

    source: str
    name: str
    pattern: str | None = None
    allowed: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    required: bool = False
    default: str | None = None

    @property
    def is_checked(self) -> bool:
        """Whether the file restricts the values."""
        return bool(self.pattern or self.allowed or self.hosts)

    @property
    def expected(self) -> str:
        """Describe the allowed values for error messages."""
        if self.allowed:
            return f"one of {', '.join(self.allowed)}"
        if self.hosts:
            return f"a host, or an https URL of one, among {', '.join(self.hosts)}"
        return f"text that fits {self.pattern}" if self.pattern else "letters, digits, '_' and '-'"


@lru_cache(maxsize=1024)
def _make(where: str, source: str, extra: tuple[tuple[str, Any], ...]) -> Kept:
    more = dict(extra)
    name = more.pop("as", None) or re.sub(r"\W", "_", source)
    more.setdefault("required", where == CALLBACK and "default" not in more)
    return Kept(source=source, name=name, **more)


def read_declared(extra: Mapping[str, Any], where: str) -> tuple[Kept, ...]:
    """The stored values of callbacks (``CALLBACK``) or of token responses (``METADATA``)."""
    found: list[Kept] = []
    for item in extra.get(where, ()):
        given = {"name": item} if isinstance(item, str) else dict(item)
        source = str(given.pop("name", None) or given.pop("path"))
        more = {k: tuple(map(str, v)) if isinstance(v, list | tuple) else v for k, v in given.items()}
        found.append(_make(where, source, tuple(sorted(more.items()))))
    return tuple(found)


def defaults(extra: Mapping[str, Any]) -> dict[str, str]:
    """Return the values that are not received yet."""
    return {
        one.name: one.default
        for where in (CALLBACK, METADATA)
        for one in read_declared(extra, where)
        if one.default is not None
    }


def list_trusted(extra: Mapping[str, Any], values: Mapping[str, str]) -> frozenset[str]:
    """Return the stored values that the app's file itself lists: they lead only to hosts that its author named."""
    return frozenset(
        one.name
        for where in (CALLBACK, METADATA)
        for one in read_declared(extra, where)
        if one.name in values and (values[one.name] in one.allowed or values[one.name] == one.default)
    )


def before_path(template: str) -> str:
    """Return the part of a URL's template that decides the host.

    All of one with statements, which may produce anything there.
    """
    head = None if "{%" in template or "{#" in template else _HEAD.match(template)
    return head[0] if head else template
