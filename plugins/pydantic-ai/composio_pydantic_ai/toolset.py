"""The toolset whose tools are Pydantic AI's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from composio import toolset
from composio.errors import InvalidRequest
from composio.framework import FrameworkAdapter
from composio.toolset.offers import Offer, Tools

if TYPE_CHECKING:
    from pydantic_ai import Tool

__all__ = ["ComposioToolSet"]


class ComposioToolSet(toolset.ComposioToolSet["Tool[Any]"]):
    """:class:`composio.ComposioToolSet` whose ``get_tools`` gives Pydantic AI ``Tool`` objects.

    ``max_retries`` is how often in a row a model may correct arguments that are no JSON object before Pydantic AI ends the
    run; None leaves that to the agent. What Composio or an API refuses is shown to the model and counts for nothing.
    """

    adapter: str | FrameworkAdapter[Tool[Any]] = "composio_pydantic_ai._adapter:Adapter"
    codec = None  # Pydantic AI's agents run their tools themselves

    def __init__(self, *args: Any, max_retries: int | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        if max_retries is not None:
            from composio_pydantic_ai._adapter import Adapter

            self.adapter = Adapter(max_retries)

    def get_tools(
        self,
        *args: Any,
        max_retries: Mapping[Any, int] | int | None = None,
        default_max_retries: int | None = None,
        **options: Any,
    ) -> Tools[Tool[Any]]:
        """As the core's. ``max_retries`` is the toolset's for each action, ``default_max_retries`` for those it leaves out."""
        wanted = _by_name(max_retries)
        return _retrying(super().get_tools(*args, **options), wanted, default_max_retries)

    async def aget_tools(
        self,
        *args: Any,
        max_retries: Mapping[Any, int] | int | None = None,
        default_max_retries: int | None = None,
        **options: Any,
    ) -> Tools[Tool[Any]]:
        """As :meth:`get_tools`, asynchronously."""
        wanted = _by_name(max_retries)
        return _retrying(await super().aget_tools(*args, **options), wanted, default_max_retries)


def _by_name(max_retries: Mapping[Any, int] | int | None) -> Mapping[str, int] | int | None:
    counts: list[Any] = [*max_retries.values()] if isinstance(max_retries, Mapping) else [max_retries]
    for count in counts:
        if count is not None and (isinstance(count, bool) or not isinstance(count, int) or count < 0):
            raise InvalidRequest(f"max_retries is a number, or a dict of actions and numbers, none below 0; got {count!r:.40}.")
    if isinstance(max_retries, Mapping):
        return {str(getattr(action, "slug", action)).upper(): count for action, count in max_retries.items()}
    return max_retries


def _retrying(tools: Tools[Tool[Any]], max_retries: Mapping[str, int] | int | None, default: int | None) -> Tools[Tool[Any]]:
    for tool in tools:
        count = default if max_retries is None else max_retries
        if isinstance(count, Mapping):
            named = (count[name] for name in _names(tools.offers[tool.name]) if name in count)
            count = next(named, default)
        if count is not None:
            tool.max_retries = count
    return tools


def _names(offer: Offer) -> list[str]:
    return [name.upper() for name in (offer.slug, *getattr(offer.action, "aliases", ()))]
