"""Commands in the folder: names and arguments are v0.7's. Off unless ``LocalTools(shell=True)``."""

from __future__ import annotations

import os
import shlex
import subprocess
import uuid
from pathlib import Path
from typing import Annotated, Any

from composio.errors import InvalidRequest
from composio.tools import action
from composio_localtools.confine import inside, make_folders, open_inside, write_text
from composio_localtools.run import arguments_of, environment, run
from composio_localtools.settings import LocalTools, Session, allow

_SPAWNED = ".composio-processes"
# The shell's last working directory goes to a descriptor, however it ends; sh itself knows only those below 10.
_SCRIPT = 'left=/dev/fd/$1; trap \'pwd -P > "$left"\' EXIT; eval "$2"'


@action(tags=["important", "shell"])
def exec_command(
    cmd: Annotated[str, "The command, for sh. It can't ask for input."],
    composio_local: object,
    entity_id: str,
    shell_id: Annotated[str, "The shell, which remembers its directory; the usual one if it is left out."] = "",
) -> dict[str, Any]:
    """Run a command in the folder and wait for its end."""
    tools = allow(composio_local, "shell")
    return run_in_shell(tools, tools.session(entity_id), shell_id, cmd)


def run_in_shell(tools: LocalTools, session: Session, shell_id: str, cmd: str, seconds: float | None = None) -> dict[str, Any]:
    """Run a command where the shell was left, and remember where it leaves it."""
    if shell_id and shell_id not in session.shells:
        raise InvalidRequest(f"There is no shell {shell_id!r}; SHELLTOOL_CREATE_SHELL makes one.")
    folder = session.shells.get(shell_id, session.folder)
    reader, writer = os.pipe()
    try:
        done = run(
            tools,
            ["/bin/sh", "-c", _SCRIPT, "sh", str(writer), cmd],
            folder,
            seconds=seconds,
            report=writer,
        )
        os.set_blocking(reader, False)
        os.close(writer)
        writer = -1
        try:
            left = os.read(reader, 4096).decode("utf-8", "replace").strip()
        except BlockingIOError:
            left = ""
    finally:
        os.close(reader)
        if writer != -1:
            os.close(writer)
    shown = {**done.shown(), "shell_id": shell_id}
    if left and Path(left).is_relative_to(tools.root):
        session.shells[shell_id] = Path(left).relative_to(tools.root).as_posix()
    elif left:
        shown["message"] = "The shell went back to where it was: the command had left the folder."
    return shown


@action(tags=["shell"])
def create_shell(composio_local: object, entity_id: str) -> dict[str, Any]:
    """Make a shell of its own, which remembers its directory."""
    tools = allow(composio_local, "shell")
    session = tools.session(entity_id)
    name = uuid.uuid4().hex[:8]
    session.shells[name] = session.folder
    return {"shell_id": name}


@action(tags=["shell"])
def spawn_process(
    cmd: Annotated[str, "The program and its arguments."],
    composio_local: object,
    entity_id: str,
    working_dir: Annotated[str | None, "Where it runs; the working directory by default."] = None,
) -> dict[str, Any]:
    """Start a program in the background. Gives the files with its output and its process id; it ends with this program."""
    tools = allow(composio_local, "shell")
    folder = inside(tools.root, working_dir or ".", tools.session(entity_id).folder)
    try:
        words = shlex.split(cmd)
    except ValueError as error:
        raise InvalidRequest(f"cmd can't be read: {error}.") from None
    if not words:
        raise InvalidRequest("cmd is empty.")
    where = f"{_SPAWNED}/{uuid.uuid4().hex[:8]}"
    make_folders(tools.root, where)
    new = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    with (
        os.fdopen(open_inside(tools.root, f"{where}/stdout.txt", new), "wb") as out,
        os.fdopen(open_inside(tools.root, f"{where}/stderr.txt", new), "wb") as err,
    ):
        process = subprocess.Popen(  # noqa: S603 - as in run
            arguments_of(tools, words, folder),
            cwd=tools.root / folder,
            env=environment(tools),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            start_new_session=True,
        )
    tools.adopt(process)
    write_text(tools.root, f"{where}/pid.txt", str(process.pid), new=True)
    return {name: f"{where}/{name}.txt" for name in ("stdout", "stderr", "pid")}
