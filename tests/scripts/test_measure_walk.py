"""How far a reader walks who follows one handled tool call."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest

from tests.peers.scripts import load_script


@pytest.fixture(scope="module")
def script() -> ModuleType:
    return load_script("measure_walk")


def test_the_walk_leads_from_the_toolset_through_the_engine_and_back(script: ModuleType) -> None:
    steps = script.walk().steps
    entered = [step.function for step in steps]
    passed = [entered.index(f"{name}") for name in ("ComposioToolSet.handle_tool_calls", "Engine.execute", "send", "decode")]
    assert passed == sorted(passed)
    assert {Path(step.file).parts[0] for step in steps} >= {"toolset", "embedded", "engine", "transport", "model"}


def test_a_handled_tool_call_stays_within_the_bars(script: ModuleType) -> None:
    figures = script.walk().figures
    assert {name: value for name, value in figures.items() if value > script.BARS.get(name, value)} == {}


def test_a_figure_above_its_bar_fails_the_check(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert script.main(["--check"]) == 0
    monkeypatch.setitem(script.BARS, "functions_before_the_engine", 1)
    assert script.main(["--check"]) == 1
    assert script.main([]) == 0
    assert "(at most 1) - above the bar" in capsys.readouterr().out
