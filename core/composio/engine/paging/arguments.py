"""Find an action's arguments by purpose: page size, page number, cursor. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from composio.engine.paging.names import IN_PAGE, LONGEST_NAME, Use, is_guarded, may_hold, plain, strip_prefix, use_of
from composio.model.action import ActionModel, HttpBinding
from composio.schema.walk import applying, below, property_names

__all__ = ["LONGEST", "Argument", "Arguments", "Changes", "as_number"]

LONGEST: Final = 2000  # characters of a cursor
_LONGEST_URL, _MOST_FIELDS = 8192, 100
_NESTED_DEPTH = 2
_LONGEST_TEXT = 2000
_MOST_TAKEN = 1024
_ONE_BASED = re.compile(
    r"\b(1|one)[- ](based|indexed)|(start|begin)\w*\s+(at|from|with)\s+1\b|first page is 1\b", re.IGNORECASE
)
_ZERO_BASED = re.compile(
    r"\b(0|zero)[- ](based|index)|(start|begin)\w*\s+(at|from|with)\s+(0\b|zero)|first page is (0\b|zero)|\(0\.\.",
    re.IGNORECASE,
)
# The maximum page size, as descriptions word it: "(max 100)", "1 to 50", "at most 1,000", "100 maximum".
_NUMBER = r"(\d{1,3}(?:,\d{3})+|\d{1,9})\b"
_MOST = re.compile(
    rf"\bmax(?:imum)?\b(?: (?:allowed|is|limit|number|of|page|per|results?|size|supported|value|items?|entries|records|the))*"
    rf"[\s:=(*`]{{0,4}}{_NUMBER}"
    rf"|\b(?:up to|at most|no more than|(?:must not|can't|cannot|can not|may not) (?:exceed|be (?:more|greater|larger|higher) than))"
    rf"(?: a (?:maximum|max|limit) of)? {_NUMBER}"
    rf"|(?:<=|≤|less than or equal to)\s*{_NUMBER}"
    rf"|\b[01]\s*(?:-|–|—|\.\.+|to|and|through)\s*{_NUMBER}"
    rf"|\b{_NUMBER}\s+(?:is the )?max(?:imum)?\b",
    re.IGNORECASE,
)
# What an ``offset`` next to a ``page`` means: Etherscan's is the page size.
_SKIPS = re.compile(r"\bskip|\boffset\b.{0,40}\b(from|start)|\b(start|begin)(s|ing)?\b|\bbefore\b|\bposition\b", re.IGNORECASE)
# Arguments that choose the format or order of items, not which ones.
_SHAPES = (
    "sort",
    "order",
    "direction",
    "dir",
    "fields",
    "select",
    "expand",
    "include",
    "embed",
    "format",
    "view",
    "locale",
    "lang",
)
# HAL's `?page=2{&size,sort}`
_TEMPLATE = re.compile(r"\{[^{}]*\}")
_DATES = frozenset(("date", "date-time", "time", "duration"))
# Names of sizes and offsets with other meanings too: they count only if the type is a number.
_VAGUE = frozenset(
    (
        *("from", "start", "begin", "skip", "end", "to", "stop", "p", "current"),
        *("first", "last", "top", "count", "size", "length", "max", "results", "n", "take", "num", "ps", "rows"),
    )
)


def as_number(value: Any) -> int | None:
    """Return a whole number of at least 0, also from a string; None for anything else."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 16:
        return int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**15 else None


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument, or a property of an object argument: ``path`` leads to it. ``wire`` is its name in a URL."""

    path: tuple[str, ...]
    wire: str
    schemas: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)
    use: Use | None = None
    rank: int = 0
    preset: Any = None

    @property
    def types(self) -> frozenset[str]:
        """The types it may have; none if the description declares none."""
        declared = (schema.get("type") for schema in self.schemas)
        return frozenset(t for one in declared for t in ((one,) if isinstance(one, str) else one or ()) if isinstance(t, str))

    @property
    def is_number(self) -> bool:
        return not self.types or not self.types.isdisjoint(("integer", "number"))

    @property
    def may_be_text(self) -> bool:
        """Whether it accepts a cursor as well as a number: Qdrant's ``offset`` is an item's id of either type."""
        return "string" in self.types

    def keyword(self, name: str) -> Any:
        """Return the first value of a keyword in its schemas."""
        return next((schema[name] for schema in self.schemas if schema.get(name) is not None), None)

    @property
    def letters(self) -> str:
        """Its name in plain letters, without common prefixes."""
        return strip_prefix(self.wire)

    def first(self, given: int | None, told: int | None) -> int | None:
        """Return the number of the first page or item, 0 or 1: from the description, the arguments, and the answer's
        ``told``.
        """
        if given == 0:
            return 0
        declared = [as_number(one) for one in (self.preset, self.keyword("default"))]
        declared += [told if given is None else None, as_number(self.keyword("minimum"))]
        text = str(self.keyword("description") or "")
        declared.append(0 if _ZERO_BASED.search(text) else 1 if _ONE_BASED.search(text) else None)
        return next((one for one in declared if one in (0, 1)), None)

    @property
    def most(self) -> int | None:
        """Return the maximum in the description, from the schema or the words; None if there is none."""
        declared = as_number(self.keyword("maximum"))
        if declared is not None:
            return declared
        found = _MOST.search(str(self.keyword("description") or "")[:_LONGEST_TEXT])
        return int(next(filter(None, found.groups())).replace(",", "")) if found else None

    def convert(self, value: Any) -> Any:
        """Return ``value`` in the argument's type; None if it does not accept it."""
        types = self.types
        if isinstance(value, bool) or value is None:
            return value if not types or "boolean" in types else None
        if isinstance(value, dict | list):
            return value if ("object" if isinstance(value, dict) else "array") in types else None
        number = as_number(value)
        if number is not None and (self.use in ("page", "offset", "size") if not types else self.is_number):
            return number if self.fits(number) else None
        if "string" in types or not types:
            return value if not types else str(value)
        return value == "true" if "boolean" in types and value in ("true", "false") else None

    def fits(self, number: int) -> bool:
        """Return whether the description allows this number."""
        least, most, several = self.keyword("minimum"), self.keyword("maximum"), self.keyword("multipleOf")
        options = self.keyword("enum")
        return (
            not (isinstance(least, int | float) and number < least)
            and not (isinstance(most, int | float) and number > most)
            and not (isinstance(several, int) and several > 0 and number % several)
            and not (isinstance(options, list) and not {number, str(number)} & {o for o in options if isinstance(o, int | str)})
        )


Changes = list[tuple[Argument, Any]]


class Taken:
    """An action's arguments about pages, except those in ``hides``. Shared by all its calls."""

    def __init__(self, root: Mapping[str, Any], binding: Any, hides: frozenset[str]) -> None:
        self.root = root
        # In a pure read a link may name another day or another user; elsewhere it may only turn the page.
        self.only_turns = isinstance(binding, HttpBinding) and binding.method not in ("GET", "HEAD", "QUERY")
        self._presets = binding.defaults if isinstance(binding, HttpBinding) else {}
        self.wires = {name: wire for name, wire in _place(binding).items() if name not in hides}
        found = (
            one
            for name, wire in self.wires.items()
            if use_of(wire) or use_of(name) or may_hold(name)
            for one in self._all(name, wire)
            if one.use is not None
        )
        by_use = _measure(sorted(found, key=lambda one: (len(one.path), one.rank)))
        has_size = any(one.use == "size" for one in by_use)
        self.by_use = [one for one in by_use if has_size or one.letters != "p"]  # SonarQube's, next to `ps`

    @classmethod
    def of(cls, action: ActionModel, hides: frozenset[str]) -> Taken:
        """Return the arguments of ``action``; cached for the most recently called actions."""
        root, binding = action.validation or action.parameters, action.binding
        # Keyed by identity, which is safe as the entry keeps both alive.
        key = (id(root), id(binding), hides)
        known = _TAKEN.get(key)
        if known is None:
            if len(_TAKEN) >= _MOST_TAKEN:
                _TAKEN.clear()
            known = _TAKEN[key] = root, binding, cls(root, binding, hides)
        return known[2]

    @cached_property
    def known(self) -> list[Argument]:
        """All arguments, and those properties of objects that are about pages."""
        used = {one.path: one for one in self.by_use}
        found = (used.get(one.path, one) for name, wire in self.wires.items() for one in self._all(name, wire))
        return sorted(found, key=lambda one: len(one.path))

    @cached_property
    def any(self) -> bool:
        """Whether the action has an argument about pages."""
        return any(one.use != "end" for one in self.by_use)

    @cached_property
    def _schemas(self) -> list[Mapping[str, Any]]:
        return applying([self.root], self.root)

    def _all(self, name: str, wire: str) -> Iterator[Argument]:
        schemas = applying(below(self._schemas, name), self.root)
        return self._read((name,), wire, schemas, self._presets.get(name))

    def _read(
        self, path: tuple[str, ...], wire: str, schemas: list[Mapping[str, Any]], preset: Any = None
    ) -> Iterator[Argument]:
        """Yield an argument, and those properties of an object that are about pages: Spring's ``pageable``, a GraphQL input."""
        yield _argument(path, wire, schemas, preset)
        if len(path) > _NESTED_DEPTH or not may_hold(path[-1]):
            return
        for name in property_names(schemas):
            if use_of(name) or use_of(f"{path[-1]}.{name}") or may_hold(name):
                found = applying(below(schemas, name), self.root)
                yield from (one for one in self._read((*path, name), f"{wire}[{name}]", found) if one.use is not None)


_TAKEN: dict[tuple[int, int, frozenset[str]], tuple[Mapping[str, Any], object, Taken]] = {}


class Arguments:
    """An action's arguments about pages, with their values in one call.

    ``hidden`` names the arguments that the credentials fill, ``secrets`` returns the credentials: neither is ever named or
    repeated.
    """

    def __init__(
        self,
        action: ActionModel,
        given: Mapping[str, Any],
        hidden: Iterable[str] = (),
        secrets: Callable[[], Iterable[str]] = tuple,
    ) -> None:
        self.given = given
        self._asked_secrets = secrets
        self._taken = Taken.of(action, frozenset(hidden))
        self._by_use = self._taken.by_use

    @property
    def known(self) -> list[Argument]:
        """All arguments, and those properties of objects that are about pages."""
        return self._taken.known

    @cached_property
    def _secrets(self) -> tuple[str, ...]:
        return tuple(self._asked_secrets())

    def of(self, use: Use) -> list[Argument]:
        """Return the arguments for a purpose, the best first."""
        return [one for one in self._by_use if one.use == use]

    def one(self, use: Use) -> Argument | None:
        """Return the argument for a purpose: of several the one with a value, else the one with the plainest name."""
        found = self.of(use)
        return next((one for one in found if self.value(one) is not None), found[0] if found else None)

    @property
    def any(self) -> bool:
        """Whether the action has an argument about pages."""
        return self._taken.any

    def value(self, argument: Argument) -> Any:
        """Return an argument's value in the call; None if it has none."""
        found: Any = self.given
        for part in argument.path:
            found = found.get(part) if isinstance(found, Mapping) else None
        return found

    def number(self, argument: Argument | None) -> int | None:
        """Return an argument's number: the call's, else its default or what the API assumes."""
        if argument is None:
            return None
        for told in (self.value(argument), argument.preset, argument.keyword("default")):
            if told is not None:
                return as_number(told)
        return None

    @cached_property
    def filters(self) -> bool:
        """Return whether the call filters items. An API may filter after it cuts a page, which is then shorter."""
        paging = {one.path for one in self._by_use}
        holders = {path[:length] for path in paging for length in range(1, len(path))}

        def filters(value: Any, path: tuple[str, ...]) -> bool:
            if value is None or path in paging or plain(path[-1]).startswith(_SHAPES):
                return False
            if path in holders and isinstance(value, Mapping):
                return any(filters(inner, (*path, str(name))) for name, inner in value.items())
            return True

        return any(filters(value, (name,)) for name, value in self.given.items() if name in self._taken.wires)

    def with_(self, changes: Changes) -> dict[str, Any] | None:
        """Return the changed arguments, to merge into those of the call; None if nothing changes, or a secret would show."""
        found: dict[str, Any] = {}
        for argument, value in changes:
            if self.is_secret(value):
                return None
            name, *inner = argument.path
            if not inner:
                found[name] = value
                continue
            holder = found.setdefault(name, _copy(self.given.get(name)))
            for part in inner[:-1]:
                holder[part] = _copy(holder.get(part))
                holder = holder[part]
            holder[inner[-1]] = value
        return found if any(self.given.get(name) != value for name, value in found.items()) else None

    def is_secret(self, value: Any) -> bool:
        """Return whether a value holds a credential, or is too long for a cursor."""
        text = str(value)
        return len(text) > LONGEST or any(secret in text for secret in self._secrets)

    def find(self, wire: str) -> Argument | None:
        """Return the argument with the name ``wire`` in a URL or a body."""
        spelled = (one for one in self.known if one.wire == wire or one.path[-1] == wire)
        return next(spelled, None) or next((one for one in self.known if one.wire.lower() == wire.lower()), None)

    def find_like(self, *names: str) -> str | None:
        """Return the first argument with one of ``names``."""
        spelled = {one.letters: one.path[-1] for one in reversed(self.known)}
        return next((spelled[name] for name in names if name in spelled), None)

    def number_in(self, url: str, argument: Argument) -> int | None:
        """Return the number of an argument in ``url``; None if it has none."""
        return next((as_number(text) for wire, text in _query(url) if wire == argument.wire), None)

    def led(self, url: str) -> Changes:
        """Return the arguments in ``url``'s query that differ from the call's; empty if they do not lead there.

        Its host never counts: only the action's own arguments are read, and no credentials or other addresses.
        """
        changes: Changes = []
        lost: set[Use | None] = set()
        for wire, text in _query(url):
            if len(wire) >= LONGEST_NAME or is_guarded(wire) or text.startswith(("http://", "https://", "//")):
                continue
            argument = self.find(wire)
            if argument is None:
                lost.add((use_of(wire) or (None, 0))[0])
                continue
            given, value = self.value(argument), argument.convert(text)
            if argument.use is None and (self._taken.only_turns or isinstance(given, list | dict)):
                continue
            if value is None or _write(given) == text or self.is_secret(text):
                continue
            changes.append((argument, value))
        # A page in a parameter without an argument cannot be requested, and this page again is not the next one.
        leading = {one.use for one, _ in changes if one.use not in (None, *IN_PAGE) or self.value(one) is not None} - IN_PAGE
        if "cursor" in lost:
            return changes if "cursor" in leading else []
        return changes if leading or (not lost - IN_PAGE and any(one.use is None for one, _ in changes)) else []


def _place(binding: Any) -> dict[str, str]:
    """Return each argument with its name on the wire."""
    if not isinstance(binding, HttpBinding):
        return {}
    found = dict(binding.body.properties) if binding.body else {}
    if binding.body and binding.body.whole:
        found[binding.body.whole] = binding.body.whole
    found |= {one.name: one.wire for one in binding.parameters if one.place in ("query", "header")}
    turned = ((one, use_of(one.wire)) for one in binding.parameters if one.place == "path")
    return found | {one.name: one.wire for one, use in turned if use and use[0] in ("page", "offset", "size")}


def _argument(path: tuple[str, ...], wire: str, schemas: list[Mapping[str, Any]], preset: Any) -> Argument:
    read = Argument(path, wire, tuple(schemas), preset=preset)
    found = use_of(path[-1] if len(path) == 1 else wire) or use_of(path[-1])
    if found is None or not _is_usable(read, found[0], plain(path[-1])):
        return read
    return Argument(path, wire, read.schemas, found[0], found[1], preset)


def _measure(found: list[Argument]) -> list[Argument]:
    """Use ``offset`` as the page size if it can mean nothing else: next to a page number, without a size."""
    if {one.use for one in found}.isdisjoint(("page",)) or any(one.use == "size" for one in found):
        return found
    return [
        replace(one, use="size")
        if one.letters == "offset"
        and one.is_number
        and not _SKIPS.search(str(one.keyword("description") or "")[:_LONGEST_TEXT])
        else one
        for one in found
    ]


def _is_usable(argument: Argument, use: Use, letters: str) -> bool:
    if use in ("cursor", "back"):
        return argument.keyword("format") not in _DATES and argument.types != {"boolean"}
    if letters in _VAGUE:
        return not argument.types.isdisjoint(("integer", "number"))
    return argument.is_number or "string" in argument.types


def _copy(value: Any) -> dict[str, Any]:
    return dict(value) if isinstance(value, Mapping) else {}


def _write(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _query(url: str) -> list[tuple[str, str]]:
    if len(url) > _LONGEST_URL:
        return []
    try:
        return parse_qsl(urlsplit(_TEMPLATE.sub("", url)).query, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        return []
