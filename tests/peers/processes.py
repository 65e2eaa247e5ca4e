"""Processes that do the same at the same moment."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack

__all__ = ["at_once"]


def at_once(code: str, *arguments: Sequence[str]) -> list[tuple[str, str]]:
    """What processes print that run ``code``, one with each of ``arguments``, from the moment when all are ready, and complain.

    ``code`` prints ``ready`` once it has loaded what it needs, then reads a line. One that fails fails the test.
    """
    pipe = subprocess.PIPE
    with ExitStack() as stack:
        processes = [
            stack.enter_context(
                subprocess.Popen([sys.executable, "-c", code, *one], stdin=pipe, stdout=pipe, stderr=pipe, text=True)
            )
            for one in arguments
        ]
        for process in processes:
            assert process.stdout
            assert process.stdout.readline() == "ready\n"
        for process in processes:
            assert process.stdin
            process.stdin.write("go\n")
            process.stdin.flush()
        said = [process.communicate(timeout=60) for process in processes]
    for process, (_, complaint) in zip(processes, said, strict=True):
        assert process.returncode == 0, complaint
    return said
