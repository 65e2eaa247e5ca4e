"""Notion actions with Markdown and plain values: v0.7's names, arguments and answers.

Source of the calls: https://developers.notion.com/reference. v0.7's arguments are from memory where the published SDK does not
say. A database of v0.7 is a data source today: where an id of either is taken, the database's only data source is meant.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field

from composio import action
from composio.errors import UpstreamError
from composio_apps._errors import retell
from composio_apps._execute import Execute
from composio_apps._markdown import Span, parse, render, spans_from
from composio_apps.notion.blocks import batches, blocks_from, followers, markdown_blocks, rich_text, split_children
from composio_apps.notion.values import COLUMN_TYPES, column, condition, find_property, value_of

__all__ = [
    "add_page_content",
    "archive_notion_page",
    "create_comment",
    "create_database",
    "create_notion_page",
    "fetch_database",
    "fetch_page_markdown",
    "insert_row_database",
    "query_database",
    "search_notion_page",
    "update_row_database",
    "update_schema_database",
]

Json = dict[str, Any]
_MISSING = 404
# Maximum blocks of one call; each with children needs a request of its own.
_MOST_READ = 2000
_DEEPEST_READ = 20

Markdown = Annotated[
    str | None, Field(description="The content in Markdown", examples=["## Agenda\n\n- [ ] **Budget**\n- [x] Hiring"])
]
DatabaseId = Annotated[str, Field(description="The database's id, or that of one of its data sources", min_length=1)]
Icon = Annotated[str | None, Field(description="An emoji, such as 🎉")]
Cover = Annotated[str | None, Field(description="URL of the cover image")]
PageSize = Annotated[int, Field(description="How many to answer at once", ge=1, le=100)]
Cursor = Annotated[str | None, Field(description="next_cursor of the answer before")]


class _Plain(BaseModel):
    model_config = ConfigDict(extra="ignore")


class PropertyValue(_Plain):
    """A property and its value."""

    name: str = Field(description="The property's name, as the database has it", min_length=1)
    value: str | float | bool | list[str] | None = Field(
        default=None,
        description=(
            "Plain: text in Markdown, a number, true, a date 2026-12-01 or from/to as 2026-12-01/2026-12-03, an option's name, a URL; "
            "ids of users or pages; a list, or separated by commas, where several go. null empties it"
        ),
    )
    type: str | None = Field(default=None, description="Not needed: the database says it")


class ColumnDefinition(_Plain):
    """A column of a new database."""

    name: str = Field(description="The column's name", min_length=1)
    type: Literal[COLUMN_TYPES] = Field(default="rich_text", description="What it holds")  # type: ignore[valid-type] # one list, used twice
    options: list[str] | None = Field(default=None, description="Of a select or multi_select: the names to choose from")


class ColumnChange(_Plain):
    """A change of a column, or a new one."""

    name: str = Field(description="The column's name", min_length=1)
    new_type: Literal[COLUMN_TYPES] | None = Field(default=None, description="What it is to hold; a new column needs it")  # type: ignore[valid-type] # as above
    rename: str | None = Field(default=None, description="Its new name")
    remove: bool = Field(default=False, description="True deletes the column with all its values")


class Sort(_Plain):
    """An order."""

    property_name: str = Field(description="Name of the property to sort by", min_length=1)
    ascending: bool = Field(default=True, description="False for the largest or latest first")


class Filter(_Plain):
    """A condition on one property."""

    property_name: str = Field(description="Name of the property", min_length=1)
    operator: str | None = Field(
        default=None,
        description="Such as equals, contains, greater_than, before, on_or_after, is_empty; equality or containment if left out",
    )
    value: str | float | bool | None = Field(default=None, description="What to compare with, plain; dates as 2026-12-01")


class RichContent(BaseModel):
    """A block as v0.7 took it, or one as the API does, with `type`."""

    model_config = ConfigDict(extra="allow")

    content: str | None = Field(default=None, description="The text, as it is")
    content_property: str = Field(
        default="paragraph",
        description="paragraph, heading_1 to heading_3, bulleted_list_item, numbered_list_item, to_do, toggle, quote or callout",
    )
    bold: bool = False
    italic: bool = False
    strikethrough: bool = False
    code: bool = False
    link: str | None = Field(default=None, description="Address that the text leads to")


_TEXT_KINDS = (
    "paragraph",
    "heading_1",
    "heading_2",
    "heading_3",
    "bulleted_list_item",
    "numbered_list_item",
    "to_do",
    "toggle",
    "quote",
    "callout",
)


def _path(kind: str, ident: str, rest: str = "") -> str:
    return f"/v1/{kind}/{quote(ident, safe='')}{rest}"


def _looks(icon: str | None, cover: str | None) -> Json:
    look: Json = {}
    if icon:
        look["icon"] = {"type": "emoji", "emoji": icon}
    if cover:
        look["cover"] = {"type": "external", "external": {"url": cover}}
    return look


@action(toolname="notion", tags=["important"])
async def create_notion_page(
    execute_request: Execute,
    parent_id: Annotated[str, Field(description="Id of the page, data source or database that the new page goes into")],
    title: Annotated[str, Field(description="The new page's title")],
    icon: Icon = None,
    cover: Cover = None,
    markdown: Markdown = None,
) -> dict[str, Any]:
    """Create a page, with content if there is Markdown. Returns it as the API does."""
    blocks = blocks_from(parse(markdown or ""))
    parent, name = await _parent(execute_request, parent_id)
    page: Json = {"parent": parent, "properties": {name: {"title": [{"text": {"content": title}}]}}, **_looks(icon, cover)}
    return await _create(execute_request, page, blocks)


async def _create(execute: Execute, page: Json, blocks: list[Json]) -> Json:
    """Create a page and fill it. An error in between names the page, so that it is not created twice."""
    made: Json = await execute("/v1/pages", method="POST", body=page)
    if blocks:
        try:
            await _append(execute, str(made["id"]), blocks)
        except UpstreamError as error:
            raise retell(
                error,
                f"The page {made['id']} was created, but not all of its content was added: {error}. Add to it instead of creating another.",
            ) from error
    return made


async def _append(execute: Execute, parent: str, blocks: list[Json], after: str | None = None) -> list[Json]:
    """Append any number of blocks at any depth. Returns those of the first level."""
    made: list[Json] = []
    for batch in batches(blocks):
        parts = [split_children(block) for block in batch]
        body: Json = {"children": [block for block, _ in parts], **({"after": after} if after else {})}
        answer = await execute(_path("blocks", parent, "/children"), method="PATCH", body=body)
        found = list(answer.get("results") or ())[: len(parts)]
        for (_, later), one in zip(parts, found, strict=False):
            if later:
                await _append(execute, str(one["id"]), later)
        after = str(found[-1]["id"]) if after and found else None
        made += found
    return made


@action(toolname="notion", tags=["important"])
async def add_page_content(
    execute_request: Execute,
    parent_block_id: Annotated[str, Field(description="Id of the page or block to add to", min_length=1)],
    markdown: Markdown = None,
    content_block: Annotated[
        RichContent | None, Field(description="Instead of Markdown: one block, by `content` and `content_property`")
    ] = None,
    after: Annotated[str | None, Field(description="Id of the block to add it behind; at the end if left out")] = None,
) -> dict[str, Any]:
    """Add content to a page, in Markdown or as one block. Returns the new blocks in `results`."""
    blocks = blocks_from(parse(markdown or ""))
    if content_block is not None:
        blocks.append(_given_block(content_block))
    if not blocks:
        raise ValueError("There is nothing to add; give `markdown`, such as '## Title\\n\\nText'.")
    return {"object": "list", "results": await _append(execute_request, parent_block_id, blocks, after)}


def _given_block(given: RichContent | dict[str, Any]) -> Json:
    block = RichContent.model_validate(given) if isinstance(given, dict) else given
    extra = block.model_extra or {}
    if "type" in extra:  # in the API's form
        return {name: value for name, value in extra.items() if value is not None}
    kind = block.content_property
    if kind not in _TEXT_KINDS:
        raise ValueError(f"content_property is one of {', '.join(_TEXT_KINDS)}; got {kind!r:.40}. For others use `markdown`.")
    if not block.content:
        raise ValueError("content_block has no content; give its text, or use `markdown`.")
    span = Span(block.content, block.bold, block.italic, block.strikethrough, block.code, block.link or "")
    return {"type": kind, kind: {"rich_text": rich_text([span])}}


@action(toolname="notion", tags=["important"])
async def fetch_page_markdown(
    execute_request: Execute, page_id: Annotated[str, Field(description="Id of the page, or of a block in it", min_length=1)]
) -> dict[str, Any]:
    """Read a page's content as Markdown. `truncated` is true where it is too large to be read in one call."""
    left = [_MOST_READ]
    blocks = await _read_children(execute_request, page_id, left, 0)
    return {"page_id": page_id, "markdown": render(markdown_blocks(blocks)), "truncated": left[0] <= 0}


async def _read_children(execute: Execute, ident: str, left: list[int], level: int) -> list[Json]:
    found: list[Json] = []
    cursor: str | None = None
    while left[0] > 0:
        query = {"page_size": 100, **({"start_cursor": cursor} if cursor else {})}
        page = await execute(_path("blocks", ident, "/children"), query=query)
        for block in page.get("results") or ():
            left[0] -= 1
            inner: list[Json] = []
            if followers(block) and level < _DEEPEST_READ:
                inner = await _read_children(execute, str(block["id"]), left, level + 1)
            found.append({**block, "children": inner})
        cursor = page.get("next_cursor")
        if not page.get("has_more") or not cursor:
            break
    return found


@action(toolname="notion", tags=["important"])
async def query_database(
    execute_request: Execute,
    database_id: DatabaseId,
    filters: Annotated[list[Filter] | None, Field(description="Conditions on properties, all of which must hold")] = None,
    sorts: Annotated[list[Sort] | None, Field(description="Order, the first one counts most")] = None,
    page_size: PageSize = 20,
    start_cursor: Cursor = None,
) -> dict[str, Any]:
    """Find rows of a database by plain conditions. Returns `results` and, where there are more, `next_cursor`."""
    source = await _source(execute_request, database_id)
    properties = source.get("properties") or {}
    body: Json = {"page_size": page_size}
    wanted = []
    for one in [Filter.model_validate(given) for given in filters or ()]:
        name, found = find_property(properties, one.property_name)
        wanted.append(condition(name, str(found.get("type")), one.operator, one.value))
    if wanted:
        body["filter"] = wanted[0] if len(wanted) == 1 else {"and": wanted}
    if sorts:
        orders = [Sort.model_validate(given) for given in sorts]
        body["sorts"] = [
            {
                "property": find_property(properties, order.property_name)[0],
                "direction": "ascending" if order.ascending else "descending",
            }
            for order in orders
        ]
    if start_cursor:
        body["start_cursor"] = start_cursor
    path = _path("data_sources", str(source["id"]), "/query")
    return await execute_request(path, method="POST", body=body)


@action(toolname="notion", tags=["important"])
async def insert_row_database(
    execute_request: Execute,
    database_id: DatabaseId,
    properties: Annotated[list[PropertyValue], Field(description="The row's values; what is left out stays empty")],
    child_blocks: Annotated[list[RichContent] | None, Field(description="Content of the row's page, as blocks")] = None,
    markdown: Markdown = None,
    icon: Icon = None,
    cover: Cover = None,
) -> dict[str, Any]:
    """Add a row to a database with plain values. Returns its page."""
    blocks = [*blocks_from(parse(markdown or "")), *(_given_block(one) for one in child_blocks or ())]
    source = await _source(execute_request, database_id)
    values = _values(source.get("properties") or {}, properties)
    parent = {"type": "data_source_id", "data_source_id": str(source["id"])}
    return await _create(execute_request, {"parent": parent, "properties": values, **_looks(icon, cover)}, blocks)


@action(toolname="notion", tags=["important"])
async def update_row_database(
    execute_request: Execute,
    row_id: Annotated[str, Field(description="Id of the row, which is a page", min_length=1)],
    properties: Annotated[list[PropertyValue] | None, Field(description="The values to change; others stay")] = None,
    icon: Icon = None,
    cover: Cover = None,
    delete_row: Annotated[bool, Field(description="True moves the row to the trash")] = False,
) -> dict[str, Any]:
    """Change values of a row with plain values, or delete it. Returns its page."""
    body = _looks(icon, cover)
    if properties:
        page = await execute_request(_path("pages", row_id))
        body["properties"] = _values(page.get("properties") or {}, properties)
    if delete_row:
        body["in_trash"] = True
    if not body:
        raise ValueError("There is nothing to change; give properties, icon, cover or delete_row.")
    return await execute_request(_path("pages", row_id), method="PATCH", body=body)


def _values(known: Json, given: list[PropertyValue]) -> Json:
    values: Json = {}
    for one in [PropertyValue.model_validate(value) for value in given]:
        name, found = find_property(known, one.name)
        values[name] = value_of(name, str(found.get("type")), one.value)
    return values


@action(toolname="notion", tags=["important"])
async def create_database(
    execute_request: Execute,
    parent_id: Annotated[str, Field(description="Id of the page that it goes into", min_length=1)],
    title: Annotated[str, Field(description="Its title")],
    properties: Annotated[
        list[ColumnDefinition], Field(description="Its columns; one is of type title, and is added where none is")
    ],
) -> dict[str, Any]:
    """Create a database in a page. Returns it with its data source."""
    columns = [ColumnDefinition.model_validate(one) for one in properties]
    titles = [one.name for one in columns if one.type == "title"]
    if len(titles) > 1:
        raise ValueError(f"A database has one column of type title; got {', '.join(titles)}.")
    made = {one.name: column(one.type, one.options) for one in columns}
    if not titles:
        free = next(name for name in ("Name", "Title", "Row title") if name not in made)
        made = {free: column("title", None), **made}
    body = {
        "parent": {"type": "page_id", "page_id": parent_id},
        "title": rich_text(spans_from(title)),
        "initial_data_source": {"properties": made},
    }
    return await execute_request("/v1/databases", method="POST", body=body)


@action(toolname="notion")
async def update_schema_database(
    execute_request: Execute,
    database_id: DatabaseId,
    title: Annotated[str | None, Field(description="Its new title")] = None,
    description: Annotated[str | None, Field(description="Its new description")] = None,
    properties: Annotated[list[ColumnChange] | None, Field(description="Columns to add, rename, retype or remove")] = None,
) -> dict[str, Any]:
    """Change a database's title, description or columns. Returns its data source."""
    source = await _source(execute_request, database_id)
    known = source.get("properties") or {}
    body: Json = {}
    if title is not None:
        body["title"] = rich_text(spans_from(title))
    if description is not None:
        body["description"] = rich_text(spans_from(description))
    for change in [ColumnChange.model_validate(one) for one in properties or ()]:
        name, new = change.name, column(change.new_type, None) if change.new_type else {}
        if change.remove or change.rename or not new:
            name, _ = find_property(known, change.name)
        changed = None if change.remove else {**new, **({"name": change.rename} if change.rename else {})}
        if changed == {}:
            raise ValueError(f"Nothing is said of the column {name!r:.80}; give new_type, rename or remove.")
        body.setdefault("properties", {})[name] = changed
    if not body:
        raise ValueError("There is nothing to change; give title, description or properties.")
    return await execute_request(_path("data_sources", str(source["id"])), method="PATCH", body=body)


@action(toolname="notion", tags=["important"])
async def fetch_database(execute_request: Execute, database_id: DatabaseId) -> dict[str, Any]:
    """Read what a database is: title, data sources, and the columns of its only data source in `properties`."""
    database = await _find(execute_request, _path("databases", database_id))
    if database is None:
        return await _source(execute_request, database_id)
    sources = database.get("data_sources") or []
    if len(sources) != 1:
        return database
    source = await execute_request(_path("data_sources", str(sources[0]["id"])))
    return {**database, "properties": source.get("properties") or {}}


@action(toolname="notion", tags=["important"])
async def search_notion_page(
    execute_request: Execute,
    query: Annotated[str, Field(description="Words of the title; everything that is shared if empty")] = "",
    filter_value: Annotated[
        Literal["page", "database", "data_source"] | None, Field(description="Only pages, or only databases")
    ] = None,
    direction: Annotated[
        Literal["ascending", "descending"] | None,
        Field(description="Order by when it was edited; descending has the newest first"),
    ] = None,
    timestamp: Annotated[Literal["last_edited_time"] | None, Field(description="What it is ordered by")] = None,
    page_size: PageSize = 20,
    start_cursor: Cursor = None,
    filter_property: Annotated[Literal["object"], Field(description="What filter_value is compared with")] = "object",
) -> dict[str, Any]:
    """Find pages and databases by their title. Returns `results` and, where there are more, `next_cursor`."""
    body: Json = {"query": query, "page_size": page_size}
    if filter_value:
        body["filter"] = {"property": filter_property, "value": "page" if filter_value == "page" else "data_source"}
    if direction or timestamp:
        body["sort"] = {"direction": direction or "descending", "timestamp": timestamp or "last_edited_time"}
    if start_cursor:
        body["start_cursor"] = start_cursor
    return await execute_request("/v1/search", method="POST", body=body)


@action(toolname="notion")
async def archive_notion_page(
    execute_request: Execute,
    page_id: Annotated[str, Field(description="Id of the page", min_length=1)],
    archive: Annotated[bool, Field(description="False takes it out of the trash again")] = True,
) -> dict[str, Any]:
    """Move a page to the trash, or back. Returns it."""
    return await execute_request(_path("pages", page_id), method="PATCH", body={"in_trash": archive})


@action(toolname="notion", tags=["important"])
async def create_comment(
    execute_request: Execute,
    comment: Annotated[
        str | RichContent, Field(description="The text, inline Markdown; or an object with `content`, as v0.7 took it")
    ],
    parent_page_id: Annotated[str | None, Field(description="Id of the page to comment on")] = None,
    discussion_id: Annotated[str | None, Field(description="Id of the thread to answer in, instead of a page")] = None,
) -> dict[str, Any]:
    """Comment on a page, or answer in a thread of comments. Returns the comment."""
    if (parent_page_id is None) == (discussion_id is None):
        raise ValueError("Give one of parent_page_id and discussion_id.")
    given = comment if isinstance(comment, str) else RichContent.model_validate(comment)
    text = rich_text(spans_from(given)) if isinstance(given, str) else rich_text([Span(given.content or "")])
    if not text:
        raise ValueError("The comment is empty; give its text.")
    where: Json = {"discussion_id": discussion_id} if discussion_id else {"parent": {"page_id": parent_page_id}}
    return await execute_request("/v1/comments", method="POST", body={**where, "rich_text": text})


async def _parent(execute_request: Execute, given: str) -> tuple[dict[str, str], str]:
    """Return the parent in the API's form, and the name of its pages' title. An id does not show what it refers to."""
    if await _find(execute_request, _path("pages", given)) is not None:
        return {"type": "page_id", "page_id": given}, "title"
    source = await _source(execute_request, given, "parent_id", "page, data source or database")
    properties = source.get("properties") or {}
    title = next((name for name, one in properties.items() if one.get("type") == "title"), "title")
    return {"type": "data_source_id", "data_source_id": str(source["id"])}, title


async def _source(execute: Execute, given: str, argument: str = "database_id", kind: str = "database or data source") -> Json:
    """Return the data source of an id, which may be its database's. Raises ``ValueError`` if there is none, or several."""
    source = await _find(execute, _path("data_sources", given))
    if source is not None:
        return {**source, "id": given}
    sources = (await _find(execute, _path("databases", given)) or {}).get("data_sources") or []
    if not sources:
        raise ValueError(
            f"{argument} {given!r:.60} is no {kind} that the connection may see; share it with the integration, or look for it "
            "with NOTION_SEARCH_NOTION_PAGE"
        )
    if len(sources) > 1:
        listed = ", ".join(f"{one.get('name')!r:.60} is {one.get('id')}" for one in sources)
        raise ValueError(f"The database {given!r:.60} has several data sources; give the id of one: {listed}")
    ident = str(sources[0]["id"])
    return {**((await _find(execute, _path("data_sources", ident))) or {}), "id": ident}


async def _find(execute_request: Execute, path: str) -> Json | None:
    try:
        answer: Json = await execute_request(path)
    except UpstreamError as error:
        # Notion answers 400 for an id of another kind.
        if error.status in (_MISSING, 400):
            return None
        raise
    return answer
