"""Convert Markdown to requests of the Docs API, and a document to Markdown.

Positions count UTF-16 units. Everything is inserted at one position, last part first, so that no request shifts a later one.
Source: https://developers.google.com/workspace/docs/api/reference/rest/v1/documents and its "Structural rules and behavior"
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from composio_apps._markdown import Block, Row, Span, cells_of, plain, render

__all__ = ["blocks_of", "text_length", "written"]

# The API drops these silently, which would shift all following positions. A lone surrogate cannot be sent at all.
_DROPPED = re.compile("[\x00-\x08\x0c-\x1f\ud800-\udfff\ue000-\uf8ff]")
_SOFT_BREAK = "\v"
_DEEPEST = 8
_MONOSPACE = {"weightedFontFamily": {"fontFamily": "Courier New"}}
_RESET = "bold,italic,strikethrough,underline,link,weightedFontFamily,backgroundColor,foregroundColor"
_PRESETS = {"bullet": "BULLET_DISC_CIRCLE_SQUARE", "number": "NUMBERED_DECIMAL_ALPHA_ROMAN", "todo": "BULLET_CHECKBOX"}
_ITEMS = frozenset(_PRESETS)
_INDENT = 36
_LINE = {
    "color": {"color": {"rgbColor": {"red": 0.6, "green": 0.6, "blue": 0.6}}},
    "width": {"magnitude": 1, "unit": "PT"},
    "padding": {"magnitude": 6, "unit": "PT"},
    "dashStyle": "SOLID",
}

Request = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Paragraph:
    """One paragraph. ``group`` numbers its list, with its ``preset``; -1 for none."""

    spans: tuple[Span, ...]
    style: str = "NORMAL_TEXT"
    group: int = -1
    preset: str = ""
    depth: int = 0
    quoted: int = 0
    is_rule: bool = False


def text_length(text: str) -> int:
    """Return the length in UTF-16 units, as the API counts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def written(blocks: Sequence[Block], at: int) -> list[Request]:
    """Return the requests that insert blocks at ``at``, where an empty paragraph begins."""
    requests: list[Request] = []
    for part in reversed(list(_parts(blocks))):
        requests += _table(part, at) if isinstance(part, Block) else _text(part, at)
    return requests


def _parts(blocks: Sequence[Block]) -> Iterator[Block | list[_Paragraph]]:
    """Yield runs of paragraphs, and tables between them."""
    for is_table, run in groupby(blocks, lambda block: block.kind == "table"):
        if is_table:
            yield from run
        else:
            yield list(_paragraphs(list(run)))


def _paragraphs(blocks: Sequence[Block], quoted: int = 0) -> Iterator[_Paragraph]:
    group = -1
    for index, block in enumerate(blocks):
        if block.kind in _ITEMS:
            if index == 0 or blocks[index - 1].kind != block.kind:
                group = index + quoted * 10_000
            yield from _item(block, group, _PRESETS[block.kind], 0, quoted)
        elif block.kind == "quote":
            if block.spans:
                yield _Paragraph(block.spans, quoted=quoted + 1)
            yield from _paragraphs(block.children, quoted + 1)
        elif block.kind == "table":
            yield from (_Paragraph((Span(cells_of(row)),), quoted=quoted) for row in block.rows)
        elif block.kind == "code":
            yield _Paragraph(_code(block), quoted=quoted)
        elif block.kind == "rule":
            yield _Paragraph((), quoted=quoted, is_rule=True)
        else:
            style = f"HEADING_{min(max(block.level, 1), 6)}" if block.kind == "heading" else "NORMAL_TEXT"
            yield _Paragraph(block.spans, style, quoted=quoted)


def _code(block: Block) -> tuple[Span, ...]:
    return tuple(replace(span, code=True) for span in block.spans)


def _item(block: Block, group: int, preset: str, depth: int, quoted: int) -> Iterator[_Paragraph]:
    """Yield an item and those below it. Its other content goes into the paragraph before it, after a soft break."""
    spans = list(block.spans)
    if block.kind == "todo":
        spans.insert(0, Span("☑ " if block.checked else "☐ "))
    found = [_Paragraph(tuple(spans), group=group, preset=preset, depth=min(depth, _DEEPEST), quoted=quoted)]
    for child in block.children:
        if child.kind in _ITEMS:
            found += _item(child, group, preset, depth + 1, quoted)
        elif more := tuple(_flat(child)):  # after the previous text, even that of an item below
            before = found[-1].spans
            found[-1] = replace(found[-1], spans=(*before, *([Span("\n")] if before else []), *more))
    yield from found


def _flat(block: Block) -> Iterator[Span]:
    """Return a block inside a list item, as lines of it."""
    if block.kind == "code":
        yield from _code(block)
    else:
        yield from block.spans
    lines = [Span(cells_of(row)) for row in block.rows]
    nested = [list(_flat(child)) for child in block.children]
    for number, line in enumerate([*([one] for one in lines), *nested]):
        if line:
            yield from [*([Span("\n")] if number or block.spans else []), *line]


def _clean(span: Span) -> Span:
    return replace(span, text=_DROPPED.sub("", span.text.replace("\n", _SOFT_BREAK)))


def _text(paragraphs: Sequence[_Paragraph], at: int) -> list[Request]:
    """Insert paragraphs; the last one ends with what is at ``at`` already."""
    pieces: list[str] = []
    styles: list[Request] = []
    lists: list[tuple[int, str, int, int]] = []
    start = at
    for paragraph in paragraphs:
        spans = [_clean(span) for span in paragraph.spans]
        indent = "\t" * paragraph.depth if paragraph.preset else ""
        if paragraph.preset and spans:  # a tab in the text itself would be read as another level
            spans[0] = replace(spans[0], text=spans[0].text.lstrip("\t"))
        text = indent + plain(spans)
        end = start + text_length(text) + 1
        styles.append(_paragraph_style(paragraph, start, end))
        styles += _span_styles(spans, start + len(indent))
        if paragraph.preset:
            lists.append((paragraph.group, paragraph.preset, start, end))
        pieces.append(text)
        start = end
    if not pieces:
        return []
    whole, end = "\n".join(pieces), start
    insert: list[Request] = [{"insertText": {"location": {"index": at}, "text": whole}}] if whole else []
    reset: list[Request] = [{"deleteParagraphBullets": {"range": _range(at, end)}}]
    if end - 1 > at:
        # Inserted text takes the style of its neighbour.
        plain_style = [{"updateTextStyle": {"range": _range(at, end - 1), "textStyle": {}, "fields": _RESET}}]
    else:
        plain_style = []
    return [*insert, *reset, *_order(styles, plain_style), *_bullets(lists)]


def _order(styles: Sequence[Request], reset: Sequence[Request]) -> list[Request]:
    """Set paragraphs' styles first: a named style may change the text's."""
    paragraphs = [style for style in styles if "updateParagraphStyle" in style]
    return [*paragraphs, *reset, *(style for style in styles if "updateTextStyle" in style)]


def _range(start: int, end: int) -> dict[str, int]:
    return {"startIndex": start, "endIndex": end}


def _paragraph_style(paragraph: _Paragraph, start: int, end: int) -> Request:
    style: dict[str, Any] = {"namedStyleType": paragraph.style}
    fields = ["namedStyleType", "indentStart", "indentFirstLine", "borderLeft", "borderBottom"]
    if paragraph.quoted:
        indent = {"magnitude": _INDENT * paragraph.quoted, "unit": "PT"}
        style |= {"indentStart": indent, "indentFirstLine": indent, "borderLeft": _LINE}
    if paragraph.is_rule:
        style["borderBottom"] = _LINE
    return {"updateParagraphStyle": {"range": _range(start, end), "paragraphStyle": style, "fields": ",".join(fields)}}


def _span_styles(spans: Iterable[Span], start: int) -> Iterator[Request]:
    for span in spans:
        end = start + text_length(span.text)
        style: dict[str, Any] = {}
        for name, is_on in (("bold", span.bold), ("italic", span.italic), ("strikethrough", span.strike)):
            if is_on:
                style[name] = True
        if span.code:
            style |= _MONOSPACE
        if span.link:
            style["link"] = {"url": span.link}
        if style and end > start:
            yield {"updateTextStyle": {"range": _range(start, end), "textStyle": style, "fields": ",".join(style)}}
        start = end


def _bullets(lists: Sequence[tuple[int, str, int, int]]) -> list[Request]:
    """Create lists from the last to the first: this removes the tabs, which shifts the following ones."""
    requests: list[Request] = []
    for (_, preset), group in groupby(lists, lambda one: one[:2]):
        items = list(group)
        requests.append({"createParagraphBullets": {"range": _range(items[0][2], items[-1][3]), "bulletPreset": preset}})
    return requests[::-1]


def _table(block: Block, at: int) -> list[Request]:
    """Insert an empty table and then its cells, last one first. Inserting a table ends the paragraph before it."""
    rows: Sequence[Row] = block.rows
    columns = len(rows[0])
    requests: list[Request] = [{"insertTable": {"rows": len(rows), "columns": columns, "location": {"index": at}}}]
    for r in reversed(range(len(rows))):
        for c in reversed(range(columns)):
            spans = tuple(replace(span, bold=True) for span in rows[r][c]) if r == 0 else rows[r][c]
            if spans:
                # The new line, then the starts of table, row and cell; each earlier cell is two units, each row one.
                requests += _text([_Paragraph(spans)], at + 4 + r * (2 * columns + 1) + 2 * c)
    return requests


# A document as blocks.

_NUMBERED = frozenset(("DECIMAL", "ZERO_DECIMAL", "UPPER_ALPHA", "ALPHA", "UPPER_ROMAN", "ROMAN"))
_LEVELS = {"TITLE": 1, "SUBTITLE": 2, **{f"HEADING_{n}": n for n in range(1, 7)}}


def blocks_of(document: Mapping[str, Any]) -> list[Block]:
    """Return the text of a document resource, without headers, footers and footnotes; all tabs in order."""
    tabs = document.get("tabs")
    if not tabs:
        return _content(document.get("body") or {}, document)
    blocks: list[Block] = []
    for tab in _all_tabs(tabs):
        held = tab.get("documentTab") or {}
        title = str((tab.get("tabProperties") or {}).get("title") or "")
        if title and len(tabs) > 1:
            blocks.append(Block("heading", (Span(title),), level=1))
        blocks += _content(held.get("body") or {}, held)
    return blocks


def _all_tabs(tabs: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for tab in tabs:
        yield tab
        yield from _all_tabs(tab.get("childTabs") or ())


def _content(body: Mapping[str, Any], document: Mapping[str, Any]) -> list[Block]:
    blocks: list[Block] = []
    items: list[tuple[int, Block]] = []
    for element in body.get("content") or ():
        if (paragraph := element.get("paragraph")) is not None:
            found, depth = _read_paragraph(paragraph, document)
            if found is not None and depth >= 0:
                items.append((depth, found))
                continue
            blocks += [*_nest(items), *([found] if found else [])]
            items = []
        elif (table := element.get("table")) is not None:
            blocks += [*_nest(items), *_read_table(table, document)]
            items = []
    return [*blocks, *_nest(items)]


def _nest(items: Sequence[tuple[int, Block]]) -> list[Block]:
    """Return list items, each with those below it."""
    made: list[Block] = []
    rest = list(items)
    number = 0
    while rest:
        depth, block = rest.pop(0)
        below = []
        while rest and rest[0][0] > depth:
            below.append(rest.pop(0))
        number = number + 1 if block.kind == "number" else 0
        made.append(replace(block, level=number, children=tuple(_nest(below))))
    return made


def _read_paragraph(paragraph: Mapping[str, Any], document: Mapping[str, Any]) -> tuple[Block | None, int]:
    """Return a paragraph's block, None if it is empty, and its depth as a list item, -1 if it is not one."""
    elements = paragraph.get("elements") or ()
    style = paragraph.get("paragraphStyle") or {}
    spans = _read_spans(elements, document)
    if not plain(spans).strip():
        is_rule = bool((style.get("borderBottom") or {}).get("width", {}).get("magnitude")) or any(
            "horizontalRule" in one for one in elements
        )
        return (Block("rule") if is_rule else None), -1
    if (bullet := paragraph.get("bullet")) is not None:
        depth = int(bullet.get("nestingLevel") or 0)
        return Block(_list_kind(bullet, depth, document), spans), depth
    if all(span.code for span in spans):
        return Block("code", (Span(plain(spans)),)), -1
    level = _LEVELS.get(str(style.get("namedStyleType")))
    if level is None and (style.get("borderLeft") or {}).get("width", {}).get("magnitude"):
        return Block("quote", spans), -1
    return (Block("paragraph", spans) if level is None else Block("heading", spans, level=level)), -1


def _list_kind(bullet: Mapping[str, Any], depth: int, document: Mapping[str, Any]) -> Any:
    properties = ((document.get("lists") or {}).get(bullet.get("listId")) or {}).get("listProperties") or {}
    levels = properties.get("nestingLevels") or ()
    kind = str(levels[depth].get("glyphType")) if depth < len(levels) else ""
    return "number" if kind in _NUMBERED else "bullet"


def _read_spans(elements: Iterable[Mapping[str, Any]], document: Mapping[str, Any]) -> tuple[Span, ...]:
    spans: list[Span] = []
    for element in elements:
        if (run := element.get("textRun")) is not None:
            style = run.get("textStyle") or {}
            text = str(run.get("content") or "").replace(_SOFT_BREAK, "\n")
            family = str((style.get("weightedFontFamily") or {}).get("fontFamily") or "")
            spans.append(
                Span(
                    text,
                    bold=bool(style.get("bold")),
                    italic=bool(style.get("italic")),
                    strike=bool(style.get("strikethrough")),
                    code=family in ("Courier New", "Consolas", "Roboto Mono", "Source Code Pro"),
                    link=str((style.get("link") or {}).get("url") or ""),
                )
            )
        elif (link := (element.get("richLink") or {}).get("richLinkProperties")) is not None:
            spans.append(Span(str(link.get("title") or link.get("uri") or ""), link=str(link.get("uri") or "")))
        elif (person := (element.get("person") or {}).get("personProperties")) is not None:
            spans.append(Span(str(person.get("name") or person.get("email") or "")))
        elif (image := element.get("inlineObjectElement")) is not None:
            spans += _read_image(str(image.get("inlineObjectId")), document)
    while spans and not spans[-1].text.rstrip("\n"):
        spans.pop()
    if spans:
        spans[-1] = replace(spans[-1], text=spans[-1].text.rstrip("\n"))
    return tuple(spans)


def _read_image(ident: str, document: Mapping[str, Any]) -> list[Span]:
    found = ((document.get("inlineObjects") or {}).get(ident) or {}).get("inlineObjectProperties") or {}
    embedded = found.get("embeddedObject") or {}
    url = str((embedded.get("imageProperties") or {}).get("contentUri") or "")
    return [Span(str(embedded.get("title") or embedded.get("description") or "image"), link=url)]


def _read_table(table: Mapping[str, Any], document: Mapping[str, Any]) -> list[Block]:
    rows: list[Row] = []
    for row in table.get("tableRows") or ():
        cells = [_content(cell, document) for cell in row.get("tableCells") or ()]
        rows.append(tuple(_cell(blocks) for blocks in cells))
    width = max((len(row) for row in rows), default=0)
    if not width:
        return []
    head = tuple(tuple(replace(span, bold=False) for span in cell) for cell in rows[0])
    return [Block("table", rows=tuple(row + ((),) * (width - len(row)) for row in [head, *rows[1:]]))]


def _cell(blocks: Sequence[Block]) -> tuple[Span, ...]:
    """Return a cell's paragraphs as one line, for a Markdown table."""
    if len(blocks) == 1 and not blocks[0].children and not blocks[0].rows:
        return blocks[0].spans
    return (Span(" ".join(render(blocks).split("\n"))),) if blocks else ()
