"""A function that calls an app's API with the user's credentials."""

from collections.abc import Callable
from typing import Annotated

from composio import ComposioToolSet, action


@action(toolname="github")
def count_topics(
    owner: Annotated[str, "Who owns the repository"],
    repo: Annotated[str, "Its name"],
    execute_request: Callable,
) -> dict:
    """Count the topics of a repository."""
    found = execute_request(f"/repos/{owner}/{repo}/topics", "GET", None, None)
    return {"count": len(found.get("names", []))}


toolset = ComposioToolSet(entity_id="default")
done = toolset.execute_action(count_topics, {"owner": "ada", "repo": "engine"})
print(done["successful"], "count" in done["data"])
print(toolset.execute_request("/user", "GET", app="github")["successful"])
