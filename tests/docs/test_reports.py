"""docs/reports.md and the tests of reports say the same: each row has its test, and each report that a test cites its row."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "reports.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| \[[^\]]+\]\((https://github\.com/[^)]+)\) \| (.+?) \| (.+?) \| `(test_\w+)` \|$", re.MULTILINE)
ROWS = ROW.findall(PAGE)
# A comment with the report's address stands above the test that it is about.
CITED = re.compile(r"^# (https://github\.com/\S+)\n(?:@pytest[^\n]*\n(?:[ )\]][^\n]*\n)*)*def (test_\w+)", re.MULTILINE)
REPORTS = sorted((ROOT / "core" / "tests" / "reports").glob("test_*.py"))


def test_there_are_at_least_twenty_reports_and_every_row_is_read() -> None:
    assert len(ROWS) >= 20
    assert len(ROWS) == sum(line.startswith("| [") for line in PAGE.splitlines())
    assert len({address for address, *_ in ROWS}) == len(ROWS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0].removeprefix("https://github.com/"))
def test_a_row_has_a_verdict_and_a_test_that_exists(row: tuple[str, str, str, str]) -> None:
    _, _, verdict, test = row
    assert verdict.startswith(("right already", "mended", "does not apply: "))
    files = [*(ROOT / "core" / "tests").rglob("test_*.py"), *(ROOT / "tests").rglob("test_*.py")]
    assert sum(f"def {test}(" in file.read_text(encoding="utf-8") for file in files) == 1


def test_the_tests_of_reports_are_those_of_the_page() -> None:
    texts = [file.read_text(encoding="utf-8") for file in REPORTS]
    cited = {found for text in texts for found in CITED.findall(text)}
    assert cited <= {(address, test) for address, _, _, test in ROWS}
    assert len(cited) == sum(text.count("# https://github.com/") for text in texts)
    assert {test for _, test in cited} == {
        name for text in texts for name in re.findall(r"^def (test_\w+)", text, re.MULTILINE)
    }
