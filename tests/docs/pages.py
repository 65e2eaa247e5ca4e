"""The documentation's pages and their Python blocks, read where the reference lies; nothing of it is copied here."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from pathlib import Path

REFERENCE = Path(__file__).resolve().parents[3] / "shared" / "reference" / "composio-docs.md"

_PAGE = re.compile(r"^---\ntitle: (?P<title>[^\n]+)\n(?:[^\n]+\n)*?---\n", re.MULTILINE)
_BLOCK = re.compile(r"^(?P<indent>[ \t]*)```python[^\n]*\n(?P<code>.*?)^[ \t]*```", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """One block. ``line`` is where it starts in the reference, ``key`` a string that finds it when lines move."""

    line: int
    code: str


def pages() -> dict[str, list[Block]]:
    """Blocks by page title; of several pages with one title the later ones get a number (``Introduction 2``)."""
    text = REFERENCE.read_text(encoding="utf-8")
    starts = list(_PAGE.finditer(text))
    found: dict[str, list[Block]] = {}
    for index, start in enumerate(starts):
        end = starts[index + 1].start() if index + 1 < len(starts) else len(text)
        title = start["title"].strip().strip("'\"")
        number = 2
        while title in found:
            title = f"{start['title'].strip()} {number}"
            number += 1
        body = text[start.end() : end]
        first = text.count("\n", 0, start.end()) + 1
        found[title] = [
            Block(first + body.count("\n", 0, block.start()) + 1, textwrap.dedent(block["code"]))
            for block in _BLOCK.finditer(body)
        ]
    return found
