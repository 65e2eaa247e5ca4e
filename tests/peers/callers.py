"""Processes that call for an entity, as often as they are told.

``python tests/peers/callers.py HOME PATIENCE`` says that it is ready, then makes calls for each line (``ENTITY COUNT``, at once on
threads) and prints what came of them as JSON. ``PATIENCE`` is how many seconds its calls wait for a renewal.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["Called", "Caller", "callers"]


@dataclass(frozen=True, slots=True)
class Called:
    """What calls gave: how many succeeded, what the others said, and how long the longest took in seconds."""

    succeeded: int
    errors: list[str]
    seconds: float


class Caller:
    """One such process."""

    def __init__(self, home: Path, patience: float) -> None:
        # -P: modules beside this one have names of the standard library.
        command = [sys.executable, "-P", str(Path(__file__)), str(home), str(patience)]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=dict(os.environ)
        )

    def wait_until_ready(self) -> None:
        """Return once it has loaded everything."""
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ready\n"

    def begin(self, entity: str, count: int = 1) -> None:
        """Have it call, and don't wait."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{entity} {count}\n")
        self._process.stdin.flush()

    def finish(self) -> Called:
        """What came of it."""
        assert self._process.stdout is not None
        return Called(**json.loads(self._process.stdout.readline()))

    def call(self, entity: str, count: int = 1) -> Called:
        """Have it call."""
        self.begin(entity, count)
        return self.finish()

    def kill(self) -> None:
        """End it as a power cut would."""
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """Suspend it, as a debugger or a laptop's lid would."""
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Have it go on where it was."""
        self._process.send_signal(signal.SIGCONT)

    def close(self) -> None:
        """End it, and let go of it."""
        self.kill()
        for stream in (self._process.stdin, self._process.stdout):
            assert stream is not None
            stream.close()


@contextmanager
def callers(home: Path, count: int, *, patience: float = 60.0) -> Iterator[list[Caller]]:
    """So many of them, ready, while the block runs."""
    with ExitStack() as stack:
        made = []
        for _ in range(count):
            made.append(Caller(home, patience))
            stack.callback(made[-1].close)
        for one in made:
            one.wait_until_ready()
        yield made


def main(home: str, patience: str) -> None:
    """The process."""
    from composio.embedded import EmbeddedBackend
    from composio.model.call import ToolCall, Who

    backend = EmbeddedBackend(home=home)
    backend.accounts._tokens._patience = float(patience)  # and not of the API's answers, on a machine that is busy
    backend.run(backend.accounts.integrations)
    backend.run(lambda: backend.app("peer"))

    def one(entity: str) -> tuple[Any, float]:
        begun = time.monotonic()
        try:
            outcome = backend.execute_sync(ToolCall(action="PEER_GET_ME", who=Who(entity_id=entity)))
            error = None if outcome.successful else str(outcome.error)
        except Exception as raised:
            error = f"{type(raised).__name__}: {raised}"
        return error, time.monotonic() - begun

    sys.stdout.write("ready\n")
    sys.stdout.flush()
    with ThreadPoolExecutor(8) as pool:
        for line in sys.stdin:
            entity, count = line.split()
            results = list(pool.map(one, [entity] * int(count)))
            errors = [error for error, _ in results if error is not None]
            called = {
                "succeeded": len(results) - len(errors),
                "errors": errors,
                "seconds": max(seconds for _, seconds in results),
            }
            sys.stdout.write(f"{json.dumps(called)}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
