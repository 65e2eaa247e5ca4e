"""v0.7's path of :mod:`composio_google.toolset`."""

from composio_google.toolset import *  # noqa: F403 - the same names
from composio_google.toolset import __all__ as __all__
