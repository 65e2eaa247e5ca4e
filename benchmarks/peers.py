"""An environment for each peer: their dependencies conflict with each other, and must not decide ours."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

__all__ = ["PEERS", "python_of"]

PEERS = {"fastmcp": "fastmcp>=4,<5", "google-adk": "google-adk>=2,<3"}
HOME = Path(__file__).parent.parent / ".nox" / "peers"


def python_of(peer: str) -> Path | None:
    """The interpreter of a peer's environment, which is made on first use; None where its package can't be had."""
    folder = HOME / peer
    python = folder / "bin" / "python"
    marker = folder / "requirement.txt"
    if marker.exists() and marker.read_text() == PEERS[peer]:
        return python
    shutil.rmtree(folder, ignore_errors=True)
    made = [
        [sys.executable, "-m", "venv", str(folder)],
        [str(python), "-m", "pip", "install", "-qq", "--disable-pip-version-check", PEERS[peer]],
    ]
    for command in made:
        if subprocess.run(command, check=False).returncode:
            return None
    marker.write_text(PEERS[peer])
    return python
