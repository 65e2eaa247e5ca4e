"""Convert Markdown to blocks and spans and back, for APIs with their own document formats.

Source: CommonMark 0.31, and of GitHub Flavored Markdown its tables, strikethrough and task lists. Raw HTML is text. A line
break inside a paragraph stays one, as people who write Markdown for an API intend. No words are lost: an unsupported link and
an unused definition become text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token
    from markdown_it.tree import SyntaxTreeNode

__all__ = ["Block", "Span", "cells_of", "is_followable", "parse", "plain", "render", "spans_from", "to_html"]

Kind = Literal["paragraph", "heading", "bullet", "number", "todo", "quote", "code", "rule", "table"]
Row = tuple[tuple["Span", ...], ...]

# Deeper than any real document, and far below Python's recursion limit.
_NESTING = 60
_TASK = re.compile(r"\[([ xX])\](?:[ \t\n]+|$)")
_FOLLOWABLE = re.compile(r"(https?://[^\s/]|mailto:.|tel:.)", re.IGNORECASE)
_MARKS = {"strong": "bold", "em": "italic", "s": "strike"}


@dataclass(frozen=True, slots=True)
class Span:
    """A run of text in one style; ``link`` is an absolute URL or empty. A line break in the text is one."""

    text: str
    bold: bool = False
    italic: bool = False
    strike: bool = False
    code: bool = False
    link: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a document. A list item is a separate block: its other content are its ``children``.

    ``level`` is a heading's, 1 to 6, or a numbered item's number. ``language`` is a code block's, ``rows`` are a table's: all
    of one length, the first one is the header.
    """

    kind: Kind
    spans: tuple[Span, ...] = ()
    children: tuple[Block, ...] = ()
    level: int = 0
    language: str = ""
    checked: bool = False
    rows: tuple[Row, ...] = ()


def plain(spans: Iterable[Span]) -> str:
    """Return the text without its styles."""
    return "".join(span.text for span in spans)


def cells_of(row: Row) -> str:
    """Return a table's row as a line of text."""
    return " | ".join(plain(cell) for cell in row)


def is_followable(url: str) -> bool:
    """Return whether a link is absolute: web, mail or telephone."""
    return _FOLLOWABLE.match(url) is not None


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    options = {"html": False, "breaks": True, "maxNesting": _NESTING}
    return MarkdownIt("commonmark", options).enable(["table", "strikethrough"])


def _tokens(text: str, env: dict[str, Any]) -> list[Token]:
    parser = _parser()
    tokens = list(_with_all_cells(parser, parser.parse(text, env), text, env))
    # The parser omits deeper content.
    if any(token.level >= _NESTING - 1 for token in tokens):
        raise ValueError(f"The Markdown is nested more than {_NESTING // 2} levels deep; flatten its lists and quotes.")
    return tokens


def _with_all_cells(parser: MarkdownIt, tokens: Iterable[Token], text: str, env: dict[str, Any]) -> Iterator[Token]:
    """Yield the tokens, and those of cells beyond a table's last column, which the parser omits."""
    from markdown_it.rules_block.table import escapedSplit
    from markdown_it.token import Token

    lines = re.split(r"\r\n?|\n", text)
    cells, line = 0, 0
    for token in tokens:
        if token.type == "tr_open":
            cells, line = 0, token.map[0] if token.map else -1
        cells += token.type in ("td_open", "th_open")
        if token.type == "tr_close" and 0 <= line < len(lines):
            columns = escapedSplit(lines[line].lstrip("> \t").strip())
            columns = columns[1 if columns and not columns[0] else 0 : -1 if columns and not columns[-1] else None]
            for cell in columns[cells:]:
                yield Token("td_open", "td", 1, level=token.level)
                (inline,) = parser.parseInline(cell.strip(), env)
                yield inline
                yield Token("td_close", "td", -1, level=token.level)
        yield token


def parse(text: str) -> tuple[Block, ...]:
    """Return the blocks of a Markdown text. Raises ``ValueError`` if it is nested too deep."""
    from markdown_it.tree import SyntaxTreeNode

    env: dict[str, Any] = {}
    tokens = _tokens(text, env)
    blocks = tuple(_blocks(SyntaxTreeNode(tokens).children))
    return blocks + tuple(_list_unused(env, tokens))


def to_html(text: str) -> str:
    """Convert Markdown to HTML; HTML in it is escaped. Raises ``ValueError`` if it is nested too deep."""
    env: dict[str, Any] = {}
    parser = _parser()
    return str(parser.renderer.render(_tokens(text, env), parser.options, env)).strip()


def spans_from(text: str) -> tuple[Span, ...]:
    """Parse inline Markdown, such as a title's: bold, italic, code and links of all its lines."""
    lines = [plain_line for block in parse(text) for plain_line in _lines(block)]
    return tuple(_merge(_join(lines, "\n")))


def _lines(block: Block) -> Iterator[tuple[Span, ...]]:
    if block.rows:
        yield from ((Span(cells_of(row)),) for row in block.rows)
    elif block.spans:
        yield block.spans
    for child in block.children:
        yield from _lines(child)


def _join(lines: Sequence[Sequence[Span]], between: str) -> list[Span]:
    joined: list[Span] = []
    for number, line in enumerate(lines):
        joined += ([Span(between)] if number else []) + list(line)
    return joined


def _blocks(nodes: Iterable[SyntaxTreeNode]) -> Iterator[Block]:
    for node in nodes:
        match node.type:
            case "heading":
                yield Block("heading", _inline(node), level=int(node.tag[1:]))
            case "bullet_list" | "ordered_list":
                yield from _items(node)
            case "blockquote":
                yield _container("quote", node)
            case "fence" | "code_block":
                text = node.content.removesuffix("\n")
                yield Block("code", (Span(text),) if text else (), language=node.info.strip())
            case "hr":
                yield Block("rule")
            case "table":
                yield _table(node)
            case _:
                yield Block("paragraph", _inline(node))


def _container(kind: Kind, node: SyntaxTreeNode, level: int = 0) -> Block:
    """Return a quote or list item: the first paragraph is its text, the rest are its children."""
    inner = tuple(_blocks(node.children))
    if inner and inner[0].kind == "paragraph":
        return Block(kind, inner[0].spans, inner[1:], level=level)
    return Block(kind, (), inner, level=level)


def _items(node: SyntaxTreeNode) -> Iterator[Block]:
    start = int(node.attrs.get("start", 1))
    for number, item in enumerate(node.children, start):
        if node.type == "ordered_list":
            yield _container("number", item, number)
            continue
        block = _container("bullet", item)
        task = _TASK.match(block.spans[0].text) if block.spans and not block.spans[0].link else None
        if task is None or block.spans[0].code:
            yield block
            continue
        rest = replace(block.spans[0], text=block.spans[0].text[task.end() :])
        spans = ((rest,) if rest.text else ()) + block.spans[1:]
        yield replace(block, kind="todo", spans=spans, checked=task[1] in "xX")


def _table(node: SyntaxTreeNode) -> Block:
    rows = [tuple(_inline(cell) for cell in row.children) for part in node.children for row in part.children]
    width = max(len(row) for row in rows)
    return Block("table", rows=tuple(row + ((),) * (width - len(row)) for row in rows))


def _inline(node: SyntaxTreeNode) -> tuple[Span, ...]:
    children: list[Token] = [token for inner in node.children if inner.type == "inline" for token in _children(inner)]
    on = dict.fromkeys(_MARKS.values(), 0)
    links: list[str] = []
    spans: list[Span] = []
    for token in children:
        name, _, edge = token.type.rpartition("_")
        if name in _MARKS and edge in ("open", "close"):
            on[_MARKS[name]] += 1 if edge == "open" else -1
        elif token.type == "link_open":
            links.append(str(token.attrs.get("href", "")))
        elif token.type == "link_close":
            spans += _append_link(spans, links.pop())
        else:
            style = Span("", on["bold"] > 0, on["italic"] > 0, on["strike"] > 0)
            spans += _leaf(token, style, links[-1] if links else "")
    return tuple(_merge(spans))


def _children(node: SyntaxTreeNode) -> list[Token]:
    token = node.token
    return list(token.children or ()) if token is not None else []


def _leaf(token: Token, style: Span, link: str) -> list[Span]:
    style = replace(style, link=link if is_followable(link) else "")
    if token.type in ("softbreak", "hardbreak"):
        return [replace(style, text="\n")]
    if token.type == "image":
        source = str(token.attrs.get("src", ""))
        words = token.content or source
        if is_followable(source):
            return [replace(style, text=words, link=source)]
        return [replace(style, text=words if words == source else f"{words} ({source})")]
    return [replace(style, text=token.content, code=token.type == "code_inline")] if token.content else []


def _append_link(spans: list[Span], url: str) -> list[Span]:
    """Append the URL of an unsupported link as text."""
    if not url or is_followable(url) or (spans and spans[-1].text == url):
        return []
    return [Span(f" ({url})")]


def _merge(spans: Iterable[Span]) -> Iterator[Span]:
    """Join neighbours with one style."""
    last: Span | None = None
    for span in spans:
        if last is not None and replace(last, text="") == replace(span, text=""):
            last = replace(last, text=last.text + span.text)
            continue
        if last is not None:
            yield last
        last = span
    if last is not None:
        yield last


def _list_unused(env: dict[str, Any], tokens: Iterable[Token]) -> Iterator[Block]:
    """Return unused link definitions as lines."""
    children = [child for token in tokens for child in token.children or ()]
    used = {str(child.attrs[key]) for child in children for key in ("href", "src") if key in child.attrs}
    for label, found in env.get("references", {}).items():
        url, title = str(found.get("href", "")), str(found.get("title") or "")
        if url in used:
            continue
        address = Span(url, link=url if is_followable(url) else "")
        yield Block("paragraph", tuple(_merge([Span(f"{label}: "), address, *([Span(f" {title}")] if title else [])])))


# Back to Markdown.

_SPECIAL = re.compile(r"([\\`*_\[\]<>~|])|&(?=[#\w])")
_CLOSING = re.compile(r"(?<!\S)(#+\s*)\Z")  # of a heading: it would end it
_AT_START = re.compile(r"^([ \t]*)(?:([#+=:-])|(\d{1,9})([.)])(?=\s|$))", re.MULTILINE)


def render(blocks: Iterable[Block]) -> str:
    """Return blocks as Markdown, which :func:`parse` reads as the same words."""
    return "\n".join(_render(tuple(blocks))).strip("\n")


def _render(blocks: Sequence[Block]) -> list[str]:
    lines: list[str] = []
    last: Block | None = None
    for block in blocks:
        is_item = block.kind in ("bullet", "number", "todo")
        tight = is_item and last is not None and last.kind == block.kind
        if last is not None and not tight:
            lines.append("")
        lines += _render_one(block)
        last = block
    return lines


def _render_one(block: Block) -> list[str]:
    match block.kind:
        case "heading":
            text = _CLOSING.sub(r"\\\1", _text(block.spans).replace("\n", " "))
            return ["#" * min(max(block.level, 1), 6) + " " + text]
        case "rule":
            return ["---"]
        case "code":
            return _fence(plain(block.spans), block.language)
        case "table":
            return _render_table(block.rows)
        case "quote":
            return [f"> {line}".rstrip() for line in _inside(block)]
        case "bullet" | "number" | "todo":
            box = "[x] " if block.checked else "[ ] "
            marker = {"bullet": "- ", "number": f"{max(block.level, 0) % 1_000_000_000}. ", "todo": "- "}[block.kind]
            first, *rest = _inside(block) or [""]
            first = box + first if block.kind == "todo" else first
            return [(marker + first).rstrip(), *((" " * len(marker) + line).rstrip() for line in rest)]
        case _:
            return [*_text(block.spans).split("\n"), *(["", *_render(block.children)] if block.children else [])]


def _inside(block: Block) -> list[str]:
    """Return the lines of a quote or list item, without its marker."""
    own = _text(block.spans).split("\n") if block.spans else []
    inner = _render(block.children)
    return [*own, *([""] if own and inner and not _interrupts(block.children[0]) else []), *inner]


def _interrupts(block: Block) -> bool:
    """Return whether a block may follow a paragraph without an empty line.

    True for a list with text that does not start at another number.
    """
    is_list = block.kind in ("bullet", "todo") or (block.kind == "number" and block.level == 1)
    return is_list and bool(plain(block.spans).strip())


def _fence(text: str, language: str) -> list[str]:
    marks = "`" * max(3, *(len(run) + 1 for run in re.findall(r"`+", text)), 3)
    return [marks + language.replace("`", "").replace("\n", " "), *text.split("\n"), marks]


def _render_table(rows: Sequence[Row]) -> list[str]:
    lines = ["| " + " | ".join(_text(cell).replace("\n", " ") for cell in row) + " |" for row in rows]
    return [lines[0], "|" + " --- |" * len(rows[0]), *lines[1:]] if lines else []


def _text(spans: Iterable[Span]) -> str:
    written = "".join(_span(span) for span in spans)
    lines = (line.strip(" \t") for line in written.split("\n"))
    # An empty line would end the paragraph.
    return "\n".join(_AT_START.sub(_escape_start, line) for line in lines if line)


def _escape_start(found: re.Match[str]) -> str:
    return f"{found[1]}\\{found[2]}" if found[2] else f"{found[1]}{found[3]}\\{found[4]}"


def _span(span: Span) -> str:
    text = span.text
    bare = text.strip()
    if not bare:
        return text
    before, after = text[: text.index(bare)], text[text.index(bare) + len(bare) :]
    if span.code:
        marks = "`" * (1 + max((len(run) for run in re.findall(r"`+", bare)), default=0))
        pad = " " if bare[0] == "`" or bare[-1] == "`" else ""
        written = marks + pad + bare.replace("\n", " ") + pad + marks
    else:
        written = _SPECIAL.sub(lambda found: "\\" + found[0], bare)
    for is_on, mark in ((span.strike, "~~"), (span.italic, "*"), (span.bold, "**")):
        written = f"{mark}{written}{mark}" if is_on else written
    if span.link:
        address = re.sub(r"[\s<>()\\]", lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode()), span.link)
        written = f"[{written}]({address})"
    return before + written + after
