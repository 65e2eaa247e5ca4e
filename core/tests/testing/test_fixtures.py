"""Helpers leave everything as it was."""

from __future__ import annotations

import os

import pytest

from composio.testing.fixtures import temporary_home


@pytest.mark.parametrize("before", [None, "somewhere"])
def test_a_temporary_home_is_gone_afterwards(before: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    if before is None:
        monkeypatch.delenv("COMPOSIO_HOME", raising=False)
    else:
        monkeypatch.setenv("COMPOSIO_HOME", before)
    with temporary_home() as home:
        assert os.environ["COMPOSIO_HOME"] == str(home)
        assert home.is_dir()
    assert not home.exists()
    assert os.environ.get("COMPOSIO_HOME") == before
