"""Composio tools for Anthropic's client: Messages, streamed or not, and its tool runner.

::

    from composio_anthropic import Action, ComposioToolSet

    toolset = ComposioToolSet()
    tools = toolset.get_tools(actions=[Action.GITHUB_GET_THE_AUTHENTICATED_USER])

Names load on first use, and tools are plain dicts: only tools for the runner import ``anthropic``.
"""

from typing import TYPE_CHECKING

from composio.exports import lazy_exports

if TYPE_CHECKING:
    from composio.exports import *  # noqa: F403 - the same names, for type checkers
    from composio_anthropic.toolset import ComposioToolSet as ComposioToolSet
    from composio_anthropic.toolset import ComposioToolset as ComposioToolset

__all__, __getattr__, __dir__ = lazy_exports(__name__, ComposioToolset="composio_anthropic.toolset")
