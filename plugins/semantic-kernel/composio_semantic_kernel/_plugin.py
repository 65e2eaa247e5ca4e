"""Tells Composio about this plugin; imports neither Semantic Kernel nor the rest of the package."""

from __future__ import annotations

from collections.abc import Callable

from composio.plugin import Framework, hookimpl
from composio.plugin.versions import stated_versions


@hookimpl
def register_frameworks(register: Callable[[Framework], None]) -> None:
    register(
        Framework(
            name="semantic-kernel",
            toolset="composio_semantic_kernel:ComposioToolSet",
            package="semantic-kernel",
            requires=stated_versions("opencomposio-semantic-kernel", "semantic-kernel"),
        )
    )
