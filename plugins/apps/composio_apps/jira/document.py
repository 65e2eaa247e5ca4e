"""Convert Markdown to an Atlassian document.

The allowed nesting is in https://developer.atlassian.com/cloud/jira/platform/apis/document/structure: no headings, quotes,
tables or rules in a list item; only paragraphs, lists and code in a quote. Content in a forbidden place becomes paragraphs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from composio_apps._markdown import Block, Span, cells_of, parse

__all__ = ["document_of"]

_ITEMS = ("bullet", "number", "todo")

Node = dict[str, Any]


def document_of(markdown: str) -> Node:
    """Return the document of a Markdown text. Raises ``ValueError`` if it is nested too deep."""
    return {"type": "doc", "version": 1, "content": _nodes(parse(markdown)) or [_paragraph(())]}


def _nodes(blocks: Sequence[Block], inside: bool = False) -> list[Node]:
    """Convert blocks; ``inside`` a list item or quote, less is allowed."""
    nodes: list[Node] = []
    for kind, run in groupby(blocks, lambda block: "bullet" if block.kind == "todo" else block.kind):
        if kind in _ITEMS:
            nodes.append(_list(kind, list(run)))
            continue
        for block in run:
            nodes += _flat(block) if inside else [_block(block)]
    return nodes


def _block(block: Block) -> Node:
    match block.kind:
        case "heading":
            return {"type": "heading", "attrs": {"level": min(max(block.level, 1), 6)}, "content": _texts(block.spans)}
        case "code":
            return _code(block)
        case "rule":
            return {"type": "rule"}
        case "quote":
            own = [_paragraph(block.spans)] if block.spans else []
            return {"type": "blockquote", "content": [*own, *_nodes(block.children, inside=True)] or [_paragraph(())]}
        case "table":
            return _table(block)
    return _paragraph(block.spans)


def _flat(block: Block) -> list[Node]:
    if block.kind == "code":
        return [_code(block)]
    rows = [_paragraph((Span(cells_of(row)),)) for row in block.rows]
    own = [_paragraph(block.spans)] if block.spans else []
    return [*own, *rows, *_nodes(block.children, inside=True)]


def _list(kind: str, items: Sequence[Block]) -> Node:
    made = [_item(item) for item in items]
    if kind == "number":
        return {"type": "orderedList", "attrs": {"order": max(items[0].level, 0)}, "content": made}
    return {"type": "bulletList", "content": made}


def _item(block: Block) -> Node:
    spans = block.spans
    if block.kind == "todo":
        spans = (Span("☑ " if block.checked else "☐ "), *spans)
    inner = _nodes(block.children, inside=True)
    # It must begin with a paragraph, even an empty one.
    first = [_paragraph(spans)] if spans or not inner or inner[0]["type"] != "paragraph" else []
    return {"type": "listItem", "content": [*first, *inner]}


def _code(block: Block) -> Node:
    text = "".join(span.text for span in block.spans)
    node: Node = {"type": "codeBlock", "content": [{"type": "text", "text": text}] if text else []}
    return {**node, "attrs": {"language": block.language.split()[0]}} if block.language.split() else node


def _table(block: Block) -> Node:
    rows = []
    for number, row in enumerate(block.rows):
        kind = "tableCell" if number else "tableHeader"
        rows.append({"type": "tableRow", "content": [{"type": kind, "content": [_paragraph(cell)]} for cell in row]})
    return {"type": "table", "content": rows}


def _paragraph(spans: Iterable[Span]) -> Node:
    return {"type": "paragraph", "content": _texts(spans)}


def _texts(spans: Iterable[Span]) -> list[Node]:
    nodes: list[Node] = []
    for span in spans:
        for number, line in enumerate(span.text.split("\n")):
            if number:
                nodes.append({"type": "hardBreak"})
            if line:
                nodes.append(_text(replace(span, text=line)))
    return nodes


def _text(span: Span) -> Node:
    marks: list[Node] = [{"type": "link", "attrs": {"href": span.link}}] if span.link else []
    if span.code:  # only compatible with a link
        marks.append({"type": "code"})
    else:
        marks += [
            {"type": name} for name, is_on in (("strong", span.bold), ("em", span.italic), ("strike", span.strike)) if is_on
        ]
    return {"type": "text", "text": span.text, **({"marks": marks} if marks else {})}
