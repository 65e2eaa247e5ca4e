"""The toolset of v0.7's ``composio_gemini``."""

from __future__ import annotations

from typing import Any

from composio_google import toolset

__all__ = ["ComposioToolSet"]


class ComposioToolSet(toolset.ComposioToolSet):
    """:class:`composio_google.ComposioToolSet` whose tools google-genai's client runs automatically, as in v0.7."""

    def __init__(self, *args: Any, automatic: bool = True, **options: Any) -> None:
        super().__init__(*args, automatic=automatic, **options)
