"""OneDrive files and folders by path or id: v0.7's names and arguments.

Source of the calls: https://learn.microsoft.com/graph/api/resources/driveitem. v0.7's arguments are from memory where the published SDK
does not say.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal
from urllib.parse import parse_qs, urlsplit

from pydantic import Field

from composio import action
from composio_apps._execute import Execute, ReadFile
from composio_apps._graph import given, of_type, segment

__all__ = [
    "download_file",
    "onedrive_create_folder",
    "onedrive_create_text_file",
    "onedrive_find_file",
    "onedrive_find_folder",
    "onedrive_list_items",
    "onedrive_upload_file",
]

Json = dict[str, Any]
_FIELDS = "id,name,size,webUrl,createdDateTime,lastModifiedDateTime,parentReference,folder,file"
_MOST_PAGES = 50
# Ids of personal drives, and of those at work.
_ID = re.compile(r"[0-9A-Za-z]+![0-9A-Za-z]+|01[0-9A-Z]{32}")

Folder = Annotated[
    str | None,
    Field(description="The folder's path, such as /Documents/Reports, or its id; the uppermost one if left out"),
]
UserId = Annotated[str, Field(description="Whose drive: me, or another user's id or address", min_length=1)]
Name = Annotated[str, Field(description="What it is called", min_length=1, max_length=400, pattern=r'^[^"*:<>?/\\|]+$')]
IfThere = Annotated[
    Literal["fail", "rename", "replace"], Field(description="What to do where the folder has something of that name")
]


async def _drive(execute: Execute, user: str) -> str:
    owner = "/me" if user == "me" else f"/users/{segment(user)}"
    found = await execute(f"{owner}/drive", query={"$select": "id"})
    return f"/drives/{segment(str(found['id']))}"


def _next(answer: Json) -> str | None:
    """Return the request for the next page; None after the last one."""
    asked = parse_qs(urlsplit(str(answer.get("@odata.nextLink") or "")).query)
    return next(iter(asked.get("$skiptoken", ())), None)


async def _children(execute: Execute, drive: str, item: str) -> list[Json]:
    """Return everything in a folder."""
    query: Json = {"$select": _FIELDS, "$top": 200}
    found: list[Json] = []
    for _ in range(_MOST_PAGES):
        answer = await execute(f"{drive}/items/{segment(item)}/children", query=query)
        found += answer.get("value") or []
        token = _next(answer)
        if token is None:
            break
        query["$skiptoken"] = token
    return found


async def _folder(execute: Execute, drive: str, path: str | None) -> str:
    """Return a folder's id by its path. Raises ``ValueError`` naming the existing folders."""
    if path is not None and _ID.fullmatch(path.strip()):
        return path.strip()
    here, way = "root", ""
    for name in filter(None, (path or "").strip().split("/")):
        among = [one for one in await _children(execute, drive, here) if one.get("folder") is not None]
        found = [one for one in among if str(one.get("name", "")).casefold() == name.casefold()]
        if not found:
            listed = ", ".join(repr(str(one.get("name"))) for one in among[:50])
            raise ValueError(f"There is no folder {name!r:.80} in {way or '/'}; there are: {listed or 'none'}")
        here, way = str(found[0]["id"]), f"{way}/{name}"
    return here


async def _put(execute: Execute, drive: str, folder: str, name: str, content: bytes, kind: str, if_there: str) -> Json:
    path = f"{drive}/items/{segment(folder)}:/{segment(name)}:/content"
    query = {"@microsoft.graph.conflictBehavior": if_there}
    made: Json = await execute(path, method="PUT", body=content, query=query, headers={"content-type": kind})
    return made


async def _find(execute: Execute, name: str, folder: str | None, user: str, kind: str) -> Json:
    """Return items of a kind whose names contain ``name``: in a folder, or anywhere in the drive."""
    drive = await _drive(execute, user)
    if folder is None:
        quoted = segment(name.replace("'", "''"))
        answer = await execute(f"{drive}/microsoft.graph.search(q='{quoted}')", query={"$select": _FIELDS, "$top": 200})
        among: list[Json] = answer.get("value") or []
    else:
        among = await _children(execute, drive, await _folder(execute, drive, folder))
    wanted = name.casefold()
    fitting = [one for one in among if one.get(kind) is not None and wanted in str(one.get("name", "")).casefold()]
    return {"items": sorted(fitting, key=lambda one: str(one.get("name", "")).casefold() != wanted)}


@action(toolname="one_drive", tags=["important"])
async def onedrive_list_items(
    execute_request: Execute,
    folder: Folder = None,
    user_id: UserId = "me",
    top: Annotated[int, Field(description="How many to answer at once", ge=1, le=200)] = 100,
    skip_token: Annotated[str | None, Field(description="next_token of the answer before")] = None,
) -> dict[str, Any]:
    """List the files and folders in a folder. Returns `items` and, where there are more, next_token."""
    drive = await _drive(execute_request, user_id)
    path = f"{drive}/items/{segment(await _folder(execute_request, drive, folder))}/children"
    query = given(**{"$select": _FIELDS, "$top": top, "$skiptoken": skip_token})
    answer = await execute_request(path, query=query)
    token = _next(answer)
    return {"items": answer.get("value") or [], **({"next_token": token} if token else {})}


@action(toolname="one_drive", tags=["important"])
async def onedrive_find_file(
    execute_request: Execute,
    name: Annotated[str, Field(description="The file's name, or a part of it", min_length=1)],
    folder: Annotated[str | None, Field(description="Only in this folder: its path or id")] = None,
    user_id: UserId = "me",
) -> dict[str, Any]:
    """Find files by name, in a folder or in the whole drive. Returns `items`, those called exactly so first."""
    return await _find(execute_request, name, folder, user_id, "file")


@action(toolname="one_drive", tags=["important"])
async def onedrive_find_folder(
    execute_request: Execute,
    name: Annotated[str, Field(description="The folder's name, or a part of it", min_length=1)],
    folder: Annotated[str | None, Field(description="Only in this folder: its path or id")] = None,
    user_id: UserId = "me",
) -> dict[str, Any]:
    """Find folders by name, in a folder or in the whole drive. Returns `items`, those called exactly so first."""
    return await _find(execute_request, name, folder, user_id, "folder")


@action(toolname="one_drive", tags=["important"])
async def onedrive_create_folder(
    execute_request: Execute,
    name: Name,
    parent_folder: Folder = None,
    if_there: IfThere = "fail",
    user_id: UserId = "me",
) -> dict[str, Any]:
    """Create a folder. Returns it with its id and address."""
    drive = await _drive(execute_request, user_id)
    path = f"{drive}/items/{segment(await _folder(execute_request, drive, parent_folder))}/children"
    made = of_type("driveItem", name=name, folder=of_type("folder"))
    return await execute_request(path, method="POST", body={**made, "@microsoft.graph.conflictBehavior": if_there})


@action(toolname="one_drive", tags=["important"])
async def onedrive_create_text_file(
    execute_request: Execute,
    name: Name,
    content: Annotated[str, Field(description="What is in it")],
    folder: Folder = None,
    if_there: IfThere = "fail",
    user_id: UserId = "me",
) -> dict[str, Any]:
    """Create a file out of a text. Returns it with its id and address."""
    drive = await _drive(execute_request, user_id)
    where = await _folder(execute_request, drive, folder)
    return await _put(execute_request, drive, where, name, content.encode(), "text/plain", if_there)


@action(toolname="one_drive", tags=["important"])
async def onedrive_upload_file(
    execute_request: Execute,
    read_file: ReadFile,
    file: Annotated[str, Field(description="A path in the upload folder, or a `data:` URL", min_length=1)],
    folder: Folder = None,
    name: Annotated[str | None, Field(description="What it is called; its own name if left out")] = None,
    if_there: IfThere = "rename",
    user_id: UserId = "me",
) -> dict[str, Any]:
    """Upload a file of up to 250 MB. Returns it with its id and address."""
    read = read_file("file", file)
    called = name or read.name
    if not called or re.search(r'["*:<>?/\\|]', called):
        raise ValueError(f'OneDrive takes no file called {called!r:.80}; give name, without any of " * : < > ? / \\ |')
    drive = await _drive(execute_request, user_id)
    where = await _folder(execute_request, drive, folder)
    kind = read.mimetype or "application/octet-stream"
    return await _put(execute_request, drive, where, called, read.read(), kind, if_there)


@action(toolname="one_drive", tags=["important"])
async def download_file(
    execute_request: Execute,
    item_id: Annotated[str, Field(description="The file's id, as ONE_DRIVE_ONEDRIVE_FIND_FILE answers it", min_length=1)],
    user_id: UserId = "me",
) -> Any:
    """Download a file. Returns where it was saved."""
    drive = await _drive(execute_request, user_id)
    return await execute_request(f"{drive}/items/{segment(item_id)}/content")
