"""Save downloads: under a safe name, in the output folder, without overwriting a file."""

from __future__ import annotations

import mimetypes
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from urllib.parse import unquote

from composio.errors import ConfigurationError

__all__ = ["Saved", "Saver", "safe_name"]

_LONGEST = 120  # bytes of UTF-8, far below every file system's limit, including a number before the suffix
# Separators, characters that Windows refuses, control characters, and characters that disguise a name.
_UNSAFE = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]')
# The parameters of a header, RFC 6266, 4.1; quoted strings contain none.
_PARAMETER = re.compile(r';\s*+(?P<name>[\w!#$&+.^`|~*-]++)\s*+=\s*+(?P<value>"(?:[^"\\]|\\.)*+"|[^;]*+)')
# RFC 8187, 3.2.1: charset, language, percent-encoded text.
_EXTENDED = re.compile(r"(?P<charset>utf-8|iso-8859-1)'[A-Za-z0-9-]*'(?P<text>\S+)", re.IGNORECASE)
_DEVICES = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Saved:
    """A file that was written. ``size`` is in bytes."""

    path: Path
    mimetype: str
    size: int

    def as_data(self) -> dict[str, str | int]:
        """Return its description for a result."""
        return {"file": str(self.path), "name": self.path.name, "mimetype": self.mimetype, "size": self.size}


class Saver:
    """Write one download in pieces. ``folder`` is called when there is something to write."""

    def __init__(self, folder: Callable[[], Path], name: str, mimetype: str) -> None:
        self._path, descriptor = _create(folder(), name)
        self._file = os.fdopen(descriptor, "wb")
        self._mimetype = mimetype
        self._size = 0

    def write(self, chunk: bytes) -> None:
        self._file.write(chunk)
        self._size += len(chunk)

    def finish(self) -> Saved:
        self._file.close()
        return Saved(self._path, self._mimetype, self._size)

    def abort(self) -> None:
        """Delete the file."""
        self._file.close()
        self._path.unlink(missing_ok=True)


def _create(folder: Path, name: str) -> tuple[Path, int]:
    """Create a file with that name, numbered if it exists; only its owner can read it."""
    stem, suffix = os.path.splitext(name)  # noqa: PTH122 - a name, not a path
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for number in range(10_000):
            path = folder / (f"{stem}-{number}{suffix}" if number else name)
            try:
                return path, os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
            except FileExistsError:
                continue
    except OSError as error:
        raise ConfigurationError(
            f"The output folder {folder} can't be written ({error.strerror or type(error).__name__}); set output_folder=."
        ) from None
    raise ConfigurationError(f"The output folder {folder} is full of files called {name!r}; set output_folder=.")


def safe_name(disposition: str, url_path: str, mimetype: str, default: str) -> str:
    """Return a file's name: from ``Content-Disposition``, else from the end of the path, else ``default``.

    Source: RFC 6266 and RFC 8187; section 4.3 on what a recipient must not trust.
    """
    last = unquote(url_path.rsplit("/", 1)[-1])
    name = _clean(_announce(disposition)) or (_clean(last) if "." in last.strip(".") else "")
    if name:
        return name
    return _clean(default + (mimetypes.guess_extension(mimetype) or "")) or "download"


def _announce(disposition: str) -> str:
    """Return the name in a ``Content-Disposition``: ``filename*`` before ``filename``, its fallback for old clients."""
    if not disposition:
        return ""
    for parameter in _PARAMETER.finditer(disposition):
        if parameter["name"].lower() == "filename*":
            # Some servers put quotes around it, a harmless error.
            extended = _EXTENDED.fullmatch(parameter["value"].strip().strip('"'))
            name = unquote(extended["text"], extended["charset"], "replace") if extended else ""
            if name and "\ufffd" not in name:
                return name
    message = Message()
    try:
        message["content-disposition"] = disposition
        return message.get_filename("") or ""
    except (ValueError, LookupError, TypeError):  # an unknown charset, a lone percent sign, parts with and without numbers
        return ""


def _clean(name: str) -> str:
    """Return the last path component without anything unsafe, hidden, reserved or too long."""
    name = _UNSAFE.sub("_", re.split(r"[/\\]", name)[-1]).strip(" .")
    if not name.strip("_"):
        return ""
    if _DEVICES.match(name):
        name = f"_{name}"
    stem, suffix = os.path.splitext(name)  # noqa: PTH122 - a name, not a path
    suffix = suffix if len(suffix.encode()) <= 20 else ""
    stem = (stem if suffix else name).encode()[: _LONGEST - len(suffix.encode())].decode("utf-8", "ignore")
    return stem + suffix
