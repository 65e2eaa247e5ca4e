"""The OpenAI Agents SDK's runner with an MCP server."""

import asyncio
import os

from agents import Agent, OpenAIResponsesModel, RunConfig, Runner
from agents.mcp import MCPServerStreamableHttp
from drive import drive
from openai import AsyncOpenAI


async def run(server, url):
    client = AsyncOpenAI(base_url=url, api_key="none", max_retries=0)
    agent = Agent(name="a", mcp_servers=[server], model=OpenAIResponsesModel(model="m", openai_client=client))
    await Runner.run(agent, "go", run_config=RunConfig(tracing_disabled=True))


async def main():
    params = {"url": os.environ["MCP_URL"]}
    async with MCPServerStreamableHttp(params=params, client_session_timeout_seconds=600) as server:
        await drive(lambda url: run(server, url))
    print("all", flush=True)


asyncio.run(main())
