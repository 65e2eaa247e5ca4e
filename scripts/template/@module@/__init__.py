"""Composio tools for @title@.

::

    from @module@ import Action, ComposioToolSet

    toolset = ComposioToolSet()
    tools = toolset.get_tools(actions=[Action.GITHUB_GET_THE_AUTHENTICATED_USER])

Names load on first use: keep the framework out of this module, as listing plugins imports it.
"""

from typing import TYPE_CHECKING

from composio.exports import lazy_exports

if TYPE_CHECKING:
    from composio.exports import *  # noqa: F403 - the same names, for type checkers
    from @module@.toolset import ComposioToolSet as ComposioToolSet

__all__, __getattr__, __dir__ = lazy_exports(__name__)
