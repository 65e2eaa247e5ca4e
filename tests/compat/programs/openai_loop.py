"""A loop that runs one tool call after the other, until the model has said what it wants to say."""

import json

from openai import OpenAI

from composio_openai import Action, ComposioToolSet

client = OpenAI()
toolset = ComposioToolSet()
tools = toolset.get_tools(actions=[Action.GITHUB_GET_THE_AUTHENTICATED_USER])
messages = [{"role": "user", "content": "Who am I on GitHub?"}]
while True:
    reply = client.chat.completions.create(model="gpt-4o-mini", messages=messages, tools=tools).choices[0].message
    if not reply.tool_calls:
        break
    messages.append(reply)
    for tool_call in reply.tool_calls:
        output = toolset.execute_tool_call(tool_call, entity_id="default")
        messages.append({"role": "tool", "tool_call_id": tool_call.id, "content": json.dumps(output)})
print(reply.content)
client.close()
