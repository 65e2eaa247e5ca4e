"""Tells Composio about this plugin; imports neither PraisonAI nor the rest of the package."""

from __future__ import annotations

from collections.abc import Callable

from composio.plugin import Framework, hookimpl
from composio.plugin.versions import stated_versions


@hookimpl
def register_frameworks(register: Callable[[Framework], None]) -> None:
    register(
        Framework(
            name="praisonai",
            toolset="composio_praisonai:ComposioToolSet",
            package="praisonaiagents",
            requires=stated_versions("opencomposio-praisonai", "praisonaiagents"),
        )
    )
