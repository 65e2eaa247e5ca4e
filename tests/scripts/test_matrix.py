"""The README's table of frameworks is made, not typed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_readme_has_the_table_that_the_plugins_make() -> None:
    """A framework that drops out breaks this visibly; ``nox -s matrix`` writes the table anew."""
    done = subprocess.run(
        [sys.executable, "scripts/matrix.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert "| composio-langchain | `composio_langchain` | `langchain-core>=" in done.stdout
