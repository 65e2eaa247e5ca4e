"""LangGraph's own agent over the tools of one app."""

import warnings

from langchain_openai import ChatOpenAI

from composio_langgraph import Action, ComposioToolSet

with warnings.catch_warnings():  # LangGraph moved its agent since
    warnings.simplefilter("ignore", DeprecationWarning)
    from langgraph.prebuilt import create_react_agent

    tools = ComposioToolSet().get_tools(actions=[Action.GITHUB_GET_THE_AUTHENTICATED_USER])
    agent = create_react_agent(ChatOpenAI(model="gpt-4o"), tools)
done = agent.invoke({"messages": [("user", "Who am I on GitHub?")]})
print(done["messages"][-1].content)
