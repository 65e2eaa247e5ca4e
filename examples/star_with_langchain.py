"""Star a repository and report, with LangChain: ``python examples/star_with_langchain.py``.

    pip install opencomposio-langchain langchain langchain-openai

Needs no key: without OPENAI_API_KEY and GITHUB_TOKEN it runs against a fake GitHub and a scripted model.
"""

from __future__ import annotations

from langchain.agents import create_agent
from langchain_core.messages import HumanMessage
from langchain_openai import ChatOpenAI
from services import STAR, TASK, services

from composio_langchain import ComposioToolSet


def main() -> None:
    with services("gpt-4.1-mini") as model, ComposioToolSet() as toolset:
        agent = create_agent(ChatOpenAI(model=model), toolset.get_tools(actions=[STAR]))
        state = agent.invoke({"messages": [HumanMessage(TASK)]})
        print(state["messages"][-1].content)


if __name__ == "__main__":
    main()
