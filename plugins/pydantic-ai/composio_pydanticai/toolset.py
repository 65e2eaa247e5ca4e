"""v0.7's path of :mod:`composio_pydantic_ai.toolset`."""

from composio_pydantic_ai.toolset import *  # noqa: F403 - the same names
from composio_pydantic_ai.toolset import __all__ as __all__
