"""Which operation a request means."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import Any
from urllib.parse import unquote, unquote_plus, urlsplit

from composio.model.action import ActionModel, HttpBinding
from composio.schema.validate import Validator, compile_validator

__all__ = ["Match", "Router", "pairs_of"]

_VARIABLE = re.compile(r"\{([^{}]+)\}")
_SHAPE = re.compile(r"\^((?:[\w/-]|\[\^/\]\+)+)\$")  # names of Google's, such as ^organizations/[^/]+$
_VERB = re.compile(r"\}:\w+$")  # of Google's design: `things/{thing}:undelete` is no thing that is called so


@dataclass(frozen=True, slots=True)
class Match:
    """An operation and the values of its path's variables, still percent-encoded. ``fixed`` are the query names of the path."""

    action: ActionModel
    binding: HttpBinding
    path: dict[str, str]
    fixed: frozenset[str] = frozenset()
    rank: tuple[bool, bool, int, int] = (True, False, 0, 0)


@dataclass(frozen=True, slots=True)
class _Route:
    """``query`` are the pairs that the path itself has, ``patterns`` what a value has to be that may hold slashes.

    ``path`` is the template, and ``reserved`` the names in it whose values may hold slashes.
    """

    action: ActionModel
    binding: HttpBinding
    path: str
    reserved: frozenset[str]
    names: tuple[str, ...]
    shapes: tuple[
        tuple[str, str], ...
    ] = ()  # of names whose values may hold slashes: where two follow, they tell which is which
    query: tuple[tuple[str, re.Pattern[str], tuple[str, ...]], ...] = ()
    patterns: Mapping[str, Validator] = field(default_factory=dict)

    def match(self, path: str, sent: Mapping[str, list[str]]) -> Match | None:
        fit = _compiled(self.path, self.reserved, self.shapes).fullmatch(path) or _compiled(self.path, self.reserved).fullmatch(
            path
        )
        if fit is None:
            return None
        values = dict(zip(self.names, fit.groups(), strict=True))
        for name, pattern, names in self.query:
            inner = next((found for value in sent.get(name, ()) if (found := pattern.fullmatch(value))), None)
            if inner is None:
                return None
            values |= dict(zip(names, inner.groups(), strict=True))
        fits = all(check.is_valid(unquote(values[name])) for name, check in self.patterns.items())
        literal = len(_VARIABLE.sub("", self.binding.path.partition("#")[0]))
        fixed = frozenset(name for name, _, _ in self.query)
        has_verb = _VERB.search(_parts(self.binding.path)[0]) is not None
        return Match(self.action, self.binding, values, fixed, (fits, has_verb, len(self.query), literal))


class Router:
    """Finds operations by method, path and the query that a path has. Paths are compared segment by segment, before decoding."""

    def __init__(self, actions: Iterable[ActionModel]) -> None:
        self._routes: dict[int, list[_Route]] = defaultdict(list)
        self._open: list[_Route] = []  # with values that may hold slashes
        prefixes = {""}
        for action in actions:
            if isinstance(action.binding, HttpBinding):
                upload = action.binding.upload
                for binding in (action.binding, *([upload.binding] if upload is not None else [])):
                    route = _route(action, binding)
                    (self._open if _has_open(binding) else self._routes[_segments(_parts(binding.path)[0] or "/")]).append(
                        route
                    )
                prefixes.update(_prefix(server.url) for server in action.binding.servers)
        # A base URL that was replaced arrives without its old path, one that was kept arrives with it.
        self._prefixes = [re.compile(_pattern(prefix)) for prefix in sorted(prefixes, key=len)]

    def find(self, method: str, path: str, query: str = "") -> list[Match]:
        """The operations that fit best, of which the rest of the request may mean one.

        A value that may hold slashes fits where its pattern does; then counts whether a path ends with a verb, how much of the
        query it has, and how much of it is literal.
        """
        found = [match for match in self._matching(path, query) if match.binding.method.upper() == method.upper()]
        best = max((match.rank for match in found), default=None)
        return [match for match in found if match.rank == best]

    def methods(self, path: str, query: str = "") -> list[str]:
        """The methods that a path has, for telling a wrong method from a wrong path."""
        return sorted({match.binding.method.upper() for match in self._matching(path, query)})

    def templates(self) -> list[str]:
        """Every path template."""
        return sorted({route.binding.path for routes in (*self._routes.values(), self._open) for route in routes})

    def _matching(self, path: str, query: str) -> Iterator[Match]:
        sent: dict[str, list[str]] = {}
        for name, value in pairs_of(query):
            sent.setdefault(name, []).append(unquote_plus(value))
        for prefix in self._prefixes:
            cut = prefix.match(path)
            rest = path[cut.end() :] if cut else path
            rest = rest or "/"
            if cut is None or not rest.startswith("/"):
                continue
            for route in (*self._routes.get(_segments(rest), ()), *self._open):
                if (match := route.match(rest, sent)) is not None:
                    yield match


def pairs_of(query: str) -> list[tuple[str, str]]:
    """Names decoded, values still percent-encoded: a delimiter inside a value must stay apart from one between values."""
    pairs = [piece.partition("=") for piece in query.split("&") if piece]
    return [(unquote_plus(name), value) for name, _, value in pairs]


def _parts(template: str) -> tuple[str, str]:
    """Path and query of a template; a fragment, which is never sent, tells operations apart that are one request otherwise."""
    path, _, query = template.partition("#")[0].partition("?")
    return path, query


def _segments(path: str) -> int:
    return path.count("/")


def _prefix(url: str) -> str:
    return urlsplit(url.replace("{", "%7B").replace("}", "%7D")).path.replace("%7B", "{").replace("%7D", "}").rstrip("/")


def _has_open(binding: HttpBinding) -> bool:
    return any(parameter.style == "reserved" for parameter in binding.parameters)


def _pattern(
    template: str, may_hold_slashes: frozenset[str] = frozenset(), shapes: Mapping[str, str] = MappingProxyType({})
) -> str:
    literals = map(re.escape, map(unquote, _VARIABLE.sub("\0", template).split("\0")))
    # A last one may be empty: a root folder.
    opened = "(.*)" if template.endswith("}") else "(.+)"
    values = (
        f"({shapes[name]})" if name in shapes else opened if name in may_hold_slashes else "([^/]*)"
        for name in _VARIABLE.findall(template)
    )
    return next(literals) + "".join(value + literal for value, literal in zip(values, literals, strict=True))


def _route(action: ActionModel, binding: HttpBinding) -> _Route:
    path, query = _parts(binding.path)
    path = path or "/"  # all of a GraphQL API
    reserved = {parameter.wire: parameter.name for parameter in binding.parameters if parameter.style == "reserved"}
    known: Mapping[str, Any] = (action.validation or action.parameters).get("properties") or {}
    patterns = {
        wire: compile_validator({"pattern": schema["pattern"]})
        for wire, name in reserved.items()
        if isinstance(schema := known.get(name), Mapping) and isinstance(schema.get("pattern"), str)
    }
    pairs = tuple(
        (name, re.compile(_pattern(unquote_plus(value), frozenset(_VARIABLE.findall(value)))), tuple(_VARIABLE.findall(value)))
        for name, value in pairs_of(query)
    )
    shapes = tuple(
        (wire, found[1]) for wire, name in reserved.items() if (found := _SHAPE.fullmatch(_get_pattern(known.get(name))))
    )
    return _Route(action, binding, path, frozenset(reserved), tuple(_VARIABLE.findall(path)), shapes, pairs, patterns)


def _get_pattern(schema: Any) -> str:
    return str(schema.get("pattern", "")) if isinstance(schema, Mapping) else ""


@cache
def _compiled(path: str, reserved: frozenset[str], shapes: tuple[tuple[str, str], ...] = ()) -> re.Pattern[str]:
    """Compiled when a request may mean it: a large description has a thousand paths, of which a test asks for a few."""
    return re.compile(_pattern(path, reserved, dict(shapes)))
