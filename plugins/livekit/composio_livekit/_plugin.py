"""Tells Composio about this plugin; imports neither LiveKit nor the rest of the package."""

from __future__ import annotations

from collections.abc import Callable

from composio.plugin import Framework, hookimpl
from composio.plugin.versions import stated_versions


@hookimpl
def register_frameworks(register: Callable[[Framework], None]) -> None:
    register(
        Framework(
            name="livekit",
            toolset="composio_livekit:ComposioToolSet",
            package="livekit-agents",
            requires=stated_versions("opencomposio-livekit", "livekit-agents"),
        )
    )
