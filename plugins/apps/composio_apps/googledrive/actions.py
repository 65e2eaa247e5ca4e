"""Google Drive actions with plain fields: v0.7's names, arguments and answers.

Source of the calls: https://developers.google.com/workspace/drive/api/reference/rest/v3 and "Search for files and folders" beside it
"""

from __future__ import annotations

import json
import re
import uuid
from typing import Annotated, Any
from urllib.parse import quote

from pydantic import Field

from composio import action
from composio_apps._execute import Execute, ReadFile

__all__ = [
    "create_file_from_text",
    "create_folder",
    "download_file",
    "edit_file",
    "find_file",
    "find_folder",
    "parse_file",
    "upload_file",
]

_FOLDER = "application/vnd.google-apps.folder"
_UPLOAD = "https://www.googleapis.com/upload/drive/v3/files"
_FIELDS = "id,name,mimeType,parents,size,modifiedTime,webViewLink,starred,owners(displayName,emailAddress)"
# Default export formats of Google's own documents, which have no bytes.
_EXPORTS = {
    "application/vnd.google-apps.document": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.google-apps.spreadsheet": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.google-apps.presentation": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "application/vnd.google-apps.drawing": "image/png",
    "application/vnd.google-apps.script": "application/vnd.google-apps.script+json",
}
_TEXTS = {
    "application/vnd.google-apps.document": "text/plain",
    "application/vnd.google-apps.spreadsheet": "text/csv",
    "application/vnd.google-apps.presentation": "text/plain",
    "application/vnd.google-apps.drawing": "image/png",
    "application/vnd.google-apps.script": "application/vnd.google-apps.script+json",
}
# A term of Drive's query language: a field, an operator and a value.
_TERM = re.compile(
    r"\b(name|fullText|mimeType|modifiedTime|viewedByMeTime|createdTime|trashed|starred|sharedWithMe|visibility)\s*"
    r"(=|!=|<=|>=|<|>|\bcontains\b)|\bin\s+(parents|owners|writers|readers)\b|^\s*sharedWithMe\s*$|\b(app)?[pP]roperties\s+has\b"
)


FileId = Annotated[str, Field(description="The file's id", min_length=1)]
PageSize = Annotated[int, Field(description="How many to answer at once", ge=1, le=1000)]
PageToken = Annotated[str | None, Field(description="nextPageToken of the answer before")]
Parent = Annotated[str | None, Field(description="Id of the folder that it goes into; the uppermost one if left out")]


def literal(value: str) -> str:
    """Return a string of Drive's query language, quoted and escaped."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


async def _find(execute: Execute, terms: list[str], page_size: int, page_token: str | None) -> dict[str, Any]:
    """Return files that match all terms: ``files`` and ``nextPageToken`` if there are more. Includes shared drives."""
    query = {
        "q": " and ".join(f"({term})" for term in terms),
        "pageSize": page_size,
        "pageToken": page_token,
        "fields": f"nextPageToken,incompleteSearch,files({_FIELDS})",
        "supportsAllDrives": "true",
        "includeItemsFromAllDrives": "true",
    }
    found: dict[str, Any] = await execute("/files", query=query)
    return found


def related(metadata: dict[str, Any], mimetype: str, content: bytes) -> tuple[bytes, str]:
    """Return metadata and bytes as a two-part body, and its content type. Source: RFC 2387."""
    boundary = uuid.uuid4().hex
    head = f"--{boundary}\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n{json.dumps(metadata)}\r\n"
    kind = mimetype if re.fullmatch(r"[\w.+-]+/[\w.+-]+(; ?[\w-]+=[\w-]+)?", mimetype) else "application/octet-stream"
    middle = f"--{boundary}\r\nContent-Type: {kind}\r\n\r\n"
    return head.encode() + middle.encode() + content + f"\r\n--{boundary}--".encode(), f"multipart/related; boundary={boundary}"


async def _create(execute: Execute, metadata: dict[str, Any], mimetype: str, content: bytes) -> dict[str, Any]:
    body, kind = related(metadata, mimetype, content)
    query = {"uploadType": "multipart", "fields": _FIELDS, "supportsAllDrives": "true"}
    made: dict[str, Any] = await execute(_UPLOAD, method="POST", body=body, query=query, headers={"content-type": kind})
    return made


@action(toolname="googledrive", tags=["important"])
async def find_file(
    execute_request: Execute,
    query: Annotated[
        str, Field(description="Words of the name, or Drive's query language such as fullText contains 'budget'", min_length=1)
    ],
    page_size: PageSize = 10,
    page_token: PageToken = None,
) -> dict[str, Any]:
    """Find files that are not in the trash. Returns files and, where there are more, nextPageToken."""
    wanted = query if _TERM.search(query) else f"name contains {literal(query)}"
    terms = [wanted] if re.search(r"\btrashed\b", wanted) else [wanted, "trashed = false"]
    return await _find(execute_request, terms, page_size, page_token)


@action(toolname="googledrive", tags=["important"])
async def find_folder(
    execute_request: Execute,
    name_exact: Annotated[str | None, Field(description="The whole name")] = None,
    name_contains: Annotated[str | None, Field(description="How a word of the name begins")] = None,
    name_not_contains: Annotated[str | None, Field(description="What the name does not have")] = None,
    full_text_contains: Annotated[str | None, Field(description="Words of the name or the description")] = None,
    full_text_not_contains: Annotated[str | None, Field(description="Words that neither has")] = None,
    modified_after: Annotated[str | None, Field(description="Only if changed since, such as 2026-11-30T12:00:00")] = None,
    starred: Annotated[bool | None, Field(description="Only those with a star, or without")] = None,
    page_size: PageSize = 10,
    page_token: PageToken = None,
) -> dict[str, Any]:
    """Find folders that are not in the trash. Returns files, which the folders are, and where there are more nextPageToken."""
    terms = [f"mimeType = {literal(_FOLDER)}", "trashed = false"]
    compared = {
        "name =": name_exact,
        "name contains": name_contains,
        "not name contains": name_not_contains,
        "fullText contains": full_text_contains,
        "not fullText contains": full_text_not_contains,
        "modifiedTime >": modified_after,
    }
    terms += [f"{operation} {literal(value)}" for operation, value in compared.items() if value is not None]
    if starred is not None:
        terms.append(f"starred = {str(starred).lower()}")
    return await _find(execute_request, terms, page_size, page_token)


async def _download(execute: Execute, file_id: str, mime_type: str | None, exports: dict[str, str]) -> Any:
    """Return the bytes of a file, or of a Google document's export.

    It is exported as ``mime_type``, else as the type in ``exports`` for its kind.
    """
    path = f"/files/{quote(file_id, safe='')}"
    known = await execute(path, query={"fields": "id,name,mimeType", "supportsAllDrives": "true"})
    kind = str(known.get("mimeType", ""))
    if kind == _FOLDER:
        raise ValueError(f"{known.get('name')} is a folder; find its files with {literal(file_id)} in parents.")
    if not kind.startswith("application/vnd.google-apps."):
        return await execute(path, query={"alt": "media", "supportsAllDrives": "true"})
    wanted = mime_type or exports.get(kind, "application/pdf")
    return await execute(f"{path}/export", query={"mimeType": wanted})


@action(toolname="googledrive", tags=["important"])
async def download_file(
    execute_request: Execute,
    file_id: FileId,
    mime_type: Annotated[
        str | None, Field(description="What a Google document is exported as, such as application/pdf or text/plain")
    ] = None,
) -> Any:
    """Download a file. Returns where it was saved; a Google document is exported, as an Office file unless mime_type says more."""
    return await _download(execute_request, file_id, mime_type, _EXPORTS)


@action(toolname="googledrive")
async def parse_file(
    execute_request: Execute,
    file_id: FileId,
    mime_type: Annotated[
        str | None, Field(description="What a Google document is exported as; plain text, or CSV for a sheet, if left out")
    ] = None,
) -> Any:
    """Get a file to read: a Google document as text, others as they are. Returns where it was saved."""
    return await _download(execute_request, file_id, mime_type, _TEXTS)


@action(toolname="googledrive", tags=["important"])
async def upload_file(
    execute_request: Execute,
    read_file: ReadFile,
    file_to_upload: Annotated[str, Field(description="A path in the upload folder, or a `data:` URL", min_length=1)],
    folder_to_upload_to: Parent = None,
    file_name: Annotated[str | None, Field(description="What it is called in Drive; its own name if left out")] = None,
) -> dict[str, Any]:
    """Upload a file of up to 5 MB. Returns what Drive knows of it."""
    given = read_file("file_to_upload", file_to_upload)
    metadata: dict[str, Any] = {"name": file_name or given.name}
    if folder_to_upload_to:
        metadata["parents"] = [folder_to_upload_to]
    return await _create(execute_request, metadata, given.mimetype or "application/octet-stream", given.read())


@action(toolname="googledrive")
async def create_file_from_text(
    execute_request: Execute,
    file_name: Annotated[str, Field(description="What it is called", min_length=1)],
    text_content: Annotated[str, Field(description="What is in it")],
    mime_type: Annotated[str, Field(description="What kind of text it is, such as text/markdown")] = "text/plain",
    parent_id: Parent = None,
) -> dict[str, Any]:
    """Create a file out of a text. Returns what Drive knows of it."""
    metadata: dict[str, Any] = {"name": file_name, "mimeType": mime_type}
    if parent_id:
        metadata["parents"] = [parent_id]
    # The bytes of a Google document are text that Drive converts.
    source = "text/plain" if mime_type.startswith("application/vnd.google-apps.") else mime_type
    return await _create(execute_request, metadata, source, text_content.encode())


@action(toolname="googledrive", tags=["important"])
async def create_folder(
    execute_request: Execute,
    folder_name: Annotated[str, Field(description="What it is called", min_length=1)],
    parent_id: Parent = None,
) -> dict[str, Any]:
    """Create a folder. Returns what Drive knows of it."""
    body: dict[str, Any] = {"name": folder_name, "mimeType": _FOLDER}
    if parent_id:
        body["parents"] = [parent_id]
    query = {"fields": _FIELDS, "supportsAllDrives": "true"}
    return await execute_request("/files", method="POST", body=body, query=query)


@action(toolname="googledrive")
async def edit_file(
    execute_request: Execute,
    file_id: FileId,
    content: Annotated[str, Field(description="All that is in it from now on")],
    mime_type: Annotated[str, Field(description="What kind of text it is")] = "text/plain",
) -> dict[str, Any]:
    """Replace what is in a file. Returns what Drive knows of it."""
    query = {"uploadType": "media", "fields": _FIELDS, "supportsAllDrives": "true"}
    return await execute_request(
        f"{_UPLOAD}/{quote(file_id, safe='')}",
        method="PATCH",
        body=content.encode(),
        query=query,
        headers={"content-type": mime_type},
    )
