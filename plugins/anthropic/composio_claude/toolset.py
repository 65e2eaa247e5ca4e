"""v0.7's path of :mod:`composio_anthropic.toolset`."""

from composio_anthropic.toolset import *  # noqa: F403 - the same names
from composio_anthropic.toolset import __all__ as __all__
from composio_anthropic.toolset import __getattr__ as __getattr__
