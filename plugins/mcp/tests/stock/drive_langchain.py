"""A LangChain agent with the tools of `langchain-mcp-adapters`."""

import asyncio
import os

from drive import drive
from langchain.agents import create_agent
from langchain_mcp_adapters.client import MultiServerMCPClient
from langchain_openai import ChatOpenAI


async def run(tools, url):
    model = ChatOpenAI(model="m", base_url=url, api_key="none", max_retries=0)
    agent = create_agent(model, tools)
    return await agent.ainvoke({"messages": [{"role": "user", "content": "go"}]})


async def main():
    client = MultiServerMCPClient({"composio": {"transport": "streamable_http", "url": os.environ["MCP_URL"]}})
    async with client.session("composio") as session:
        from langchain_mcp_adapters.tools import load_mcp_tools

        def tell(error):
            return str(error)

        tools = await load_mcp_tools(session)
        for tool in tools:
            tool.handle_tool_error = tell
        await drive(lambda url: run(tools, url))
    print("all", flush=True)


asyncio.run(main())
