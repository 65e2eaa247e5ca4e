"""What tools of one framework cost. Nothing is asserted: figures are written to the file that ``COMPOSIO_FIGURES`` names.

Each is a JSON object on a line of its own: ``{"framework", "figure", "value", "unit"}``.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import httpx
import pytest

from composio.testing.contract.driver import Driver, World, slug
from composio.testing.model.script import Calls, Say
from composio.testing.model.server import ScriptedModel

__all__ = ["FigureCases"]

_FILE = "COMPOSIO_FIGURES"
_TOOLS = 100
_BUILDS = 5
_ROUNDS = 6  # frameworks stop after ten or so
_RUNS = 15
_PROMPT = "Please do it."


class FigureCases(Driver):
    """Run by the benchmarks, not by the tests."""

    @pytest.fixture
    def _require_file(self) -> None:
        if _FILE not in os.environ:
            pytest.skip(f"figures are taken where {_FILE} names a file")

    @pytest.mark.usefixtures("_require_file")
    def test_figure_of_building_tools(self) -> None:
        from composio.embedded import EmbeddedBackend

        backend = EmbeddedBackend()
        try:
            names = [action.slug for action in backend.catalog.select(apps=["github"], everything=True, limit=_TOOLS)]
            toolset = self.make_toolset(backend)
            toolset.get_tools(actions=names)  # imports the framework and opens the catalog
            seconds = []
            for _ in range(_BUILDS):
                started = time.process_time()
                assert len(toolset.get_tools(actions=names)) in {1, _TOOLS}  # Gemini's declarations are one tool
                seconds.append(time.process_time() - started)
        finally:
            backend.close()
        self._write("build 100 tools", median(seconds), "CPU s")

    @pytest.mark.usefixtures("_require_file")
    def test_figure_of_a_call_over_a_bare_function(self, world: World, toolset: Any) -> None:
        if not self.supplies("run_bare"):
            pytest.skip("the framework makes no tools of functions")
        with httpx.Client(base_url=world.api.url, headers={"Authorization": "Bearer contract"}) as client:

            def contract_get_item(item_id: int) -> str:
                """Get item."""
                return client.get(f"/items/{item_id}").raise_for_status().text

            tools = self.tools(toolset, "get_item")
            taken: dict[str, list[float]] = {"ours": [], "bare": []}
            for _ in range(_RUNS):  # by turns, so that what else the machine does weighs on both
                taken["ours"] += _rounds(lambda model: self.run_agent(toolset, tools, model, _PROMPT))
                taken["bare"] += _rounds(lambda model: self.run_bare(model, contract_get_item, _PROMPT))
        ours, bare = median(taken["ours"]), median(taken["bare"])
        self._write("a call over a bare function's", (ours - bare) * 1000, "ms")
        self._write("a call in the framework's loop", ours * 1000, "ms")

    def _write(self, figure: str, value: float, unit: str) -> None:
        line = {"framework": type(self).__name__.removeprefix("Test"), "figure": figure, "value": value, "unit": unit}
        with Path(os.environ[_FILE]).open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")


def _rounds(run: Callable[[ScriptedModel], str]) -> list[float]:
    """Seconds from one request to the model to the next: a call, and the framework's work around it."""
    calls = [Calls([{"name": slug("get_item"), "arguments": {"item_id": n}}]) for n in range(_ROUNDS)]
    with ScriptedModel([*calls, Say("All done.")]) as model:
        assert "All done." in run(model)
        assert model.problems == []
        return [after.received - before.received for before, after in pairwise(model.requests)]
