"""Python in a process of its own: names and arguments are v0.7's. Off unless ``LocalTools(code=True)``."""

from __future__ import annotations

import base64
import os
import sys
from typing import Annotated, Any

from composio.tools import action
from composio_localtools.confine import inside, open_inside
from composio_localtools.run import run
from composio_localtools.settings import allow, read
from composio_localtools.shelltool.actions import run_in_shell

_MOST = 5 * 1024 * 1024


@action(tags=["important"])
def execute_code(
    code_to_execute: Annotated[str, "Python. What it prints is the answer; files are those of the folder."],
    composio_local: object,
    entity_id: str,
    description: Annotated[str, "What it is for."] = "",
    sandbox_id: Annotated[str, "v0.7's; changes nothing."] = "",
    timeout: Annotated[int | None, "Seconds, up to what the developer allows."] = None,
) -> dict[str, Any]:
    """Run Python code in the folder, in a new interpreter each time."""
    del description, sandbox_id
    tools = allow(composio_local, "code")
    command = [sys.executable, "-I", "-c", code_to_execute]
    return run(tools, command, tools.session(entity_id).folder, seconds=timeout).shown()


@action(tags=["important"])
def run_terminal_cmd(
    command: Annotated[str, "The command, for sh."],
    composio_local: object,
    entity_id: str,
    sandbox_id: Annotated[str, "v0.7's; changes nothing."] = "",
    timeout: Annotated[int | None, "Seconds, up to what the developer allows."] = None,
) -> dict[str, Any]:
    """Run a command in the folder. Commands have to be switched on, as for SHELLTOOL."""
    del sandbox_id
    tools = allow(composio_local, "shell")
    return run_in_shell(tools, tools.session(entity_id), "", command, timeout)


@action(tags=["important"])
def get_file_cmd(
    file_path: Annotated[str, "Path of the file, relative to the working directory."],
    composio_local: object,
    entity_id: str,
    sandbox_id: Annotated[str, "v0.7's; changes nothing."] = "",
) -> dict[str, Any]:
    """Give a file of the folder: its text, or base64 where it is none."""
    del sandbox_id
    tools = read(composio_local)
    path = inside(tools.root, file_path, tools.session(entity_id).folder)
    with os.fdopen(open_inside(tools.root, path, os.O_RDONLY), "rb") as file:
        content = file.read(_MOST + 1)
    if len(content) > _MOST:
        return {"file_path": path, "message": f"Larger than {_MOST // 1024 // 1024} MB; it is in the folder at this path."}
    try:
        return {"file_path": path, "content": content.decode()}
    except UnicodeDecodeError:
        return {"file_path": path, "content_base64": base64.b64encode(content).decode()}
