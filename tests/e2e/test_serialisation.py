"""The serialisation probe as a test: every kind of operation, over real sockets, judged as the benchmark judges its peers."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture(scope="module")
def probe() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "path", [str(BENCHMARKS), *sys.path])
        import bench_serialisation

        return bench_serialisation


def test_every_kind_of_operation_sends_what_its_description_asks_for(probe: Any) -> None:
    echo = probe.Echo()
    with echo.serving() as url:
        said = probe.ours(url)
    judged = {c.name: probe.judged(c, echo.seen.get(n, []), said[n]) for n, c in enumerate(probe.CASES)}
    assert {name: problem for name, problem in judged.items() if problem} == {}
    assert len(judged) == len(probe.CASES) >= 40


def test_the_judge_is_not_content_with_anything(probe: Any) -> None:
    wrong = probe.Seen("POST", "/wrong", "color=wrong", {"content-type": "text/html", "cookie": "color=wrong"}, b"wrong")
    content = [case.name for case in probe.CASES if not probe.judged(case, [wrong])]
    assert content == []
    assert [case.name for case in probe.CASES if not probe.judged(case, [])] == ["path that climbs"]
