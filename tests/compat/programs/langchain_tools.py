"""LangChain: the model is bound to the tools, and each call is handed to its tool."""

import json

from langchain_openai import ChatOpenAI

from composio_langchain import Action, ComposioToolSet, WorkspaceType

llm = ChatOpenAI(model="gpt-4o")
toolset = ComposioToolSet(workspace_config=WorkspaceType.Host())
tools = toolset.get_tools(actions=[Action.GITHUB_GET_THE_AUTHENTICATED_USER], entity_id="default")
by_name = {tool.name: tool for tool in tools}
answer = llm.bind_tools(tools).invoke("Who am I on GitHub?")
for call in answer.tool_calls:
    print(json.loads(by_name[call["name"]].invoke(call["args"]))["successful"])
