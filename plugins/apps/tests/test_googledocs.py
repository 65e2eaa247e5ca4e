"""Google Docs' own actions: Markdown in and out, against the API's description and a document that carries requests out."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from composio.errors import UpstreamError
from composio_apps._markdown import parse, plain, render
from composio_apps.googledocs.actions import (
    append_document_markdown,
    create_document_markdown,
    update_document_markdown,
)
from composio_apps.googledocs.document import blocks_of, text_length, written

TEXT = """# Plan ✨

Hello **bold** and *slanted* `code` [site](https://example.com/a?b=1)
next line

1. One 😀
   - inner
   - inner two
2. Two

- [x] done
- [ ] open

> quoted

```py
x = 1
y = 2
```

| a | b | c |
| --- | --- | --- |
| 1 | **2** | |
| 😀 | 4 | 5 |

---

End
"""


class Document:
    """A document's units, each a character or a mark of structure, as batchUpdate changes them.

    Positions are checked as the API does: inside the document, never empty, never between the halves of a character, and text
    only where a paragraph is. Source: "Structural rules and behavior" of the Docs API.
    """

    def __init__(self, text: str = "") -> None:
        # One entry a UTF-16 unit; marks are longer than a character: <table>, <row>, <cell>, </table>.
        self.units: list[str] = ["<begin>", *units(text), "\n"]
        self.styles: list[tuple[str, str]] = []
        self.lists: list[tuple[str, list[tuple[int, str]]]] = []

    def apply(self, requests: list[dict[str, Any]]) -> None:
        for request in requests:
            ((name, what),) = request.items()
            getattr(self, name)(**what)

    def text(self) -> str:
        joined = "".join(unit if not unit.startswith("<") or len(unit) == 1 else "" for unit in self.units)
        return joined.encode("utf-16-le", "surrogatepass").decode("utf-16-le")

    def inside(self, range: dict[str, int]) -> str:
        start, end = range["startIndex"], range["endIndex"]
        assert 1 <= start < end <= len(self.units)
        found = "".join(self.units[start:end])
        return found.encode("utf-16-le", "surrogatepass").decode("utf-16-le")

    def insertText(self, location: dict[str, int], text: str) -> None:
        index = location["index"]
        assert text
        assert not re.search("[\x00-\x08\x0c-\x1f\ue000-\uf8ff]", text)
        assert 1 <= index < len(self.units)
        self.paragraph_at(index)
        self.units[index:index] = units(text)

    def paragraph_at(self, index: int) -> None:
        """Text goes before a character or the end of a paragraph, never before a mark of structure."""
        assert len(self.units[index]) == 1

    def insertTable(self, rows: int, columns: int, location: dict[str, int]) -> None:
        index = location["index"]
        assert 1 <= index < len(self.units)
        self.paragraph_at(index)
        row = ["<row>", *(["<cell>", "\n"] * columns)]
        self.units[index:index] = ["\n", "<table>", *(row * rows), "</table>"]

    def deleteContentRange(self, range: dict[str, int]) -> None:
        assert range["endIndex"] < len(self.units), "the last line's end can't be deleted"
        self.inside(range)
        del self.units[range["startIndex"] : range["endIndex"]]

    def deleteParagraphBullets(self, range: dict[str, int]) -> None:
        self.inside(range)

    def updateParagraphStyle(self, range: dict[str, int], paragraphStyle: dict[str, Any], fields: str) -> None:
        assert set(paragraphStyle) <= set(fields.split(","))
        self.styles.append((paragraphStyle["namedStyleType"], self.inside(range)))

    def updateTextStyle(self, range: dict[str, int], textStyle: dict[str, Any], fields: str) -> None:
        assert fields
        if textStyle:
            self.styles.append((fields, self.inside(range)))

    def createParagraphBullets(self, range: dict[str, int], bulletPreset: str) -> None:
        lines = self.inside(range)
        assert lines.endswith("\n")
        items = [(len(line) - len(line.lstrip("\t")), line.lstrip("\t")) for line in lines[:-1].split("\n")]
        self.lists.insert(0, (bulletPreset, items))
        self.units[range["startIndex"] : range["endIndex"]] = units("".join(f"{line}\n" for _, line in items))


def units(text: str) -> list[str]:
    raw = text.encode("utf-16-le", "surrogatepass")
    return [raw[i : i + 2].decode("utf-16-le", "surrogatepass") for i in range(0, len(raw), 2)]


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text)


def test_markdown_becomes_headings_lists_quotes_code_and_tables() -> None:
    document = Document()
    document.apply(written(parse(TEXT), 1))
    assert ("HEADING_1", "Plan ✨\n") in document.styles
    for style in [("bold", "bold"), ("italic", "slanted"), ("weightedFontFamily", "code"), ("link", "site"), ("bold", "2")]:
        assert style in document.styles
    assert ("weightedFontFamily", "x = 1\vy = 2") in document.styles
    assert document.lists == [
        ("NUMBERED_DECIMAL_ALPHA_ROMAN", [(0, "One 😀"), (1, "inner"), (1, "inner two"), (0, "Two")]),
        ("BULLET_CHECKBOX", [(0, "☑ done"), (0, "☐ open")]),
    ]
    assert document.text().split("\n")[:3] == ["Plan ✨", "Hello bold and slanted code site\vnext line", "One 😀"]
    cells = "".join(document.units).partition("<table>")[2].partition("</table>")[0]
    assert [row.replace("\n", "").split("<cell>")[1:] for row in cells.split("<row>")[1:]] == [
        ["a", "b", "c"],
        ["1", "2", ""],
        ["".join(units("😀")), "4", "5"],
    ]


def test_tables_and_texts_stand_in_their_order() -> None:
    document = Document()
    document.apply(written(parse("one\n\n| a |\n|---|\n| b |\n\ntwo\n\n| c |\n|---|\n\n| d |\n|---|\n\nthree"), 1))
    assert words(document.text()) == ["one", "a", "b", "two", "c", "d", "three"]


INLINE = st.sampled_from(
    ["", "**bold**", "*it*", "`co`", "~~no~~", "[l](https://e.com)", "😀", "a\u0301", "\\*", "\ue000", "\x01"]
)
LINES = st.tuples(
    st.sampled_from(
        [
            "",
            "# ",
            "###### ",
            "- ",
            "  - ",
            "    - ",
            "1. ",
            "   1. ",
            "> ",
            ">> ",
            "- [ ] ",
            "- [x] ",
            "    ",
            "\t",
            "```",
            "| a | b |\n| - | - |\n| c | ",
            "---\n",
        ]
    ),
    st.lists(st.one_of(INLINE, st.from_regex(r"[a-zé0-9]{1,4}", fullmatch=True)), max_size=4).map(" ".join),
).map("".join)


@settings(max_examples=60, deadline=None)
@example(["- **bold**", "    - *it*", "    **bold**"], "\n\n")
@given(st.lists(LINES, max_size=12), st.sampled_from(["\n", "\n\n"]))
def test_no_word_is_lost_and_every_position_is_inside_the_document(lines: list[str], between: str) -> None:
    blocks = parse(between.join(lines))
    document = Document()
    document.apply(written(blocks, 1))
    assert words(document.text()) == words(re.sub("[\ue000\x01]", "", spoken(blocks)))


def spoken(blocks: Any) -> str:
    """All words of blocks in the order of reading."""
    said = []
    for block in blocks:
        if block.kind == "todo":
            said.append("☑" if block.checked else "☐")
        said += [plain(block.spans), *(plain(cell) for row in block.rows for cell in row), spoken(block.children)]
    return "\n".join(said)


def styled(text: str, **style: Any) -> dict[str, Any]:
    return {"textRun": {"content": text, "textStyle": style}}


def paragraph(*elements: dict[str, Any], style: str = "NORMAL_TEXT", **more: Any) -> dict[str, Any]:
    return {"paragraph": {"elements": list(elements), "paragraphStyle": {"namedStyleType": style}, **more}}


DOCUMENT = {
    "documentId": "d1",
    "title": "Plan",
    "body": {
        "content": [
            {"endIndex": 1, "sectionBreak": {}},
            paragraph(styled("Plan 1\n"), style="HEADING_2"),
            paragraph(styled("See "), styled("this", bold=True, link={"url": "https://example.com"}), styled(" *star*\n")),
            paragraph(styled("One\n"), bullet={"listId": "l1"}),
            paragraph(styled("Inner\n"), bullet={"listId": "l2", "nestingLevel": 1}),
            paragraph(styled("Two\n"), bullet={"listId": "l1"}),
            paragraph(styled("x = 1\vy = 2\n", weightedFontFamily={"fontFamily": "Courier New"})),
            paragraph({"inlineObjectElement": {"inlineObjectId": "i1"}}, styled("\n")),
            {
                "table": {
                    "tableRows": [
                        {"tableCells": [{"content": [paragraph(styled(f"{cell}\n"))]} for cell in row]} for row in ("ab", "cd")
                    ]
                }
            },
            {**paragraph(styled("End\n")), "endIndex": 99},
        ]
    },
    "lists": {
        "l1": {"listProperties": {"nestingLevels": [{"glyphType": "DECIMAL"}]}},
        "l2": {"listProperties": {"nestingLevels": [{}, {"glyphSymbol": "●"}]}},
    },
    "inlineObjects": {
        "i1": {
            "inlineObjectProperties": {
                "embeddedObject": {"title": "A cat", "imageProperties": {"contentUri": "https://example.com/cat.png"}}
            }
        }
    },
}


def test_a_document_is_read_as_markdown() -> None:
    assert render(blocks_of(DOCUMENT)).split("\n\n") == [
        "## Plan 1",
        "See [**this**](https://example.com) \\*star\\*",
        "1. One\n   - Inner\n2. Two",
        "```\nx = 1\ny = 2\n```",
        "[A cat](https://example.com/cat.png)",
        "| a | b |\n| --- | --- |\n| c | d |",
        "End",
    ]


def test_all_tabs_of_a_document_are_read() -> None:
    tab = {"documentTab": {"body": {"content": [paragraph(styled("in a tab\n"))]}}}
    tabs = [{**tab, "tabProperties": {"title": "First"}, "childTabs": [tab]}, {**tab, "tabProperties": {"title": "Second"}}]
    said = render(blocks_of({"tabs": tabs}))
    assert said.count("in a tab") == 3
    assert said.startswith("# First")


def test_the_api_s_description_takes_what_the_actions_send(described: Callable[[str], Any]) -> None:
    api = described("googledocs")
    api.upstream.reply("GOOGLEDOCS_DOCS_DOCUMENTS_CREATE", json={"documentId": "d/1"})
    api.upstream.reply("GOOGLEDOCS_DOCS_DOCUMENTS_GET", json={**DOCUMENT, "revisionId": "r1"})
    made = api.run("GOOGLEDOCS_CREATE_DOCUMENT_MARKDOWN", title="T", markdown_text=TEXT)
    assert made["display_url"] == "https://docs.google.com/document/d/d/1/edit"
    assert [one.slug for one in api.upstream.requests] == [
        "GOOGLEDOCS_DOCS_DOCUMENTS_CREATE",
        "GOOGLEDOCS_DOCS_DOCUMENTS_BATCH_UPDATE",
    ]
    api.run("GOOGLEDOCS_CREATE_DOCUMENT", title="T", text="a\r\nb")
    api.run("GOOGLEDOCS_UPDATE_DOCUMENT_MARKDOWN", document_id="d1", new_markdown_text=TEXT)
    update = api.upstream.requests[-1].body
    assert update["writeControl"] == {"requiredRevisionId": "r1"}
    assert update["requests"][0] == {"deleteContentRange": {"range": {"startIndex": 1, "endIndex": 98}}}
    api.run("GOOGLEDOCS_APPEND_DOCUMENT_MARKDOWN", document_id="d1", markdown_text="more")
    assert api.upstream.requests[-1].body["requests"][:2] == [
        {"insertText": {"location": {"index": 98}, "text": "\n"}},
        {"insertText": {"location": {"index": 99}, "text": "more"}},
    ]
    api.run("GOOGLEDOCS_REPLACE_TEXT_IN_DOCUMENT", document_id="d1", find="a", replace_with="")
    edits = [{"insertText": {"location": {"index": 1}, "text": "Hello"}}]
    api.run("GOOGLEDOCS_UPDATE_EXISTING_DOCUMENT", document_id="d1", editDocs=edits)
    assert api.upstream.requests[-1].body["requests"] == edits
    assert api.run("GOOGLEDOCS_GET_DOCUMENT_BY_ID", id="d1")["title"] == "Plan"
    assert api.run("GOOGLEDOCS_GET_DOCUMENT_MARKDOWN", document_id="d1")["markdown"].startswith("## Plan 1")


class Api:
    """Stands in for the injected ``execute_request`` with one document that carries out what it is sent."""

    def __init__(self, text: str = "", refuses: bool = False) -> None:
        self.document, self.refuses = Document(text), refuses
        self.paths: list[str] = []

    async def __call__(self, endpoint: str, method: str = "GET", *, body: Any = None, query: Any = None) -> Any:
        self.paths.append(endpoint)
        if endpoint.endswith(":batchUpdate"):
            if self.refuses:
                raise UpstreamError("Invalid requests[0]", status=400)
            self.document.apply(body["requests"])
            return {"documentId": "d1", "replies": []}
        if method == "POST":
            return {"documentId": "d1", "title": body["title"]}
        return {"revisionId": "r", "body": {"content": [{"endIndex": len(self.document.units)}]}}


@pytest.mark.parametrize(("before", "after"), [("", ["new", "end"]), ("old 😀", ["old", "new", "end"])])
def test_markdown_is_added_at_the_end(before: str, after: list[str]) -> None:
    api = Api(before)
    asyncio.run(append_document_markdown(api, "d1", "# new\n\nend"))
    assert words(api.document.text()) == after
    assert ("HEADING_1", "new\n") in api.document.styles


@pytest.mark.parametrize("before", ["", "old\ntext 😀"])
@pytest.mark.parametrize("after", ["", "# new\n\n| a |\n|---|"])
def test_markdown_takes_the_place_of_all_text(before: str, after: str) -> None:
    api = Api(before)
    asyncio.run(update_document_markdown(api, "d/1", after))
    assert words(api.document.text()) == words(after)
    assert api.paths[0] == "/v1/documents/d%2F1"


def test_a_document_that_could_not_be_filled_is_named_so_that_no_second_one_is_made() -> None:
    with pytest.raises(UpstreamError, match=r"document d1 was created but is empty: Invalid requests\[0\]") as caught:
        asyncio.run(create_document_markdown(Api(refuses=True), "T", "text"))
    assert caught.value.status == 400


def test_nothing_to_add_is_an_error() -> None:
    with pytest.raises(ValueError, match="nothing to add"):
        asyncio.run(append_document_markdown(Api(), "d1", " \n"))


def test_positions_are_counted_as_the_api_does() -> None:
    assert [text_length(text) for text in ("a", "é", "😀", "\ud800")] == [1, 1, 2, 1]
