"""Distinguish what was generated in an added app's ``integration.yaml`` from what people edited.

A record of what was generated is stored beside the file. When an app is added again or updated, the file is merged three ways:
unedited parts follow the description, edited parts stay. Schemes and fields are matched by name. Pure, except for reading and
writing the record.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from composio.catalog.sources.yamlfile import write_yaml
from composio.model.operating import Conflict

__all__ = ["Generated", "merged", "read_record", "rewritten", "write_record"]

RECORD: Final = ".generated.json"
_ABSENT: Final = object()
# Where an edit and a change of the description conflict: how requests are signed, and where they go.
_ASKED: Final = frozenset(("auth_schemes", "proxy"))
_SECTION: Final = re.compile(r"""(?:[A-Za-z_]\w*|"\w+"|'\w+')(?=\s*:(?:\s|$))""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Generated:
    """What was generated, and from what. ``notes`` say what was omitted of the description."""

    definition: Mapping[str, Any]
    base_url: str | None = None
    auth: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def read_record(folder: Path) -> Generated | None:
    """Return what was generated for the app in ``folder``; None if there is no record."""
    try:
        value = json.loads((folder / RECORD).read_text("utf-8"))
        definition = value["definition"]
        if not isinstance(definition, dict):
            return None
        base_url = value.get("base_url")
        return Generated(
            definition=definition,
            base_url=base_url if isinstance(base_url, str) else None,
            auth=tuple(map(str, value.get("auth") or ())),
            notes=tuple(map(str, value.get("notes") or ())),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def write_record(folder: Path, generated: Generated) -> None:
    """Store ``generated`` beside the file that was written from it."""
    value = {
        "definition": generated.definition,
        "base_url": generated.base_url,
        "auth": generated.auth,
        "notes": generated.notes,
    }
    (folder / RECORD).write_text(json.dumps(value, indent=1), "utf-8")


def merged(
    before: Mapping[str, Any], mine: Mapping[str, Any], now: Mapping[str, Any], settled: Sequence[str] = ()
) -> tuple[dict[str, Any], list[Conflict]]:
    """Apply the edits between ``before`` and ``mine`` to ``now``; return the result and the conflicts.

    ``settled`` are paths that the caller set again: there ``now`` wins. The result has the edits in conflicts.
    """
    conflicts: list[Conflict] = []
    result = _merge(before, mine, now, (), frozenset(settled), conflicts)
    return result, [one for one in conflicts if one.path.partition(".")[0] in _ASKED]


def _merge(before: Any, mine: Any, now: Any, path: tuple[str, ...], settled: frozenset[str], conflicts: list[Conflict]) -> Any:
    if _equal(mine, now) or ".".join(path) in settled:
        return now
    if _equal(mine, before):
        return now
    if _equal(now, before):
        return mine
    if mine is _ABSENT or now is _ABSENT:
        return mine  # removed by hand, or edited by hand and no longer in the description
    if isinstance(mine, Mapping) and isinstance(now, Mapping) and not _belong_together(before, mine, now, path):
        return _merge_names(before if isinstance(before, Mapping) else {}, mine, now, path, settled, conflicts)
    if (named := _find_names(mine)) is not None and (others := _find_names(now)) is not None:
        return list(_merge_names(_find_names(before) or {}, named, others, path, settled, conflicts).values())
    conflicts.append(Conflict(".".join(path), mine, now))
    return mine


def _merge_names(
    before: Mapping[str, Any],
    mine: Mapping[str, Any],
    now: Mapping[str, Any],
    path: tuple[str, ...],
    settled: frozenset[str],
    conflicts: list[Conflict],
) -> dict[str, Any]:
    made = {}
    for name in (*mine, *(name for name in now if name not in mine)):
        sides = (before.get(name, _ABSENT), mine.get(name, _ABSENT), now.get(name, _ABSENT))
        made[name] = _merge(*sides, (*path, str(name)), settled, conflicts)
    return {name: value for name, value in made.items() if value is not _ABSENT}


def _belong_together(before: Any, mine: Mapping[str, Any], now: Mapping[str, Any], path: tuple[str, ...]) -> bool:
    """Return whether both changed how a scheme signs: its fields and their use belong together."""
    if len(path) != 2 or path[0] != "auth_schemes":
        return False
    known = before if isinstance(before, Mapping) else {}
    parts = [[side.get(name, _ABSENT) for name in ("auth_mode", "fields", "proxy")] for side in (known, mine, now)]
    before_, mine_, now_ = parts
    changed = [not all(map(_equal, before_, side)) for side in (mine_, now_)]
    return all(changed) and not all(map(_equal, mine_, now_))


def _equal(one: Any, other: Any) -> bool:
    if one is _ABSENT or other is _ABSENT:
        return one is other
    return json.dumps(one, sort_keys=True, default=str) == json.dumps(other, sort_keys=True, default=str)


def _find_names(value: Any) -> dict[str, Any] | None:
    """Return a list of named things as a dict by name; None if it is not one."""
    if not isinstance(value, list) or not all(isinstance(one, Mapping) and isinstance(one.get("name"), str) for one in value):
        return None
    found = {one["name"]: one for one in value}
    return found if len(found) == len(value) else None


def rewritten(text: str, mine: Mapping[str, Any], result: Mapping[str, Any]) -> str:
    """Update the file's ``text``, which parses to ``mine``, so that it parses to ``result``.

    Unchanged sections keep their format and comments; the others keep the comments before them.
    """
    import yaml

    if _equal(mine, result):
        return text
    sections = _sections(text)
    made = sections.get("", ("", ""))[0]
    for name, value in result.items():
        comments, body = sections.get(name, ("", ""))
        same = body and name in mine and _equal(mine[name], value)
        made += comments + (body if same else write_yaml({name: value}))
    made += sections["#"][0]
    try:
        if _equal(yaml.safe_load(made), result):
            return made
    except yaml.YAMLError:  # flow style, or other YAML whose sections its lines do not delimit
        pass
    return write_yaml(dict(result))


def _sections(text: str) -> dict[str, tuple[str, str]]:
    """Return comments and lines for each top-level key; "" has what precedes the first key, "#" what follows the last."""
    found: dict[str, tuple[str, str]] = {}
    comments, name, body = "", "", ""
    for line in f"{text.rstrip()}\n".splitlines(keepends=True):
        if begun := _SECTION.match(line):
            if name:
                found[name] = (found[name][0], body)
            elif comments and "\n\n" in comments:  # comments separated from the first key are about the whole file
                head, _, comments = comments.rpartition("\n\n")
                found[""] = (f"{head}\n\n", "")
            name, body = begun[0].strip("'\""), line
            found[name], comments = (comments, ""), ""
        elif line.startswith("#") or not line.strip():
            comments += line
        else:
            body, comments = body + comments + line, ""
    if name:
        found[name] = (found[name][0], body)
    return {**found, "#": (comments, "")}
