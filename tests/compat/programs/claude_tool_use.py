"""A tool use with Anthropic's client, under the package's name of then."""

import anthropic

from composio_claude import Action, ComposioToolset

client = anthropic.Anthropic()
toolset = ComposioToolset()
tools = toolset.get_tools(actions=[Action.GITHUB_GET_THE_AUTHENTICATED_USER])
message = client.messages.create(
    model="claude-3-5-sonnet-latest",
    max_tokens=200,
    tools=tools,
    messages=[{"role": "user", "content": "Who am I on GitHub?"}],
)
print(toolset.handle_tool_calls(llm_response=message)[0]["successful"])
client.close()
