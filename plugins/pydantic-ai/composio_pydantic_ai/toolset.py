"""The toolset whose tools are Pydantic AI's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from composio import toolset
from composio.framework import FrameworkAdapter

if TYPE_CHECKING:
    from pydantic_ai import Tool

__all__ = ["ComposioToolSet"]


class ComposioToolSet(toolset.ComposioToolSet["Tool[Any]"]):
    """:class:`composio.ComposioToolSet` whose ``get_tools`` gives Pydantic AI ``Tool`` objects.

    ``max_retries`` is how often in a row a model may correct arguments that are no JSON object before Pydantic AI ends the
    run; None leaves that to the agent. What Composio or an API refuses is shown to the model and counts for nothing.
    """

    adapter: str | FrameworkAdapter[Tool[Any]] = "composio_pydantic_ai._adapter:Adapter"
    codec = None  # Pydantic AI's agents carry their tools out by themselves

    def __init__(self, *args: Any, max_retries: int | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        if max_retries is not None:
            from composio_pydantic_ai._adapter import Adapter

            self.adapter = Adapter(max_retries)
