"""Another name of :mod:`composio_google`, for code that uses it: google-genai's client runs its tools automatically."""

from typing import TYPE_CHECKING

from composio.exports import former_exports

if TYPE_CHECKING:
    from composio_gemini.toolset import ComposioToolSet as ComposioToolSet
    from composio_google import *  # noqa: F403 - the same names, for type checkers

__all__, __getattr__, __dir__ = former_exports(__name__, "composio_google", ComposioToolSet="composio_gemini.toolset")
