"""The four tools as actions: functions of Composio's own that any toolset, session or server hands out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from composio.discovery.definitions import DEFINITIONS
from composio.discovery.names import APP, CONNECT, DESCRIBE, EXECUTE, SEARCH
from composio.discovery.scope import Scope
from composio.functions.function import ActionFunction
from composio.model.action import ActionModel, FunctionBinding
from composio.model.call import CALLING, Calling

if TYPE_CHECKING:
    from composio.backend import Backend

__all__ = ["discovery_actions", "is_discovery"]


class _Discovery:
    """What the four functions share. They act for whomever the call that runs them is for: a model can't name another."""

    def __init__(self, backend: Backend, scope: Scope, redirect_url: str | None) -> None:
        self._backend, self._scope, self._redirect_url = backend, scope, redirect_url

    async def search(self, queries: Sequence[Mapping[str, Any]], composio_calling: Calling) -> dict[str, Any]:
        from composio.discovery.search import search

        return await search(self._backend, self._scope.under(composio_calling), queries, composio_calling)

    async def describe(
        self, tool_slugs: Sequence[str], composio_calling: Calling, include: Sequence[str] = ("input_schema",)
    ) -> dict[str, Any]:
        from composio.discovery.describe import describe

        scope = self._scope.under(composio_calling)
        return await describe(self._backend, scope, tool_slugs, include, composio_calling.local.processors)

    async def execute(self, tools: Sequence[Mapping[str, Any]], composio_calling: Calling) -> dict[str, Any]:
        from composio.discovery.execute import execute

        return await execute(self._backend, self._scope.under(composio_calling), tools, composio_calling)

    async def connect(
        self,
        toolkits: Sequence[str],
        composio_calling: Calling,
        reinitiate_all: bool = False,
        wait_seconds: int = 0,
    ) -> dict[str, Any]:
        from composio.discovery.connect import connect

        return await connect(
            self._backend,
            self._scope,
            toolkits,
            composio_calling.who,
            anew=reinitiate_all,
            wait_seconds=wait_seconds,
            redirect_url=self._redirect_url,
        )


def discovery_actions(backend: Backend, scope: Scope, *, redirect_url: str | None = None) -> list[ActionModel]:
    """The four tools over what ``scope`` allows. ``redirect_url`` is where users are sent once they are connected."""
    made = _Discovery(backend, scope, redirect_url)
    functions: dict[str, Callable[..., Any]] = {
        SEARCH: made.search,
        DESCRIBE: made.describe,
        EXECUTE: made.execute,
        CONNECT: made.connect,
    }
    return [_action(slug, function) for slug, function in functions.items()]


def _action(slug: str, function: Callable[..., Any]) -> ActionModel:
    definition = DEFINITIONS[slug]
    binding = FunctionBinding(
        reference=f"{__name__}:{slug}", function=ActionFunction(function, toolname=slug), injected=(CALLING,)
    )
    return ActionModel(
        slug=slug,
        app=APP,
        display_name=definition.display_name,
        description=definition.description,
        important=True,
        parameters=definition.parameters,
        binding=binding,
    )


def is_discovery(action: object) -> bool:
    """Whether an offered action is one of the four."""
    return isinstance(action, ActionModel) and action.app == APP and action.slug in DEFINITIONS
