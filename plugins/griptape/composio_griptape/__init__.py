"""Composio tools for Griptape.

::

    from composio_griptape import Action, ComposioToolSet

    toolset = ComposioToolSet()
    tools = toolset.get_tools(actions=[Action.GITHUB_GET_THE_AUTHENTICATED_USER])

Names load on first use: Griptape is imported when the first tool is made, not before.
"""

from typing import TYPE_CHECKING

from composio.exports import lazy_exports

if TYPE_CHECKING:
    from composio.exports import *  # noqa: F403 - the same names, for type checkers
    from composio_griptape.toolset import ComposioToolSet as ComposioToolSet

__all__, __getattr__, __dir__ = lazy_exports(__name__)
