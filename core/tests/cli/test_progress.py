from __future__ import annotations

import os
import subprocess
import sys

import pytest

from composio.cli.progress import progress_reporter


def test_outside_a_terminal_each_work_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    report = progress_reporter()
    for done in range(5):
        report("Compiling github", done, 4)
    report("Compiling slack", 0, 0)
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "Compiling github ...\nCompiling slack ...\n")


WORK = """
from composio.cli.progress import progress_reporter
import time
report = progress_reporter()
for done in range(4):
    report("Compiling github", done, 3)
    time.sleep(0.15)
report("Reading", 0, 0)
{end}
"""


@pytest.mark.skipif(os.name == "nt", reason="needs a pseudo-terminal")
@pytest.mark.parametrize("end", ["", "raise SystemExit(3)"])
def test_in_a_terminal_a_bar_comes_and_goes_and_the_cursor_returns(end: str) -> None:
    import pty

    controller, terminal = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "80"}
    process = subprocess.Popen(
        [sys.executable, "-c", WORK.format(end=end)], stdout=subprocess.PIPE, stderr=terminal, env=environment
    )
    os.close(terminal)
    shown = b""
    while True:
        try:
            read = os.read(controller, 65536)
        except OSError:  # how Linux says that the other side has closed
            break
        if not read:
            break
        shown += read
    os.close(controller)
    assert process.stdout is not None
    assert process.stdout.read() == b""
    process.stdout.close()
    assert process.wait(30) == (3 if end else 0)
    assert b"Compiling github" in shown
    assert shown.rfind(b"\x1b[?25h") > shown.rfind(b"\x1b[?25l")
