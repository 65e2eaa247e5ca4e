"""Pydantic AI's agent with an MCP server as its toolset."""

import asyncio
import os

from drive import drive
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
    await drive(lambda url: run(server, url))
    print("all", flush=True)


asyncio.run(main())
