"""Markdown as blocks and back: no word is lost, and nothing of a service's own text becomes markup."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from composio_apps._markdown import Block, Span, parse, plain, render, spans_from, to_html

MARKDOWN = st.lists(
    st.one_of(
        st.sampled_from(list("\n\n\n  \t*_`#->+|~[]()!\\<&:=1.")),
        st.sampled_from(
            ["**", "~~", "```", "- [ ] ", "[x]: ", "](https://e.com)", "<b>", "&amp;", "| - |\n", "\n> ", "\n    "]
        ),
        st.from_regex(r"[a-z]{1,3}", fullmatch=True),
    ),
    max_size=40,
).map("".join)


def said(blocks: Any) -> str:
    parts = []
    for block in blocks:
        parts += [block.language, plain(block.spans), *(span.link for span in block.spans)]
        parts += [plain(cell) + " ".join(s.link for s in cell) for row in block.rows for cell in row] + [said(block.children)]
    return "\n".join(parts)


def letters(text: str) -> list[str]:
    return sorted(re.sub(r"[^a-z]", "", text.lower()))


@settings(max_examples=100, deadline=None)
@given(MARKDOWN)
def test_no_letter_of_a_markdown_text_is_lost(text: str) -> None:
    there = letters(said(parse(text)))
    for letter in letters(re.sub(r"&amp;|\[x\]|https://e\.com", "", text)):
        assert letter in there
        there.remove(letter)


STYLED = st.builds(
    Span,
    st.text(st.sampled_from(list("ab cé*_`#->+|~[]()!\\<&.1=:\"'\n")), min_size=1, max_size=8),
    bold=st.booleans(),
    italic=st.booleans(),
    strike=st.booleans(),
    link=st.sampled_from(["", "https://e.com/a(b)"]),
)
PLAIN = st.builds(Span, st.text(st.sampled_from(list("ab cé*_`#->+|~[]()!\\<&.1=:\"'\n")), min_size=1, max_size=12))
KINDS = st.sampled_from(["paragraph", "heading", "bullet", "number", "todo", "quote"])


def blocks(spans: Any) -> Any:
    content = st.lists(spans, min_size=1, max_size=3).map(tuple)
    flat = st.one_of(
        st.builds(Block, KINDS, content, level=st.integers(1, 6)),
        st.builds(Block, st.just("code"), content, language=st.sampled_from(["", "py"])),
        st.builds(Block, st.just("table"), rows=st.tuples(st.tuples(content, content), st.tuples(content, content))),
    )
    items = st.builds(
        Block, st.sampled_from(["bullet", "number", "quote"]), content, st.lists(flat, max_size=2).map(tuple), level=st.just(1)
    )
    return st.lists(st.one_of(flat, items), max_size=4)


@settings(max_examples=100, deadline=None)
@given(blocks(PLAIN))
@example([Block("heading", (Span("1 #"),), level=1)])
def test_text_of_a_service_never_becomes_markup(given_blocks: list[Block]) -> None:
    back = parse(render(given_blocks))
    assert re.sub(r"\s", "", said(back)) == re.sub(r"\s", "", said(given_blocks))
    assert not any(span.bold or span.italic or span.link for block in back for span in block.spans)


@settings(max_examples=100, deadline=None)
@given(blocks(STYLED))
def test_words_of_styled_text_come_back_in_their_order(given_blocks: list[Block]) -> None:
    def of(found: Any) -> str:
        return re.sub(r"[^abcé]", "", "".join(plain(span_row) for span_row in texts(found)))

    assert of(parse(render(given_blocks))) == of(given_blocks)


def texts(found: Any) -> Any:
    for block in found:
        yield block.spans
        for row in block.rows:
            yield from row
        yield from texts(block.children)


def test_a_text_has_its_blocks_and_styles() -> None:
    found = parse(
        "# A *b*\n\n1. one\n2. two\n   - [x] done\n\n> q\n\n```py\nx\n```\n\n---\n\n| a | b |\n|---|---|\n| 1 | `2` |"
    )
    assert [block.kind for block in found] == ["heading", "number", "number", "quote", "code", "rule", "table"]
    assert found[0].spans == (Span("A "), Span("b", italic=True))
    assert found[2].children == (Block("todo", (Span("done"),), checked=True),)
    assert (found[2].level, found[4].language) == (2, "py")
    assert found[6].rows[1] == ((Span("1"),), (Span("2", code=True),))


def test_a_cell_beyond_the_last_column_is_kept() -> None:
    for before in ("", "> "):
        (block,) = parse("\n".join(before + line for line in ["| a |", "|---|", "| b | c | **d** |"]))
        table = block.children[0] if before else block
        assert table.rows[1] == ((Span("b"),), (Span("c"),), (Span("d", bold=True),))
        assert table.rows[0] == ((Span("a"),), (), ())


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("[a](b.md)", (Span("a (b.md)"),)),
        ("[a](javascript:alert)", (Span("[a](javascript:alert)"),)),
        ("![cat](https://e.com/c.png)", (Span("cat", link="https://e.com/c.png"),)),
        ("![](c.png)", (Span("c.png"),)),
        ("<b>x</b>", (Span("<b>x</b>"),)),
        ("a\nb", (Span("a\nb"),)),
        ("[1]: https://e.com", (Span("1: "), Span("https://e.com", link="https://e.com"))),
    ],
)
def test_what_can_t_be_linked_or_shown_is_text(text: str, spans: tuple[Span, ...]) -> None:
    assert spans_from(text) == spans


@pytest.mark.parametrize("text", [">" * 500 + "x", "".join("  " * n + "- x\n" for n in range(500))])
def test_what_is_nested_too_deep_is_an_error_and_not_lost(text: str) -> None:
    with pytest.raises(ValueError, match="flatten its lists and quotes"):
        parse(text)


def test_html_of_markdown_has_no_markup_of_its_writer() -> None:
    assert to_html("# A\n\n<script>x</script>\nb") == "<h1>A</h1>\n<p>&lt;script&gt;x&lt;/script&gt;<br />\nb</p>"
