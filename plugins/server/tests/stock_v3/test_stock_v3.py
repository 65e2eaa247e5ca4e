"""The published clients of v3, unmodified, against this server."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

HERE = Path(__file__).parent


def run(command: list[str], url: str, key: str, cwd: Path) -> list[str]:
    """The lines that a program prints: one for each call that it made."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("COMPOSIO_", "PYTHON"))}
    environ = {**kept, "COMPOSIO_BASE_URL": url, "COMPOSIO_API_KEY": key, "HOME": str(cwd), "NO_PROXY": "*"}
    done = subprocess.run(command, env=environ, cwd=cwd, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    return done.stdout.splitlines()


def test_composio_for_python_works_as_it_is_documented(stock_python: Path, url: str, key: str, tmp_path: Path) -> None:
    lines = run([str(stock_python), str(HERE / "drive.py")], url, key, tmp_path)
    assert lines[-1] == "all"
    assert len(lines) > 80


def test_every_method_of_the_client_before_gets_an_answer_that_it_can_read(
    former_python: Path, url: str, key: str, tmp_path: Path
) -> None:
    lines = run([str(former_python), str(HERE / "drive_former.py")], url, key, tmp_path)
    assert lines[-1] == "all"


def test_composio_for_javascript_works_as_it_is_documented(
    node: str, stock_node: Path, url: str, key: str, tmp_path: Path
) -> None:
    (tmp_path / "node_modules").symlink_to(stock_node / "node_modules", target_is_directory=True)
    lines = run([node, str(HERE / "drive.mjs")], url, key, tmp_path)
    assert lines[-1] == "all"
    assert len(lines) > 50
