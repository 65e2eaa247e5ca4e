"""Paths that can't leave a folder: neither by ``..`` nor by an absolute path nor by a link, whenever it appears."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath

from composio.errors import InvalidRequest

__all__ = [
    "check_writable",
    "inside",
    "listed",
    "make_folders",
    "open_folder",
    "open_inside",
    "read_text",
    "walk",
    "write_text",
]

_MOST = 10 * 1024 * 1024  # bytes of a file that is read
_FOLLOWS = getattr(os, "O_NOFOLLOW", 0)
_FOLDER = getattr(os, "O_DIRECTORY", 0)


def inside(root: Path, path: str, folder: str = ".") -> str:
    """``path``, from ``folder`` of ``root``, relative to ``root``. Raises ``InvalidRequest`` if it is somewhere else."""
    if "\0" in path:
        raise InvalidRequest("A path can't hold a null byte.")
    whole = os.path.normpath(os.path.join(root, folder, path))  # noqa: PTH118 - pathlib keeps `..`
    relative = os.path.relpath(whole, root)
    if relative == ".." or relative.startswith(f"..{os.sep}") or os.path.isabs(relative):  # noqa: PTH117
        raise InvalidRequest(f"{path!r} is outside of the folder that local tools may use.")
    return PurePosixPath(relative).as_posix() if os.sep == "/" else relative


@contextmanager
def open_folder(root: Path, relative: str) -> Iterator[int]:
    """A descriptor of a folder, reached step by step without following a link."""
    current = os.open(root, os.O_RDONLY | _FOLDER)
    try:
        for part in PurePosixPath(relative).parts:
            before, current = current, _step(current, part, relative)
            os.close(before)
        yield current
    finally:
        os.close(current)


def _step(folder: int, part: str, whole: str) -> int:
    try:
        return os.open(part, os.O_RDONLY | _FOLDER | _FOLLOWS, dir_fd=folder)
    except OSError as error:
        raise _explain(error, folder, part, whole) from None


def _explain(error: OSError, folder: int, part: str, whole: str) -> InvalidRequest:
    try:
        is_link = stat.S_ISLNK(os.stat(part, dir_fd=folder, follow_symlinks=False).st_mode)
    except OSError:
        is_link = False
    why = "a link, and links are not followed" if is_link else (error.strerror or "it can't be opened").lower()
    return InvalidRequest(f"{whole!r}: {why}.")


def open_inside(root: Path, relative: str, flags: int, mode: int = 0o666) -> int:
    """Open a file and return its descriptor. Raises ``InvalidRequest`` with the reason if that fails."""
    path = PurePosixPath(relative)
    if relative == ".":
        raise InvalidRequest("'.' is a folder, not a file.")
    with open_folder(root, str(path.parent)) as folder:
        try:
            # Not blocking: a named pipe would wait for a writer.
            found = os.open(path.name, flags | _FOLLOWS | getattr(os, "O_NONBLOCK", 0), mode, dir_fd=folder)
        except OSError as error:
            raise _explain(error, folder, path.name, relative) from None
    if not stat.S_ISREG(os.fstat(found).st_mode):
        os.close(found)
        raise InvalidRequest(f"{relative!r} is no file.")
    return found


def read_text(root: Path, relative: str) -> str:
    """Return a file's text; invalid bytes are replaced."""
    with os.fdopen(open_inside(root, relative, os.O_RDONLY), "rb") as file:
        content = file.read(_MOST + 1)
    if len(content) > _MOST:
        raise InvalidRequest(f"{relative!r} is larger than {_MOST // 1024 // 1024} MB.")
    return content.decode("utf-8", "replace")


def check_writable(relative: str) -> None:
    """Raise ``InvalidRequest`` for git's own files: who writes them decides what the next git command runs."""
    if any(part.casefold() == ".git" for part in PurePosixPath(relative).parts):
        raise InvalidRequest(f"{relative!r}: git's own files are not written here; use git commands.")


def write_text(root: Path, relative: str, text: str, *, new: bool = False) -> None:
    """Write a whole file; ``new`` refuses an existing one."""
    check_writable(relative)
    flags = os.O_WRONLY | os.O_CREAT | (os.O_EXCL if new else os.O_TRUNC)
    with os.fdopen(open_inside(root, relative, flags), "wb") as file:
        file.write(text.encode("utf-8", "replace"))


def make_folders(root: Path, relative: str) -> None:
    """Make a folder and those above it. Raises ``InvalidRequest`` where a file or a link is in the way."""
    check_writable(relative)
    above = "."
    for part in PurePosixPath(relative).parts:
        with open_folder(root, above) as folder, suppress(FileExistsError):
            os.mkdir(part, dir_fd=folder)
        above = part if above == "." else f"{above}/{part}"
    with open_folder(root, above):
        pass


def listed(root: Path, relative: str) -> list[tuple[str, bool]]:
    """The names in a folder and whether each is a folder itself; links are left out."""
    with open_folder(root, relative) as folder, os.scandir(folder) as entries:
        return sorted((one.name, one.is_dir(follow_symlinks=False)) for one in entries if not one.is_symlink())


def walk(root: Path, relative: str, depth: int | None = None) -> Iterator[tuple[str, bool]]:
    """Everything below a folder as paths relative to ``root``, ``.git`` left out; ``depth`` bounds how far down."""
    for name, is_folder in listed(root, relative):
        path = name if relative == "." else f"{relative}/{name}"
        yield path, is_folder
        if is_folder and name != ".git" and (depth is None or depth > 0):
            yield from walk(root, path, None if depth is None else depth - 1)
