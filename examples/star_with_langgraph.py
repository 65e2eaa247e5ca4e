"""Star a repository and report, with LangGraph: ``python examples/star_with_langgraph.py``.

    pip install opencomposio-langgraph langgraph langchain-openai

Needs no key: without OPENAI_API_KEY and GITHUB_TOKEN it runs against a fake GitHub and a scripted model.
"""

from __future__ import annotations

from langchain_core.messages import HumanMessage
from langchain_openai import ChatOpenAI
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode, tools_condition
from services import STAR, TASK, services

from composio_langgraph import ComposioToolSet


def main() -> None:
    with services("gpt-4.1-mini") as model, ComposioToolSet() as toolset:
        tools = toolset.get_tools(actions=[STAR])
        chat = ChatOpenAI(model=model).bind_tools(tools)

        graph = StateGraph(MessagesState)
        graph.add_node("model", lambda state: {"messages": [chat.invoke(state["messages"])]})
        graph.add_node("tools", ToolNode(tools))
        graph.add_edge(START, "model")
        graph.add_conditional_edges("model", tools_condition)
        graph.add_edge("tools", "model")

        state = graph.compile().invoke({"messages": [HumanMessage(TASK)]})
        print(state["messages"][-1].content)


if __name__ == "__main__":
    main()
