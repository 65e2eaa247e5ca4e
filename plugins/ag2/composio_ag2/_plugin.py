"""Tells Composio about this plugin; imports neither AG2 nor the rest of the package."""

from __future__ import annotations

from collections.abc import Callable

from composio.plugin import Framework, hookimpl
from composio.plugin.versions import stated_versions


@hookimpl
def register_frameworks(register: Callable[[Framework], None]) -> None:
    register(
        Framework(
            name="ag2",
            toolset="composio_ag2:ComposioToolSet",
            package="ag2",
            requires=stated_versions("opencomposio-ag2", "ag2"),
        )
    )
