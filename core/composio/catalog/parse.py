"""Text into a document: JSON, else YAML.

Anyone's description may come here, so neither depth nor aliases may take the process down: libyaml recurses on the C stack,
and a few lines of aliases can stand for gigabytes.
"""

from __future__ import annotations

import json
from typing import Any, Final

from composio.errors import SpecError

__all__ = ["parse"]

# Levels below each other; real descriptions have less than 50.
_DEEPEST: Final = 200
# Values that aliases may stand for in all, and beyond that as a multiple of what is written.
_FREE, _MULTIPLE = 1_000_000, 10


def parse(data: bytes, name: str) -> Any:
    """The document in ``data``. Raises ``SpecError`` naming ``name`` and the place of the mistake."""
    if not data.strip():
        raise SpecError(f"{name}: the API description is empty.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SpecError(f"{name}: the API description is no UTF-8 text (byte {error.start}).") from None
    if text.lstrip()[:1] in "{[":
        return _json(text, name)
    if text.lstrip()[:1] == "<":
        raise SpecError(
            f"{name}: this is HTML or XML, such as a page about the API. Give the description itself, JSON or YAML."
        )
    return _yaml(text, name)


def _json(text: str, name: str) -> Any:
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise SpecError(f"{name}: line {error.lineno}, column {error.colno}: not JSON: {error.msg}.") from None
    except RecursionError:
        raise SpecError(_too_deep(name)) from None
    level = [document]
    for _ in range(_DEEPEST):
        level = [v for node in level for v in (node.values() if isinstance(node, dict) else node) if isinstance(v, dict | list)]
        if not level:
            return document
    raise SpecError(_too_deep(name))


def _too_deep(name: str) -> str:
    return f"{name}: the API description is nested more than {_DEEPEST} levels deep; expected an OpenAPI document."


def _yaml(text: str, name: str) -> Any:
    import yaml

    base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

    class Loader(base):  # type: ignore[misc]  # the C loader is there or not, which no checker can know
        """Dates stay text: an example or a version that looks like one is no date in JSON either."""

    Loader.yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in base.yaml_implicit_resolvers.items()
    }
    try:
        _check(yaml.parse(text, Loader=base), name)
        return yaml.load(text, Loader=Loader)  # noqa: S506 - a subclass of the safe loader
    except yaml.YAMLError as error:
        problem = getattr(error, "problem", None) or "not YAML"
        raise SpecError(f"{name}: {_at(getattr(error, 'problem_mark', None))}neither JSON nor YAML: {problem}.") from None
    except ValueError as error:  # a value that looks like a number or a date and is none
        raise SpecError(f"{name}: holds a value that can't be read: {error}.") from None


def _check(events: Any, name: str) -> None:
    """Depth and aliases, from the parser's flat events: nothing is built and nothing recurses yet."""
    import yaml

    sizes: dict[str, int] = {}
    open_: list[tuple[str | None, int]] = []  # of each collection around: its anchor, and the values counted before it
    written = counted = 0
    for event in events:
        where = _at(event.start_mark)
        if isinstance(event, yaml.CollectionEndEvent):
            anchor, before = open_.pop()
            if anchor is not None:
                sizes[anchor] = counted - before
        elif isinstance(event, yaml.AliasEvent):
            if any(anchor == event.anchor for anchor, _ in open_):
                raise SpecError(f"{name}: {where}the alias *{event.anchor} stands inside what it stands for.")
            counted += sizes.get(str(event.anchor), 0)
            if counted > _FREE + _MULTIPLE * written:
                raise SpecError(f"{name}: {where}its aliases stand for more than {_FREE} values; write less of it as *name.")
        elif isinstance(event, yaml.NodeEvent):
            written, counted = written + 1, counted + 1
            if isinstance(event, yaml.CollectionStartEvent):
                open_.append((event.anchor, counted - 1))
                if len(open_) > _DEEPEST:
                    raise SpecError(_too_deep(name))
            elif event.anchor is not None:
                sizes[event.anchor] = 1


def _at(mark: Any) -> str:
    return f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
