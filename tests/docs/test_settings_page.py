"""docs/settings.md lists every environment variable that the project reads."""

from __future__ import annotations

import re
from pathlib import Path

from composio.discovery import names

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "settings.md").read_text("utf-8")
SOURCES = ("core/composio", "plugins/apps/composio_apps", "core/tests", "tests")
# Named only to say that v0.7 had them.
FORMER = {"COMPOSIO_PYPI_METADATA", "COMPOSIO_VERSIONING_POLICY"}
# What tests invent; and what ends in the name of an app or a field, which the page writes as a pattern.
FAMILIES = re.compile(r"COMPOSIO_(OAUTH\w*|\w+_BASE_URL|X\w*)")


def test_every_variable_that_the_package_reads_is_on_the_page() -> None:
    files = [file for folder in SOURCES[:2] for file in (ROOT / folder).rglob("*.py")]
    read = {name for file in files for name in re.findall(r"COMPOSIO_[A-Z][A-Z_]*[A-Z]", file.read_text("utf-8"))}
    assert len(read) > 12
    tools = {names.SEARCH, names.DESCRIBE, names.EXECUTE, names.CONNECT}
    missing = {name for name in read - FORMER - tools if not FAMILIES.fullmatch(name) and f"`{name}`" not in PAGE}
    assert missing == set()


def test_every_variable_of_the_page_is_read() -> None:
    files = [
        ROOT / "tox.ini",
        *(ROOT / "plugins" / "apps" / "tests").glob("*.py"),
        *(file for folder in SOURCES for file in (ROOT / folder).rglob("*.py")),
    ]
    text = "\n".join(file.read_text("utf-8") for file in files)
    named = set(re.findall(r"COMPOSIO_[A-Z][A-Z_]*[A-Z]", PAGE))
    assert {name for name in named if name not in text and not FAMILIES.fullmatch(name)} == set()
