"""Choose the default selection of a GraphQL operation: the main fields of its result, limited in number. Pure.

A field that needs an argument is never selected. A connection yields its nodes and the start of the next page; objects inside a
result yield their identifying fields.
Source: GraphQL specification, October 2021, "Selection Sets", "Field Selection Merging"; Relay, "Cursor Connections".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from composio.process.forks import cached

if TYPE_CHECKING:
    from graphql import GraphQLField, GraphQLSchema

__all__ = ["Selector"]

# Fields of one selection in total, and at each level: scalars, and nested objects.
_ALL: Final = 60
_PLAIN: Final = (20, 10, 3)
_OBJECTS: Final = (8, 3, 0)
# For a union or an interface: how many of its types get fields of their own, and how many fields.
_BRANCHES, _OF_A_BRANCH = 6, 6
# Fields that identify an object, selected first.
_FIRST: Final = ("id", "name", "title", "login", "key", "number", "url", "state", "status")
# Lists inside results are the most expensive; those with a page size argument need it.
_PAGED: Final = frozenset(("first", "last", "limit", "take", "pageSize"))


class Selector:
    """Build the selections of one schema."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._left = 0

    def default(self, field: GraphQLField) -> str:
        """Return the selection for the result of ``field``, "" if it has no fields."""
        import graphql

        kind = graphql.get_named_type(field.type)
        self._left = _ALL
        return self._set(kind, 0) if graphql.is_composite_type(kind) else ""

    @cached
    def _possible(self) -> dict[str, list[Any]]:
        """Return the possible types of an abstract one, those with the most fields first."""
        import graphql

        abstract = [one for one in self._schema.type_map.values() if graphql.is_abstract_type(one)]
        return {
            one.name: sorted(self._schema.get_possible_types(one), key=lambda t: (-len(t.fields), t.name)) for one in abstract
        }

    def _set(self, kind: Any, level: int) -> str:
        return f"{{ {' '.join(self._fields(kind, level)) or '__typename'} }}"

    def _fields(self, kind: Any, level: int) -> Iterator[str]:
        if kind.name in self._possible:
            yield "__typename"
        fields = _usable(kind)
        if inner := _connection(fields):
            yield from self._connection(fields, inner, level)
            return
        plain = sorted((name for name in fields if _is_plain(fields[name])), key=_first)[: _PLAIN[level]]
        for name in plain:
            if self._take():
                yield name
        if kind.name in self._possible and level < len(_PLAIN) - 1:
            yield from self._branches(kind, fields)
        objects = [name for name in fields if name not in plain and _is_object(fields[name])]
        for name in sorted(objects, key=_first)[: _OBJECTS[level]]:
            if self._take():
                yield f"{name} {self._set(_base(fields[name]), level + 1)}"

    def _connection(self, fields: dict[str, GraphQLField], inner: str, level: int) -> Iterator[str]:
        for name in ("totalCount", "pageInfo"):
            if name in fields and self._take():
                yield name if _is_plain(fields[name]) else f"{name} {self._page(fields[name])}"
        kind = _base(fields[inner])
        if inner == "edges":
            edge = _usable(kind)
            if "node" in edge:
                yield f"edges {{ node {self._set(_base(edge['node']), level)} }}"
                return
        yield f"{inner} {self._set(kind, level)}"

    @staticmethod
    def _page(field: GraphQLField) -> str:
        known = _usable(_base(field))
        names = [name for name in ("hasNextPage", "endCursor") if name in known]
        return f"{{ {' '.join(names or [name for name in known if _is_plain(known[name])][:4] or ['__typename'])} }}"

    def _branches(self, kind: Any, shared: dict[str, GraphQLField]) -> Iterator[str]:
        """Select fields of the possible types of an abstract one. Fields with one name must have one type in all of them."""
        types: dict[str, str] = {name: str(field.type) for name, field in shared.items()}
        for one in self._possible[kind.name][:_BRANCHES]:
            fields = _usable(one)
            names: list[str] = []
            for name in sorted((n for n in fields if n not in shared and _is_plain(fields[n])), key=_first):
                if len(names) < _OF_A_BRANCH and types.setdefault(name, str(fields[name].type)) == str(fields[name].type):
                    names += [name] if self._take() else []
            if names:
                yield f"... on {one.name} {{ {' '.join(names)} }}"

    def _take(self) -> bool:
        self._left -= 1
        return self._left >= 0


def _usable(kind: Any) -> dict[str, GraphQLField]:
    """Return the fields that need no arguments, without the deprecated ones."""
    import graphql

    fields: dict[str, GraphQLField] = getattr(kind, "fields", {})
    return {
        name: field
        for name, field in fields.items()
        if field.deprecation_reason is None and not any(graphql.is_required_argument(a) for a in field.args.values())
    }


def _connection(fields: dict[str, GraphQLField]) -> str:
    """Return the field of a connection that holds the results, "" if the type is not a connection."""
    if "pageInfo" not in fields:
        return ""
    return next((name for name in ("nodes", "edges") if name in fields and _is_object(fields[name], listed=True)), "")


def _is_plain(field: GraphQLField) -> bool:
    import graphql

    return graphql.is_leaf_type(_base(field))


def _is_object(field: GraphQLField, *, listed: bool = False) -> bool:
    """Return whether a type has fields to select or, if ``listed``, is a list without a page size."""
    import graphql

    bare = graphql.get_nullable_type(field.type)
    is_one = graphql.is_composite_type(bare)
    if not (is_one or listed) or not graphql.is_composite_type(_base(field)) or _PAGED & field.args.keys():
        return False
    inside = _usable(_base(field))
    return listed or bool(_connection(inside)) or any(map(_is_plain, inside.values()))


def _first(name: str) -> int:
    return _FIRST.index(name) if name in _FIRST else len(_FIRST)


def _base(field: GraphQLField) -> Any:
    import graphql

    return graphql.get_named_type(field.type)
