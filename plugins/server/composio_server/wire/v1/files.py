"""Files: uploads for arguments, and downloads by signed URLs. ``/api/v2/actions/files`` and ``/api/v1/files``."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request, Router, get, post, put
from litestar.exceptions import NotAuthorizedException
from litestar.params import FromPath, JSONBody
from litestar.response import File

from composio_server.access import get_services, here, require_key
from composio_server.services.files import FILE_BYTES, Files, LinkRefused, StoredFile
from composio_server.services.keys import Scope
from composio_server.services.services import off_loop

__all__ = ["ROUTERS"]

_PIECE = 1024 * 1024


class Upload(msgspec.Struct):
    """A file that its client is about to send."""

    md5: str
    filename: str
    mimetype: str = ""


@post("/upload/{file_type:str}", status_code=200, scope=Scope.EXECUTE)
async def request_upload(request: Request[Any, Any, Any], file_type: FromPath[str], data: JSONBody[Upload]) -> dict[str, Any]:
    """Where to send a file, unless its bytes exist already; ``key`` names it in arguments."""
    del file_type
    where = here(request)
    files = where.services.files

    def begun() -> tuple[StoredFile, bool, str]:
        file, exists = files.begin(where.caller.project_id, name=data.filename, mimetype=data.mimetype, md5=data.md5)
        return file, exists, files.sign("PUT", file.id)

    file, exists, url = await off_loop(begun)
    return {"id": file.id, "url": url, "key": file.id, "exists": exists, "type": "existing" if exists else "new"}


@get("/list", scope=Scope.READ)
async def list_files(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """The project's uploads, newest first."""
    where = here(request)
    found = await off_loop(where.services.files.list_files, where.caller.project_id)
    items = [{"id": one.id, "key": one.id, "name": one.name, "mimetype": one.mimetype, "size": one.size} for one in found]
    return {"items": items, "page": 1, "totalPages": 1}


@put("/{file_id:str}", status_code=200, request_max_body_size=FILE_BYTES)
async def send_file(request: Request[Any, Any, Any], file_id: FromPath[str]) -> dict[str, Any]:
    """Receive the bytes of a file from the holder of its signed URL."""
    files = get_services(request).files
    file = await _open(request, files, file_id)
    incoming = await off_loop(files.receive, file)
    try:
        piece = bytearray()
        async for chunk in request.stream():
            piece += chunk
            if len(piece) >= _PIECE:
                await off_loop(incoming.write, bytes(piece))
                piece.clear()
        await off_loop(incoming.write, bytes(piece))
        size = await off_loop(incoming.finish)
    finally:
        await off_loop(incoming.close)
    return {"id": file.id, "size": size}


@get("/{file_id:str}")
async def fetch_file(request: Request[Any, Any, Any], file_id: FromPath[str]) -> File:
    """Send a file to the holder of its signed URL. Browsers never execute it as a page of this server."""
    files = get_services(request).files
    file = await _open(request, files, file_id)
    try:
        path = await off_loop(files.path_of, file)
    except LinkRefused as error:
        raise NotAuthorizedException(str(error)) from None
    safe = {"x-content-type-options": "nosniff", "content-security-policy": "sandbox", "cache-control": "private, no-store"}
    return File(path=path, filename=file.name, media_type=file.mimetype, content_disposition_type="attachment", headers=safe)


async def _open(request: Request[Any, Any, Any], files: Files, file_id: str) -> StoredFile:
    query, method = request.query_params, "PUT" if request.method == "PUT" else "GET"
    try:
        return await off_loop(files.open, method, file_id, str(query.get("expires", "")), str(query.get("signature", "")))
    except LinkRefused as error:
        # Not 403: v0.7's clients read that as an existing file.
        raise NotAuthorizedException(str(error)) from None


ROUTERS = [
    Router("/api/v2/actions/files", route_handlers=[request_upload, list_files], guards=[require_key]),
    Router("/api/v1/files", route_handlers=[send_file, fetch_file]),
]
