"""``composio apps check`` covers an app's triggers beside its definition."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from composio.embedded import EmbeddedBackend

APP = "name: Acme\nunique_key: acme\n"
TRIGGERS = "triggers: [{slug: OTHER_X}]\n"


def test_a_folders_two_files_are_checked_together(tmp_path: Path) -> None:
    folder = tmp_path / "acme"
    folder.mkdir()
    (folder / "integration.yaml").write_text(APP)
    with closing(EmbeddedBackend(home=tmp_path / "home")) as backend:
        assert not backend.operator.check_app(folder)
        (folder / "triggers.yaml").write_text(TRIGGERS)
        for asked in (folder, folder / "integration.yaml", folder / "triggers.yaml"):
            found = backend.operator.check_app(asked)
            assert {error.file for error in found} == {str(folder / "triggers.yaml")}
            assert "triggers[0].payload" in {error.field for error in found}
        (folder / "integration.yaml").write_text(APP + "colour: blue\n")
        assert "colour" in {error.field for error in backend.operator.check_app(folder)}
        assert backend.operator.triggers_schema()["title"] == "triggers.yaml"
