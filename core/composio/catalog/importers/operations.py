"""The operations of an OpenAPI document, and the names that actions get out of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from composio.catalog.definition import AppDefinition
from composio.catalog.importers.document import Document
from composio.errors import SpecError
from composio.schema.names import action_slug, slugify

__all__ = ["METHODS", "Named", "Operation", "important", "name_all", "operations", "texts"]

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")
# RFC 9110, 9.1: what a method is made of.
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
# Several times those of the largest API known.
_MOST = 100_000
# `{name}`, and what RFC 6570 and web frameworks make of it: `{+name}`, `{*name}`, `{name:path}`, `{name:[a-z]+}`.
_PLACEHOLDER = re.compile(r"\{(?P<open>[+*]?)(?P<name>[^{}+*:][^{}*:]*)\*?(?::(?P<kind>[^{}]*))?\}")
_MAY_HOLD_SLASHES = frozenset(("path", ".*", ".+"))
# An app that names no important actions of its own gets all of them up to this many ...
_ALL_IMPORTANT = 40
# ... and beyond it this many with the shortest paths: those are an API's main nouns, not their details.
_SHORTEST_IMPORTANT = 20


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation with its path item. ``method`` is as it is sent."""

    method: str
    path: str
    item: Mapping[str, Any] = field(repr=False)
    node: Mapping[str, Any] = field(repr=False)

    @property
    def template(self) -> str:
        """The path with each placeholder as its bare name: ``{+name}``, ``{*name}`` and ``{name:path}`` are ``{name}``."""
        return _PLACEHOLDER.sub(lambda found: f"{{{found['name']}}}", self.path)

    @property
    def placeholders(self) -> list[str]:
        """The names in the path that have to be filled."""
        return list(dict.fromkeys(found["name"] for found in _PLACEHOLDER.finditer(self.path)))

    @property
    def open_placeholders(self) -> frozenset[str]:
        """Those whose values may hold slashes, as RFC 6570 and web frameworks write them."""
        return frozenset(f["name"] for f in _PLACEHOLDER.finditer(self.path) if f["open"] or f["kind"] in _MAY_HOLD_SLASHES)

    def text(self, key: str) -> str:
        """A text field of the operation, "" where it is missing or no text."""
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
        """What an ``integration.yaml`` may call this operation, besides its slug."""
        return tuple(r for r in (self.text("operationId"), f"{self.method} {self.path}") if r)


@dataclass(slots=True)
class Named:
    """An operation, its slug and the further names that resolve to it."""

    operation: Operation
    slug: str
    aliases: list[str] = field(default_factory=list)


def texts(value: Any) -> tuple[str, ...]:
    """The texts in a list, each once; nothing of what is no list."""
    return tuple(dict.fromkeys(v for v in value if isinstance(v, str))) if isinstance(value, list) else ()


def operations(document: Document) -> Iterator[Operation]:
    """Every operation in document order. Raises nothing: what is no path item or operation is skipped with a warning."""
    paths = document.root.get("paths")
    for path, node in (paths if isinstance(paths, Mapping) else {}).items():
        item = (
            {**document.follow(node), **{k: v for k, v in node.items() if k != "$ref"}} if isinstance(node, Mapping) else None
        )
        if item is None or not isinstance(path, str) or not path.startswith("/"):
            document.warn(f"paths: {path!r} is no path with operations; skipped")
            continue
        for method, operation in _methods(item):
            if isinstance(operation, Mapping) and _TOKEN.fullmatch(method):
                yield Operation(method, path, item, operation)
            else:
                document.warn(f"{method} {path}: is no operation; skipped")


def _methods(item: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The methods of a path, as they are sent; those that have no keyword of their own are in ``additionalOperations`` (3.2)."""
    taken = [method for method in item if method in METHODS]
    yield from ((method.upper(), item[method]) for method in taken)
    more = item.get("additionalOperations")
    for method, operation in more.items() if isinstance(more, Mapping) else ():
        if str(method).lower() not in taken:
            yield str(method), operation


def name_all(document: Document, definition: AppDefinition) -> list[Named]:
    """Slugs and aliases of every operation.

    The summary makes the slug, else the operationId. Where two make the same, the first keeps it and the other one is named by
    its operationId. Aliases are, first come first served and never a slug: the definition's own, the long form of a slug that
    was cut, the operationId's form. Raises ``SpecError`` for more operations than any API has.
    """
    app = definition.app.key
    found: list[Named] = []
    slugs: dict[str, Named] = {}
    longs: list[tuple[Named, str]] = []
    numbers: dict[str, int] = {}
    for count, operation in enumerate(operations(document)):
        if count == _MOST:
            raise SpecError(f"{app}: the API description has more than {_MOST} operations; give one of a part of the API.")
        for slug, long in _candidates(app, operation, numbers):
            if slug not in slugs:
                named = slugs[slug] = Named(operation, slug)
                found.append(named)
                longs.append((named, long))
                break
    names = dict(slugs)

    def alias(name: str, named: Named) -> bool:
        if names.setdefault(name, named) is not named:
            return False
        if name != named.slug and name not in named.aliases:
            named.aliases.append(name)
        return True

    _declared(document, definition, found, alias)
    for named, long in longs:
        alias(long, named)
    for named in found:
        if identifier := named.operation.text("operationId"):
            for form in action_slug(app, identifier):
                alias(form, named)
    return found


def _candidates(app: str, operation: Operation, numbers: dict[str, int]) -> Iterator[tuple[str, str]]:
    """Slugs to try, with their long forms; never ends. ``numbers`` are those that names alike were given before."""
    identifier, place = operation.text("operationId"), f"{operation.method} {operation.path}"
    for text in (operation.text("summary"), _without_app(app, identifier), place):
        if slugify(text):  # of a summary in another script nothing is left, and what would stand for it tells nobody anything
            yield action_slug(app, text)
    plain = slugify(identifier or place)
    while True:
        numbers[plain] = numbers.get(plain, 1) + 1
        yield action_slug(app, f"{identifier or place} {numbers[plain]}")


def _without_app(app: str, identifier: str) -> str:
    """``gmail.users.messages.send`` of gmail without its first word, which the slug begins with anyway."""
    head, separator, rest = identifier.partition(".")
    return rest if separator and rest and slugify(head) == slugify(app) else identifier


def _declared(document: Document, definition: AppDefinition, found: list[Named], alias: Callable[[str, Named], bool]) -> None:
    table = _by_reference(found)
    for name, reference in definition.aliases.items():
        target = _referred(table, reference)
        if target is None:
            document.warn(f"{definition.file.name}: aliases: {name}: no operation is called {reference!r}")
        elif not alias(name.upper(), target):
            document.warn(f"{definition.file.name}: aliases: {name} is another action's slug; the slug keeps it")


def important(document: Document, definition: AppDefinition, found: list[Named]) -> frozenset[str]:
    """The slugs of the important actions: the definition's list, else a default by size."""
    if definition.important:
        table = _by_reference(found)
        chosen = set()
        for reference in definition.important:
            target = _referred(table, reference)
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


def _by_reference(found: Iterable[Named]) -> dict[str, Named]:
    table: dict[str, Named] = {}
    for named in found:
        for reference in (*named.operation.references, named.slug, *named.aliases):
            table.setdefault(reference, named)
    return table


def _referred(table: Mapping[str, Named], reference: str) -> Named | None:
    """What a reference means: as written, as a slug in lower case, or with the method in lower case."""
    method, space, path = reference.partition(" ")
    return table.get(reference) or table.get(reference.upper()) or table.get(f"{method.upper()}{space}{path}")
