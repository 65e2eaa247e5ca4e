"""Tells Composio about this plugin; imports neither google-adk nor the rest of the package."""

from __future__ import annotations

from collections.abc import Callable

from composio.plugin import Framework, hookimpl
from composio.plugin.versions import stated_versions


@hookimpl
def register_frameworks(register: Callable[[Framework], None]) -> None:
    register(
        Framework(
            name="google-adk",
            toolset="composio_google_adk:ComposioToolSet",
            package="google-adk",
            requires=stated_versions("opencomposio-google-adk", "google-adk"),
        )
    )
