"""Names the operations of an app's several descriptions at once, so that no name depends on the order of the descriptions.

What naming needs of all of them is put into one document. Where two descriptions have operations at one method and path, the
later one's path ends with ``#`` and the description's name there: ``GET /v1/Services#chat``. An operationId that several have
is told apart in the same way: ``ListMessage#chat``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from composio.catalog.assigned import AssignedName, AssignedNames
from composio.catalog.definition import AppDefinition
from composio.catalog.importers.document import Document
from composio.catalog.importers.naming import name_all
from composio.catalog.importers.operations import METHODS, Named, Operation, important

__all__ = ["name_together", "with_names"]

# What naming reads of an operation, and what decides whether it is important.
_READ = ("operationId", "summary", "deprecated", "tags")


def name_together(parts: Iterable[tuple[str, Iterable[Operation]]], definition: AppDefinition) -> AssignedNames:
    """The names of the operations of ``parts``, each a description's name and what it has. Raises ``SpecError`` for too many."""
    paths: dict[str, dict[str, Any]] = {}
    identities: dict[tuple[str, str], str] = {}
    taken: set[str] = set()
    places: dict[tuple[str, str], tuple[str, str, str]] = {}
    meant: dict[str, str] = {}
    for part, found in parts:
        for operation in found:
            path, method = operation.path, operation.method
            if (method, path) in places:
                path = f"{path}#{part}"
            node = {key: operation.node[key] for key in _READ if key in operation.node}
            _put(paths.setdefault(path, {}), method, node)
            key = operation.key if operation.key not in taken else f"{operation.key}#{part}"
            taken.add(key)
            identities[method, path] = key
            places[method, path] = part, method, operation.path
            meant[f"{operation.text('operationId')}#{part}"] = f"{method} {path}"
    definition = replace(
        definition,
        important=tuple(meant.get(one, one) for one in definition.important),
        aliases={name: meant.get(one, one) for name, one in definition.aliases.items()},
    )
    document = Document({"openapi": "3.1.0", "paths": paths}, identities)
    named = name_all(document, definition)
    chosen = important(document, definition, named)
    by_place = {places[one.operation.method, one.operation.path]: _assign_name(one) for one in named}
    return AssignedNames(by_place, chosen, document.take_warnings())


def with_names(names: AssignedNames, part: str, operation: Operation) -> Named:
    """``operation`` of the description ``part`` with the names that it was given."""
    found = names.by_place[part, operation.method, operation.path]
    return Named(replace(operation, identity=found.identity), found.slug, list(found.aliases), list(found.shared))


def _assign_name(named: Named) -> AssignedName:
    return AssignedName(named.operation.key, named.slug, named.aliases, named.shared)


def _put(item: dict[str, Any], method: str, node: Mapping[str, Any]) -> None:
    """Put an operation into its path item as it is read from there: methods without a keyword of their own stand apart."""
    if method.lower() in METHODS and method == method.upper():
        item[method.lower()] = node
    else:
        item.setdefault("additionalOperations", {})[method] = node
