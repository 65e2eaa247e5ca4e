"""One GraphQL request through an action's ``execute_request``. Source: GraphQL over HTTP, working draft."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from composio.errors import UpstreamError
from composio_apps._execute import Execute

__all__ = ["ask"]


async def ask(execute: Execute, url: str, document: str, variables: Mapping[str, Any]) -> dict[str, Any]:
    """Send a GraphQL document. None variables are omitted, as null would mean "remove" to many APIs.

    Returns ``data``. Raises ``UpstreamError`` with the API's message if the response has errors, whatever its status.
    """
    given = {name: value for name, value in variables.items() if value is not None}
    answer: Any = await execute(url, method="POST", body={"query": document, "variables": given})
    if not isinstance(answer, dict):
        raise UpstreamError("The API's answer is no GraphQL response; expected an object with data.", data=answer)
    if errors := answer.get("errors"):
        said = [str(one.get("message", one)) if isinstance(one, dict) else str(one) for one in errors]
        raise UpstreamError("; ".join(said), data=answer)
    data = answer.get("data")
    return data if isinstance(data, dict) else {}
