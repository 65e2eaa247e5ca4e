"""v0.7's path of :mod:`composio_agno.toolset`."""

from composio_agno.toolset import *  # noqa: F403 - the same names
from composio_agno.toolset import __all__ as __all__
from composio_agno.toolset import __getattr__ as __getattr__
