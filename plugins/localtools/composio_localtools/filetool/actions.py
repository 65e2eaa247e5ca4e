"""Files below the folder: names and arguments are v0.7's."""

from __future__ import annotations

import ast
import fnmatch
import os
import re
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal

from composio.errors import InvalidRequest
from composio.tools import action
from composio_localtools.confine import check_writable, inside, listed, make_folders, open_folder, read_text, walk, write_text
from composio_localtools.run import run
from composio_localtools.settings import LocalTools, Session, allow, read

_WINDOW = 100
_MOST_FOUND, _MOST_FILES, _MOST_LINES, _MOST_LINE = 200, 100, 1000, 500
_TREE = 2000
_REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9_][\w.-]*")
_COMMIT = re.compile(r"[A-Za-z0-9][\w./-]*")


def _at(tools: LocalTools, session: Session, path: str) -> str:
    return inside(tools.root, path, session.folder)


def _show(session: Session, text: str) -> dict[str, Any]:
    """The window of the open file, with line numbers."""
    lines = text.splitlines()
    first = max(min(session.line, len(lines)), 1)
    window = lines[first - 1 : first - 1 + _WINDOW]
    numbered = "\n".join(f"{first + at}: {line}" for at, line in enumerate(window))
    return {"file": session.open_file, "lines": numbered, "total_lines": len(lines)}


def _open(tools: LocalTools, session: Session, file_path: str | None) -> str:
    """The file that is meant: the named one, which is open from now on, or the open one."""
    if file_path is not None:
        session.open_file, session.line = _at(tools, session, file_path), 1
    if session.open_file is None:
        raise InvalidRequest("No file is open; give file_path, or open one with FILETOOL_OPEN_FILE.")
    return session.open_file


@action(tags=["important", "file"])
def open_file(
    file_path: Annotated[str, "Path of the file, relative to the working directory."],
    composio_local: object,
    entity_id: str,
    line_number: Annotated[int, "The line to begin at."] = 0,
) -> dict[str, Any]:
    """Open a file and show 100 of its lines. It stays open for FILETOOL_SCROLL, FILETOOL_EDIT_FILE and FILETOOL_WRITE."""
    tools = read(composio_local)
    session = tools.session(entity_id)
    text = read_text(tools.root, _at(tools, session, file_path))
    session.open_file, session.line = _at(tools, session, file_path), max(line_number, 1)
    return {"message": "File opened. 100 lines from there are shown.", **_show(session, text)}


@action(tags=["important", "file"])
def scroll(
    composio_local: object,
    entity_id: str,
    direction: Annotated[Literal["up", "down"], "Which way to go."] = "down",
    lines: Annotated[int, "By how many lines, up to 1000; 0 means 100."] = 0,
    scroll_id: Annotated[int, "Count it up with each call, where your framework blocks equal calls."] = 0,
) -> dict[str, Any]:
    """Show other lines of the open file."""
    del scroll_id
    tools = read(composio_local)
    session = tools.session(entity_id)
    text = read_text(tools.root, _open(tools, session, None))
    step = min(abs(lines) or _WINDOW, 1000)
    session.line = min(max(session.line + (step if direction == "down" else -step), 1), max(len(text.splitlines()), 1))
    return {"message": "Scrolled.", **_show(session, text)}


@action(tags=["important", "file"])
def edit_file(
    text: Annotated[str, "What replaces the lines, with its whole indentation."],
    start_line: Annotated[int, "The first line, from 1."],
    end_line: Annotated[int, "The line before which the edit ends; the same as start_line inserts."],
    composio_local: object,
    entity_id: str,
    file_path: Annotated[str | None, "The file; without it, the open one."] = None,
) -> dict[str, Any]:
    """Replace lines of a file by others. A Python file that could no longer be parsed is left as it is."""
    tools = read(composio_local)
    session = tools.session(entity_id)
    path = _open(tools, session, file_path)
    before = read_text(tools.root, path)
    lines = before.splitlines(keepends=True)
    if not 1 <= start_line <= end_line <= len(lines) + 1:
        raise InvalidRequest(f"Lines {start_line} to {end_line} are not in {path!r}, which has {len(lines)} lines.")
    if lines and start_line > len(lines) and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    put = text if not text or text.endswith("\n") else f"{text}\n"
    after = "".join([*lines[: start_line - 1], put, *lines[end_line - 1 :]])
    if path.endswith(".py") and _is_python(before) and not _is_python(after):
        raise InvalidRequest(f"{path!r} was not changed: it would not be valid Python. {_syntax(after)}")
    write_text(tools.root, path, after)
    session.line = start_line
    return {"old_text": "".join(lines[start_line - 1 : end_line - 1]), "updated_text": put, "file": path}


def _is_python(text: str) -> bool:
    return not _syntax(text)


def _syntax(text: str) -> str:
    try:
        ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return str(error)
    return ""


@action(tags=["important", "file"])
def write(
    text: Annotated[str, "The whole content."],
    composio_local: object,
    entity_id: str,
    file_path: Annotated[str | None, "The file; without it, the open one."] = None,
) -> dict[str, Any]:
    """Write a file anew, whole. For a part of it take FILETOOL_EDIT_FILE."""
    tools = read(composio_local)
    session = tools.session(entity_id)
    path = _open(tools, session, file_path)
    write_text(tools.root, path, text)
    return {"message": "File written.", "file": path}


@action(tags=["important", "file"])
def create_file(
    path: Annotated[str, "Path of the file or folder to make, relative to the working directory."],
    composio_local: object,
    entity_id: str,
    is_directory: Annotated[bool, "Make a folder."] = False,
) -> dict[str, Any]:
    """Make an empty file, or a folder; folders above it are made as well."""
    tools = read(composio_local)
    session = tools.session(entity_id)
    wanted = _at(tools, session, path)
    make_folders(tools.root, wanted if is_directory else str(PurePosixPath(wanted).parent))
    if not is_directory:
        write_text(tools.root, wanted, "", new=True)
        session.open_file, session.line = wanted, 1
    return {"message": "Folder made." if is_directory else "File made.", "path": wanted}


@action(tags=["file"])
def rename_file(
    old_file_path: Annotated[str, "The file or folder."],
    new_file_path: Annotated[str, "Its new path; nothing may be there."],
    composio_local: object,
    entity_id: str,
) -> dict[str, Any]:
    """Rename or move a file or folder."""
    tools = read(composio_local)
    session = tools.session(entity_id)
    old, new = (PurePosixPath(_at(tools, session, one)) for one in (old_file_path, new_file_path))
    for one in (old, new):
        check_writable(str(one))
    with open_folder(tools.root, str(old.parent)) as source, open_folder(tools.root, str(new.parent)) as target:
        with os.scandir(target) as there:
            taken = any(one.name == new.name for one in there)
        if taken:
            raise InvalidRequest(f"{str(new)!r} is there already.")
        try:
            os.rename(old.name, new.name, src_dir_fd=source, dst_dir_fd=target)
        except OSError as error:
            raise InvalidRequest(f"{str(old)!r}: {(error.strerror or 'it cannot be renamed').lower()}.") from None
    return {"message": "Renamed.", "path": str(new)}


@action(tags=["important", "file"])
def list_files(
    composio_local: object, entity_id: str, path: Annotated[str, "The folder; the working directory by default."] = "."
) -> dict[str, Any]:
    """List what is in a folder."""
    tools = read(composio_local)
    found = listed(tools.root, _at(tools, tools.session(entity_id), path))
    return {"files": [[name, "folder" if is_folder else "file"] for name, is_folder in found]}


@action(tags=["file"])
def change_working_directory(
    path: Annotated[str, "The folder, relative to the working directory; '..' is the one above."],
    composio_local: object,
    entity_id: str,
) -> dict[str, Any]:
    """Change the working directory, which other paths are relative to."""
    tools = read(composio_local)
    session = tools.session(entity_id)
    wanted = _at(tools, session, path)
    with open_folder(tools.root, wanted):
        session.folder = wanted
    return {"message": "Changed.", "current_working_directory": wanted}


@action(tags=["important", "file"])
def find_file(
    pattern: Annotated[str, "What its name or path is like: '*.py', 'src/**/main.js'."],
    composio_local: object,
    entity_id: str,
    depth: Annotated[int | None, "How many folders down to look."] = None,
    case_sensitive: Annotated[bool, "Whether case counts."] = False,
    include: Annotated[list[str] | None, "Look only in these folders."] = None,
    exclude: Annotated[list[str] | None, "Leave these folders out."] = None,
) -> dict[str, Any]:
    """Find files and folders by their names."""
    tools = read(composio_local)
    session = tools.session(entity_id)
    out = tuple(_at(tools, session, one) for one in exclude or ())
    found: list[str] = []
    for folder in include or ["."]:
        for path, _ in walk(tools.root, _at(tools, session, folder), depth):
            if _matches(path, pattern, case_sensitive) and not _is_below(path, out):
                found.append(path)
    message = f"{len(found)} found; the first {_MOST_FOUND} are shown." if len(found) > _MOST_FOUND else ""
    return {"results": found[:_MOST_FOUND], "message": message}


def _matches(path: str, pattern: str, case_sensitive: bool) -> bool:
    if not case_sensitive:
        path, pattern = path.casefold(), pattern.casefold()
    names = {path, path.rpartition("/")[2]} if "/" not in pattern else {path}
    patterns = {pattern, pattern.replace("**/", "")}
    return any(fnmatch.fnmatchcase(name, one) for name in names for one in patterns)


def _is_below(path: str, folders: tuple[str, ...]) -> bool:
    return any(path == one or path.startswith(f"{one}/") for one in folders)


@action(tags=["important", "file"])
def search_word(
    word: Annotated[str, "What to look for."],
    composio_local: object,
    entity_id: str,
    pattern: Annotated[str | None, "The file, folder or pattern to look in; the working directory by default."] = None,
    recursive: Annotated[bool, "Look in folders below as well."] = True,
    case_insensitive: Annotated[bool, "Whether case does not count."] = True,
    exclude: Annotated[list[str] | None, "Leave these folders out."] = None,
) -> dict[str, Any]:
    """Find the lines of text files that have a word. Hidden and binary files are left out."""
    if not word:
        raise InvalidRequest("word is what to look for; it is empty.")
    tools = read(composio_local)
    session = tools.session(entity_id)
    wanted = word.casefold() if case_insensitive else word
    out = tuple(_at(tools, session, one) for one in exclude or ())
    results: dict[str, list[list[Any]]] = {}
    count = 0
    for path in _to_search(tools, session, pattern, recursive):
        if _is_below(path, out) or any(part.startswith(".") for part in path.split("/")):
            continue
        lines = _lines_with(tools, path, wanted, case_insensitive)[: _MOST_LINES - count]
        count += len(lines)
        if lines:
            results[path] = lines
        if len(results) >= _MOST_FILES or count >= _MOST_LINES:
            return {"results": results, "message": "There are more; narrow the search."}
    return {"results": results, "message": "" if results else f"No file has {word!r}."}


def _to_search(tools: LocalTools, session: Session, pattern: str | None, recursive: bool) -> list[str]:
    depth = None if recursive else 0
    is_pattern = pattern is not None and any(sign in pattern for sign in "*?[")
    if is_pattern or pattern is None:
        below = [path for path, is_folder in walk(tools.root, session.folder, depth) if not is_folder]
        return [path for path in below if pattern is None or _matches(path, pattern, case_sensitive=True)]
    path = _at(tools, session, pattern)
    try:
        return [one for one, is_folder in walk(tools.root, path, depth) if not is_folder]
    except InvalidRequest:
        return [path]  # a file


def _lines_with(tools: LocalTools, path: str, wanted: str, case_insensitive: bool) -> list[list[Any]]:
    try:
        text = read_text(tools.root, path)
    except InvalidRequest:
        return []
    if "\0" in text:
        return []
    numbered = enumerate(text.splitlines(), 1)
    return [[at, line[:_MOST_LINE]] for at, line in numbered if wanted in (line.casefold() if case_insensitive else line)]


@action(tags=["git"])
def git_repo_tree(composio_local: object, entity_id: str) -> dict[str, Any]:
    """List all files below the working directory."""
    tools = read(composio_local)
    paths = [path for path, is_folder in walk(tools.root, tools.session(entity_id).folder) if not is_folder]
    return {"tree": paths[:_TREE], "message": f"{len(paths)} files." if len(paths) <= _TREE else f"{_TREE} of {len(paths)}."}


@action(tags=["git"])
def git_clone(
    repo_name: Annotated[str, "owner/name of a repository on GitHub."],
    composio_local: object,
    entity_id: str,
    destination: Annotated[str | None, "The folder to make for it; its name by default."] = None,
    just_reset: Annotated[bool, "The repository is here already: only put it back to the commit."] = False,
    commit_id: Annotated[str | None, "The commit to put it at; the newest by default."] = None,
) -> dict[str, Any]:
    """Clone a public repository, which becomes the working directory. Commands and network have to be switched on."""
    tools = allow(allow(composio_local, "shell"), "network")
    session = tools.session(entity_id)
    if not _REPOSITORY.fullmatch(repo_name) or not _COMMIT.fullmatch(commit_id or "HEAD"):
        raise InvalidRequest(
            "repo_name is owner/name, such as octocat/hello-world, and commit_id a commit's hash, a branch or a tag."
        )
    path = _at(tools, session, destination or repo_name.partition("/")[2])
    if not just_reset:
        check_writable(path)
        target = tools.root / path
        _git(tools, ["clone", "--quiet", f"https://github.com/{repo_name}.git", str(target)], session.folder)
    if just_reset or commit_id:
        _git(tools, ["reset", "--hard", "--quiet", commit_id or "HEAD"], path)
        _git(tools, ["clean", "--force", "-d", "--quiet"], path)
    session.folder = path
    return {"message": "Cloned." if not just_reset else "Reset.", "current_working_directory": path}


def _git(tools: LocalTools, arguments: list[str], folder: str) -> None:
    done = run(tools, ["git", *arguments], folder)
    if done.exit_code != 0:
        raise InvalidRequest(done.stderr.strip() or done.note or "git failed.")


@action(tags=["git"])
def git_custom(
    cmd: Annotated[str, "What follows `git`, or the whole command."], composio_local: object, entity_id: str
) -> dict[str, Any]:
    """Run a git command in the working directory. Commands have to be switched on, as for SHELLTOOL."""
    tools = allow(composio_local, "shell")
    wanted = cmd.strip() if cmd.strip().startswith("git ") else f"git {cmd.strip()}"
    return run(tools, ["/bin/sh", "-c", wanted], tools.session(entity_id).folder).shown()


@action(tags=["git"])
def git_patch(
    composio_local: object,
    entity_id: str,
    new_file_paths: Annotated[list[str] | None, "New files that belong into the patch."] = None,
) -> dict[str, Any]:
    """Give all changes of the repository in the working directory as a patch."""
    tools = allow(composio_local, "shell")
    session = tools.session(entity_id)
    files = [os.path.relpath(_at(tools, session, one), session.folder) for one in new_file_paths or ()]
    if files:
        run(tools, ["git", "add", "--intent-to-add", "--", *files], session.folder)
    done = run(tools, ["git", "diff", "--no-ext-diff", "--no-textconv", "HEAD"], session.folder)
    if done.exit_code:
        raise InvalidRequest(done.stderr.strip() or "git failed.")
    return {"patch": done.stdout}
