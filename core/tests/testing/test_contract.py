"""The contract suite: the base toolset passes it, and an adapter with a mistake does not."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

import pytest

from composio.errors import InvalidRequest
from composio.testing import AdapterContract
from composio.testing.contract.neutral import NeutralDriver
from composio.toolset import ComposioToolSet


class TestNeutral(NeutralDriver, AdapterContract):
    """The toolset without a framework."""

    toolset_class = ComposioToolSet


_BROKEN = """
import asyncio, json
from composio.errors import InvalidRequest
from composio.testing import AdapterContract
from composio.testing.contract.neutral import NeutralDriver
from composio.toolset import ComposioToolSet


class Base(NeutralDriver, AdapterContract):
    toolset_class = ComposioToolSet


class TestRaises(Base):
    def call(self, toolset, tools, arguments):
        text = super().call(toolset, tools, arguments)
        if not json.loads(text)["successful"]:
            raise RuntimeError(text)
        return text


class TestRepr(Base):
    def call(self, toolset, tools, arguments):
        return repr(json.loads(super().call(toolset, tools, arguments)))


class TestDropsKeywords(Base):
    def wire_tools(self, tools):
        kept = ("type", "properties", "items", "required", "description")
        def cut(schema):
            shown = {k: v for k, v in schema.items() if k in kept}
            if "properties" in shown:
                shown["properties"] = {k: cut(v) for k, v in shown["properties"].items()}
            if "items" in shown:
                shown["items"] = cut(shown["items"])
            return shown
        return [{**tool, "parameters": cut(tool["parameters"])} for tool in tools]


class TestKeywordArguments(Base):
    def call(self, toolset, tools, arguments):
        def run(config=None, run_manager=None, callbacks=None, **kwargs):
            return super(TestKeywordArguments, self).call(toolset, tools, kwargs)
        return run(**arguments)


class TestOneByOne(Base):
    async def acall(self, toolset, tools, arguments):
        await asyncio.sleep(0)
        return NeutralDriver.call(self, toolset, tools, arguments)


class TestDangling(Base):
    def wire_tools(self, tools):
        node = {"type": "object", "properties": {"label": {"$ref": "#/components/schemas/Node"}}}
        return [{**tool, "parameters": node} for tool in tools]


class TestLimited(Base):
    limits = {"large_result": "it cuts results at 64 KB"}


class TestLimitedInOneMode(Base):
    limits = {"large_result[async]": "its loop cuts results"}
"""

_EXPECTED = {
    "TestRaises": {"test_upstream_failure_is_shown", "test_invalid_arguments_are_shown", "test_missing_arguments_are_shown"},
    "TestRepr": {"test_call", "test_unicode"},
    "TestDropsKeywords": {"test_enums_defaults_and_bounds"},
    "TestKeywordArguments": {"test_hostile_names"},
    "TestOneByOne": {"test_async_calls_run_at_the_same_time", "test_cancelling_a_call_cancels_its_request"},
    "TestDangling": {"test_every_definition_is_one_that_providers_take", "test_recursive_schema"},
    "TestLimited": set(),
    "TestLimitedInOneMode": set(),
}
_REASONS = {
    "TestLimited": r"SKIPPED \[2\] .*it cuts results at 64 KB",
    "TestLimitedInOneMode": r"SKIPPED \[1\] .*its loop cuts results",
}


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    file = tmp_path_factory.mktemp("broken") / "test_broken.py"
    file.write_text(_BROKEN)
    names = "|".join(sorted({*(n for names in _EXPECTED.values() for n in names), "test_large_result"}))
    chosen = names.replace("|", " or ")
    command = [sys.executable, "-m", "pytest", "-q", "--tb=no", "-rfEs", "-p", "no:cacheprovider", "-k", chosen, str(file)]
    environ = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}  # which are seconds to import
    done = subprocess.run(command, capture_output=True, text=True, cwd=Path(file).parent, timeout=300, env=environ)
    return done.stdout + done.stderr


@pytest.mark.parametrize("adapter", sorted(_EXPECTED))
def test_a_mistake_in_an_adapter_is_found(adapter: str, report: str) -> None:
    failed = set(re.findall(rf"FAILED test_broken.py::{adapter}::(\w+)", report))
    assert failed >= _EXPECTED[adapter], report
    if adapter in _REASONS:
        assert not failed, report
        assert re.search(_REASONS[adapter], report), report


def test_a_limit_that_names_no_case_is_refused() -> None:
    class Misspelt(NeutralDriver, AdapterContract):
        toolset_class = ComposioToolSet
        limits: ClassVar[Mapping[str, str]] = {"larg_result": "a typing mistake"}

    with pytest.raises(InvalidRequest, match="larg_result"):
        Misspelt.setup_class()
