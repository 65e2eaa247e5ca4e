"""Convert Markdown to Notion's blocks, and blocks to Markdown.

Limits, from "Request limits" of https://developers.notion.com/reference: 2,000 characters per text, 100 texts per block, 100
children per list, 1,000 blocks per request, two levels of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from composio_apps._markdown import Block, Row, Span, plain

__all__ = ["MOST_CHILDREN", "batches", "blocks_from", "depth", "followers", "markdown_blocks", "rich_text", "split_children"]

MOST_CHILDREN = 100
_MOST_TEXTS = 100
_MOST_BLOCKS = 900
_TEXT = 1000  # characters, each of which may count as two of the 2,000
_LONGEST_URL = 2000
_KINDS = {
    "paragraph": "paragraph",
    "bullet": "bulleted_list_item",
    "number": "numbered_list_item",
    "todo": "to_do",
    "quote": "quote",
}
_LANGUAGES = frozenset(
    [
        "abap",
        "arduino",
        "bash",
        "basic",
        "c",
        "clojure",
        "coffeescript",
        "c++",
        "c#",
        "css",
        "dart",
        "diff",
        "docker",
        "elixir",
        "elm",
        "erlang",
        "flow",
        "fortran",
        "f#",
        "gherkin",
        "glsl",
        "go",
        "graphql",
        "groovy",
        "haskell",
        "html",
        "java",
        "javascript",
        "json",
        "julia",
        "kotlin",
        "latex",
        "less",
        "lisp",
        "livescript",
        "lua",
        "makefile",
        "markdown",
        "markup",
        "matlab",
        "mermaid",
        "nix",
        "objective-c",
        "ocaml",
        "pascal",
        "perl",
        "php",
        "powershell",
        "prolog",
        "protobuf",
        "python",
        "r",
        "reason",
        "ruby",
        "rust",
        "sass",
        "scala",
        "scheme",
        "scss",
        "shell",
        "sql",
        "swift",
        "typescript",
        "vb.net",
        "verilog",
        "vhdl",
        "webassembly",
        "xml",
        "yaml",
    ]
)
_SHORT = {
    "py": "python",
    "js": "javascript",
    "jsx": "javascript",
    "ts": "typescript",
    "tsx": "typescript",
    "sh": "shell",
    "zsh": "shell",
    "console": "shell",
    "yml": "yaml",
    "cpp": "c++",
    "cs": "c#",
    "csharp": "c#",
    "rb": "ruby",
    "rs": "rust",
    "kt": "kotlin",
    "md": "markdown",
    "golang": "go",
    "dockerfile": "docker",
    "ps1": "powershell",
    "tex": "latex",
}

Json = dict[str, Any]


def rich_text(spans: Iterable[Span]) -> list[Json]:
    """Return spans as rich text, none longer than the API allows."""
    texts: list[Json] = []
    for span in spans:
        style = {"bold": span.bold, "italic": span.italic, "strikethrough": span.strike, "code": span.code}
        annotations = {name: True for name, is_on in style.items() if is_on}
        for start in range(0, len(span.text), _TEXT):
            text: Json = {"content": span.text[start : start + _TEXT]}
            if span.link and len(span.link) <= _LONGEST_URL:
                text["link"] = {"url": span.link}
            texts.append({"type": "text", "text": text, **({"annotations": annotations} if annotations else {})})
    return texts


def blocks_from(blocks: Iterable[Block]) -> list[Json]:
    """Return blocks in the API's form, at any depth."""
    return [made for block in blocks for made in _block(block)]


def _block(block: Block) -> Iterator[Json]:
    if block.kind == "rule":
        yield {"type": "divider", "divider": {}}
        return
    if block.kind == "table":
        yield _table(block.rows)
        return
    kind = _KINDS.get(block.kind, "paragraph")
    more: Json = {}
    if block.kind == "heading":
        kind = f"heading_{min(max(block.level, 1), 3)}"
    elif block.kind == "code":
        kind, more = "code", {"language": _language(block.language)}
    elif block.kind == "todo":
        more = {"checked": block.checked}
    texts = rich_text(block.spans)
    first: Json = {"rich_text": texts[:_MOST_TEXTS], **more}
    if block.children:
        first["children"] = blocks_from(block.children)
    yield {"type": kind, kind: first}
    rest = "code" if kind == "code" else "paragraph"
    for start in range(_MOST_TEXTS, len(texts), _MOST_TEXTS):
        yield {"type": rest, rest: {"rich_text": texts[start : start + _MOST_TEXTS], **(more if kind == "code" else {})}}


def _language(given: str) -> str:
    name = given.split()[0].lower() if given.split() else ""
    name = _SHORT.get(name, name)
    return name if name in _LANGUAGES else "plain text"


def _table(rows: Sequence[Row]) -> Json:
    made = [{"type": "table_row", "table_row": {"cells": [_cell(cell) for cell in row]}} for row in rows]
    return {"type": "table", "table": {"table_width": len(rows[0]), "has_column_header": True, "children": made}}


def _cell(spans: Sequence[Span]) -> list[Json]:
    """Return a cell's text; without its styles if those would need too many parts."""
    texts = rich_text(spans)
    return texts if len(texts) <= _MOST_TEXTS else rich_text([Span(plain(spans))])


def _children(block: Mapping[str, Any]) -> list[Json]:
    content = block.get(str(block.get("type")))
    children = content.get("children") if isinstance(content, Mapping) else None
    return list(children) if isinstance(children, list) else []


def depth(block: Mapping[str, Any]) -> int:
    """Return the levels of a block: 1 without children."""
    return 1 + max((depth(child) for child in _children(block)), default=0)


def _size(block: Mapping[str, Any]) -> int:
    return 1 + sum(_size(child) for child in _children(block))


def split_children(block: Mapping[str, Any]) -> tuple[Json, list[Json]]:
    """Return a block for one request, and the children to append once it has an id."""
    children = _children(block)
    if depth(block) <= 2 and len(children) <= MOST_CHILDREN:
        return dict(block), []
    kind = str(block["type"])
    now = children[:MOST_CHILDREN] if kind == "table" else []  # a table needs rows
    content = {name: value for name, value in block[kind].items() if name != "children"}
    return {**block, kind: {**content, **({"children": now} if now else {})}}, children[len(now) :]


def batches(blocks: Iterable[Json]) -> Iterator[list[Json]]:
    """Return blocks in lists that fit into one request each, with the rest from :func:`split_children`."""
    batch: list[Json] = []
    size = 0
    for block in blocks:
        more = _size(split_children(block)[0])
        if batch and (len(batch) == MOST_CHILDREN or size + more > _MOST_BLOCKS):
            yield batch
            batch, size = [], 0
        batch.append(block)
        size += more
    if batch:
        yield batch


def followers(block: Mapping[str, Any]) -> bool:
    """Return whether a block has children to read as well; pages and databases in a page are only named."""
    return bool(block.get("has_children")) and block.get("type") not in ("child_page", "child_database")


# Back to Markdown.


def markdown_blocks(blocks: Iterable[Mapping[str, Any]]) -> list[Block]:
    """Return blocks that were read, with their children under ``children``, in the shared form."""
    made: list[Block] = []
    number = 0
    for block in blocks:
        kind, children = str(block.get("type")), block.get("children") or []
        number = number + 1 if kind == "numbered_list_item" else 0
        made += _read(kind, block.get(kind) or {}, children, number)
    return made


def _read(kind: str, content: Mapping[str, Any], children: Sequence[Mapping[str, Any]], number: int) -> list[Block]:
    spans = _spans(content.get("rich_text") or ())
    inner = tuple(markdown_blocks(children))
    match kind:
        case "heading_1" | "heading_2" | "heading_3":
            return [Block("heading", spans, level=int(kind[-1])), *inner]
        case "bulleted_list_item" | "toggle":
            return [Block("bullet", spans, inner)]
        case "numbered_list_item":
            return [Block("number", spans, inner, level=number)]
        case "to_do":
            return [Block("todo", spans, inner, checked=bool(content.get("checked")))]
        case "quote" | "callout":
            return [Block("quote", spans, inner)]
        case "code":
            return [Block("code", tuple(Span(span.text) for span in spans), language=str(content.get("language") or ""))]
        case "equation":
            return [Block("code", (Span(str(content.get("expression") or "")),), language="latex")]
        case "divider":
            return [Block("rule")]
        case "table":
            return _read_table(children)
        case "child_page" | "child_database":
            return [Block("paragraph", (Span(str(content.get("title") or "")),))]
    return _read_other(content, spans, inner)


def _read_other(content: Mapping[str, Any], spans: tuple[Span, ...], inner: tuple[Block, ...]) -> list[Block]:
    """Return paragraphs, files, bookmarks, columns: text, the URL if there is one, and the content."""
    held = content.get(str(content.get("type"))) or {}
    url = str(content.get("url") or (held.get("url") if isinstance(held, Mapping) else "") or "")
    caption = _spans(content.get("caption") or ())
    if url:
        words = "".join(span.text for span in caption) or str(content.get("name") or url)
        spans = (*spans, Span(words, link=url))
    return [*([Block("paragraph", spans)] if spans else []), *inner]


def _read_table(rows: Iterable[Mapping[str, Any]]) -> list[Block]:
    cells = [tuple(_spans(cell) for cell in (row.get("table_row") or {}).get("cells") or ()) for row in rows]
    width = max((len(row) for row in cells), default=0)
    return [Block("table", rows=tuple(row + ((),) * (width - len(row)) for row in cells))] if width else []


def _spans(texts: Iterable[Mapping[str, Any]]) -> tuple[Span, ...]:
    made = []
    for text in texts:
        style = text.get("annotations") or {}
        words = str(text.get("plain_text") or (text.get("text") or {}).get("content") or "")
        link = str(text.get("href") or ((text.get("text") or {}).get("link") or {}).get("url") or "")
        link = f"https://www.notion.so{link}" if link.startswith("/") else link
        flags = (bool(style.get("bold")), bool(style.get("italic")), bool(style.get("strikethrough")), bool(style.get("code")))
        made.append(Span(words, *flags, link))
    return tuple(made)
