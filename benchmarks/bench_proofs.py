"""Figures of connections that are counts of nothing lost, nothing shown and nothing accepted: the tests that prove them, in full."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
KILLS = os.environ.get("COMPOSIO_KILLS", "50")
FORKS = os.environ.get("COMPOSIO_FORKS", "50")
LOSSES = os.environ.get("COMPOSIO_LOSSES", "50")
PROOFS = {
    f"kill -9 at {KILLS} points of connect and refresh": (["tests/e2e/test_kill.py"], "nothing lost or half-written"),
    f"lost and slow renewals, {LOSSES} runs, 3 processes, a provider that revokes on reuse": (
        ["tests/e2e/test_lost_renewals.py"],
        "0 connections lost while the old token was good",
    ),
    f"rotate beside a writer who is suspended at {KILLS} points": (
        ["core/tests/vault/test_rotation.py::test_nothing_is_lost_that_a_suspended_writer_sealed_before_the_rotation"],
        "nothing lost",
    ),
    f"24 children of a busy parent, forked in {FORKS} runs": (["tests/e2e/test_forks.py"], "none hangs"),
    f"kill -9 at {KILLS} points of rotate, as many of writes": (
        ["core/tests/vault/test_rotation.py", "core/tests/store"],
        "nothing lost or half-written",
    ),
    f"kill -9 at {KILLS} points of a receiver and poller": (
        ["tests/e2e/test_killed_events.py"],
        "0 events lost, 0 under two ids",
    ),
    "planted secrets in the database, logs, errors, reprs, tracebacks": (
        ["tests/e2e/test_secrets.py", "core/tests/accounts/test_redaction.py", "core/tests/auth/test_secrecy.py"],
        "0",
    ),
    "ciphertext moved to another row, tenant or kind": (["core/tests/vault/test_vault.py"], "refused"),
}


def rows() -> list[tuple[str, str, str]]:
    return [(what, _prove(files), budget) for what, (files, budget) in PROOFS.items()]


def _prove(files: list[str]) -> str:
    command = [sys.executable, "-m", "pytest", "-q", *files]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "COMPOSIO_KILLS": KILLS, "COMPOSIO_LOSSES": LOSSES, "COMPOSIO_FORKS": FORKS},
        capture_output=True,
        text=True,
        check=False,
    )
    lines = done.stdout.strip().splitlines() or ["no answer"]
    failures = [line for line in lines[:-1] if line.startswith(("FAILED ", "ERROR "))]
    return "\n".join((f"pytest {' '.join(Path(file).name for file in files)}: {lines[-1]}", *failures))


if __name__ == "__main__":
    for row in rows():
        print(*row, sep=" | ")
