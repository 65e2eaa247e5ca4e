"""The example that tells Slack of stars on GitHub, run as a person runs it: no key, a webhook that is signed as GitHub signs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

EXAMPLE = Path(__file__).parents[2] / "examples" / "announce_stars.py"


def test_it_runs_without_keys_and_tells_slack_who_starred() -> None:
    done = subprocess.run([sys.executable, str(EXAMPLE)], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "ada starred hello-world\nThe fake Slack received POST /chat.postMessage.\n"
    assert not done.stderr, done.stderr
