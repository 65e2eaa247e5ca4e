"""Another company's packages under our import names are noticed, in one line, and never by an import alone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from composio.plugin.foreign import describe_foreign, find_foreign


def install(folder: Path, name: str, version: str, *requires: str) -> None:
    info = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir(parents=True)
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", *(f"Requires-Dist: {r}" for r in requires)]
    (info / "METADATA").write_text("\n".join(lines) + "\n", "utf-8")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path)])
    return tmp_path


def test_their_core_and_plugins_are_found_and_nobody_elses(site: Path) -> None:
    install(site, "composio-core", "0.7.20")
    install(site, "composio", "0.30.0")
    install(site, "composio-openai", "0.7.20", "composio_core>=0.7.0,<0.8.0")
    install(site, "composio-langchain", "0.30.0", 'composio ; extra == "x"')
    install(site, "composio-client", "1.43.0", "httpx")
    install(site, "composio-of-a-user", "1.0", "opencomposio-core>=0.8")
    install(site, "composition", "1.0")
    assert find_foreign() == {
        "composio": "0.30.0",
        "composio-core": "0.7.20",
        "composio-langchain": "0.30.0",
        "composio-openai": "0.7.20",
    }


def test_an_environment_without_them_is_clean(site: Path) -> None:
    assert find_foreign() == {}
    assert describe_foreign({}) == ""


def test_the_line_says_what_to_run() -> None:
    said = describe_foreign({"composio-core": "0.7.20"})
    assert "\n" not in said
    assert "composio-core 0.7.20 is another company's" in said
    assert "pip uninstall composio-core;" in said


@pytest.mark.parametrize(
    ("program", "times"),
    [("import composio, composio.toolset", 0), ("from composio import ComposioToolSet as T; T(); T()", 1)],
)
def test_the_first_toolset_says_so_once_and_an_import_reads_nothing(tmp_path: Path, program: str, times: int) -> None:
    install(tmp_path, "composio-core", "0.7.20")
    program = f"import sys; sys.path.append({str(tmp_path)!r}); {program}"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stderr.count("another company's") == times


def test_the_listing_of_plugins_says_so(tmp_path: Path) -> None:
    install(tmp_path, "composio-core", "0.7.20")
    program = f"import sys; sys.path.append({str(tmp_path)!r}); sys.argv = ['composio', 'plugins', '--json']; from composio.cli.main import run; run()"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stderr.count("another company's") == 1
    assert done.stdout.startswith("[")
