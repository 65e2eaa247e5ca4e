"""Frameworks as they are installed: versions, tested ranges, and what they can't live with."""

from __future__ import annotations

from pathlib import Path

import pytest

from composio.plugin.frameworks import conflicts, find_version, framework_of, in_range

INSTALLED = {
    "agents-one": ("2.0", ["model-client<3,>=1", "helper[fast]", "absent; python_version < '3'", "not a requirement !"]),
    "agents-two": ("1.0", ["model-client>=3", "agents-one", "missing-thing>=4"]),
    "helper": ("1.0", ["model-client<1.5; extra == 'fast'", "agents-one", "nobody; extra == 'slow'"]),
    "model-client": ("3.4", []),
}


@pytest.fixture(autouse=True)
def _installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, (version, requires) in INSTALLED.items():
        folder = tmp_path / f"{name.replace('-', '_')}-{version}.dist-info"
        folder.mkdir()
        stated = "".join(f"Requires-Dist: {text}\n" for text in requires)
        (folder / "METADATA").write_text(f"Metadata-Version: 2.4\nName: {name}\nVersion: {version}\n{stated}")
    monkeypatch.syspath_prepend(str(tmp_path))


def test_what_a_framework_asks_for_and_does_not_find_is_named_through_all_that_it_needs() -> None:
    assert conflicts("agents-one") == [
        "agents-one needs model-client<3,>=1, installed is 3.4",
        "helper needs model-client<1.5, installed is 3.4",
    ]
    assert "agents-two needs missing-thing>=4, which is not installed" in conflicts("agents-two")


def test_two_frameworks_that_want_different_versions_of_a_third_thing_are_told() -> None:
    # Whoever was installed last won; the other one's need is what is reported.
    told = conflicts("agents-two")
    assert "agents-one needs model-client<3,>=1, installed is 3.4" in told
    assert not [line for line in told if line.startswith("agents-two needs model-client")]


@pytest.mark.parametrize("package", ["model-client", "never-installed"])
def test_where_nothing_is_asked_for_there_is_no_conflict(package: str) -> None:
    assert conflicts(package) == []


@pytest.mark.parametrize(
    ("version", "requires", "answer"),
    [
        ("1.5", ">=1,<2", True),
        ("2.0", ">=1,<2", False),
        ("1.5rc1", ">=1,<2", True),
        (None, ">=1", None),
        ("1.5", "", None),
        ("not a version", ">=1", None),
        ("1.5", "whatever", None),
    ],
)
def test_a_version_is_in_the_tested_range_or_not_or_nobody_knows(
    version: str | None, requires: str, answer: bool | None
) -> None:
    assert in_range(version, requires) is answer


def test_what_is_not_installed_has_no_version() -> None:
    assert (find_version("model-client"), find_version("never-installed")) == ("3.4", None)


@pytest.mark.parametrize("package", ["no_such_package_anywhere", "json"])
def test_what_is_no_plugin_registers_nothing(package: str) -> None:
    assert framework_of(package) is None


def test_a_plugin_is_asked_alone() -> None:
    pytest.importorskip("composio_openai")
    framework = framework_of("composio_openai")
    assert framework is not None
    assert (framework.name, framework.package) == ("openai", "openai")
