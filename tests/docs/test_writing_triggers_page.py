"""The files that docs/writing-triggers.md shows are ones that the check accepts, samples included."""

from __future__ import annotations

import re
from pathlib import Path

from composio.triggers.reading import load_triggers
from composio.triggers.samples import check_with_samples, load_samples

PAGE = Path(__file__).resolve().parents[2] / "docs" / "writing-triggers.md"
FILES = re.compile(r"```yaml\n# (\S+)\n(.*?)```", re.DOTALL)


def test_the_pages_files_are_checked_without_a_mistake(tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    folder.mkdir()
    files = dict(FILES.findall(PAGE.read_text("utf-8")))
    assert set(files) == {"triggers.yaml", "triggers.samples.yaml"}
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8")
    assert check_with_samples(folder / "triggers.yaml") == []
    (trigger,) = load_triggers(folder)
    assert [sample.trigger for sample in load_samples(folder)] == [trigger.slug] * 2
