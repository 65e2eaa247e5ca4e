"""A program in the style of v0.7's for AutoGen's classic agents ends well."""

from __future__ import annotations

from collections.abc import Callable

from composio.testing import Calls, FakeUpstream, Say

PROGRAM = """
import os

from autogen import AssistantAgent, UserProxyAgent

from composio_autogen import App, ComposioToolSet

toolset = ComposioToolSet(api_key="unused")
model = {"model": "gpt-4o-mini", "api_key": "none", "base_url": os.environ["OPENAI_BASE_URL"], "price": [0, 0]}
chatbot = AssistantAgent("chatbot", system_message="Say TERMINATE when you are done.", llm_config={"config_list": [model], "cache_seed": None})
user = UserProxyAgent(
    name="User",
    is_termination_msg=lambda message: "TERMINATE" in (message.get("content") or ""),
    human_input_mode="NEVER",
    code_execution_config=False,
)
toolset.register_tools(apps=[App.GITHUB], caller=chatbot, executor=user)
response = user.initiate_chat(chatbot, message="Star octocat/hello on GitHub", silent=True)
print(response.chat_history[-1]["content"])
"""
STAR = {"name": "GITHUB_STAR_A_REPOSITORY_FOR_THE_AUTHENTICATED_USER", "arguments": {"owner": "octocat", "repo": "hello"}}


def test_two_agents_in_v0_7s_style_star_a_repository(program_prints: Callable[..., str], github: FakeUpstream) -> None:
    said = program_prints(PROGRAM, [Calls([STAR]), Say("Starred. TERMINATE")], lines=1, options=["-W", "ignore"])
    assert said == "Starred. TERMINATE\n"
    assert [(request.method, request.path) for request in github.requests] == [("PUT", "/user/starred/octocat/hello")]
