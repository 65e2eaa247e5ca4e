"""Files in arguments: from an allowed folder, from bytes, or from a ``data:`` URL.

A model may name any path, so only files inside the upload folder are opened, and none without such a folder.
Source of ``data:`` URLs: RFC 2397.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import mimetypes
import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, unquote_to_bytes

from composio.errors import InvalidArguments, Problem
from composio.model.action import Body
from composio.schema.encoded import encode

__all__ = ["Upload", "attach", "hash_files", "is_raw", "placeholders", "read_upload"]

CHUNK = 256 * 1024
_LONGEST_PATH = 4096
_IN_MEMORY = 8 * 1024 * 1024
_DATA_FORM = "data:TYPE;base64,DATA"
# O_NONBLOCK: opening a named pipe must not wait for its other end; it is refused right after.
_FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


@dataclass(frozen=True, slots=True)
class Upload:
    """One file to upload: ``content`` in memory, or ``path``, which is opened for each attempt.

    ``size`` is in bytes. ``name`` and ``mimetype`` are None if unknown. ``identity`` is device and inode of the checked file: a
    file that replaces it before it is sent is not sent.
    """

    size: int
    name: str | None = None
    mimetype: str | None = None
    content: bytes | None = field(default=None, repr=False)
    path: Path | None = None
    identity: tuple[int, int] = (0, 0)

    def read(self) -> bytes:
        """Return the whole content. Raises ``OSError`` if the file has changed."""
        return b"".join(self.chunks())

    def chunks(self) -> Iterator[bytes]:
        """Yield exactly ``size`` bytes in pieces. Raises ``OSError`` if the file has changed."""
        if self.path is None:
            yield self.content or b""
            return
        left = self.size
        with os.fdopen(os.open(self.path, _FLAGS), "rb", buffering=0) as file:
            found = os.fstat(file.fileno())
            if (found.st_dev, found.st_ino) != self.identity:
                raise OSError(f"{self.path.name} was replaced while it was being sent")
            while left:
                chunk = file.read(min(CHUNK, left))
                if not chunk:
                    raise OSError(f"{self.path.name} became shorter while it was being sent")
                left -= len(chunk)
                yield chunk


def is_raw(value: Any) -> bool:
    """Return whether the value is bytes or a list with bytes, which JSON Schema cannot validate."""
    return isinstance(value, bytes) or (isinstance(value, list) and any(isinstance(item, bytes) for item in value))


def placeholders(value: Any) -> Any:
    """Return ``value`` with strings in place of bytes, for the validator."""
    if isinstance(value, list):
        return [placeholders(item) for item in value]
    return "data:," if isinstance(value, bytes) else value


def attach(action: str, body: Body, arguments: Mapping[str, Any], folder: Path | None, limit: int) -> dict[str, Any]:
    """Replace each file in ``arguments`` by an :class:`Upload`. Raises ``InvalidArguments`` that says what is allowed.

    ``folder`` is the only folder that files may come from; ``limit`` is in bytes, per file.
    """
    found = dict(arguments)
    for name in (*body.files, *body.loose_files):
        value = found.get(name)
        if value is None:
            continue
        take = _encode if body.kind == "json" else _file_or_text if name in body.loose_files else _upload
        try:
            found[name] = (
                [take(item, folder, limit) for item in value] if isinstance(value, list) else take(value, folder, limit)
            )
        except _Refused as refused:
            raise InvalidArguments(action, [Problem(name, refused.expected, refused.got, refused.hint)]) from None
    return found


def read_upload(action: str, folder: Path | None, limit: int, name: str, value: str) -> Upload:
    """Return the file in a function's argument ``name``, as :func:`attach` finds it: the injected ``read_file``."""
    try:
        return _upload(value, folder, limit)
    except _Refused as refused:
        raise InvalidArguments(action, [Problem(name, refused.expected, refused.got, refused.hint)]) from None


def hash_files(arguments: Any, folder: Path | None) -> dict[str, str]:
    """Return the SHA-256 of each file in ``folder`` that a string in ``arguments`` names, by that string. Blocking."""
    found: dict[str, str] = {}
    if folder is None:
        return found
    waiting = [arguments]
    while waiting:
        value = waiting.pop()
        if isinstance(value, Mapping):
            waiting += value.values()
        elif isinstance(value, list | tuple):
            waiting += value
        elif isinstance(value, str) and value not in found and len(value) <= _LONGEST_PATH:
            try:
                digest = hashlib.sha256()
                for chunk in _from_folder(value, folder).chunks():
                    digest.update(chunk)
                found[value] = digest.hexdigest()
            except (_Refused, OSError):
                continue
    return found


class _Refused(Exception):
    def __init__(self, expected: str, got: str, hint: str = "") -> None:
        self.expected, self.got, self.hint = expected, got, hint


def _file_or_text(value: Any, folder: Path | None, limit: int) -> Any:
    """Return whether the string names a file in the folder. If not, it identifies the file otherwise: an id, a URL."""
    if isinstance(value, str) and value[:5].lower() != "data:":
        try:
            return _upload(value, folder, limit)
        except _Refused:
            return value
    return _upload(value, folder, limit) if isinstance(value, str | bytes) else value


def _encode(value: Any, folder: Path | None, limit: int) -> Any:
    """Encode as base64, which represents files in JSON. It is in memory, so the size limit for memory applies."""
    found = _file_or_text(value, folder, min(limit, _IN_MEMORY))
    if isinstance(found, Upload):
        return base64.b64encode(b"".join(found.chunks())).decode()
    return encode(found) if isinstance(found, str) else found


def _upload(value: Any, folder: Path | None, limit: int) -> Upload:
    if isinstance(value, Upload):
        return value
    if isinstance(value, bytes):
        made = Upload(len(value), content=value)
    elif not isinstance(value, str):
        raise _Refused("a file", f"a {type(value).__name__}")
    else:
        made = _from_data_url(value) if value[:5].lower() == "data:" else _from_folder(value, folder)
    if made.size > limit:
        raise _Refused(f"a file of at most {limit} bytes", f"one of {made.size} bytes")
    return made


def _from_data_url(text: str) -> Upload:
    head, comma, data = text[5:].partition(",")
    if not comma:
        raise _Refused(f"a data: URL, {_DATA_FORM}", "one without a comma")
    mimetype, *settings = head.split(";")
    named = [unquote(one.partition("=")[2]) for one in settings if one.partition("=")[0] in {"name", "filename"}]
    if "base64" in settings:
        try:
            content = base64.b64decode("".join(unquote(data).split()), validate=True)
        except (binascii.Error, ValueError):
            raise _Refused(f"a data: URL, {_DATA_FORM}", "one that says base64 and isn't") from None
    else:
        content = unquote_to_bytes(data)
    return Upload(len(content), next(iter(named), None), mimetype or None, content)


def _from_folder(text: str, folder: Path | None) -> Upload:
    if folder is None:
        raise _Refused(
            f"a data: URL, {_DATA_FORM}",
            "a path or plain text",
            "no local file may be sent: there is no upload folder; set one, as in ComposioToolSet(upload_folder=...)",
        )
    try:
        root = os.path.realpath(folder, strict=True)
    except OSError:
        raise _Refused(f"a data: URL, {_DATA_FORM}", "a path", f"the upload folder {folder} can't be read") from None
    allowed = f"the path of a file inside the upload folder {folder}, or a data: URL, {_DATA_FORM}"
    path = _inside(text, folder, root)
    if path is None:
        raise _Refused(allowed, f"{text[:200]!r}, which is not inside it")
    try:
        found = os.lstat(path)
    except (OSError, ValueError):
        raise _Refused(allowed, f"{text[:200]!r}, which does not exist") from None
    if not stat.S_ISREG(found.st_mode) or not os.access(path, os.R_OK):
        raise _Refused(allowed, f"{text[:200]!r}, which is no file that can be read")
    mimetype = mimetypes.guess_type(path)[0]
    return Upload(found.st_size, Path(path).name, mimetype, path=Path(path), identity=(found.st_dev, found.st_ino))


def _inside(text: str, folder: Path, root: str) -> str | None:
    """Return the real path of ``text`` below ``root``; None if it leads outside, climbs, or passes a symbolic link."""
    if not text or "\0" in text or ".." in text.replace("\\", "/").split("/"):
        return None
    # An absolute path may use the folder's own name, which may itself contain a link.
    below = next((text[len(str(f)) + 1 :] for f in (folder.absolute(), root) if text.startswith(f"{f}{os.sep}")), text)
    wanted = os.path.normpath(os.path.join(root, below))  # noqa: PTH118 - an absolute `below` replaces the root and is refused
    real = os.path.realpath(wanted)
    return real if real == wanted and real.startswith(root.rstrip(os.sep) + os.sep) else None
