"""Tells Composio about this plugin; imports neither ``anthropic`` nor the rest of the package."""

from __future__ import annotations

from collections.abc import Callable

from composio.plugin import Framework, hookimpl
from composio.plugin.versions import stated_versions


@hookimpl
def register_frameworks(register: Callable[[Framework], None]) -> None:
    register(
        Framework(
            name="anthropic",
            toolset="composio_anthropic:ComposioToolSet",
            package="anthropic",
            requires=stated_versions("opencomposio-anthropic", "anthropic"),
        )
    )
