"""Tells Composio about this plugin; imports neither Pydantic AI nor the rest of the package."""

from __future__ import annotations

from collections.abc import Callable

from composio.plugin import Framework, hookimpl
from composio.plugin.versions import stated_versions


@hookimpl
def register_frameworks(register: Callable[[Framework], None]) -> None:
    register(
        Framework(
            name="pydantic-ai",
            toolset="composio_pydantic_ai:ComposioToolSet",
            package="pydantic-ai-slim",
            requires=stated_versions("opencomposio-pydantic-ai", "pydantic-ai-slim"),
        )
    )
