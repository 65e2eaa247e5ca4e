"""Star a repository and report, with Google's Agent Development Kit: ``python examples/star_with_google_adk.py``.

    pip install opencomposio-google-adk google-adk

Needs no key: without GOOGLE_API_KEY and GITHUB_TOKEN it runs against a fake GitHub and a scripted model.
"""

from __future__ import annotations

import asyncio

from google.adk.agents import LlmAgent
from google.adk.runners import InMemoryRunner
from google.genai import types
from services import STAR, TASK, services

from composio_google_adk import ComposioToolSet


async def star() -> None:
    with services("gemini-2.5-flash", key="GOOGLE_API_KEY") as model:
        async with ComposioToolSet() as toolset:
            agent = LlmAgent(name="clerk", model=model, tools=await toolset.aget_tools(actions=[STAR]))
            runner = InMemoryRunner(agent=agent, app_name="star")
            session = await runner.session_service.create_session(app_name="star", user_id="me")
            message = types.UserContent(TASK)
            async for event in runner.run_async(user_id="me", session_id=session.id, new_message=message):
                if event.is_final_response() and event.content:
                    print("".join(part.text or "" for part in event.content.parts or ()))


def main() -> None:
    asyncio.run(star())


if __name__ == "__main__":
    main()
