"""Notion's actions with Markdown and plain values, against the API's description."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from composio.errors import UpstreamError
from composio_apps._markdown import Block, Span, parse, plain, render
from composio_apps.notion.actions import add_page_content, create_notion_page, fetch_page_markdown
from composio_apps.notion.blocks import blocks_from, depth, markdown_blocks
from composio_apps.notion.values import condition, find_property, value_of

ID = "11111111-2222-4333-8444-555555555555"
SOURCE = {
    "object": "data_source",
    "id": ID,
    "properties": {
        "Name": {"type": "title"},
        "Notes": {"type": "rich_text"},
        "Amount": {"type": "number"},
        "State": {"type": "status"},
        "Tags": {"type": "multi_select"},
        "Due": {"type": "date"},
        "Done": {"type": "checkbox"},
        "Link": {"type": "url"},
        "Who": {"type": "people"},
        "Files": {"type": "files"},
        "Sum": {"type": "formula"},
        "Made": {"type": "created_time"},
    },
}
TEXT = """# Plan

**Bold** and [link](https://example.com)

1. One
   - inner
     - innermost
2. Two

- [x] done

> quote

```py
x = 1
```

| a | b |
| --- | --- |
| 1 | 2 |

---
"""


class Pages:
    """Stands in for the injected ``execute_request``: keeps the blocks that are appended, within the API's limits."""

    def __init__(self) -> None:
        self.children: dict[str, list[dict[str, Any]]] = {}
        self.requests = 0
        self.refuses_after = 1_000_000

    async def __call__(self, endpoint: str, method: str = "GET", *, body: Any = None, query: Any = None) -> Any:
        self.requests += 1
        if self.requests > self.refuses_after:
            raise UpstreamError("Too much", status=429, retry_after=3)
        if endpoint == "/v1/pages":
            return {"id": "new"}
        parent = endpoint.split("/")[3]
        if method == "PATCH":
            return {"results": self.append(parent, body["children"], body.get("after"))}
        if not endpoint.endswith("/children"):
            return {"id": parent}
        start = int(query.get("start_cursor") or 0)
        found = self.children.get(parent, [])
        page = found[start : start + query["page_size"]]
        more = start + len(page) < len(found)
        return {"results": page, "has_more": more, "next_cursor": str(start + len(page)) if more else None}

    def append(self, parent: str, blocks: list[Any], after: str | None = None, level: int = 1) -> list[dict[str, Any]]:
        assert level <= 2
        assert len(blocks) <= 100
        made: list[dict[str, Any]] = []
        for block in blocks:
            kind = block["type"]
            content = {name: value for name, value in block[kind].items() if name != "children"}
            texts = content.get("rich_text", [])
            assert len(texts) <= 100
            assert all(len(text["text"]["content"].encode("utf-16-le")) <= 4000 for text in texts)
            ident = f"b{sum(map(len, self.children.values())) + len(made)}-{parent}"
            children = block[kind].get("children") or []
            assert kind != "table" or children
            made.append({"id": ident, "type": kind, kind: content, "has_children": False})
            if children:
                self.append(ident, children, level=level + 1)
        kept = self.children.setdefault(parent, [])
        at = len(kept) if after is None else 1 + next(n for n, one in enumerate(kept) if one["id"] == after)
        kept[at:at] = made
        for one in made:
            one["has_children"] = True  # asked for each of them, as more may be appended later
        return made


def words(blocks: Any) -> list[str]:
    said = []
    for block in blocks:
        said += plain(block.spans).split() + [word for row in block.rows for cell in row for word in plain(cell).split()]
        said += words(block.children)
    return said


def test_markdown_becomes_blocks_that_the_api_takes_and_reads_back(described: Callable[[str], Any]) -> None:
    api = described("notion")
    api.upstream.reply("NOTION_APPEND_BLOCK_CHILDREN", json=lambda r: {"results": [{"id": ID} for _ in r.body["children"]]})
    data = api.run("NOTION_ADD_PAGE_CONTENT", parent_block_id=ID, markdown=TEXT)
    first, second = api.upstream.requests
    kinds = [block["type"] for block in first.body["children"]]
    assert kinds == [
        "heading_1",
        "paragraph",
        "numbered_list_item",
        "numbered_list_item",
        "to_do",
        "quote",
        "code",
        "table",
        "divider",
    ]
    assert len(data["results"]) == len(kinds)
    (inner,) = second.body["children"]
    assert inner["bulleted_list_item"]["children"][0]["bulleted_list_item"]["rich_text"][0]["text"]["content"] == "innermost"
    assert first.body["children"][1]["paragraph"]["rich_text"][0]["annotations"] == {"bold": True}


def test_content_of_any_size_is_appended_in_order_within_the_limits() -> None:
    pages = Pages()
    rows = "\n".join(f"| r{n} | x |" for n in range(250))
    text = "\n\n".join(
        [
            "| a | b |\n| - | - |\n" + rows,
            *(f"p{n}" for n in range(230)),
            "- " + "word " * 1500,
            "- l1\n  - l2\n    - l3\n      - l4\n        - l5\n\n          | q |\n          | - |",
            "**b** *i* " * 150,
        ]
    )
    asyncio.run(add_page_content(pages, "page", markdown=text))
    found = asyncio.run(fetch_page_markdown(pages, "page"))
    assert found["truncated"] is False
    assert words(parse(found["markdown"])) == words(parse(text))


def test_content_goes_behind_a_block_in_its_order() -> None:
    pages = Pages()
    first, last = pages.append("page", blocks_from(parse("first\n\nlast")))
    asyncio.run(add_page_content(pages, "page", markdown="\n\n".join(f"p{n}" for n in range(150)), after=first["id"]))
    said = words(markdown_blocks(pages.children["page"]))
    assert said == ["first", *(f"p{n}" for n in range(150)), "last"]
    assert pages.children["page"][-1] is last


def test_a_page_that_could_not_be_filled_is_named() -> None:
    pages = Pages()
    pages.refuses_after = 2
    with pytest.raises(
        UpstreamError, match="The page new was created, but not all of its content was added: Too much"
    ) as caught:
        asyncio.run(create_notion_page(pages, "x1", "T", markdown="text"))
    assert caught.value.retry_after == 3


BLOCKS = st.recursive(
    st.builds(Block, st.sampled_from(["paragraph", "bullet", "number", "todo", "quote"]), st.just((Span("w"),))),
    lambda inner: st.builds(
        Block, st.sampled_from(["bullet", "number", "quote"]), st.just((Span("w"),)), st.lists(inner, max_size=4).map(tuple)
    ),
    max_leaves=30,
)


@settings(max_examples=50, deadline=None)
@given(st.lists(BLOCKS, max_size=6).map(tuple))
def test_blocks_of_any_depth_come_back(blocks: tuple[Block, ...]) -> None:
    pages = Pages()
    if blocks:
        asyncio.run(add_page_content(pages, "page", markdown=render(blocks)))
        found = asyncio.run(fetch_page_markdown(pages, "page"))
        assert words(parse(found["markdown"])) == words(parse(render(blocks)))
    assert all(depth(block) >= 1 for block in blocks_from(blocks))


def test_rows_are_written_with_plain_values(described: Callable[[str], Any]) -> None:
    api = described("notion")
    api.upstream.reply("NOTION_RETRIEVE_A_DATA_SOURCE", json=SOURCE)
    api.upstream.reply("NOTION_CREATE_A_PAGE", json={"id": ID})
    api.upstream.reply("NOTION_RETRIEVE_A_PAGE", json={"id": ID, "properties": SOURCE["properties"]})
    values = {
        "name": "Milk **now**",
        "Amount": "2",
        "State": "Open",
        "Tags": "a, b",
        "Due": "2026-12-01/2026-12-03",
        "Done": "yes",
        "Link": "https://example.com",
        "Who": [ID],
        "Files": ["https://example.com/a.pdf"],
        "Notes": None,
    }
    given_values = [{"name": name, "value": value} for name, value in values.items()]
    api.run("NOTION_INSERT_ROW_DATABASE", database_id=ID, properties=given_values, markdown="text", icon="🎉")
    created = api.upstream.requests[1].body
    assert created["parent"] == {"type": "data_source_id", "data_source_id": ID}
    sent = created["properties"]
    assert [text["text"]["content"] for text in sent["Name"]["title"]] == ["Milk ", "now"]
    assert sent["Amount"] == {"number": 2}
    assert sent["State"] == {"status": {"name": "Open"}}
    assert sent["Tags"] == {"multi_select": [{"name": "a"}, {"name": "b"}]}
    assert sent["Due"] == {"date": {"start": "2026-12-01", "end": "2026-12-03"}}
    assert sent["Done"] == {"checkbox": True}
    assert sent["Who"] == {"people": [{"object": "user", "id": ID}]}
    assert sent["Files"]["files"][0]["external"] == {"url": "https://example.com/a.pdf"}
    assert sent["Notes"] == {"rich_text": []}
    api.run("NOTION_UPDATE_ROW_DATABASE", row_id=ID, properties=[{"name": "Amount", "type": "number", "value": "1.5"}])
    assert api.upstream.requests[-1].body == {"properties": {"Amount": {"number": 1.5}}}
    api.run("NOTION_UPDATE_ROW_DATABASE", row_id=ID, delete_row=True)
    assert api.upstream.requests[-1].body == {"in_trash": True}


def test_rows_are_found_by_plain_conditions(described: Callable[[str], Any]) -> None:
    api = described("notion")
    api.upstream.reply("NOTION_RETRIEVE_A_DATA_SOURCE", json=SOURCE)
    filters = [
        {"property_name": "amount", "operator": "greater_than", "value": 3},
        {"property_name": "Name", "operator": "contains", "value": "x"},
        {"property_name": "Made", "operator": "past_week"},
    ]
    sorts = [{"property_name": "Due", "ascending": False}]
    api.run("NOTION_QUERY_DATABASE", database_id=ID, filters=filters, sorts=sorts, page_size=5)
    assert api.upstream.requests[-1].body == {
        "page_size": 5,
        "filter": {
            "and": [
                {"property": "Amount", "number": {"greater_than": 3}},
                {"property": "Name", "title": {"contains": "x"}},
                {"timestamp": "created_time", "created_time": {"past_week": {}}},
            ]
        },
        "sorts": [{"property": "Due", "direction": "descending"}],
    }
    assert "The properties are: 'Name', 'Notes'" in api.refused(
        "NOTION_QUERY_DATABASE", database_id=ID, filters=[{"property_name": "Nme", "value": "x"}]
    )


def test_databases_are_made_and_changed_with_plain_columns(described: Callable[[str], Any]) -> None:
    api = described("notion")
    api.upstream.reply("NOTION_RETRIEVE_A_DATA_SOURCE", json=SOURCE)
    columns = [{"name": "Task", "type": "title"}, {"name": "State", "type": "select", "options": ["Open", "Done"]}]
    api.run("NOTION_CREATE_DATABASE", parent_id=ID, title="Tasks", properties=columns)
    made = api.upstream.requests[-1].body
    assert made["initial_data_source"]["properties"] == {
        "Task": {"title": {}},
        "State": {"select": {"options": [{"name": "Open"}, {"name": "Done"}]}},
    }
    api.run("NOTION_CREATE_DATABASE", parent_id=ID, title="T", properties=[{"name": "N", "type": "number"}])
    assert list(api.upstream.requests[-1].body["initial_data_source"]["properties"]) == ["Name", "N"]
    changes = [
        {"name": "Notes", "rename": "Remarks"},
        {"name": "Sum", "remove": True},
        {"name": "New", "new_type": "checkbox"},
    ]
    api.run("NOTION_UPDATE_SCHEMA_DATABASE", database_id=ID, title="T", properties=changes)
    assert api.upstream.requests[-1].body["properties"] == {
        "Notes": {"name": "Remarks"},
        "Sum": None,
        "New": {"checkbox": {}},
    }
    assert "nothing to change" in api.refused("NOTION_UPDATE_SCHEMA_DATABASE", database_id=ID)


def test_pages_are_found_commented_and_archived(described: Callable[[str], Any]) -> None:
    api = described("notion")
    api.run("NOTION_SEARCH_NOTION_PAGE", query="plan", filter_value="database", direction="ascending")
    assert api.upstream.requests[-1].body == {
        "query": "plan",
        "page_size": 20,
        "filter": {"property": "object", "value": "data_source"},
        "sort": {"direction": "ascending", "timestamp": "last_edited_time"},
    }
    api.run("NOTION_CREATE_COMMENT", comment={"content": "*as it is*"}, parent_page_id=ID)
    assert api.upstream.requests[-1].body["rich_text"][0]["text"]["content"] == "*as it is*"
    api.run("NOTION_CREATE_COMMENT", comment="**b**", discussion_id=ID)
    assert "Give one of" in api.refused("NOTION_CREATE_COMMENT", comment="b")
    api.run("NOTION_ARCHIVE_NOTION_PAGE", page_id=ID)
    api.run("NOTION_ADD_PAGE_CONTENT", parent_block_id=ID, content_block={"content": "x", "content_property": "heading_2"})
    (block,) = api.upstream.requests[-1].body["children"]
    assert block == {"type": "heading_2", "heading_2": {"rich_text": [{"type": "text", "text": {"content": "x"}}]}}
    assert "content_property is one of" in api.refused(
        "NOTION_ADD_PAGE_CONTENT", parent_block_id=ID, content_block={"content": "x", "content_property": "blink"}
    )
    api.upstream.reply("NOTION_CREATE_A_PAGE", json={"id": ID})
    api.run("NOTION_CREATE_NOTION_PAGE", parent_id=ID, title="T", icon="🎉", cover="https://example.com/c.png", markdown="x")


def test_a_database_of_several_data_sources_asks_which() -> None:
    from composio_apps.notion.actions import query_database

    async def execute(endpoint: str, **_: Any) -> Any:
        if "data_sources" in endpoint:
            raise UpstreamError("no", status=404)
        return {"data_sources": [{"id": "a", "name": "A"}, {"id": "b", "name": "B"}]}

    with pytest.raises(ValueError, match="'A' is a, 'B' is b"):
        asyncio.run(query_database(execute, "x"))


@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        ("number", "many", "takes a number"),
        ("number", "nan", "finite"),
        ("checkbox", "maybe", "takes true or false"),
        ("formula", "1", "works out itself"),
    ],
)
def test_a_value_of_another_kind_is_refused(kind: str, value: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        value_of("P", kind, value)


def test_an_operator_that_a_type_lacks_names_those_that_it_has() -> None:
    with pytest.raises(ValueError, match="use equals, does_not_equal, greater_than"):
        condition("P", "number", "contains", 1)
    with pytest.raises(ValueError, match="needs a value"):
        condition("P", "number", "equals", None)
    assert condition("P", "people", None, ID) == {"property": "P", "people": {"contains": ID}}
    assert condition("P", "date", "is_empty", None) == {"property": "P", "date": {"is_empty": True}}


def test_a_property_is_found_in_another_case_unless_two_have_it() -> None:
    assert find_property({"Name": {"type": "title"}}, "name")[0] == "Name"
    with pytest.raises(ValueError, match="no property 'NAME'"):
        find_property({"Name": {}, "name": {}}, "NAME")
