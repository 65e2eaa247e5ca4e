"""Star a repository and report, with the Claude Agent SDK: ``python examples/star_with_claude_agent_sdk.py``.

    pip install opencomposio-claude-agent-sdk

Needs no key: without ANTHROPIC_API_KEY and GITHUB_TOKEN it runs against a fake GitHub and a scripted model.
"""

from __future__ import annotations

import asyncio

from claude_agent_sdk import ClaudeAgentOptions, ResultMessage, query
from services import STAR, TASK, services

from composio_claude_agent_sdk import ComposioToolSet, create_server


async def main() -> None:
    with services("claude-sonnet-4-5", key="ANTHROPIC_API_KEY") as model:
        async with ComposioToolSet() as toolset:
            options = ClaudeAgentOptions(
                model=model,
                tools=[],  # none of Claude Code's own
                mcp_servers={"composio": create_server(await toolset.aget_tools(actions=[STAR]))},
                allowed_tools=["mcp__composio"],
            )
            async for message in query(prompt=TASK, options=options):
                if isinstance(message, ResultMessage):
                    print(message.result)


if __name__ == "__main__":
    asyncio.run(main())
