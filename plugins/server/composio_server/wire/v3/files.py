"""Files for tools: announced here, uploaded to a signed URL, and named in arguments by the returned key."""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from litestar import Request, get, post
from litestar.params import FromQuery, JSONBody

from composio_server.access import here
from composio_server.services.keys import Scope
from composio_server.services.services import off_loop
from composio_server.wire.v3.wire import Paged, Wire, slice_of

__all__ = ["routes"]


class UploadRequest(Wire, kw_only=True):
    """A file to upload; ``md5`` is of its bytes, as 32 hexadecimal digits."""

    toolkit_slug: str
    tool_slug: str
    filename: str
    mimetype: str
    md5: str


class Storage(Wire, kw_only=True):
    """Where it is stored, in terms that clients know: they upload with PUT either way."""

    storage_backend: Literal["s3", "azure_blob_storage"] = "s3"


class Upload(Wire, kw_only=True):
    """The URL for the upload with PUT; ``key`` names the file in arguments, as ``s3key``."""

    id: str
    key: str
    type: Literal["new"] = "new"
    new_presigned_url: str
    former_url: str = msgspec.field(name="newPresignedUrl")
    metadata: Storage


class File(Wire, kw_only=True):
    """An uploaded file."""

    filename: str
    mimetype: str
    md5: str
    toolkit_slug: str = ""
    tool_slug: str = ""


class Files(Paged, kw_only=True):
    """A page of files."""

    items: list[File]


@post("/files/upload/request", scope=Scope.EXECUTE, status_code=201)
async def request_upload(request: Request[Any, Any, Any], data: JSONBody[UploadRequest]) -> Upload:
    """Announce a file, and get the signed URL for its upload."""
    asked, files = here(request), here(request).services.files

    def begin() -> tuple[str, str]:
        file, _ = files.begin(asked.caller.project_id, name=data.filename, mimetype=data.mimetype, md5=data.md5)
        return file.id, files.sign("PUT", file.id)

    key, url = await off_loop(begin)
    return Upload(id=key, key=key, new_presigned_url=url, former_url=url, metadata=Storage())


@get("/files/list", scope=Scope.READ)
async def list_files(
    request: Request[Any, Any, Any], cursor: FromQuery[str | None] = None, limit: FromQuery[float | None] = None
) -> Files:
    """List uploaded files, newest first."""
    asked = here(request)
    page = slice_of(await off_loop(asked.services.files.list_files, asked.caller.project_id), cursor, limit)
    items = [File(filename=one.name, mimetype=one.mimetype, md5=one.md5 or "") for one in page.items]
    return Files(items=items, **page.paged())


routes = [request_upload, list_files]
