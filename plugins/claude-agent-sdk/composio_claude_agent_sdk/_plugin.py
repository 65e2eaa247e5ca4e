"""Tells Composio about this plugin; imports neither the Claude Agent SDK nor the rest of the package."""

from __future__ import annotations

from collections.abc import Callable

from composio.plugin import Framework, hookimpl
from composio.plugin.versions import stated_versions


@hookimpl
def register_frameworks(register: Callable[[Framework], None]) -> None:
    register(
        Framework(
            name="claude-agent-sdk",
            toolset="composio_claude_agent_sdk:ComposioToolSet",
            package="claude-agent-sdk",
            requires=stated_versions("opencomposio-claude-agent-sdk", "claude-agent-sdk"),
        )
    )
