"""Tells Composio about this plugin; imports neither the Agents SDK nor the rest of the package."""

from __future__ import annotations

from collections.abc import Callable

from composio.plugin import Framework, hookimpl
from composio.plugin.versions import stated_versions


@hookimpl
def register_frameworks(register: Callable[[Framework], None]) -> None:
    register(
        Framework(
            name="openai-agents",
            toolset="composio_openai_agents:ComposioToolSet",
            package="openai-agents",
            requires=stated_versions("opencomposio-openai-agents", "openai-agents"),
        )
    )
