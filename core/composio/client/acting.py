"""Run an action on a backend for any entity."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from composio.backend.catalog import ActionQuery
from composio.client.arguments import ActionLike, action_name, action_target, params_of, with_text
from composio.model.action import ActionModel
from composio.model.call import Local, ToolCall, ToolResult, Who

if TYPE_CHECKING:
    from composio.backend import Backend

__all__ = ["arun", "run"]


async def arun(
    backend: Backend, action: ActionLike, params: Mapping[str, Any] | None, who: Who, text: str | None = None
) -> ToolResult:
    """Run ``action`` for ``who``. ``text``, from v0.7, is the action's parameter of that name."""
    if text:
        params = with_text(params, text, await _definition(backend, action))
    call, local = _call(action, params, who)
    return (await backend.execute(call, local)).result(tool=call.action)


def run(
    backend: Backend, action: ActionLike, params: Mapping[str, Any] | None, who: Who, text: str | None = None
) -> ToolResult:
    """Synchronous form of :func:`arun`."""
    if text:
        params = with_text(params, text, backend.run(lambda: _definition(backend, action)))
    call, local = _call(action, params, who)
    return backend.execute_sync(call, local).result(tool=call.action)


async def _definition(backend: Backend, action: ActionLike) -> ActionModel:
    return (await backend.actions(ActionQuery(names=(action_name(action),))))[0]


def _call(action: ActionLike, params: Mapping[str, Any] | None, who: Who) -> tuple[ToolCall, Local]:
    target = action_target(action)
    return ToolCall(action=action_name(target), arguments=params_of(params), who=who), Local.of(target)
