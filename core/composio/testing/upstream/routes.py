"""Which operation a request means."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from composio.model.action import ActionModel, HttpBinding

__all__ = ["Match", "Router"]

_VARIABLE = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True, slots=True)
class Match:
    """An operation and the values of its path's variables, still percent-encoded."""

    action: ActionModel
    binding: HttpBinding
    path: dict[str, str]


@dataclass(frozen=True, slots=True)
class _Route:
    action: ActionModel
    binding: HttpBinding
    pattern: re.Pattern[str]
    names: tuple[str, ...]


class Router:
    """Finds operations by method and path. Paths are compared segment by segment, before they are decoded."""

    def __init__(self, actions: Iterable[ActionModel]) -> None:
        self._routes: dict[int, list[_Route]] = defaultdict(list)
        self._open: list[_Route] = []  # with values that may hold slashes
        prefixes = {""}
        for action in actions:
            if isinstance(action.binding, HttpBinding):
                upload = action.binding.upload
                for binding in (action.binding, *([upload.binding] if upload is not None else [])):
                    route = _route(action, binding)
                    (self._open if _has_open(binding) else self._routes[_segments(binding.path)]).append(route)
                prefixes.update(_prefix(server.url) for server in action.binding.servers)
        # A base URL that was replaced arrives without its old path, one that was kept arrives with it.
        self._prefixes = [re.compile(_pattern(prefix)) for prefix in sorted(prefixes, key=len)]

    def find(self, method: str, path: str) -> Match | None:
        """The operation; the more of a template is literal, the better it fits."""
        found = [match for match in self._matching(path) if match.binding.method.upper() == method.upper()]
        return max(found, key=lambda match: len(_VARIABLE.sub("", match.binding.path)), default=None)

    def methods(self, path: str) -> list[str]:
        """The methods that a path has, for telling a wrong method from a wrong path."""
        return sorted({match.binding.method.upper() for match in self._matching(path)})

    def templates(self) -> list[str]:
        """Every path template."""
        return sorted({route.binding.path for routes in (*self._routes.values(), self._open) for route in routes})

    def _matching(self, path: str) -> Iterable[Match]:
        for prefix in self._prefixes:
            cut = prefix.match(path)
            rest = path[cut.end() :] if cut else path
            if cut is None or not rest.startswith("/"):
                continue
            for route in (*self._routes.get(_segments(rest), ()), *self._open):
                fit = route.pattern.fullmatch(rest)
                if fit:
                    yield Match(route.action, route.binding, dict(zip(route.names, fit.groups(), strict=True)))


def _segments(path: str) -> int:
    return path.count("/")


def _prefix(url: str) -> str:
    return urlsplit(url.replace("{", "%7B").replace("}", "%7D")).path.replace("%7B", "{").replace("%7D", "}").rstrip("/")


def _has_open(binding: HttpBinding) -> bool:
    return any(parameter.style == "reserved" for parameter in binding.parameters)


def _pattern(template: str, may_hold_slashes: frozenset[str] = frozenset()) -> str:
    literals = map(re.escape, map(unquote, _VARIABLE.sub("\0", template).split("\0")))
    values = ("(.+)" if name in may_hold_slashes else "([^/]*)" for name in _VARIABLE.findall(template))
    return next(literals) + "".join(value + literal for value, literal in zip(values, literals, strict=True))


def _route(action: ActionModel, binding: HttpBinding) -> _Route:
    is_open = frozenset(parameter.wire for parameter in binding.parameters if parameter.style == "reserved")
    return _Route(action, binding, re.compile(_pattern(binding.path, is_open)), tuple(_VARIABLE.findall(binding.path)))
