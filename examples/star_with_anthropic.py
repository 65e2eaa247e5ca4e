"""Star a repository and report, with Anthropic's client: ``python examples/star_with_anthropic.py``.

    pip install opencomposio-anthropic anthropic

Needs no key: without ANTHROPIC_API_KEY and GITHUB_TOKEN it runs against a fake GitHub and a scripted model.
"""

from __future__ import annotations

from typing import Any

from anthropic import Anthropic
from services import STAR, TASK, services

from composio_anthropic import ComposioToolSet


def main() -> None:
    with services("claude-sonnet-5", key="ANTHROPIC_API_KEY") as model, Anthropic() as client, ComposioToolSet() as toolset:
        tools = toolset.get_tools(actions=[STAR])
        messages: list[Any] = [{"role": "user", "content": TASK}]
        while True:
            response = client.messages.create(model=model, max_tokens=1024, messages=messages, tools=tools)
            messages.append({"role": "assistant", "content": response.content})
            results = toolset.handle_tool_calls(response)
            if not results:
                break
            messages += toolset.tool_messages(response, results)
        print("".join(block.text for block in response.content if block.type == "text"))


if __name__ == "__main__":
    main()
