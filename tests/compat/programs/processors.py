"""Changes what a model sees, what it sends and what it gets back."""

from composio import RETRY, Action, App, ComposioToolSet
from composio.tools.toolset import ProcessorsType

tries = []


def only_owner(schema: dict) -> dict:
    del schema["parameters"]["properties"]["repo"]
    return schema


def add_repo(request: dict) -> dict:
    request["repo"] = "engine"
    return request


def until_second(response: dict) -> dict:
    tries.append(response)
    return response if len(tries) == 2 else RETRY


processors: ProcessorsType = {
    "schema": {Action.GITHUB_GET_A_REPOSITORY: only_owner},
    "pre": {App.GITHUB: add_repo},
    "post": {Action.GITHUB_GET_A_REPOSITORY: until_second},
}
toolset = ComposioToolSet(max_retries=3)
(tool,) = toolset.get_tools(actions=[Action.GITHUB_GET_A_REPOSITORY], processors=processors)
print(sorted(tool["parameters"]["properties"]))
done = toolset.handle_tool_calls([{"name": tool["name"], "arguments": {"owner": "ada"}}])[0]
print(done["successful"], len(tries))
