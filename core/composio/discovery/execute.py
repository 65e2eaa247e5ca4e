"""Run several calls at once, each with its own result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from composio.discovery.names import CONNECT, DESCRIBE
from composio.discovery.scope import Scope
from composio.errors import ActionNotAllowed, ComposioError, ConnectionNotFound, NotFoundError
from composio.model.call import Calling, CallOptions, Outcome, ToolCall

if TYPE_CHECKING:
    from composio.backend import Backend

__all__ = ["execute"]

_AT_ONCE = 8
# Characters around a result in the response; and the minimum to which a result may be trimmed.
_AROUND, _FEWEST = 160, 400


async def execute(backend: Backend, scope: Scope, tools: Sequence[Mapping[str, Any]], calling: Calling) -> dict[str, Any]:
    """Run ``tools`` in parallel and return their results in order.

    Shape: ``{"results": [{"index", "tool_slug", "response": {"successful", "data", "error"}}], ...}``.
    """
    from anyio import CapacityLimiter, create_task_group

    options = _share(calling.options, len(tools))
    responses: dict[int, dict[str, Any]] = {}
    limiter = CapacityLimiter(_AT_ONCE)

    async def run(index: int, slug: str, arguments: Any) -> None:
        async with limiter:
            responses[index] = await _run(backend, scope, slug, arguments, replace(calling, options=options))

    async with create_task_group() as group:
        for index, one in enumerate(tools):
            group.start_soon(run, index, one["tool_slug"], one.get("arguments") or {})
    results = [{"index": index, "tool_slug": one["tool_slug"], "response": responses[index]} for index, one in enumerate(tools)]
    done = sum(1 for response in responses.values() if response.get("successful", True))
    return {"results": results, "total_count": len(tools), "success_count": done, "error_count": len(tools) - done}


def _share(options: CallOptions, count: int) -> CallOptions:
    """Return each call's share of the maximum length of the response."""
    most = options.max_result_chars
    return options if most is None else replace(options, max_result_chars=max((most - _AROUND) // count - _AROUND, _FEWEST))


async def _run(backend: Backend, scope: Scope, slug: str, arguments: Any, calling: Calling) -> dict[str, Any]:
    try:
        action = await scope.action(backend, slug)
        call = ToolCall(action=action.slug, arguments=arguments, who=calling.who, options=calling.options)
        outcome = await backend.execute(call, replace(calling.local, action=action))
    except ConnectionNotFound as error:
        return _failure(f'The user is not connected to {error.app}. Call {CONNECT} with toolkits ["{error.app}"].')
    except ActionNotAllowed as error:
        return _failure(f"{error} Nothing that you can do changes this.")
    except NotFoundError as error:
        return _failure(str(error))
    except ComposioError as error:
        return _failure(str(error))
    shown = outcome.result(tool=action.slug).shown()
    why = shown.get("error")
    if isinstance(why, str) and why.startswith("Invalid arguments"):
        shown["error"] = f"{why}. {DESCRIBE} shows what {action.slug} takes."
    return shown


def _failure(message: str) -> dict[str, Any]:
    return dict(Outcome(successful=False, error=message).result())
