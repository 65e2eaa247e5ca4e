"""Tells Composio about this plugin; must not import the framework."""

from __future__ import annotations

from collections.abc import Callable

from composio.plugin import Framework, hookimpl


@hookimpl
def register_frameworks(register: Callable[[Framework], None]) -> None:
    # With a framework: package="its-distribution", requires=stated_versions("opencomposio-@name@", "its-distribution").
    register(Framework(name="@name@", toolset="@module@:ComposioToolSet"))
