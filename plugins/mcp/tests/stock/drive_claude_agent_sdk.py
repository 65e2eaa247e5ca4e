"""Claude Code, as the SDK ships it, with a remote MCP server; an interrupt ends what it runs."""

import asyncio
import os
import sys

from claude_agent_sdk import ClaudeAgentOptions, ClaudeSDKClient


def options(url):
    home = os.environ["HOME"]
    return ClaudeAgentOptions(
        mcp_servers={"composio": {"type": "http", "url": os.environ["MCP_URL"]}},
        allowed_tools=["mcp__composio"],
        tools=[],
        model="claude-sonnet-4-5",
        max_turns=20,
        setting_sources=[],
        cwd=home,
        env={
            "ANTHROPIC_BASE_URL": url,
            "ANTHROPIC_API_KEY": "none",
            "CLAUDE_CONFIG_DIR": home,
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
            "CLAUDE_CODE_TOTAL_TOKENS_REMINDER": "off",
            "NO_PROXY": "127.0.0.1",
            "no_proxy": "127.0.0.1",
            "HOME": home,
        },
    )


async def main():
    async with ClaudeSDKClient(options(os.environ["MODEL_URL"])) as client:
        await client.query("go")
        async for _ in client.receive_response():
            pass
    print("called", flush=True)
    async with ClaudeSDKClient(options(os.environ["HANGING_URL"])) as client:
        await client.query("go")

        async def read():
            async for _ in client.receive_response():
                pass

        reading = asyncio.create_task(read())
        await asyncio.to_thread(sys.stdin.readline)
        await client.interrupt()
        await reading
    print("all", flush=True)


asyncio.run(main())
