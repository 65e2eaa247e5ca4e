"""``policy.toml``: a policy as a file.

::

    otherwise = "confirm"
    flow = "confirm"

    [[deny]]
    actions = ["GITHUB_DELETE_*"]

    [[allow]]
    effect = "read"

    [[confirm]]
    actions = ["STRIPE_POST_REFUNDS"]
    when = "amount > 5000"
    by = "finance"
    expires = "1h"
    total_per = "day"
    limit = 50000
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from composio.errors import InvalidRequest, PolicyFileError, nearest
from composio.model.effect import Effect
from composio.policy.policy import Policy
from composio.policy.rules import Rule, RuleOptions, Ruling, allow, confirm, deny

__all__ = ["parse_policy", "read_policy"]

_MAKERS: Final[Mapping[str, Callable[..., Rule]]] = {"allow": allow, "confirm": confirm, "deny": deny}
_OWN: Final = ("actions", "effect")
_OF_CONFIRM: Final = ("by", "expires")
_ABOUT: Final = {
    "otherwise": "say what happens to other calls",
    "flow": "say what happens when a run sends outside what it has read",
}


def read_policy(file: Path | str) -> Policy:
    """Read a policy file. Raises ``PolicyFileError`` with the file, the rule and the problem."""
    path = Path(file).expanduser()
    try:
        text = path.read_text(encoding="utf-8-sig")  # some editors start files with a byte order mark
    except (OSError, ValueError) as error:
        is_text = not isinstance(error, UnicodeDecodeError)
        why = error.strerror if isinstance(error, OSError) else str(error) if is_text else "it is not UTF-8 text"
        raise PolicyFileError(str(path), "", f"can't be read: {why}") from None
    return parse_policy(text, str(path))


def parse_policy(text: str, where: str = "policy.toml") -> Policy:
    """Parse a policy's text. ``where`` names it in errors."""
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PolicyFileError(where, "", f"is not TOML: {error}") from None
    except (ValueError, RecursionError):  # a number with thousands of digits, or deeply nested lists
        raise PolicyFileError(where, "", "is not TOML: a value in it is too long, or nests too deep") from None
    known = [*_MAKERS, "otherwise", "flow"]
    for name in found:
        if name not in known:
            raise PolicyFileError(where, name, _unknown(name, known))
    rules = [
        _read_rule(where, f"{verdict} {number}{_say_line(text, verdict, number)}", verdict, one)
        for verdict in _MAKERS
        for number, one in enumerate(_tables(where, verdict, found.get(verdict, [])), 1)
    ]
    flow = _read_bare(where, "flow", found["flow"], (Ruling.CONFIRM, Ruling.DENY)) if "flow" in found else None
    return Policy(*rules, otherwise=_read_bare(where, "otherwise", found.get("otherwise"), tuple(Ruling)), flow=flow)


def _tables(where: str, verdict: str, value: Any) -> list[Mapping[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise PolicyFileError(where, verdict, f"write each rule as a table of its own, under [[{verdict}]]")
    return value


def _say_line(text: str, verdict: str, number: int) -> str:
    """Return the line of a rule's header, if it can be found: TOML allows other notations."""
    header = re.compile(rf"^[ \t]*\[\[[ \t]*{verdict}[ \t]*\]\]", re.MULTILINE)
    found = list(header.finditer(text))
    return f" (line {text.count(chr(10), 0, found[number - 1].start()) + 1})" if number <= len(found) else ""


def _read_rule(where: str, at: str, verdict: str, given: Mapping[str, Any]) -> Rule:
    own = _OF_CONFIRM if verdict == Ruling.CONFIRM else ()
    known = sorted({*_OWN, *own, *RuleOptions.__annotations__})
    for name in given:
        if name not in known:
            raise PolicyFileError(where, f"{at}, {name}", _unknown(name, known))
    what: list[str | Effect] = []
    if "actions" in given:
        what += _read_names(where, f"{at}, actions", given["actions"])
    if "effect" in given:
        what += _effects(where, f"{at}, effect", given["effect"])
    options = {name: value for name, value in given.items() if name not in _OWN}
    try:
        return _MAKERS[verdict](*what, **options)
    except InvalidRequest as error:
        raise PolicyFileError(where, at, str(error).removesuffix(".")) from None


def _read_names(where: str, at: str, value: Any) -> list[str]:
    found = [value] if isinstance(value, str) else value
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise PolicyFileError(where, at, 'expected names such as ["GITHUB_DELETE_*"]')
    if not found:
        raise PolicyFileError(
            where, at, "an empty list names nothing, and a rule without names applies to every call; leave it out"
        )
    return found


def _effects(where: str, at: str, value: Any) -> list[Effect]:
    found = []
    for one in _read_names(where, at, value):
        try:
            found.append(Effect(one))
        except ValueError:
            raise PolicyFileError(where, at, f"expected one of {', '.join(Effect)}; got {one!r:.40}") from None
    return found


def _read_bare(where: str, field: str, value: Any, allowed: Sequence[Ruling]) -> Rule:
    """Read a rule without conditions: a verdict, or a table with one."""
    table = {"verdict": value} if isinstance(value, str) else value
    if not isinstance(table, dict) or table.get("verdict") not in list(allowed):
        said = "" if value is None else f"; got {value!r:.60}"
        verdicts = f"{', '.join(json.dumps(one) for one in allowed[:-1])} or {json.dumps(allowed[-1])}"
        raise PolicyFileError(where, field, f"{_ABOUT[field]}: {verdicts}{said}")
    options = {name: one for name, one in table.items() if name != "verdict"}
    known = _OF_CONFIRM if table["verdict"] == Ruling.CONFIRM else ()
    for name in options:
        if name not in known:
            raise PolicyFileError(where, f"{field}, {name}", _unknown(name, ["verdict", *known]))
    try:
        return _MAKERS[table["verdict"]](**options)
    except InvalidRequest as error:
        raise PolicyFileError(where, field, str(error).removesuffix(".")) from None


def _unknown(name: str, known: list[str]) -> str:
    close = nearest(name, known, 1)
    return f"unknown name{f'; did you mean {close[0]}?' if close else ''} Known are {', '.join(known)}"
