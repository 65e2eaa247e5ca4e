"""Tells Composio about this plugin; imports neither CrewAI nor the rest of the package."""

from __future__ import annotations

from collections.abc import Callable

from composio.plugin import Framework, hookimpl
from composio.plugin.versions import stated_versions


@hookimpl
def register_frameworks(register: Callable[[Framework], None]) -> None:
    register(
        Framework(
            name="crewai",
            toolset="composio_crewai:ComposioToolSet",
            package="crewai",
            requires=stated_versions("opencomposio-crewai", "crewai"),
        )
    )
