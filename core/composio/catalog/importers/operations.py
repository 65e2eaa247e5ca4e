"""The operations of an OpenAPI document, and which of them are important."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from composio.catalog.definition import AppDefinition
from composio.catalog.importers.document import Document

__all__ = ["METHODS", "Named", "Operation", "by_reference", "important", "operations", "referred", "texts", "warn_of_unused"]

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")
# RFC 9110, 9.1: the characters of a method.
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
# `{name}`, and variants of RFC 6570 and web frameworks: `{+name}`, `{*name}`, `{name:path}`, `{name:[a-z]+}`.
_PLACEHOLDER = re.compile(r"\{(?P<open>[+*]?)(?P<name>[^{}+*:][^{}*:]*)\*?(?::(?P<kind>[^{}]*))?\}")
_MAY_HOLD_SLASHES = frozenset(("path", ".*", ".+"))
# An app without a list of important actions gets all of them up to this many ...
_ALL_IMPORTANT = 40
# ... and beyond it this many with the shortest paths: those are an API's main nouns, not their details.
_SHORTEST_IMPORTANT = 20


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation with its path item. ``method`` is as it is sent.

    ``identity`` identifies it in every version of its API, if that is not its method and path.
    """

    method: str
    path: str
    item: Mapping[str, Any] = field(repr=False)
    node: Mapping[str, Any] = field(repr=False)
    identity: str = ""

    @property
    def place(self) -> str:
        """The method and path, such as ``GET /users``."""
        return f"{self.method} {self.path}"

    @property
    def key(self) -> str:
        """The operation's identity across versions of the description."""
        return self.identity or self.place

    @property
    def template(self) -> str:
        """The path with plain placeholders: ``{+name}``, ``{*name}`` and ``{name:path}`` become ``{name}``."""
        return _PLACEHOLDER.sub(lambda found: f"{{{found['name']}}}", self.path)

    @property
    def placeholders(self) -> list[str]:
        """The names of the path's placeholders."""
        return list(dict.fromkeys(found["name"] for found in _PLACEHOLDER.finditer(self.path)))

    @property
    def open_placeholders(self) -> frozenset[str]:
        """Those with values that may contain slashes, in the syntax of RFC 6570 or a web framework."""
        return frozenset(f["name"] for f in _PLACEHOLDER.finditer(self.path) if f["open"] or f["kind"] in _MAY_HOLD_SLASHES)

    def text(self, key: str) -> str:
        """Return a string field of the operation, "" if it is missing or not a string."""
        value = self.node.get(key)
        return value.strip() if isinstance(value, str) else ""

    @property
    def deprecated(self) -> bool:
        return self.node.get("deprecated") is True

    @property
    def tags(self) -> tuple[str, ...]:
        """The operation's tags, each once."""
        return texts(self.node.get("tags"))

    @property
    def references(self) -> tuple[str, ...]:
        """The operation's names in an ``integration.yaml``, besides its slug."""
        return tuple(r for r in (self.text("operationId"), self.place) if r)


@dataclass(slots=True)
class Named:
    """An operation, its slug and its aliases.

    ``shared`` are names that it does not get because other operations have an equal claim.
    """

    operation: Operation
    slug: str
    aliases: list[str] = field(default_factory=list)
    shared: list[str] = field(default_factory=list)


def texts(value: Any) -> tuple[str, ...]:
    """Return the strings in a list, each once; empty if it is not a list."""
    return tuple(dict.fromkeys(v for v in value if isinstance(v, str))) if isinstance(value, list) else ()


def operations(document: Document) -> Iterator[Operation]:
    """Yield every operation in document order. Raises nothing: an invalid path item or operation is skipped with a warning."""
    listed = document.root.get("paths")
    paths = listed if isinstance(listed, dict) else {}
    for path, node in paths.items():
        item = {**document.follow(node), **{k: v for k, v in node.items() if k != "$ref"}} if isinstance(node, dict) else None
        rooted = _add_slash(path, paths) if isinstance(path, str) else None
        if item is None or rooted is None:
            document.warn(f"paths: {path!r} is no path with operations; skipped")
            continue
        for method, operation in _methods(item):
            if isinstance(operation, dict) and _TOKEN.fullmatch(method):
                identity = document.identities.get((method, path), "")
                found = Operation(method, rooted, item, operation, identity)
                if document.selection is None or document.selection.takes(method, rooted, found.text("operationId")):
                    yield found
            else:
                document.warn(f"{method} {path}: is no operation; skipped")


def warn_of_unused(document: Document, definition: AppDefinition) -> None:
    """Warn about each pattern of the definition that matched no operation."""
    for name, pattern in document.selection.unused if document.selection is not None else ():
        document.warn(f"{definition.file.name}: spec.{name}: no operation is called {pattern!r}")


def _add_slash(path: str, paths: Mapping[str, Any]) -> str | None:
    """Add a missing leading slash to a path, and drop a quotation mark behind it; None if it is not a path.

    A leading placeholder gets none: its value may contain the slash, or be an absolute URL.
    """
    if (bare := path.rstrip('" ')) != path and bare and bare not in paths:
        path = bare
    if path.startswith("/"):
        return path
    is_path = path and not path.startswith(("{", "x-")) and "://" not in path and f"/{path}" not in paths
    return f"/{path}" if is_path else None


def _methods(item: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Return the methods of a path, as they are sent; nonstandard ones are in ``additionalOperations`` (3.2)."""
    taken = [method for method in item if method in METHODS]
    yield from ((method.upper(), item[method]) for method in taken)
    more = item.get("additionalOperations")
    for method, operation in more.items() if isinstance(more, dict) else ():
        if str(method).lower() not in taken:
            yield str(method), operation


def important(document: Document, definition: AppDefinition, found: list[Named]) -> frozenset[str]:
    """Return the slugs of the important actions: the definition's list, else a default by size."""
    if definition.important:
        table = by_reference(found)
        chosen = set()
        for reference in definition.important:
            target = referred(table, reference)
            if target is None:
                document.warn(f"{definition.file.name}: important: no operation is called {reference!r}")
            else:
                chosen.add(target.slug)
        return frozenset(chosen)
    current = [named for named in found if not named.operation.deprecated]
    if len(current) > _ALL_IMPORTANT:
        current = sorted(current, key=_path_length)[:_SHORTEST_IMPORTANT]
    return frozenset(named.slug for named in current)


def _path_length(named: Named) -> tuple[int, int]:
    return named.operation.path.count("/"), len(named.operation.path)


def by_reference(found: Iterable[Named]) -> dict[str, Named]:
    """Return the operations by their names in an ``integration.yaml``, without ambiguous operationIds."""
    named_by: dict[str, list[Named]] = {}
    for named in found:
        for reference in dict.fromkeys((*named.operation.references, named.slug, *named.aliases)):
            named_by.setdefault(reference, []).append(named)
    return {reference: named[0] for reference, named in named_by.items() if len(named) == 1}


def referred(table: Mapping[str, Named], reference: str) -> Named | None:
    """Return the forms of a reference: as written, as a slug in lower case, or with the method in lower case."""
    method, space, path = reference.partition(" ")
    return table.get(reference) or table.get(reference.upper()) or table.get(f"{method.upper()}{space}{path}")
