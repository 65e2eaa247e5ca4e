"""The published MCP clients, each in an environment of its own, and scripted models for those that are agents.

COMPOSIO_STOCK names the folder of those environments, which are made once; without it these tests are skipped, since they install
from the package registries. ``nox -s tests`` sets it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.peers.stock import install_npm, install_python, node, stock

__all__ = ["node", "stock"]

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
def python_with(stock: Path) -> Callable[[str], str]:
    """The interpreter of an environment that has one of the clients."""

    def make(name: str) -> str:
        return str(install_python(stock / f"mcp-{name}", PYTHON[name]))

    return make


@pytest.fixture(scope="session")
def node_clients(stock: Path, node: str) -> Path:
    """A folder with the SDK for TypeScript and Vercel's in its ``node_modules``."""
    return install_npm(node, stock / "mcp-npm", NODE)


@pytest.fixture(scope="session")
def inspector(stock: Path, node: str) -> list[str]:
    """The command of the inspector."""
    folder = install_npm(node, stock / "mcp-inspector", INSPECTOR)
    return [node, str(folder / "node_modules" / ".bin" / "mcp-inspector")]
