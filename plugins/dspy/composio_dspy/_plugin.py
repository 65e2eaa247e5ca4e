"""Tells Composio about this plugin; imports neither DSPy nor the rest of the package."""

from __future__ import annotations

from collections.abc import Callable

from composio.plugin import Framework, hookimpl
from composio.plugin.versions import stated_versions


@hookimpl
def register_frameworks(register: Callable[[Framework], None]) -> None:
    register(
        Framework(
            name="dspy",
            toolset="composio_dspy:ComposioToolSet",
            package="dspy",
            requires=stated_versions("opencomposio-dspy", "dspy"),
        )
    )
