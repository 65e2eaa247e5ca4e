"""A program in a pseudo-terminal, and somebody who reads and types there."""

from __future__ import annotations

import os
import re
import select
import struct
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

__all__ = ["Terminal", "read_all"]

# The terminal becomes the program's own, so that passwords are asked for there and an interrupt reaches it, also where the tests
# run in the background, whose processes a shell has ignore interrupts.
_OWN = """
import fcntl, os, signal, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execv(sys.argv[1], sys.argv[1:])
"""
_TOLD = 2000  # characters of what was shown, in an error: a waiting program draws its line again and again
_ESCAPES = re.compile(r"\x1b(\[[0-9;?]*[A-Za-z]|[=>])")


class Terminal:
    """Runs ``command`` while the block lasts. ``shown`` is everything so far, as a terminal would show it line by line."""

    def __init__(self, *command: str, env: Mapping[str, str], cwd: Path | None = None) -> None:
        import fcntl
        import pty
        import termios

        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 180, 0, 0))
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-c", _OWN, *command],
                stdin=slave,
                stdout=slave,
                stderr=slave,
                start_new_session=True,
                env={**env, "TERM": "xterm-256color"},
                cwd=cwd,
            )
        finally:
            os.close(slave)
        self._raw = b""
        self._seen = 0

    @property
    def shown(self) -> str:
        """Without colours and the movements of the cursor."""
        return _ESCAPES.sub("", self._raw.decode("utf-8", "replace")).replace("\r\n", "\n")

    def expect(self, pattern: str, timeout: float = 60) -> re.Match[str]:
        """Read until ``pattern`` is shown, after what was expected before. Raises ``AssertionError`` with what was."""
        until = time.monotonic() + timeout
        while not (found := re.compile(pattern).search(self.shown, self._seen)):
            if not self._read(until - time.monotonic()):
                raise AssertionError(f"{pattern!r} was not shown, but: {self.shown[self._seen :][-_TOLD:]}")
        self._seen = found.end()
        return found

    def enter(self, text: str) -> None:
        """Type it and press enter."""
        os.write(self._master, f"{text}\n".encode())

    def interrupt(self) -> None:
        """Press Ctrl-C."""
        os.write(self._master, b"\x03")

    def ended(self, timeout: float = 60) -> int:
        """The exit code, once all is read."""
        until = time.monotonic() + timeout
        while self._read(until - time.monotonic()):
            pass
        return self._process.wait(max(1.0, until - time.monotonic()))

    def _read(self, seconds: float) -> bool:
        if seconds <= 0 or not select.select([self._master], [], [], seconds)[0]:
            return False
        try:
            chunk = os.read(self._master, 65536)
        except OSError:  # how Linux says that nobody holds the other end any more
            return False
        self._raw += chunk
        return bool(chunk)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        os.close(self._master)


def read_all(controller: int) -> bytes:
    """Everything that is written to a pseudo-terminal until its other side is closed; then this one is, too."""
    shown = b""
    try:
        while read := os.read(controller, 65536):
            shown += read
    except OSError:  # how Linux says that the other side has closed
        pass
    os.close(controller)
    return shown
