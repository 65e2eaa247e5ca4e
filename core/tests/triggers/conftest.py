"""A stage that is as it was for each test of a module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.triggers.hosts import Stage


@pytest.fixture
def stage(opened: Stage) -> Iterator[Stage]:
    """The module's ``opened`` stage, emptied after each test."""
    yield opened
    opened.clear("", "other")
