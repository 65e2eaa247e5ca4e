"""Name the operations of an app's several descriptions together, so that no name depends on the descriptions' order.

What naming needs of all of them is merged into one document. If two descriptions have operations at one method and path, the
later one's path ends with ``#`` and the description's name: ``GET /v1/Services#chat``. An ambiguous operationId gets the same
suffix: ``ListMessage#chat``.
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

# Fields of an operation that naming reads, and those that decide whether it is important.
_READ = ("operationId", "summary", "deprecated", "tags")


def name_together(parts: Iterable[tuple[str, Iterable[Operation]]], definition: AppDefinition) -> AssignedNames:
    """Return the names of the operations of ``parts``, pairs of description name and content.

    Raises ``SpecError`` for too many.
    """
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
    """Return ``operation`` of the description ``part`` with its assigned names."""
    found = names.by_place[part, operation.method, operation.path]
    return Named(replace(operation, identity=found.identity), found.slug, list(found.aliases), list(found.shared))


def _assign_name(named: Named) -> AssignedName:
    return AssignedName(named.operation.key, named.slug, named.aliases, named.shared)


def _put(item: dict[str, Any], method: str, node: Mapping[str, Any]) -> None:
    """Put an operation into its path item in the form that is read from there: nonstandard methods are separate."""
    if method.lower() in METHODS and method == method.upper():
        item[method.lower()] = node
    else:
        item.setdefault("additionalOperations", {})[method] = node
