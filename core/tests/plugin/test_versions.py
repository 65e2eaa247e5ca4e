"""The versions that a distribution states for its framework, read from what is installed."""

from __future__ import annotations

from pathlib import Path

import pytest

from composio.plugin.versions import read_versions

METADATA = """\
Metadata-Version: 2.4
Name: opencomposio-sample
Version: 1
Requires-Dist: opencomposio-core<0.9,>=0.8
Requires-Dist: Some_Framework[extra]<3,>=1.2; python_version >= "3.11"
Requires-Dist: old-style (>=2)
Requires-Dist: unbounded
Provides-Extra: client
Requires-Dist: client<4,>=1.66; extra == "client"
"""


@pytest.fixture(autouse=True)
def _installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "opencomposio_sample-1.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text(METADATA)
    monkeypatch.syspath_prepend(str(tmp_path))


@pytest.mark.parametrize(
    ("package", "versions"),
    [
        ("opencomposio-core", ">=0.8,<0.9"),
        ("some-framework", ">=1.2,<3"),
        ("client", ">=1.66,<4"),
        ("old.style", ">=2"),
        ("unbounded", ""),
        ("some", ""),
        ("absent", ""),
    ],
)
def test_a_requirements_versions_are_found_whatever_its_spelling(package: str, versions: str) -> None:
    assert read_versions("opencomposio-sample", package) == versions


def test_a_distribution_that_is_not_installed_states_nothing() -> None:
    assert read_versions("opencomposio-nowhere", "openai") == ""
