"""Tells Composio about this plugin; imports neither Agent Framework nor the rest of the package."""

from __future__ import annotations

from collections.abc import Callable

from composio.plugin import Framework, hookimpl
from composio.plugin.versions import stated_versions


@hookimpl
def register_frameworks(register: Callable[[Framework], None]) -> None:
    register(
        Framework(
            name="agent-framework",
            toolset="composio_agent_framework:ComposioToolSet",
            package="agent-framework-core",
            requires=stated_versions("opencomposio-agent-framework", "agent-framework-core"),
        )
    )
