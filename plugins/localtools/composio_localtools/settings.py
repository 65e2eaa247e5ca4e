"""The developer's limits for local tools."""

from __future__ import annotations

import atexit
import os
import signal
import subprocess
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from composio.errors import InvalidRequest

__all__ = ["LocalTools", "Session", "allow", "read"]

Switch = Literal["shell", "code", "sql_write", "network"]


@dataclass(slots=True)
class Session:
    """Where one entity is: the folder it works in, the file it has open, its shells. Paths are relative to the root."""

    folder: str = "."
    open_file: str | None = None
    line: int = 1
    shells: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class LocalTools:
    """Lets local tools use ``folder``, which must be there; nothing outside of it is read or written.

    ``shell`` lets models run commands, ``code`` run Python, ``sql_write`` change databases; all are off unless asked for.
    ``seconds`` is how long a command may take, ``memory_mb`` its memory, ``file_mb`` the largest file that it may write and
    ``output_chars`` what is kept of its output. ``network`` lets commands reach the network, where ``sandbox`` can prevent it.
    ``sandbox`` is ``"auto"``: bubblewrap where it is installed, else none; ``"bubblewrap"`` refuses to run without it.

    Without bubblewrap a command runs as your user and sees what your user sees. Raises ``InvalidRequest`` for a folder that is
    not there and for limits that are no positive numbers.
    """

    folder: Path | str
    shell: bool = False
    code: bool = False
    sql_write: bool = False
    network: bool = False
    sandbox: Literal["auto", "bubblewrap", "none"] = "auto"
    seconds: float = 60.0
    memory_mb: int = 2048
    file_mb: int = 256
    output_chars: int = 20_000
    _sessions: dict[str, Session] = field(default_factory=dict, init=False, repr=False, compare=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False, compare=False)
    _processes: list[subprocess.Popen[bytes]] = field(default_factory=list, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        folder: Any = self.folder
        if not isinstance(folder, str | Path) or not str(folder).strip():
            raise InvalidRequest(f"LocalTools: folder is the path of a folder; got {folder!r:.60}.")
        root = Path(folder).expanduser().resolve()
        if not root.is_dir():
            raise InvalidRequest(f"LocalTools: the folder {str(root)!r} is not there; make it first.")
        object.__setattr__(self, "folder", root)
        for name in ("seconds", "memory_mb", "file_mb", "output_chars"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
                raise InvalidRequest(f"LocalTools: {name} is a number above 0; got {value!r:.60}.")
        if self.sandbox not in ("auto", "bubblewrap", "none"):
            raise InvalidRequest(f'LocalTools: sandbox is "auto", "bubblewrap" or "none"; got {self.sandbox!r:.60}.')
        atexit.register(_end, self._processes)

    @property
    def root(self) -> Path:
        """The folder, absolute and without links."""
        return Path(self.folder)

    def session(self, entity_id: str) -> Session:
        """Where an entity is."""
        with self._lock:
            return self._sessions.setdefault(entity_id, Session())

    def adopt(self, process: subprocess.Popen[bytes]) -> None:
        """Remember a process that goes on; it ends with this program, or with :meth:`close`."""
        self._processes.append(process)

    def close(self) -> None:
        """End the processes that were spawned."""
        _end(self._processes)


def _end(processes: list[subprocess.Popen[bytes]]) -> None:
    while processes:
        process = processes.pop()
        if process.poll() is None:  # its number may be another's by now, else
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def read(value: object) -> LocalTools:
    """Return the toolset's settings. Raises ``InvalidRequest`` without them: no folder is used unless the developer named it."""
    if isinstance(value, LocalTools):
        return value
    if value is None:
        raise InvalidRequest(
            "Local tools are off: no folder was named for them. The developer has to:"
            ' ComposioToolSet(local_tools=LocalTools(folder="...")), from composio_localtools import LocalTools.'
        )
    raise InvalidRequest(f"local_tools is a composio_localtools.LocalTools, not {type(value).__name__}.")


def allow(value: object, switch: Switch) -> LocalTools:
    """The same, for what has to be asked for besides."""
    tools = read(value)
    if not getattr(tools, switch):
        raise InvalidRequest(f"This is off. The developer has to ask for it: LocalTools(folder=..., {switch}=True).")
    return tools
