"""Commands within limits: time, memory, file size, output; nothing of this process's environment; bubblewrap where it is."""

from __future__ import annotations

import os
import selectors
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, Any

from composio.errors import InvalidRequest
from composio_localtools.confine import open_folder
from composio_localtools.settings import LocalTools

__all__ = ["Done", "arguments_of", "environment", "run"]

# Limits are set by a shell that then becomes the command: nothing runs between fork and exec of a program with threads.
_LIMIT = 'ulimit -t "$1" 2>/dev/null; ulimit -v "$2" 2>/dev/null; ulimit -f "$3" 2>/dev/null; ulimit -c 0; shift 3; exec "$@"'
_READ_AT_ONCE = 65536
_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib64", "/etc/alternatives", "/etc/ssl", "/etc/ld.so.cache", "/etc/resolv.conf")


@dataclass(frozen=True, slots=True)
class Done:
    """How a command ended. ``exit_code`` is None where it was stopped."""

    stdout: str
    stderr: str
    exit_code: int | None
    note: str = ""

    def shown(self) -> dict[str, Any]:
        """As v0.7 had it."""
        found = {"stdout": self.stdout, "stderr": self.stderr, "exit_code": -1 if self.exit_code is None else self.exit_code}
        return {**found, "message": self.note} if self.note else found


def environment(tools: LocalTools) -> dict[str, str]:
    """Return the environment of a command: no variable of this process but the path of programs."""
    path = os.environ.get("PATH", os.defpath)
    return {"PATH": path, "HOME": str(tools.root), "LANG": "C.UTF-8", "TERM": "dumb", "PYTHONDONTWRITEBYTECODE": "1"}


def arguments_of(tools: LocalTools, command: Sequence[str], folder: str) -> list[str]:
    """The whole command line: sandbox, limits, command. Raises ``InvalidRequest`` where bubblewrap is asked for and missing."""
    blocks = tools.file_mb * 2048  # of 512 bytes, which is what POSIX says
    limits = [str(int(tools.seconds) + 1), str(tools.memory_mb * 1024), str(blocks)]
    limited = ["/bin/sh", "-c", _LIMIT, "sh", *limits, *command]
    if tools.sandbox == "none":
        return limited
    bubblewrap = shutil.which("bwrap")
    if bubblewrap is None:
        if tools.sandbox == "bubblewrap":
            raise InvalidRequest(
                "Commands run in bubblewrap only here, and bwrap is not installed. The developer has to install it."
            )
        return limited
    shown = [part for path in (*_SYSTEM, sys.prefix, sys.base_prefix) for part in ("--ro-bind-try", path, path)]
    network = ["--share-net"] if tools.network else []
    own = ["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--bind", str(tools.root), str(tools.root)]  # noqa: S108 - inside
    where = ["--chdir", str(tools.root / folder)]
    return [bubblewrap, "--unshare-all", *network, "--die-with-parent", "--new-session", *shown, *own, *where, *limited]


def run(
    tools: LocalTools, command: Sequence[str], folder: str, *, seconds: float | None = None, report: int | None = None
) -> Done:
    """Run a command in ``folder`` of the root to its end, or until the time is up. ``report`` is a descriptor it may write to."""
    with open_folder(tools.root, folder):
        pass  # raises where it is gone
    until = time.monotonic() + min(seconds or tools.seconds, tools.seconds)
    process = subprocess.Popen(  # noqa: S603 - running commands is what it is for, where the developer asked for it
        arguments_of(tools, command, folder),
        cwd=tools.root / folder,
        env=environment(tools),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        pass_fds=() if report is None else (report,),
    )
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        out, err, in_time = _read(process, process.stdout, process.stderr, until, tools.output_chars * 4)
    finally:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)  # what it left behind as well
        process.wait()
        process.stdout.close()
        process.stderr.close()
    note = "" if in_time else f"Stopped after {min(seconds or tools.seconds, tools.seconds):g} seconds."
    texts = [_cut(part.decode("utf-8", "replace"), tools.output_chars) for part in (out, err)]
    return Done(texts[0], texts[1], process.returncode if in_time else None, note)


def _read(
    process: subprocess.Popen[bytes], out: IO[bytes], err: IO[bytes], until: float, most: int
) -> tuple[bytes, bytes, bool]:
    """Return the command's output, up to ``most`` bytes per stream, and whether it ended in time; the rest is discarded."""
    kept: dict[int, bytearray] = {out.fileno(): bytearray(), err.fileno(): bytearray()}
    with selectors.DefaultSelector() as selector:
        for descriptor in kept:
            selector.register(descriptor, selectors.EVENT_READ)
        while selector.get_map():
            left = until - time.monotonic()
            if left <= 0:
                return bytes(kept[out.fileno()]), bytes(kept[err.fileno()]), False
            ready = selector.select(min(left, 0.2))
            for key, _ in ready:
                chunk = os.read(key.fd, _READ_AT_ONCE)
                if not chunk:
                    selector.unregister(key.fd)
                elif len(kept[key.fd]) < most:
                    kept[key.fd] += chunk[: most - len(kept[key.fd])]
            if not ready and process.poll() is not None:
                break  # something in the background still holds the pipes
    with suppress(subprocess.TimeoutExpired):
        process.wait(max(until - time.monotonic(), 0))
    return bytes(kept[out.fileno()]), bytes(kept[err.fileno()]), process.poll() is not None


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most]}\n[cut after {most} characters]"
