"""A process that forks while its threads are busy: every child does what its parent does, and none hangs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.peers import forking

# How often a process forks its children; a longer run asks for more.
RUNS = int(os.environ.get("COMPOSIO_FORKS", "2"))
pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")


@pytest.mark.parametrize("run", range(RUNS))
def test_no_child_of_a_busy_parent_hangs(tmp_path: Path, run: int) -> None:
    """In one half of the runs the parent has only begun, and its threads are still importing what they need."""
    with forking.serving(tmp_path) as environ:
        command = [sys.executable, "-P", forking.__file__, str(tmp_path), "connect"]
        subprocess.run(command, env=environ, check=True, timeout=120)
        found = forking.forked(tmp_path, environ, warm=bool(run % 2))
    assert found["children"] == {"exit 0": forking.CHILDREN}, found
    assert found["failed"] == []
