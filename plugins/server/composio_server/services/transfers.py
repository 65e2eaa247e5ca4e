"""Temporary files of one call: its uploads, and the files of its response."""

from __future__ import annotations

import functools
import secrets
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

from composio.errors import InvalidRequest
from composio.model.call import CallOptions, Outcome
from composio.remote.framing import Sink, Upload, sizes_of

__all__ = ["Brought", "Transfer", "Transfers"]

_MOST_FILES = 100
_LONGEST_PATH, _LONGEST_NAME = 1024, 200
_GONE = "The files went with the first answer and are not stored: send the call again under another request id."


@dataclass(frozen=True, slots=True)
class Brought:
    """One file of a response; ``at`` is the path of its object in the data, ``folder`` is its owner: app, action."""

    upload: Upload
    at: tuple[str | int, ...]
    folder: tuple[str, ...]

    def listing(self) -> dict[str, Any]:
        """Return its entry in the response's head."""
        upload = self.upload
        return {
            "at": list(self.at),
            "folder": list(self.folder),
            "name": upload.name,
            "size": upload.size,
            "mimetype": upload.mimetype,
        }


class _File:
    def __init__(self, path: Path) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._file: BinaryIO = path.open("xb")

    def write(self, chunk: bytes, /) -> None:
        self._file.write(chunk)

    def close(self) -> None:
        self._file.close()

    abort = close


class Transfer:
    """The files of one call, in a separate folder that is created on first write. Blocking."""

    def __init__(self, base: Path, most: int) -> None:
        self._base, self._most = base, most
        self.folder = base / secrets.token_hex(16)
        self._sent, self._got = self.folder / "sent", self.folder / "got"
        self._files: list[_File] = []

    def options(self, options: CallOptions, *, with_files: bool) -> CallOptions:
        """Return ``options`` with this call's folders: a client's folders are on the client."""
        return replace(options, output_folder=self._got, upload_folder=self._sent if with_files else None)

    def open_files(self, head: Any) -> list[Sink]:
        """Start a call's uploads. Raises ``InvalidRequest`` for too much data, and for a path that leads outside."""
        sizes, named = sizes_of(head), head["files"]
        if len(named) > _MOST_FILES or sum(sizes) > self._most:
            raise InvalidRequest(f"files: a call brings at most {_MOST_FILES} files and {self._most} bytes of them.")
        for place, one in enumerate(named):
            path = _inside(one.get("path"), f"files[{place}].path")
            try:
                self._files.append(_File(self._sent.joinpath(*path)))
            except FileExistsError:
                raise InvalidRequest(f"files[{place}].path: it is there twice.") from None
        for file, size in zip(self._files, sizes, strict=True):
            if size == 0:
                file.close()
        return list(self._files)

    def close_files(self) -> None:
        """Finish: all bytes have arrived."""
        for file in self._files:
            file.close()

    def take(self, outcome: Outcome, *, replayed: bool) -> tuple[Outcome, list[Brought]]:
        """Return ``outcome`` without paths of this machine, and the files at those paths."""
        if not replayed and not self._got.exists():
            return outcome, []
        found: list[Brought] = []
        gone: list[str] = []

        def look(value: Any, at: tuple[str | int, ...]) -> Any:
            if isinstance(value, list):
                return [look(one, (*at, place)) for place, one in enumerate(value)]
            if not isinstance(value, Mapping):
                return value
            path = value.get("file")
            if isinstance(path, str) and path.startswith(str(self._base)):
                if (upload := self._upload(Path(path), value)) is not None:
                    found.append(Brought(upload, at, Path(path).relative_to(self._got).parent.parts))
                else:
                    gone.append(path)
                return {**value, "file": ""}
            return {name: look(one, (*at, name)) for name, one in value.items()}

        data = look(outcome.data, ())
        if gone and replayed:
            return Outcome(successful=False, error=_GONE), []
        return replace(outcome, data=data), found

    def _upload(self, path: Path, about: Mapping[str, Any]) -> Upload | None:
        if not path.is_relative_to(self._got) or ".." in path.parts or not path.is_file() or path.is_symlink():
            return None
        stat = path.stat()
        mimetype = about.get("mimetype")
        named = mimetype if isinstance(mimetype, str) else None
        return Upload(stat.st_size, path.name, named, path=path, identity=(stat.st_dev, stat.st_ino))

    def remove(self) -> None:
        """Delete all files."""
        self.close_files()
        if self.folder.exists():
            shutil.rmtree(self.folder, ignore_errors=True)


def _inside(path: object, where: str) -> list[str]:
    """Return the parts of a relative path that stays inside its folder."""
    parts = path.split("/") if isinstance(path, str) and len(path) <= _LONGEST_PATH else []
    wrong = [
        one
        for one in parts
        if one in {"", ".", ".."} or "\\" in one or "\0" in one or len(one.encode(errors="replace")) > _LONGEST_NAME
    ]
    if not parts or wrong:
        raise InvalidRequest(f"{where}: expected the path of a file below the call's folder, such as docs/report.pdf.")
    return parts


class Transfers:
    """Create calls' folders below one of the server's."""

    def __init__(self, base: Callable[[], Path], most: int = 256 * 1024 * 1024) -> None:
        self._base, self._most = functools.cache(base), most  # created once: a call without files does not touch the disk

    def begin(self) -> Transfer:
        """Return the files of a new call."""
        return Transfer(self._base(), self._most)
