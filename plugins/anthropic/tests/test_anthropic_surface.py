"""The package around the tools: its exports, its registration, its former name."""

from __future__ import annotations

import pytest

import composio_anthropic
from composio.errors import InvalidRequest
from composio.testing import PluginContract


class TestPackage(PluginContract):
    package = "composio_anthropic"
    exports = ("ComposioToolset",)
    plain = True
    framework_modules = ("anthropic", "httpx", "pydantic")
    alias = "composio_claude"


def test_an_unknown_runner_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="'sync', 'async' or None, not True"):
        composio_anthropic.ComposioToolSet(runner=True)  # type: ignore[arg-type]  # the mistake under test
