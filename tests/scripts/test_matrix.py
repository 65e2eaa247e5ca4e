"""The tables of frameworks are made from what the plugins state and what their tests found; nobody types them."""

from __future__ import annotations

import json
import shutil
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.peers.scripts import load_script

ROOT = Path(__file__).parents[2]
README = "# Title\n\n<!-- matrix: made by nox -s matrix -->\nold\n<!-- /matrix -->\n\nThe end.\n"


@pytest.fixture
def matrix() -> Any:
    return load_script("matrix")


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
    for name in ("README.md", "frameworks.md"):
        (tmp_path / name).write_text(README)
    return tmp_path / "README.md"


def run(matrix: Any, records: Path, readme: Path, *more: str) -> int:
    arguments = ["--records", str(records), "--readme", str(readme), "--page", str(readme.with_name("frameworks.md")), *more]
    code: int = matrix.main(arguments)
    return code


def test_the_tables_are_written_between_their_markers(
    matrix: Any, records: Path, readme: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(matrix, records, readme, "--check") == 1
    assert capsys.readouterr().err == (
        "README.md is out of date; run nox -s matrix.\nframeworks.md is out of date; run nox -s matrix.\n"
    )
    assert run(matrix, records, readme) == 0
    assert run(matrix, records, readme, "--check") == 0
    for file in (readme, readme.with_name("frameworks.md")):
        written = file.read_text()
        assert written.startswith("# Title\n\n<!-- matrix")
        assert written.endswith("<!-- /matrix -->\n\nThe end.\n")
        assert "| opencomposio-langchain | `composio_langchain` | `langchain-core>=" in written
        assert "`composio_anthropic` (also `composio_claude`)" in written
    assert "| Install | Import | Framework | A run names its user in | A run pauses with |\n" in readme.read_text()
    (row,) = [line for line in readme.read_text().splitlines() if line.startswith("| opencomposio-pydantic-ai |")]
    assert row.endswith("| `deps` | `ApprovalRequired` |")


def test_a_limit_is_listed_with_its_reason(matrix: Any, records: Path, readme: Path) -> None:
    limits = {"agent_streams": "it never does", "call[sync]": "it always waits"}
    leave(records, "crewai-latest", {"version": "1.2", "failed": 0, "streaming": False, "limits": limits})
    run(matrix, records, readme)
    written = readme.with_name("frameworks.md").read_text()
    assert "- opencomposio-crewai, agent streams: it never does." in written
    assert "- opencomposio-crewai, call (`sync`): it always waits." in written
    (row,) = [line for line in written.splitlines() if line.startswith("| opencomposio-crewai |")]
    assert "| limited | yes | no |" in row


def test_a_framework_that_drops_out_breaks_it_visibly(
    matrix: Any, records: Path, readme: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (records / "crewai-latest.json").unlink()
    assert run(matrix, records, readme) == 1
    assert "crewai-latest left no record; run it first: tox run -e crewai-latest" in capsys.readouterr().err
    leave(records, "crewai-latest", {"version": "1.2", "failed": 3, "streaming": True, "limits": {}})
    assert run(matrix, records, readme) == 1
    assert "crewai-latest: 3 tests failed" in capsys.readouterr().err
    assert readme.read_text() == README


def test_missing_markers_are_an_error(matrix: Any, records: Path, readme: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copy(ROOT / "LICENSE", readme)
    assert run(matrix, records, readme) == 1
    assert "README.md lacks the markers" in capsys.readouterr().err


def test_every_plugin_of_the_readmes_table_is_here() -> None:
    """And the other way round, whatever was found: what the README lists can be installed."""
    projects = [tomllib.loads(file.read_text("utf-8")) for file in ROOT.glob("plugins/*/pyproject.toml")]
    supported = {p["project"]["name"] for p in projects if "framework" in p.get("tool", {}).get("composio", {})}
    for page in ("README.md", "docs/frameworks.md"):
        lines = (ROOT / page).read_text("utf-8").splitlines()
        assert {line.split("|")[1].strip() for line in lines if line.startswith("| opencomposio-")} == supported
