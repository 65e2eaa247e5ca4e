"""Tells Composio about this plugin; imports neither CAMEL nor the rest of the package."""

from __future__ import annotations

from collections.abc import Callable

from composio.plugin import Framework, hookimpl
from composio.plugin.versions import stated_versions


@hookimpl
def register_frameworks(register: Callable[[Framework], None]) -> None:
    register(
        Framework(
            name="camel",
            toolset="composio_camel:ComposioToolSet",
            package="camel-ai",
            requires=stated_versions("opencomposio-camel", "camel-ai"),
        )
    )
