"""CPU seconds of importing, beyond a bare interpreter: median of several fresh processes."""

from __future__ import annotations

import statistics
import subprocess
import sys

RUNS = 9
STATEMENTS = {
    "import composio": "<= 0.15 CPU s",
    "from composio_openai import ComposioToolSet, Action": "<= 0.25 CPU s, openai not imported",
}
_CODE = "import time; t = time.process_time(); {}; import sys; print(time.process_time() - t, 'openai' in sys.modules)"


def measure(statement: str) -> tuple[float, bool]:
    seconds, imported = [], False
    for _ in range(RUNS):
        done = subprocess.run([sys.executable, "-c", _CODE.format(statement)], capture_output=True, text=True, check=True)
        text, flag = done.stdout.split()
        seconds.append(float(text))
        imported = imported or flag == "True"
    return statistics.median(seconds), imported


def rows() -> list[tuple[str, str, str]]:
    found = []
    for statement, budget in STATEMENTS.items():
        seconds, imported = measure(statement)
        found.append((statement, f"{seconds:.3f} CPU s{', openai imported' if imported else ''}", budget))
    return found
