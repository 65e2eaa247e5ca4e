from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import composio as package
from composio.cli.stubs import render
from composio.model import names

Run = Callable[..., Any]
PROGRAM = """\
from composio import Action, App, Tag, Trigger, ActionModel
from composio.model.names import Action as Same

one: Action = Action.PETS_ADOPT_A_PET
alias: Same = Action.PETS_ADOPT
made: Action = Action("anything")
app: App = App.PLANTS
text: str = Tag.IMPORTANT.value
tag: Tag = Tag.PETS
case: bool = tag.any_case
trigger = Trigger.WHATEVER_COMES
model: type[ActionModel] = ActionModel
"""
TYPO = "from composio import Action\n\nAction.PETS_ADOPT_A_PAT\n"


def surface(source: str) -> dict[str, set[str]]:
    """Classes with the public members that they declare; names written out for one installation are left out."""
    return {
        node.name: {
            item.name for item in node.body if isinstance(item, ast.FunctionDef) and item.name not in ("__str__", "__repr__")
        }
        for node in ast.parse(source).body
        if isinstance(node, ast.ClassDef)
    }


def test_the_stub_has_the_whole_surface_of_the_module() -> None:
    real = surface(Path(names.__file__).read_text())
    stub = surface(render([], [], []))
    # What makes any name pass at run time is what the stub must not have; __new__ is inherited from the base there.
    real["_NameMeta"].remove("__getattr__")
    real["Tag"].discard("__new__")
    assert {name: stub.get(name) for name in real} == real


def test_only_what_can_be_an_attribute_is_written() -> None:
    text = render(["GITHUB_X", "9_LIVES", "A-B"], ["github"], ["Good First", "class"])
    members = [line.strip() for line in text.splitlines() if ": Final[" in line]
    assert members == [
        "GITHUB_X: Final[Action]",
        "GITHUB: Final[App]",
        "CLASS: Final[Tag]",
        "GOOD_FIRST: Final[Tag]",
        "IMPORTANT: Final[Tag]",
    ]


def check(folder: Path, program: str) -> subprocess.CompletedProcess[str]:
    pytest.importorskip("mypy")
    file = folder / "program.py"
    file.write_text(program)
    command = [
        sys.executable,
        "-m",
        "mypy",
        "--strict",
        "--follow-imports=silent",
        "--cache-dir",
        str(folder / "cache"),
        str(file),
    ]
    environment = {**os.environ, "MYPYPATH": str(folder / "typings")}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300)


def test_a_checker_knows_the_names_and_finds_a_typo(composio: Run, tmp_path: Path) -> None:
    done = composio("apps", "generate-types", "--output", str(tmp_path / "typings"))
    written = tmp_path / "typings" / "composio" / "model" / "names.pyi"
    assert done.stdout == f"Wrote 2 actions of 1 compiled apps to {written}\n"
    known = check(tmp_path, PROGRAM)
    assert (known.returncode, known.stdout) == (0, "Success: no issues found in 1 source file\n")
    typo = check(tmp_path, TYPO)
    assert typo.returncode == 1
    assert '"type[Action]" has no attribute "PETS_ADOPT_A_PAT"' in typo.stdout


def test_a_file_can_be_named(composio: Run, tmp_path: Path) -> None:
    target = tmp_path / "somewhere" / "names.pyi"
    assert composio("apps", "generate-types", "--output", str(target)).exit_code == 0
    assert "PETS_ADOPT_A_PET: Final[Action]" in target.read_text()


def test_the_default_is_beside_the_module(tmp_path: Path) -> None:
    shutil.copytree(Path(package.__file__).parent, tmp_path / "composio", ignore=shutil.ignore_patterns("__pycache__", "*.pyi"))
    code = "from composio.cli.stubs import _write; print(_write('x = 1', None))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert Path(done.stdout.strip()) == tmp_path / "composio" / "model" / "names.pyi", done.stderr
    assert (tmp_path / "composio" / "model" / "names.pyi").read_text() == "x = 1"


def test_where_nothing_can_be_written_the_message_shows_the_way(composio: Run, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = composio("apps", "generate-types", "--output", str(tmp_path / "file" / "names.pyi"))
    assert done.exit_code == 1
    assert "composio apps generate-types --output typings" in done.stderr
    assert "neither a folder nor a .pyi file" in composio("apps", "generate-types", "--output", str(tmp_path / "file")).stderr


def test_nothing_compiled_says_what_to_do(composio: Run, backend: Any, tmp_path: Path) -> None:
    backend.known = [a for a in backend.known if not a.compiled]
    done = composio("apps", "generate-types", "--output", str(tmp_path))
    assert done.exit_code == 0
    assert "composio apps update github" in done.stderr
