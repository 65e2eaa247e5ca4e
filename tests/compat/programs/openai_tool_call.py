"""One tool call with OpenAI's client, as a first program had it."""

from openai import OpenAI

from composio_openai import Action, App, ComposioToolSet

openai_client = OpenAI()
composio_toolset = ComposioToolSet(api_key="any", entity_id="default")
tools = composio_toolset.get_tools(actions=[Action.GITHUB_GET_THE_AUTHENTICATED_USER])
response = openai_client.chat.completions.create(
    model="gpt-4o",
    tools=tools,
    tool_choice="auto",
    messages=[{"role": "user", "content": f"Who am I on {App.GITHUB.name}?"}],
)
result = composio_toolset.handle_tool_calls(response=response)
print(result[0]["successfull"], result[0]["data"]["response_data"]["login"] == result[0]["data"]["login"])
openai_client.close()
