"""Claude Code, as the SDK ships it, on a scripted model over Anthropic's wire format; and its server's tools called one by one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import mcp
import pytest
from claude_agent_sdk import ClaudeAgentOptions, McpSdkServerConfig, ResultMessage, query
from claude_agent_sdk.types import StreamEvent

from composio.testing import ScriptedModel
from composio_claude_agent_sdk import create_server
from composio_claude_agent_sdk._adapter import ComposioTool

QUIET = {
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
    # It would write beside each result how many tokens are left.
    "CLAUDE_CODE_TOTAL_TOKENS_REMINDER": "off",
    # A local address is best reached without a proxy.
    "NO_PROXY": "127.0.0.1",
    "no_proxy": "127.0.0.1",
}
_ROUNDS = 20


class Loop:
    """Runs Claude Code, which has these tools and none of its own, on a prompt; the final text. ``home`` is all it sees."""

    def __init__(self, home: Path, model: ScriptedModel, server: McpSdkServerConfig | Sequence[ComposioTool]) -> None:
        made = server if isinstance(server, dict) else create_server(list(server))
        where = {
            "ANTHROPIC_BASE_URL": model.url,
            "ANTHROPIC_API_KEY": "none",
            "CLAUDE_CONFIG_DIR": str(home),
            "HOME": str(home),
        }
        self.options = ClaudeAgentOptions(
            mcp_servers={"composio": made},
            allowed_tools=["mcp__composio"],
            tools=[],
            model="claude-sonnet-4-5",
            max_turns=_ROUNDS,
            setting_sources=[],
            cwd=home,
            env=QUIET | where,
        )

    def run(self, prompt: str) -> str:
        """As a script does it: the SDK is asynchronous throughout."""
        return asyncio.run(self.arun(prompt))

    async def arun(self, prompt: str) -> str:
        """Through ``query``, to its result."""
        (said,) = [str(message.result) async for message in self._messages(prompt) if isinstance(message, ResultMessage)]
        return said

    async def stream(self, prompt: str) -> str:
        """The pieces of the text, as they come."""
        self.options.include_partial_messages = True
        events = [message.event async for message in self._messages(prompt) if isinstance(message, StreamEvent)]
        return "".join(event["delta"].get("text", "") for event in events if event["type"] == "content_block_delta")

    async def _messages(self, prompt: str) -> AsyncIterator[Any]:
        async for message in query(prompt=prompt, options=self.options):
            yield message


async def call_tool(server: McpSdkServerConfig, name: str, arguments: dict[str, Any]) -> Any:
    """One call as Claude Code makes it, without it: over MCP, in memory."""
    client: Any = getattr(mcp, "Client", None)
    if client is not None:
        async with client(server["instance"]) as connected:
            return await connected.call_tool(name, arguments)
    from mcp.shared import memory  # in mcp 1 alone

    connecting: Any = memory
    async with connecting.create_connected_server_and_client_session(server["instance"]) as session:
        return await session.call_tool(name, arguments)


@pytest.fixture(scope="session")
def claude_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where Claude Code keeps its files: not where the user's are."""
    return tmp_path_factory.mktemp("claude")


@pytest.fixture
def make_loop(claude_home: Path) -> Callable[..., Loop]:
    return partial(Loop, claude_home)


@pytest.fixture
def call_over_mcp() -> Callable[..., Any]:
    return call_tool
