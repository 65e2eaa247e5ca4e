"""Trello cards by the names that people see: boards, lists, labels, members and checklist items need no ids.

Trello itself takes ids alone. v0.7 had its operations and nothing above them; they have their names beside these.
Source of the calls: https://developer.atlassian.com/cloud/trello/rest/
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Annotated, Any, TypedDict, Unpack
from urllib.parse import quote

from pydantic import Field

from composio import action
from composio.errors import UpstreamError
from composio_apps._errors import retell
from composio_apps._execute import Execute

__all__ = [
    "add_checklist",
    "add_comment",
    "check_item",
    "create_card",
    "edit_card",
    "find_cards",
    "get_card",
    "move_card",
    "show_board",
]

Json = dict[str, Any]
_ID = re.compile(r"[0-9a-f]{24}")
_ADDRESS = re.compile(r"https?://trello\.com/([bc])/([0-9A-Za-z]{8})(?:[/?#].*)?")
_CARD = "name,desc,due,dueComplete,closed,idList,idMembers,labels,shortUrl,dateLastActivity"

Board = Annotated[str, Field(description="The board's name, address or id", min_length=1, examples=["Roadmap"])]
ListName = Annotated[str, Field(description="The list's name or id", min_length=1, examples=["Doing"])]
Card = Annotated[str, Field(description="The card's address, id or name", min_length=1, examples=["Fix the login"])]
OfBoard = Annotated[
    str | None,
    Field(description="Name, address or id of the card's board; says which card is meant by a name that several have"),
]
Position = Annotated[
    str | None, Field(description="Where in the list: top, bottom, or a number", pattern=r"^(top|bottom|\d+(\.\d+)?)$")
]
Due = Annotated[str | None, Field(description="When it is due, such as 2026-12-24 or 2026-12-24T17:00:00Z; empty for never")]
Text = Annotated[str | None, Field(description="The text, in Markdown")]


def _name(one: Json) -> str:
    return str(one.get("name") or one.get("fullName") or "")


def _pick(given: str, among: Sequence[Json], kind: str, *keys: str) -> Json:
    """Return the one with that name. Raises ``ValueError`` naming the existing ones."""
    wanted = given.strip().casefold()
    for key in ("id", *keys):
        found = [one for one in among if str(one.get(key) or "").strip().casefold() == wanted]
        if len(found) == 1:
            return found[0]
        if found:
            listed = ", ".join(f"{_name(one)} is {one.get('id')}" for one in found[:20])
            raise ValueError(f"{given!r:.80} is the name of several {kind}s; give an id: {listed}")
    listed = ", ".join(repr(_name(one) or str(one.get("color") or "")) for one in among[:50])
    raise ValueError(f"There is no {kind} {given!r:.80}; there are: {listed or 'none'}")


def _reference(given: str, kind: str) -> str | None:
    """Return the id in an id or a URL of a board (``b``) or a card (``c``); None for a name."""
    text = given.strip()
    if _ID.fullmatch(text):
        return text
    address = _ADDRESS.fullmatch(text)
    return address[2] if address and address[1] == kind else None


async def _board(execute: Execute, given: str) -> str:
    if known := _reference(given, "b"):
        return known
    boards: Any = await execute("/members/me/boards", query={"filter": "open", "fields": "name"})
    return str(_pick(given, boards, "board", "name")["id"])


async def _list(execute: Execute, board: str, given: str) -> str:
    if _ID.fullmatch(given.strip()):
        return given.strip()
    lists: Any = await execute(f"/boards/{board}/lists", query={"filter": "open", "fields": "name"})
    return str(_pick(given, lists, "list", "name")["id"])


async def _labels(execute: Execute, board: str, given: Iterable[str]) -> str:
    labels: Any = await execute(f"/boards/{board}/labels", query={"fields": "name,color", "limit": "1000"})
    return ",".join(str(_pick(one, labels, "label", "name", "color")["id"]) for one in given)


async def _members(execute: Execute, board: str, given: Iterable[str]) -> str:
    members: Any = await execute(f"/boards/{board}/members", query={"fields": "fullName,username"})
    return ",".join(str(_pick(one.lstrip("@"), members, "member", "username", "fullName")["id"]) for one in given)


async def _card(execute: Execute, given: str, board: str | None) -> str:
    """Return a card's id. A name is searched on the board, or on all of the user's."""
    if known := _reference(given, "c"):
        return known
    cards: Any
    if board is not None:
        path = f"/boards/{await _board(execute, board)}/cards"
        cards = await execute(path, query={"filter": "open", "fields": "name"})
    else:
        query = {"query": given, "modelTypes": "cards", "card_fields": "name", "cards_limit": "50", "partial": "true"}
        cards = (await execute("/search", query=query)).get("cards") or ()
    return str(_pick(given, cards, "card", "name")["id"])


async def _board_of(execute: Execute, card: str) -> str:
    found = await execute(f"/cards/{card}", query={"fields": "idBoard"})
    return str(found["idBoard"])


def _describe(card: Json, lists: dict[str, str], members: dict[str, str]) -> Json:
    """Return a card with the names that people see."""
    return {
        "id": card.get("id"),
        "name": card.get("name"),
        "description": card.get("desc"),
        "list": lists.get(str(card.get("idList")), card.get("idList")),
        "labels": [one.get("name") or one.get("color") for one in card.get("labels") or ()],
        "members": [members.get(one, one) for one in card.get("idMembers") or ()],
        "due": card.get("due"),
        "done": card.get("dueComplete"),
        "archived": card.get("closed"),
        "url": card.get("shortUrl"),
    }


async def _read_names(execute: Execute, board: str) -> tuple[dict[str, str], dict[str, str]]:
    """Return the names of a board's lists, including archived ones, and of its members, by id."""
    lists: Any = await execute(f"/boards/{board}/lists", query={"filter": "all", "fields": "name"})
    members: Any = await execute(f"/boards/{board}/members", query={"fields": "fullName,username"})
    return {str(one["id"]): _name(one) for one in lists}, {str(one["id"]): _name(one) for one in members}


class Details(TypedDict, total=False):
    """A card's plain fields besides its name."""

    description: Text
    due: Due
    labels: Annotated[list[str] | None, Field(description="Names, or colours, of labels that the board has")]
    members: Annotated[list[str] | None, Field(description="Names or user names of the board's members who do it")]
    position: Position


async def _fields(execute: Execute, board: str | None, card: str | None, details: Details) -> Json:
    """Return fields in Trello's form; None values are omitted. ``card`` determines the board if ``board`` is unknown."""
    fields: Json = {"desc": details.get("description"), "due": details.get("due"), "pos": details.get("position")}
    labels, members = details.get("labels"), details.get("members")
    if labels is not None or members is not None:
        where = board or await _board_of(execute, str(card))
        fields["idLabels"] = None if labels is None else await _labels(execute, where, labels)
        fields["idMembers"] = None if members is None else await _members(execute, where, members)
    return {name: value for name, value in fields.items() if value is not None}


@action(toolname="trello", tags=["important"])
async def show_board(execute_request: Execute, board: Board) -> dict[str, Any]:
    """Show a board: its lists with how many cards each has, its labels and members."""
    ident = await _board(execute_request, board)
    lists: Any = await execute_request(f"/boards/{ident}/lists", query={"filter": "open", "fields": "name"})
    cards: Any = await execute_request(f"/boards/{ident}/cards", query={"filter": "open", "fields": "idList"})
    labels: Any = await execute_request(f"/boards/{ident}/labels", query={"fields": "name,color", "limit": "1000"})
    members: Any = await execute_request(f"/boards/{ident}/members", query={"fields": "fullName,username"})
    counted = [{**one, "cards": sum(card.get("idList") == one.get("id") for card in cards)} for one in lists]
    return {"id": ident, "lists": counted, "labels": labels, "members": members}


@action(toolname="trello", tags=["important"])
async def find_cards(
    execute_request: Execute,
    board: Board,
    list_name: Annotated[str | None, Field(description="Only cards in this list, by its name or id")] = None,
    words: Annotated[str | None, Field(description="Only cards with these words in their name or text")] = None,
    label: Annotated[str | None, Field(description="Only cards with this label: its name or colour")] = None,
    member: Annotated[str | None, Field(description="Only cards of this member: name or user name")] = None,
    due_before: Annotated[
        str | None,
        Field(description="Only cards that are due before this day, such as 2026-12-24", pattern=r"^\d{4}-\d\d-\d\d$"),
    ] = None,
    archived: Annotated[bool, Field(description="True for archived cards instead of those on the board")] = False,
    limit: Annotated[int, Field(description="How many to answer", ge=1, le=1000)] = 100,
) -> dict[str, Any]:
    """Find cards of a board by list, words, label, member or due date. Returns `cards` and how many there are in all."""
    ident = await _board(execute_request, board)
    query = {"filter": "closed" if archived else "open", "fields": _CARD}
    found: Any = await execute_request(f"/boards/{ident}/cards", query=query)
    lists, members = await _read_names(execute_request, ident)
    shown = [_describe(one, lists, members) for one in found]
    if list_name is not None:
        chosen = _name(_pick(list_name, [{"id": key, "name": name} for key, name in lists.items()], "list", "name"))
        shown = [one for one in shown if one["list"] == chosen]
    if words is not None:
        wanted = words.casefold().split()
        shown = [one for one in shown if all(word in f"{one['name']} {one['description']}".casefold() for word in wanted)]
    if label is not None:
        shown = [one for one in shown if label.strip().casefold() in (str(name).casefold() for name in one["labels"])]
    if member is not None:
        who = members[await _members(execute_request, ident, [member])]
        shown = [one for one in shown if who in one["members"]]
    if due_before is not None:
        shown = [one for one in shown if one["due"] and str(one["due"])[:10] < due_before]
    return {"cards": shown[:limit], "total": len(shown)}


@action(toolname="trello", tags=["important"])
async def get_card(execute_request: Execute, card: Card, board: OfBoard = None) -> dict[str, Any]:
    """Read a card: its text, list, labels, members, checklists and last comments."""
    ident = await _card(execute_request, card, board)
    query = {
        "fields": f"{_CARD},idBoard",
        "checklists": "all",
        "actions": "commentCard",
        "actions_limit": "20",
    }
    found = await execute_request(f"/cards/{ident}", query=query)
    lists, members = await _read_names(execute_request, str(found["idBoard"]))
    checklists = [
        {
            "name": one.get("name"),
            "items": [
                {"name": item.get("name"), "done": item.get("state") == "complete"} for item in one.get("checkItems") or ()
            ],
        }
        for one in found.get("checklists") or ()
    ]
    comments = [
        {
            "by": _name(one.get("memberCreator") or {}),
            "date": one.get("date"),
            "text": (one.get("data") or {}).get("text"),
        }
        for one in found.get("actions") or ()
    ]
    return {**_describe(found, lists, members), "checklists": checklists, "comments": comments}


@action(toolname="trello", tags=["important"])
async def create_card(
    execute_request: Execute,
    board: Board,
    list_name: ListName,
    name: Annotated[str, Field(description="The card's title", min_length=1, max_length=16384)],
    **details: Unpack[Details],
) -> dict[str, Any]:
    """Create a card in a list of a board, with labels and members by name. Returns it with its id and address."""
    ident = await _board(execute_request, board)
    body = {"idList": await _list(execute_request, ident, list_name), "name": name}
    body |= await _fields(execute_request, ident, None, details)
    return await execute_request("/cards", method="POST", body=body)


@action(toolname="trello", tags=["important"])
async def edit_card(
    execute_request: Execute,
    card: Card,
    board: OfBoard = None,
    name: Annotated[str | None, Field(description="New title", min_length=1, max_length=16384)] = None,
    done: Annotated[bool | None, Field(description="Whether its due date counts as met")] = None,
    archived: Annotated[bool | None, Field(description="True archives it, false brings it back")] = None,
    **details: Unpack[Details],
) -> dict[str, Any]:
    """Change a card; what is left out stays. `labels` and `members` replace those that it has. Returns the card."""
    ident = await _card(execute_request, card, board)
    flags = {"dueComplete": done, "closed": archived}
    body: Json = {key: str(value).lower() for key, value in flags.items() if value is not None}
    body |= {} if name is None else {"name": name}
    body |= await _fields(execute_request, None, ident, details)
    if not body:
        raise ValueError("There is nothing to change; give name, description, due or another field.")
    return await execute_request(f"/cards/{ident}", method="PUT", body=body)


@action(toolname="trello", tags=["important"])
async def move_card(
    execute_request: Execute,
    card: Card,
    to_list: ListName,
    board: OfBoard = None,
    to_board: Annotated[str | None, Field(description="Name, address or id of another board to move it to")] = None,
    position: Position = None,
) -> dict[str, Any]:
    """Move a card to another list, of its own board or of another one. Returns the card."""
    ident = await _card(execute_request, card, board)
    target = await _board_of(execute_request, ident) if to_board is None else await _board(execute_request, to_board)
    body = {"idList": await _list(execute_request, target, to_list)}
    body |= {} if to_board is None else {"idBoard": target}
    body |= {} if position is None else {"pos": position}
    return await execute_request(f"/cards/{ident}", method="PUT", body=body)


@action(toolname="trello", tags=["important"])
async def add_comment(
    execute_request: Execute,
    card: Card,
    text: Annotated[str, Field(description="The comment, in Markdown; @name tells a member", min_length=1, max_length=16384)],
    board: OfBoard = None,
) -> dict[str, Any]:
    """Comment on a card. Returns the comment with its id."""
    path = f"/cards/{await _card(execute_request, card, board)}/actions/comments"
    return await execute_request(path, method="POST", body={"text": text})


@action(toolname="trello", tags=["important"])
async def add_checklist(
    execute_request: Execute,
    card: Card,
    items: Annotated[list[str], Field(description="What is to be ticked off, in order", min_length=1, max_length=200)],
    name: Annotated[str, Field(description="The checklist's name", min_length=1)] = "Checklist",
    board: OfBoard = None,
) -> dict[str, Any]:
    """Add a checklist with its items to a card. Returns the checklist's id and the items' ids."""
    ident = await _card(execute_request, card, board)
    made = await execute_request(f"/cards/{ident}/checklists", method="POST", body={"name": name})
    path = f"/checklists/{quote(str(made['id']), safe='')}/checkItems"
    added: list[Json] = []
    for item in items:
        try:
            answer = await execute_request(path, method="POST", body={"name": item, "pos": "bottom"})
        except UpstreamError as error:
            done = f"The checklist {made['id']} was made with the first {len(added)} of {len(items)} items"
            raise retell(error, f"{done}, then: {error}") from error
        added.append({"id": answer.get("id"), "name": item})
    return {"id": made["id"], "name": name, "items": added}


@action(toolname="trello", tags=["important"])
async def check_item(
    execute_request: Execute,
    card: Card,
    item: Annotated[str, Field(description="The item's text or id", min_length=1)],
    done: Annotated[bool, Field(description="False takes the tick away")] = True,
    checklist: Annotated[str | None, Field(description="Name of its checklist, where several have such an item")] = None,
    board: OfBoard = None,
) -> dict[str, Any]:
    """Tick off an item of a card's checklists. Returns the item."""
    ident = await _card(execute_request, card, board)
    found: Any = await execute_request(f"/cards/{ident}/checklists", query={"checkItems": "all"})
    chosen = found if checklist is None else [_pick(checklist, found, "checklist", "name")]
    items = [one for each in chosen for one in each.get("checkItems") or ()]
    path = f"/cards/{ident}/checkItem/{quote(str(_pick(item, items, 'item', 'name')['id']), safe='')}"
    return await execute_request(path, method="PUT", query={"state": "complete" if done else "incomplete"})
