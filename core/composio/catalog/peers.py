"""Compare an app's server with what was read before: describe changes in words, and hold them back if it is pinned.

Models act on a tool's description, and its server may change it at any time. Pure, except for reading the stored description.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from typing import Any, Final

from composio.catalog.definition import AppDefinition, public
from composio.catalog.importers.mcp import FORMAT, without_hidden, without_outside
from composio.model.operating import ServedTool
from composio.model.peers import PeerServer

__all__ = ["read_kept", "review", "shown", "suspicions", "tools_of", "unread"]

Tool = Mapping[str, Any]

_MOST: Final = 100  # changes listed individually
_LONGEST: Final = 160
_HINTS: Final = {
    "readOnlyHint": "reads only",
    "destructiveHint": "destroys",
    "idempotentHint": "may be repeated",
    "openWorldHint": "reaches the outside",
}
# Phrases that address a model and do not describe a tool. They are shown to the user who adds the server, and decide nothing.
# Each repeat is bounded or possessive: the text is the server's, and half a megabyte of it must not block the user.
_ORDERS: Final = re.compile(
    r"\b(?:ignore|disregard|forget)\b.{0,40}\b(?:previous|prior|above|earlier|instructions?)\b"
    r"|\b(?:do not|don't|never)\b.{0,30}\b(?:tell|mention|inform|reveal|show)\b.{0,30}\b(?:user|human|them)\b"
    r"|<\s*+/?+\s*+(?:important|system|instructions?|secret|admin)\b"
    r"|\b(?:before|after|instead of|when)\b.{0,40}\b(?:using|calling|use|call)\b.{0,60}\b(?:tool|function)\b.{0,80}\b(?:must|always|first)\b"
    r"|\b(?:you must|always)\b.{0,40}\b(?:read|send|include|pass|call|upload|forward)\b"
    r"|(?:~|\$HOME|/root|/home/\w+)/\.(?:ssh|aws|config|cursor|env)|\bid_rsa\b|\bmcp\.json\b",
    re.IGNORECASE | re.DOTALL,
)


def read_kept(definition: AppDefinition) -> Mapping[str, Any]:
    """Return what was read from the app's server when it was added or updated; empty if nothing was."""
    try:
        found = json.loads((definition.folder / definition.spec.path).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) and found.get("format") == FORMAT else {}


def tools_of(definition: AppDefinition) -> list[ServedTool]:
    """Return the tools that were read, in the server's form."""
    if definition.spec.server is None:
        return []
    found = _by_name(read_kept(definition))
    return [ServedTool(name, str(one.get("description") or ""), tuple(suspicions(one))) for name, one in found.items()]


def shown(server: PeerServer) -> str:
    """Return a server's location for people: without possible credentials."""
    return public(server.url) if server.url else shlex.join(server.command)


def unread(server: PeerServer) -> dict[str, Any]:
    """Return the description of a server that was not read yet."""
    return {"format": FORMAT, "url": server.url, "server": {}, "tools": [], "unread": True}


def suspicions(tool: Tool) -> list[str]:
    """Return phrases of a tool that seem to address a model, or are hidden from people; none for most tools."""
    found: list[str] = []
    for text in _texts(tool):
        if without_hidden(text) != text:
            found.append("has characters that can't be seen")
        if (order := _ORDERS.search(text)) is not None:
            found.append(f"gives orders: {_short(order[0])}")
    return list(dict.fromkeys(found))


def review(before: Mapping[str, Any], now: Mapping[str, Any], *, pinned: bool) -> dict[str, Any]:
    """Return the description to store, with its ``changes`` in words.

    If the server is ``pinned``, changed tools stay as they were, new ones are omitted, and their changes are ``held`` back;
    removed tools are dropped. The sign-in is kept if the server did not declare it again.
    """
    now = {**now, "tools": [without_outside(one) for one in now.get("tools") or ()]}
    made = {**now, "auth": now.get("auth") or before.get("auth")}
    old, new = _by_name(before), _by_name(now)
    if before.get("unread") or not before:
        return {**made, "changes": []}
    lines: list[str] = []
    kept: list[Tool] = []
    for name, tool in new.items():
        told = list(_list_changes(name, old.get(name), tool))
        lines += [f"{line} (held back)" if pinned else line for line in told]
        if not told or not pinned:
            kept.append(tool)
        elif name in old:
            kept.append(old[name])
    lines += [f"{name}: the server has it no longer" for name in old if name not in new]
    if before.get("instructions") != now.get("instructions"):
        lines.append("the server's own instructions changed; models never get them")
    more = [f"... and {len(lines) - _MOST} more"] if len(lines) > _MOST else []
    return {**made, "tools": kept, "changes": [*lines[:_MOST], *more]}


def _list_changes(name: str, before: Tool | None, now: Tool) -> Iterator[str]:
    """Return what differs between two definitions of a tool, a line each."""
    if before is None:
        yield f"{_short(name)}: is new: {_quote(now.get('description'))}"
        return
    name = _short(name)
    one, other = (_as_mapping(tool.get("annotations")) for tool in (before, now))
    for what, was, is_ in (
        ("title", before.get("title"), now.get("title")),
        ("title in the annotations", one.get("title"), other.get("title")),
        ("description", before.get("description"), now.get("description")),
    ):
        if was != is_:
            yield f"{name}: its {what} changed from {_quote(was)} to {_quote(is_)}"
    yield from _compare_schemas(name, before.get("inputSchema"), now.get("inputSchema"))
    if not _is_same(before.get("outputSchema"), now.get("outputSchema")):
        yield f"{name}: the schema of its results changed"
    for hint, words in _HINTS.items():
        if one.get(hint) != other.get(hint):
            yield f"{name}: the server {'now says' if other.get(hint) is True else 'no longer says'} that it {words}"


def _compare_schemas(name: str, before: Any, now: Any) -> Iterator[str]:
    if _is_same(before, now):
        return
    old, new = _as_mapping(before), _as_mapping(now)
    mine, theirs = _as_mapping(old.get("properties")), _as_mapping(new.get("properties"))
    needed, wanted = _names(old.get("required")), _names(new.get("required"))
    told = False
    for argument in dict.fromkeys((*mine, *theirs)):
        line = _compare_argument(argument, mine, theirs, argument in needed, argument in wanted)
        if line:
            told = True
            yield f"{name}: {line}"
    if not told:
        yield f"{name}: the schema of its arguments changed"


def _is_same(one: Any, other: Any) -> bool:
    """Return whether two schemas are equal, in any order. In Python 1 equals True; in JSON and for models it does not."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def _compare_argument(argument: str, mine: Tool, theirs: Tool, was_needed: bool, is_wanted: bool) -> str:
    called = f"its argument {_short(argument)}"
    if argument not in mine:
        return (
            f"{called} is new{' and required' if is_wanted else ''}: {_quote(_as_mapping(theirs[argument]).get('description'))}"
        )
    if argument not in theirs:
        return f"{called} is gone"
    one, other = _as_mapping(mine[argument]), _as_mapping(theirs[argument])
    if one.get("type") != other.get("type"):
        return f"{called} changed from {_short(str(one.get('type', 'any')))} to {_short(str(other.get('type', 'any')))}"
    if one.get("description") != other.get("description"):
        return f"{called}: its description changed from {_quote(one.get('description'))} to {_quote(other.get('description'))}"
    if was_needed != is_wanted:
        return f"{called} is {'now' if is_wanted else 'no longer'} required"
    return "" if _is_same(mine[argument], theirs[argument]) else f"{called}: its schema changed"


def _by_name(document: Mapping[str, Any]) -> dict[str, Tool]:
    tools = document.get("tools")
    found: dict[str, Tool] = {}
    for tool in tools if isinstance(tools, list) else ():
        if isinstance(tool, Mapping) and isinstance(name := tool.get("name"), str):
            found.setdefault(name, tool)
    return found


def _texts(node: Any, depth: int = 0) -> Iterator[str]:
    """Yield every string of a tool that a model may read."""
    if isinstance(node, str):
        yield node
    elif depth < 40:
        inner = node.items() if isinstance(node, Mapping) else enumerate(node) if isinstance(node, list) else ()
        for key, value in inner:
            if isinstance(key, str):
                yield key
            yield from _texts(value, depth + 1)


def _as_mapping(value: Any) -> Tool:
    return value if isinstance(value, Mapping) else {}


def _names(value: Any) -> set[str]:
    return {one for one in value if isinstance(one, str)} if isinstance(value, list) else set()


def _quote(value: Any) -> str:
    """Return a server's words as JSON, which shows invisible characters and where they end."""
    return json.dumps(_short(value) if isinstance(value, str) else "", ensure_ascii=True)


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} ..."
