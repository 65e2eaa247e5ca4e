"""Running a page of the documentation: its blocks in one namespace, as written but for what the page itself leaves open."""

from __future__ import annotations

import gc
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from tests.docs.pages import REFERENCE, pages

__all__ = ["Incomplete", "leave", "run_page"]


@dataclass(frozen=True)
class Incomplete:
    """A block that the page itself leaves incomplete: ``find`` is in it.

    ``before`` completes it; None means it can't run, unless ``put`` says what a reader puts in the place of its placeholders.
    """

    find: str
    reason: str
    before: str | None = None
    put: Mapping[str, str] = field(default_factory=dict)


def run_page(title: str, listed: Sequence[Incomplete]) -> dict[str, Any]:
    """The namespace that the page's blocks leave. Close it with :func:`leave`."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    used: set[str] = set()
    for block in pages()[title]:
        exception = next((one for one in listed if one.find in block.code), None)
        text = block.code
        if exception is not None:
            used.add(exception.find)
            if exception.before is None and not exception.put:
                continue
            exec(exception.before or "", namespace)
            for placeholder, value in exception.put.items():
                assert placeholder in text, f"line {block.line}: there is no {placeholder}"
                text = text.replace(placeholder, value)
        code = compile(text, f"{REFERENCE.name}:{block.line}", "exec", dont_inherit=True)
        exec(code, namespace)
    assert used == {one.find for one in listed}, "a block is listed as incomplete and not there"
    return namespace


def leave(namespace: dict[str, Any]) -> None:
    """Close what a page opened, and let go here of what it replaced without closing: elsewhere it would fail another test."""
    for value in namespace.values():
        if hasattr(value, "close") and not isinstance(value, type | ModuleType):
            value.close()
    namespace.clear()
    gc.collect()
