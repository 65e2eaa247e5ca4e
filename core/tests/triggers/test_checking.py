"""``composio apps check`` covers an app's triggers beside its definition."""

from __future__ import annotations

from pathlib import Path

from composio.embedded.checking import check_app, triggers_schema

APP = "name: Acme\nunique_key: acme\n"
TRIGGERS = "triggers: [{slug: OTHER_X}]\n"


def test_a_folders_two_files_are_checked_together(tmp_path: Path) -> None:
    folder = tmp_path / "acme"
    folder.mkdir()
    (folder / "integration.yaml").write_text(APP)
    assert not check_app(folder)
    (folder / "triggers.yaml").write_text(TRIGGERS)
    for asked in (folder, folder / "integration.yaml", folder / "triggers.yaml"):
        found = check_app(asked)
        assert {error.file for error in found} == {str(folder / "triggers.yaml")}
        assert "triggers[0].payload" in {error.field for error in found}
    (folder / "integration.yaml").write_text(APP + "colour: blue\n")
    assert "colour" in {error.field for error in check_app(folder)}
    assert triggers_schema()["title"] == "triggers.yaml"
