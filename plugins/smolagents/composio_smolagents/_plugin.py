"""Tells Composio about this plugin; imports neither smolagents nor the rest of the package."""

from __future__ import annotations

from collections.abc import Callable

from composio.plugin import Framework, hookimpl
from composio.plugin.versions import stated_versions


@hookimpl
def register_frameworks(register: Callable[[Framework], None]) -> None:
    register(
        Framework(
            name="smolagents",
            toolset="composio_smolagents:ComposioToolSet",
            package="smolagents",
            requires=stated_versions("opencomposio-smolagents", "smolagents"),
        )
    )
