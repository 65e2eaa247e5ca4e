"""Tells Composio about this plugin; imports neither Griptape nor the rest of the package."""

from __future__ import annotations

from collections.abc import Callable

from composio.plugin import Framework, hookimpl
from composio.plugin.versions import stated_versions


@hookimpl
def register_frameworks(register: Callable[[Framework], None]) -> None:
    register(
        Framework(
            name="griptape",
            toolset="composio_griptape:ComposioToolSet",
            package="griptape",
            requires=stated_versions("opencomposio-griptape", "griptape"),
        )
    )
