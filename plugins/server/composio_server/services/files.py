"""Files for arguments and from results: per project, by signed URLs that expire.

    file, exists = files.begin(project_id, name="a.pdf", mimetype="application/pdf", md5="...")
    url = files.sign("PUT", file.id)             # its holder may send the bytes, for an hour
    with files.lend(project_id, arguments) as (arguments, folder): ...     # references become paths below the call's folder
    file = files.take(project_id, path); url = files.sign("GET", file.id)  # what a call wrote into the project's output folder

They are stored in the home, below ``projects/<project>``, which instances that share a database share too; or in an object
store.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import re
import secrets
import shutil
import tempfile
import time
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from composio.errors import InvalidRequest, StoreError
from composio.store.database import Database
from composio_server.services.blobs import Blobs, Folder
from composio_server.services.ids import make_id
from composio_server.store.tables import files as table
from composio_server.store.tables import server_secrets

__all__ = ["FILE_BYTES", "Files", "Incoming", "LinkRefused", "StoredFile"]

FILE_BYTES: Final = 100 * 1024 * 1024
"""The maximum size of one file."""
_URL_SECONDS = 3600.0
_UPLOAD_SECONDS, _DOWNLOAD_SECONDS = 30 * 86_400.0, 86_400.0  # how long each is kept
_ID = re.compile(r"fi_[a-z0-9]{16}\Z")
_MD5 = re.compile(r"[0-9a-fA-F]{32}\Z")
_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]{1,100}/[A-Za-z0-9!#$&^_.+-]{1,100}\Z")
_LONGEST_NAME = 120  # bytes
_REFERENCE = frozenset({"name", "mimetype", "s3key"})
_SECRET = "files"  # noqa: S105 - the name of one
PATH: Final = "/api/v1/files"


class LinkRefused(Exception):
    """A signed URL that is invalid or has expired."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """``size`` is in bytes; None before the upload. ``path`` is below the home. Times are seconds since 1970."""

    id: str
    project_id: str
    name: str
    mimetype: str
    path: str
    md5: str | None
    size: int | None
    created_at: float
    expires_at: float


class Files:
    """Store files of projects. Blocking. ``home`` is requested on first read or write."""

    def __init__(
        self,
        database: Database,
        home: Callable[[], Path],
        public_url: str,
        now: Callable[[], float] = time.time,
        blobs: Blobs | None = None,
    ):
        self._database, self._home, self._public_url, self._now = database, home, public_url, now
        self._blobs: Blobs = blobs or Folder(home)
        self._key: bytes | None = None

    # Uploads

    def begin(self, project_id: str, *, name: str, mimetype: str, md5: str) -> tuple[StoredFile, bool]:
        """Return a file to send, and whether its bytes exist already. Raises ``InvalidRequest`` for an invalid MD5."""
        if not _MD5.match(md5):
            raise InvalidRequest("md5 is the file's MD5 as 32 hexadecimal digits.")
        name, md5, now = _clean(name), md5.lower(), self._now()
        values = {"project_id": project_id, "md5": md5, "name": name, "now": now}
        row = self._database.first(_SAME, values)
        if row is not None and self._blobs.has(row[4]):
            same = StoredFile(**dict(zip(_FIELDS, row, strict=True)))
            self._database.change(sa.update(table).where(table.c.id == same.id).values(expires_at=now + _UPLOAD_SECONDS))
            return same, True
        file_id = make_id("fi")
        made = StoredFile(
            id=file_id,
            project_id=project_id,
            name=name,
            mimetype=mimetype if _TYPE.match(mimetype) else "application/octet-stream",
            path=f"projects/{project_id}/uploads/{file_id}",
            md5=md5,
            size=None,
            created_at=now,
            expires_at=now + _UPLOAD_SECONDS,
        )
        self._insert(made)
        return made, False

    def _insert(self, one: StoredFile) -> None:
        self._database.change(sa.insert(table).values({name: getattr(one, name) for name in _FIELDS}))

    def receive(self, file: StoredFile) -> Incoming:
        """Open an upload for the bytes of a file."""
        folder = (self._home() / file.path).parent
        folder.mkdir(parents=True, exist_ok=True)
        return Incoming(file, folder, self._complete)

    def _complete(self, file: StoredFile, part: Path, size: int) -> None:
        self._blobs.keep(part, file.path)
        self._database.change(sa.update(table).where(table.c.id == file.id).values(size=size))

    # URLs

    def sign(self, method: str, file_id: str) -> str:
        """Return a URL of this server that lets its holder ``PUT`` or ``GET`` a file for an hour."""
        expires = int(self._now() + _URL_SECONDS)
        return f"{self._public_url}{PATH}/{file_id}?expires={expires}&signature={self._signature(method, file_id, expires)}"

    def is_own(self, url: str) -> bool:
        """Return whether a URL leads to this server's files; only :meth:`open` checks its signature."""
        return url.startswith(f"{self._public_url}{PATH}/")

    def open(self, method: str, file_id: str, expires: str, signature: str) -> StoredFile:
        """Return the file of a signed URL. Raises ``LinkRefused``."""
        until = int(expires) if expires.isascii() and expires.isdecimal() and len(expires) < 16 else 0
        wanted = self._signature(method, file_id[:100], until)
        if not hmac.compare_digest(wanted.encode(), signature.encode("utf-8", "surrogatepass")):
            raise LinkRefused("This link was not issued by this server, or was altered.")
        if until <= self._now():
            raise LinkRefused("This link has expired. Ask for a new one.")
        found = self._find(_ONE, {"id": file_id})
        if found is None:
            raise LinkRefused("This file no longer exists.")
        return found

    def path_of(self, file: StoredFile) -> Path:
        """Return the path of its bytes. Raises ``LinkRefused`` if there are none."""
        path = None if file.size is None else self._blobs.local(file.path)
        if path is None:
            raise LinkRefused("This file no longer exists.")
        return path

    def _signature(self, method: str, file_id: str, expires: int) -> str:
        said = f"{method} {file_id} {expires}".encode("utf-8", "surrogatepass")
        digest = hmac.new(self._secret(), said, hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    def _secret(self) -> bytes:
        """Return the signing key of all instances: the first one to create it stores it."""
        if self._key is None:
            row = self._database.first(_SECRET_OF, {"name": _SECRET})
            if row is None:
                values = {"name": _SECRET, "value": secrets.token_bytes(32), "created_at": self._now()}
                with suppress(StoreError):  # another instance was first
                    self._database.change(sa.insert(server_secrets).values(values))
                row = self._database.first(_SECRET_OF, {"name": _SECRET})
            if row is None:
                raise StoreError("The key that signs links to files can't be kept in the database.")
            self._key = bytes(row[0])
        return self._key

    # In calls

    def list_files(self, project_id: str) -> list[StoredFile]:
        """Return uploads, newest first."""
        statement = _ALL.where(table.c.project_id == project_id, table.c.md5.is_not(None), table.c.size.is_not(None))
        rows = self._database.rows(statement.order_by(table.c.created_at.desc(), table.c.id).limit(1000))
        return [StoredFile(**dict(zip(_FIELDS, row, strict=True))) for row in rows]

    @contextmanager
    def lend(self, project_id: str, arguments: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], Path | None]]:
        """Return ``arguments`` with a path in place of each ``{name, mimetype, s3key}``, and a folder with only those files.

        The folder is None if there are none. Raises ``InvalidRequest`` for a file that the project does not have.
        """
        if not _holds_reference(arguments):
            yield arguments, None
            return
        home = self._home()
        (parent := home / "projects" / project_id).mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix="call-", dir=parent))
        try:

            def path(reference: Mapping[str, Any]) -> str:
                key, name = str(reference["s3key"]), _clean(str(reference["name"]))
                file = self._find(_OWN, {"project_id": project_id, "id": key}) if _ID.match(key) else None
                source = None if file is None or file.size is None else self._blobs.local(file.path)
                if file is None or source is None:
                    raise InvalidRequest(
                        f"No file {key[:60]!r} was uploaded to this project, or it was deleted. Ask for an upload at"
                        " POST /api/v2/actions/files/upload/request and send its bytes first."
                    )
                (folder / file.id).mkdir(exist_ok=True)
                _link(source, folder / file.id / name)
                return f"{file.id}/{name}"

            yield _replace_references(arguments, path), folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def output_folder(self, project_id: str) -> Path:
        """Return a separate folder for one call's downloads, which keeps their names. It is created on first write."""
        return self._home().joinpath("projects", project_id, "output", make_id("out"))

    def take(self, project_id: str, path: str, mimetype: str) -> StoredFile | None:
        """Return the file that a call wrote into its project's output folder; None for other paths. One path is one file."""
        home = self._home()
        own, found = (home / "projects" / project_id / "output").resolve(), Path(path)
        real = found.resolve()
        if not real.is_relative_to(own):
            return None
        below = real.relative_to(home.resolve()).as_posix()
        known = self._find(_AT, {"project_id": project_id, "path": below})
        if known is not None:
            return known
        if not real.is_file():
            return None
        now = self._now()
        made = StoredFile(
            id=make_id("fi"),
            project_id=project_id,
            name=_clean(real.name),
            mimetype=mimetype if _TYPE.match(mimetype) else "application/octet-stream",
            path=below,
            md5=None,
            size=real.stat().st_size,
            created_at=now,
            expires_at=now + _DOWNLOAD_SECONDS,
        )
        self._blobs.keep(real, below)
        self._insert(made)
        return made

    def forget_project(self, project_id: str) -> None:
        """Delete all of a project's files; the project's deletion handles their rows."""
        self._blobs.delete_all(f"projects/{project_id}/")
        shutil.rmtree(self._home() / "projects" / project_id, ignore_errors=True)

    def sweep(self) -> int:
        """Delete expired files; return their number."""
        over = [StoredFile(**dict(zip(_FIELDS, row, strict=True))) for row in self._database.rows(_OVER, {"now": self._now()})]
        for one in over:
            self._blobs.delete(one.path)
            path = self._home() / one.path
            with suppress(OSError):  # the folder of one call, unless it has other files
                for parent in (path.parent, *path.parents[1:3]) if one.md5 is None else ():
                    parent.rmdir()
            self._database.change(sa.delete(table).where(table.c.id == one.id))
        self._blobs.sweep()
        return len(over)

    def _find(self, statement: sa.Select[Any], values: Mapping[str, Any]) -> StoredFile | None:
        row = self._database.first(statement, values)
        return None if row is None else StoredFile(**dict(zip(_FIELDS, row, strict=True)))


class Incoming:
    """The upload of one file. ``write`` until there are no more bytes, then ``finish``; ``close`` in any case."""

    def __init__(self, file: StoredFile, folder: Path, complete: Callable[[StoredFile, Path, int], None]) -> None:
        self._file, self._complete = file, complete
        descriptor, name = tempfile.mkstemp(prefix=f"{file.id}-", suffix=".part", dir=folder)
        self._part, self._out = Path(name), os.fdopen(descriptor, "wb")
        self._md5, self._size = hashlib.md5(usedforsecurity=False), 0

    def write(self, chunk: bytes) -> None:
        """Write bytes. Raises ``InvalidRequest`` beyond the maximum size."""
        self._size += len(chunk)
        if self._size > FILE_BYTES:
            raise InvalidRequest(f"A file has at most {FILE_BYTES} bytes.")
        self._md5.update(chunk)
        self._out.write(chunk)

    def finish(self) -> int:
        """Store it; return its size in bytes. Raises ``InvalidRequest`` if it differs from the announced file."""
        if self._file.md5 != self._md5.hexdigest():
            raise InvalidRequest("The bytes do not match the announced MD5; request an upload for them.")
        self._out.close()
        self._complete(self._file, self._part, self._size)
        return self._size

    def close(self) -> None:
        """Delete an unfinished file."""
        self._out.close()
        self._part.unlink(missing_ok=True)


def _holds_reference(value: Any) -> bool:
    if isinstance(value, Mapping):
        return _is_reference(value) or any(_holds_reference(inner) for inner in value.values())
    return isinstance(value, list) and any(_holds_reference(inner) for inner in value)


def _is_reference(value: Mapping[str, Any]) -> bool:
    return value.keys() == _REFERENCE and all(isinstance(inner, str) for inner in value.values())


def _replace_references(value: Any, path: Callable[[Mapping[str, Any]], str]) -> Any:
    if isinstance(value, Mapping):
        return (
            path(value) if _is_reference(value) else {name: _replace_references(inner, path) for name, inner in value.items()}
        )
    return [_replace_references(inner, path) for inner in value] if isinstance(value, list) else value


def _clean(name: str) -> str:
    """Return the last part of a name, without characters that are invalid in names."""
    last = re.split(r"[/\\]", name)[-1]
    kept = "".join(one for one in last if unicodedata.category(one)[0] != "C" and one not in '<>:"|?*').strip(" .")
    stem, dot, suffix = kept.rpartition(".")
    if not dot or len(suffix.encode()) > 20:
        stem, suffix = kept, ""
    cut = stem.encode()[: _LONGEST_NAME - len(suffix.encode()) - 1].decode("utf-8", "ignore")
    return (f"{cut}.{suffix}" if suffix else cut) or "file"


def _link(source: Path, target: Path) -> None:
    if target.exists():
        return
    try:
        os.link(source, target)
    except OSError:  # a file system without hard links
        shutil.copyfile(source, target)


_FIELDS = ("id", "project_id", "name", "mimetype", "path", "md5", "size", "created_at", "expires_at")
_ALL = sa.select(*(table.c[name] for name in _FIELDS))
_ONE = _ALL.where(table.c.id == sa.bindparam("id"))
_OWN = _ALL.where(table.c.project_id == sa.bindparam("project_id"), table.c.id == sa.bindparam("id"))
_AT = _ALL.where(table.c.project_id == sa.bindparam("project_id"), table.c.path == sa.bindparam("path"))
_SAME = _ALL.where(
    table.c.project_id == sa.bindparam("project_id"),
    table.c.md5 == sa.bindparam("md5"),
    table.c.name == sa.bindparam("name"),
    table.c.size.is_not(None),
    table.c.expires_at > sa.bindparam("now"),
).limit(1)
_OVER = _ALL.where(table.c.expires_at <= sa.bindparam("now")).limit(1000)
_SECRET_OF = sa.select(server_secrets.c.value).where(server_secrets.c.name == sa.bindparam("name"))
