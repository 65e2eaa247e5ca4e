"""ADK's runner with an MCP toolset, on Gemini's wire format."""

import asyncio
import os
from functools import cached_property

from drive import drive
from google.adk.agents import LlmAgent
from google.adk.models import Gemini
from google.adk.runners import InMemoryRunner
from google.adk.tools.mcp_tool import McpToolset, StreamableHTTPConnectionParams
from google.genai import Client, types


class LocalGemini(Gemini):
    url: str

    @cached_property
    def api_client(self):
        return Client(api_key="none", http_options=types.HttpOptions(base_url=self.url))


async def run(toolset, url):
    agent = LlmAgent(name="agent", model=LocalGemini(model="m", url=url), tools=[toolset])
    runner = InMemoryRunner(agent=agent, app_name="app")
    session = await runner.session_service.create_session(app_name="app", user_id="u")
    message = types.Content(role="user", parts=[types.Part(text="go")])
    async for _ in runner.run_async(user_id="u", session_id=session.id, new_message=message):
        pass


async def main():
    toolset = McpToolset(connection_params=StreamableHTTPConnectionParams(url=os.environ["MCP_URL"], timeout=60))
    await drive(lambda url: run(toolset, url))
    await toolset.close()
    print("all", flush=True)


asyncio.run(main())
