"""v0.7's path of :mod:`composio_smolagents.toolset`."""

from composio_smolagents.toolset import *  # noqa: F403 - the same names
from composio_smolagents.toolset import __all__ as __all__
