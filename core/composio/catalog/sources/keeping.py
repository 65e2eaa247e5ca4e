"""Check an ``integration.yaml``'s rules for callbacks and token responses before any user comes back."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, Final, TypeAlias

from composio.catalog.sources.explain import at
from composio.catalog.sources.modes import BROUGHT
from composio.model.app import AuthField
from composio.model.kept import CALLBACK, METADATA, PROTOCOL, SIGNATURE, Kept, before_path, read_declared

__all__ = ["check"]

Path: TypeAlias = tuple[str | int, ...]
# The fields that a template at a path uses.
NamesIn: TypeAlias = Callable[[str, Path], Collection[str]]
# Templates that are filled before the user comes back.
_BEFORE: Final = (("authorization_url",), ("request_url",), ("device_authorization_url",))


def check(
    raw: Mapping[str, Any],
    path: Path,
    shared: Collection[str],
    fields: tuple[AuthField, ...],
    places: Mapping[Path, str],
    names_in: NamesIn,
) -> tuple[tuple[str, ...], list[tuple[str, str]]]:
    """Return the names that templates may use, and (field, problem) of each mistake.

    ``raw`` is the scheme at ``path``; the sections in ``shared`` are at the top of the file. ``places`` are all the scheme's
    templates by their path, and ``names_in`` returns the fields of one.
    """
    brought, own = set(BROUGHT.get(raw["auth_mode"], ())), {field.name: field for field in fields}
    names: list[str] = []
    problems: list[tuple[str, str]] = []
    for section in (METADATA, CALLBACK):
        for index, one in enumerate(read_declared(raw, section)):
            where = at((*(() if section in shared else path), section, index))
            # A parameter with the name of a field must agree with it.
            if one.name in (brought if section == CALLBACK else brought.union(own)):
                problems.append((where, f"{one.name!r} is the name of a field already; rename that"))
            elif one.name in names:
                problems.append((where, f"{one.name!r} is already in the list"))
            elif section == CALLBACK and one.source in PROTOCOL:
                problems.append((where, f"{one.source!r} belongs to the protocol and is not kept"))
            elif wrong := list(_values(one, where)):
                problems += wrong
            elif section == CALLBACK and not (one.name in own and own[one.name].required):
                problems += _places(one, where, path, places, names_in)
            names.append(one.name)
    secret = raw.get(SIGNATURE, {}).get("secret", "client_secret")
    if SIGNATURE in raw and raw["auth_mode"] in ("OAUTH1", "OAUTH2") and secret not in {*brought, *own}:
        where = at((*(() if SIGNATURE in shared else path), SIGNATURE, "secret"))
        problems.append((where, f"{secret!r} is no field of this scheme, and nothing that an integration has"))
    return tuple(names), problems


def _values(one: Kept, where: str) -> Iterator[tuple[str, str]]:
    """Check that the rule for a value makes sense."""
    if one.pattern is not None:
        try:
            re.compile(one.pattern)
        except re.error as error:
            yield f"{where}.pattern", f"{one.pattern!r} is not a regular expression: {error}"
            return
    if one.default is not None and one.allowed and one.default not in one.allowed:
        yield f"{where}.default", f"{one.default!r} is not {one.expected}"


def _places(one: Kept, where: str, path: Path, places: Mapping[Path, str], names_in: NamesIn) -> Iterator[tuple[str, str]]:
    """Check that no value that anyone can write into a callback decides where secrets go, or is needed before it arrives."""
    for place, template in places.items():
        is_early = place[: len(path)] == path and place[len(path) :] in _BEFORE
        if is_early and one.default is None and one.name in names_in(template, place):
            yield at(place), f"uses {{{{{one.name}}}}}, which only the callback brings; give it a default"
        if str(place[-1]).endswith("_url") and not one.is_checked and one.name in names_in(before_path(template), place):
            problem = f"{one.name!r} decides where secrets are sent, and anybody can write a callback"
            yield where, f"{problem}; say what it may be with hosts, allowed or pattern"
