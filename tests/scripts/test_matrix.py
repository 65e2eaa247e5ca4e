"""The README's table of frameworks is made out of what the plugins state and what their tests found, not typed."""

from __future__ import annotations

import importlib.util
import json
import shutil
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
README = "# Title\n\n<!-- matrix: made by nox -s matrix -->\nold\n<!-- /matrix -->\n\nThe end.\n"


@pytest.fixture
def matrix(monkeypatch: pytest.MonkeyPatch) -> Any:
    specification = importlib.util.spec_from_file_location("matrix", ROOT / "scripts" / "matrix.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    monkeypatch.setitem(sys.modules, "matrix", module)  # where its dataclass looks its own annotations up
    specification.loader.exec_module(module)
    return module


@pytest.fixture
def records(tmp_path: Path) -> Path:
    """What the suite would leave if all went well."""
    for file in ROOT.glob("plugins/*/pyproject.toml"):
        project = tomllib.loads(file.read_text("utf-8"))
        if "framework" in project.get("tool", {}).get("composio", {}):
            for factor in ("lowest", "latest"):
                record = {"version": "1.2", "failed": 0, "streaming": True, "limits": {}}
                leave(tmp_path, f"{file.parent.name}-{factor}", record)
    return tmp_path


def leave(records: Path, environment: str, record: dict[str, Any]) -> None:
    (records / f"{environment}.json").write_text(json.dumps(record))


@pytest.fixture
def readme(tmp_path: Path) -> Path:
    file = tmp_path / "README.md"
    file.write_text(README)
    return file


def test_the_table_is_written_between_its_markers(matrix: Any, records: Path, readme: Path) -> None:
    arguments = ["--records", str(records), "--readme", str(readme)]
    assert matrix.main([*arguments, "--check"]) == 1, "behind"
    assert matrix.main(arguments) == 0
    assert matrix.main([*arguments, "--check"]) == 0
    written = readme.read_text()
    assert written.startswith("# Title\n\n<!-- matrix")
    assert written.endswith("<!-- /matrix -->\n\nThe end.\n")
    assert "| opencomposio-langchain | `composio_langchain` | `langchain-core>=" in written
    assert "`composio_anthropic` (also `composio_claude`)" in written


def test_a_limit_is_listed_with_its_reason(matrix: Any, records: Path, readme: Path) -> None:
    limits = {"agent_streams": "it never does", "call[sync]": "it always waits"}
    leave(records, "crewai-latest", {"version": "1.2", "failed": 0, "streaming": False, "limits": limits})
    matrix.main(["--records", str(records), "--readme", str(readme)])
    written = readme.read_text()
    assert "- opencomposio-crewai, agent streams: it never does." in written
    assert "- opencomposio-crewai, call (`sync`): it always waits." in written
    (row,) = [line for line in written.splitlines() if line.startswith("| opencomposio-crewai |")]
    assert "| limited | yes | no |" in row


def test_a_framework_that_drops_out_breaks_it_visibly(
    matrix: Any, records: Path, readme: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (records / "crewai-latest.json").unlink()
    assert matrix.main(["--records", str(records), "--readme", str(readme)]) == 1
    assert "crewai-latest left no record; run it first: tox run -e crewai-latest" in capsys.readouterr().err
    leave(records, "crewai-latest", {"version": "1.2", "failed": 3, "streaming": True, "limits": {}})
    assert matrix.main(["--records", str(records), "--readme", str(readme)]) == 1
    assert "crewai-latest: 3 tests failed" in capsys.readouterr().err
    assert readme.read_text() == README


def test_markers_that_are_gone_are_told(matrix: Any, records: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    readme = tmp_path / "other.md"
    shutil.copy(ROOT / "LICENSE", readme)
    assert matrix.main(["--records", str(records), "--readme", str(readme)]) == 1
    assert "lacks the markers" in capsys.readouterr().err


def test_every_plugin_of_the_readmes_table_is_here() -> None:
    """And the other way round, whatever was found: what the README lists can be installed."""
    text = (ROOT / "README.md").read_text("utf-8")
    listed = {line.split("|")[1].strip() for line in text.splitlines() if line.startswith("| opencomposio-")}
    projects = [tomllib.loads(file.read_text("utf-8")) for file in ROOT.glob("plugins/*/pyproject.toml")]
    assert listed == {p["project"]["name"] for p in projects if "framework" in p.get("tool", {}).get("composio", {})}
