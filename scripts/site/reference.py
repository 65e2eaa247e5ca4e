"""The API reference: what ``composio`` and its public modules export, with signatures and docstrings."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from importlib import import_module
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from scripts.site.prose import colour, our_own

if TYPE_CHECKING:
    from scripts.site.build import Site

__all__ = ["Entry", "entries", "write"]

_MODULES = ("composio", "composio.errors", "composio.framework", "composio.testing")
_ROLE = re.compile(r":(?:\w+):`~?([^`]+)`")
_WIDTH = 88


@dataclass(frozen=True, slots=True)
class Entry:
    """A name with its signature and docstring; a class has its members."""

    name: str
    kind: str
    signature: Markup
    about: Markup
    members: tuple[Entry, ...] = field(default=())


def entries(module: str) -> list[Entry]:
    """Return the public names of a module, classes first."""
    loaded = import_module(module)
    names = getattr(loaded, "__all__", None) or [n for n in vars(loaded) if not n.startswith("_")]
    found = [_entry(name, getattr(loaded, name)) for name in names]
    return sorted(found, key=lambda e: (e.kind != "class", e.name.casefold()))


def write(site: Site) -> list[tuple[str, str]]:
    """Write a page for each module; return their URLs and titles."""
    pages = {module: f"api/{module}.html" for module in _MODULES}
    for module, page in pages.items():
        listed = list(pages.items())
        site.write(
            page,
            "reference.html",
            module=module,
            about=_about(import_module(module)),
            entries=entries(module),
            modules=listed,
        )
    return [(page, module) for module, page in pages.items()]


def _entry(name: str, value: Any) -> Entry:
    if inspect.isclass(value):
        return Entry(name, "class", _signature(name, value, "class "), _about(value), tuple(_members(value)))
    if callable(value):
        return Entry(name, "function", _signature(name, value, "def "), _about(value))
    return Entry(name, "value", colour(f"{name}: {type(value).__name__}", "python"), Markup())


def _members(cls: type) -> Iterator[Entry]:
    """Public methods and properties of ours that say what they do, inherited ones too."""
    if issubclass(cls, Enum):
        for one in cls:
            yield Entry(one.name, "member", colour(f"{one.name} = {one.value!r}", "python"), Markup())
        return
    for name, value in inspect.getmembers_static(cls):
        owner = next((c for c in cls.__mro__ if name in vars(c)), cls)
        if name.startswith("_") or not owner.__module__.startswith("composio"):
            continue
        target = value.__func__ if isinstance(value, staticmethod | classmethod) else value
        if isinstance(target, property):
            kind = f"{name}: {inspect.signature(target.fget).return_annotation}" if target.fget else name
            if target.fget is not None and target.fget.__doc__:
                yield Entry(
                    name, "property", colour(kind.replace("<class 'inspect._empty'>", "Any"), "python"), _about(target.fget)
                )
        elif inspect.isfunction(target) and target.__doc__:
            word = "async def " if inspect.iscoroutinefunction(target) else "def "
            yield Entry(name, "method", _signature(name, target, word), _about(target))


def _signature(name: str, value: Any, word: str) -> Markup:
    try:
        signature = inspect.signature(value)
    except (TypeError, ValueError):
        return colour(f"{word}{name}", "python")
    kept = [p for p in signature.parameters.values() if p.name not in ("self", "cls")]
    returns = signature.return_annotation
    end = "" if word == "class " or returns is inspect.Signature.empty else f" -> {_annotation(returns)}"
    parts = list(_parameters(kept))
    line = f"{word}{name}({', '.join(parts)}){end}"
    if len(line) > _WIDTH and parts:
        line = f"{word}{name}(\n" + "".join(f"    {part},\n" for part in parts) + f"){end}"
    return colour(line, "python")


def _parameters(parameters: list[inspect.Parameter]) -> Iterator[str]:
    keyword_only = False
    for one in parameters:
        if one.kind is one.KEYWORD_ONLY and not keyword_only:
            keyword_only = True
            yield "*"
        keyword_only = keyword_only or one.kind is one.VAR_POSITIONAL
        star = "*" if one.kind is one.VAR_POSITIONAL else "**" if one.kind is one.VAR_KEYWORD else ""
        hint = "" if one.annotation is one.empty else f": {_annotation(one.annotation)}"
        default = "" if one.default is one.empty else f"{' = ' if hint else '='}{_default(one.default)}"
        yield f"{star}{one.name}{hint}{default}"


def _annotation(value: Any) -> str:
    text = value if isinstance(value, str) else getattr(value, "__name__", None) if inspect.isclass(value) else str(value)
    return re.sub(r"\b(?:typing|composio(?:\.\w+)+|collections\.abc)\.", "", str(text))


def _default(value: Any) -> str:
    text = repr(value)
    return "..." if text.startswith("<") or len(text) > 40 else text


def _about(value: Any) -> Markup:
    text = _ROLE.sub(lambda m: f"`{m[1].rsplit('.', 1)[-1]}`", inspect.getdoc(value) or "")
    text = re.sub(r"``(.+?)``", r"`\1`", text)
    # reST's mark of a block that follows, after a sentence or on a line of its own.
    text = re.sub(r"^::\n\n|::(?=\n\n)", lambda m: "" if m[0] == "::\n\n" else ":", text, flags=re.MULTILINE)
    return our_own(text, lambda href: href if href.startswith("https://") else None)[1]
