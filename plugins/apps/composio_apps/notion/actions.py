"""Notion actions with plain fields: v0.7's names, arguments and answers.

Source of the calls: https://developers.notion.com/reference
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any
from urllib.parse import quote

from pydantic import Field

from composio import action
from composio.errors import UpstreamError

__all__ = ["create_notion_page"]

Execute = Callable[..., Any]
_MISSING = 404


@action(toolname="notion", tags=["important"])
async def create_notion_page(
    execute_request: Execute,
    parent_id: Annotated[str, Field(description="Id of the page, data source or database that the new page goes into")],
    title: Annotated[str, Field(description="The new page's title")],
    icon: Annotated[str | None, Field(description="An emoji, such as 🎉")] = None,
    cover: Annotated[str | None, Field(description="URL of the cover image")] = None,
) -> dict[str, Any]:
    """Create a page. Returns it as the API does."""
    parent, name = await _parent(execute_request, parent_id)
    page: dict[str, Any] = {"parent": parent, "properties": {name: {"title": [{"text": {"content": title}}]}}}
    if icon:
        page["icon"] = {"type": "emoji", "emoji": icon}
    if cover:
        page["cover"] = {"type": "external", "external": {"url": cover}}
    made: dict[str, Any] = await execute_request("/v1/pages", method="POST", body=page)
    return made


async def _parent(execute_request: Execute, given: str) -> tuple[dict[str, str], str]:
    """The parent as the API takes it, and what its pages call their title. An id does not say what it is of."""
    ident = quote(given, safe="")
    if await _found(execute_request, f"/v1/pages/{ident}") is not None:
        return {"type": "page_id", "page_id": given}, "title"
    source = await _found(execute_request, f"/v1/data_sources/{ident}")
    if source is None:
        database = await _found(execute_request, f"/v1/databases/{ident}")
        sources = (database or {}).get("data_sources") or []
        if not sources:
            raise ValueError(
                f"parent_id {given!r:.60} is no page, data source or database that the connection may see; share it with the integration"
            )
        given = str(sources[0]["id"])
        source = await _found(execute_request, f"/v1/data_sources/{quote(given, safe='')}")
    properties = (source or {}).get("properties") or {}
    title = next((name for name, one in properties.items() if one.get("type") == "title"), "title")
    return {"type": "data_source_id", "data_source_id": given}, title


async def _found(execute_request: Execute, path: str) -> dict[str, Any] | None:
    try:
        answer: dict[str, Any] = await execute_request(path)
    except UpstreamError as error:
        # Notion answers 400 for an id of another kind.
        if error.status in (_MISSING, 400):
            return None
        raise
    return answer
