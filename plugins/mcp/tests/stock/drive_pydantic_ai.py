"""Pydantic AI's agent with an MCP server as its toolset."""

import asyncio
import os
import sys

from openai import AsyncOpenAI
from pydantic_ai import Agent
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider

try:
    from pydantic_ai.mcp import MCPToolset as Server
except ImportError:
    from pydantic_ai.mcp import MCPServerStreamableHTTP as Server


async def run(server, url):
    client = AsyncOpenAI(base_url=url, api_key="none", max_retries=0)
    model = OpenAIChatModel("m", provider=OpenAIProvider(openai_client=client))
    await Agent(model, toolsets=[server]).run("go")


async def main():
    server = Server(os.environ["MCP_URL"])
    await run(server, os.environ["MODEL_URL"])
    print("called", flush=True)
    running = asyncio.create_task(run(server, os.environ["HANGING_URL"]))
    await asyncio.to_thread(sys.stdin.readline)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    print("all", flush=True)


asyncio.run(main())
