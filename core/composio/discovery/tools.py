"""The four tools as actions: built-in functions that any toolset, session or server can offer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from composio.discovery.definitions import DEFINITIONS
from composio.discovery.login import Login
from composio.discovery.names import APP, CONNECT, DESCRIBE, EXECUTE, SEARCH
from composio.discovery.scope import Scope
from composio.functions.function import ActionFunction
from composio.model.action import ActionModel, FunctionBinding
from composio.model.call import CALLING, Calling

if TYPE_CHECKING:
    from composio.backend import Backend

__all__ = ["discovery_actions", "is_discovery"]


_USUAL = Login()


class _Discovery:
    """State shared by the four functions. They act for the user of the call that runs them; a model cannot name another."""

    def __init__(self, backend: Backend, scope: Scope, login: Login) -> None:
        self._backend, self._scope, self._login = backend, scope, login

    async def search(self, queries: Sequence[Mapping[str, Any]], composio_calling: Calling) -> dict[str, Any]:
        from composio.discovery.search import search

        calling = await self._choose_accounts(composio_calling)
        return await search(self._backend, self._scope.under(calling), queries, calling)

    async def describe(
        self, tool_slugs: Sequence[str], composio_calling: Calling, include: Sequence[str] = ("input_schema",)
    ) -> dict[str, Any]:
        from composio.discovery.describe import describe

        scope = self._scope.under(composio_calling)
        return await describe(self._backend, scope, tool_slugs, include, composio_calling.local.processors)

    async def execute(self, tools: Sequence[Mapping[str, Any]], composio_calling: Calling) -> dict[str, Any]:
        from composio.discovery.execute import execute

        calling = await self._choose_accounts(composio_calling)
        return await execute(self._backend, self._scope.under(calling), tools, calling)

    async def connect(
        self,
        composio_calling: Calling,
        toolkits: Sequence[str] = (),
        reinitiate_all: bool = False,
        wait_seconds: int = 0,
    ) -> dict[str, Any]:
        from composio.discovery.connect import connect

        return await connect(
            self._backend,
            self._scope,
            toolkits,
            (await self._choose_accounts(composio_calling)).who,
            anew=reinitiate_all,
            wait_seconds=wait_seconds,
            login=self._login,
        )

    async def _choose_accounts(self, calling: Calling) -> Calling:
        if not self._login.integrations:
            return calling
        return replace(calling, who=await self._login.choose_accounts(self._backend.accounts, calling.who))


def discovery_actions(backend: Backend, scope: Scope, login: Login = _USUAL) -> list[ActionModel]:
    """Return the four tools for the actions in ``scope``; ``login`` defines how users connect."""
    made = _Discovery(backend, scope, login)
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
    """Return whether an action is one of the four tools."""
    return isinstance(action, ActionModel) and action.app == APP and action.slug in DEFINITIONS
