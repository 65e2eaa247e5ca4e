"""Parts of a monday.com board that no field alone answers.

Source of the calls: https://developer.monday.com/api-reference/reference/boards
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from composio import action
from composio_apps._execute import Execute
from composio_apps._graphql import ask

__all__ = ["get_group_details", "list_board_items", "list_columns"]

_URL = "https://api.monday.com/v2"
_ITEM = "id name state url created_at updated_at group { id title } column_values { id type text value }"

BoardId = Annotated[int, Field(description="The board's id")]


async def _read(execute: Execute, board_id: int, declared: str, fields: str, variables: dict[str, Any]) -> dict[str, Any]:
    """Return some fields of one board. Raises ``ValueError`` if there is no such board."""
    document = f"query($board: [ID!]{declared}) {{ boards(ids: $board) {{ id name {fields} }} }}"
    boards = (await ask(execute, _URL, document, {"board": [str(board_id)], **variables})).get("boards") or []
    if not boards:
        raise ValueError(f"There is no board {board_id} that you can see. List boards to find its id.")
    board: dict[str, Any] = boards[0]
    return board


@action(toolname="monday", tags=["important"])
async def list_board_items(
    execute_request: Execute,
    board_id: BoardId,
    limit: Annotated[int, Field(description="How many to answer at once", ge=1, le=500)] = 25,
    cursor: Annotated[str | None, Field(description="cursor of the answer before")] = None,
) -> dict[str, Any]:
    """List the items of a board with their column values. Returns them and the cursor of the next page."""
    # A cursor allows no other parameter than the limit.
    declared = ", $limit: Int!, $cursor: String"
    fields = f"items_page(limit: $limit, cursor: $cursor) {{ cursor items {{ {_ITEM} }} }}"
    board = await _read(execute_request, board_id, declared, fields, {"limit": limit, "cursor": cursor})
    page = board.get("items_page") or {}
    return {"items": page.get("items", []), "cursor": page.get("cursor")}


@action(toolname="monday", tags=["important"])
async def list_columns(execute_request: Execute, board_id: BoardId) -> dict[str, Any]:
    """List the columns of a board: their ids, titles, types and settings."""
    board = await _read(execute_request, board_id, "", "columns { id title type description settings_str }", {})
    return {"columns": board.get("columns", [])}


@action(toolname="monday")
async def get_group_details(
    execute_request: Execute,
    board_id: BoardId,
    group_id: Annotated[str | None, Field(description="Only this group")] = None,
) -> dict[str, Any]:
    """Get the groups of a board, or one of them."""
    fields = "groups(ids: $groups) { id title color position archived deleted }"
    groups = [group_id] if group_id else None
    board = await _read(execute_request, board_id, ", $groups: [String]", fields, {"groups": groups})
    return {"groups": board.get("groups", [])}
