"""A process that connects users and calls for them, until somebody kills it.

``python tests/peers/killed.py HOME`` says that it is ready, then does what each line says and prints ``done``:
``initiate ENTITY``, ``complete URL``, ``call ENTITY``.
"""

from __future__ import annotations

import os
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Self

__all__ = ["Victim"]


class Victim:
    """One such process, ready for its line."""

    def __init__(self, home: Path) -> None:
        # -P: modules beside this one have names of the standard library.
        command = [sys.executable, "-P", str(Path(__file__)), str(home)]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=dict(os.environ)
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ready\n"

    def begin(self, what: str) -> None:
        """Have it do ``what``, and don't wait."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{what}\n")
        self._process.stdin.flush()

    def finish(self) -> str:
        """What it says at the end; empty where it never came to it."""
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def kill(self) -> bool:
        """End it as a power cut would; whether it was still at work."""
        self._process.kill()
        self._process.wait()
        return not self.finish()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        for stream in (self._process.stdin, self._process.stdout):
            assert stream is not None
            stream.close()


def say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


def main(home: str) -> None:
    """The process."""
    from composio.embedded import EmbeddedBackend
    from composio.model.call import ToolCall, Who
    from composio.model.connection import NewConnection

    backend = EmbeddedBackend(home=home)
    backend.run(backend.accounts.integrations)
    say("ready")
    for line in sys.stdin:
        what, _, whom = line.strip().partition(" ")
        if what == "initiate":
            backend.run(partial(backend.accounts.initiate, NewConnection(app="peer", entity_id=whom)))
        elif what == "complete":
            backend.run(partial(backend.accounts.complete, whom))
        else:
            backend.execute_sync(ToolCall(action="PEER_GET_ME", who=Who(entity_id=whom)))
        say("done")


if __name__ == "__main__":
    main(sys.argv[1])
