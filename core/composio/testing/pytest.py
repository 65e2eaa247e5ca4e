"""A fixture that replays a test's calls: ``pytest_plugins = ["composio.testing.pytest"]``.

``recorded_calls`` replays ``recordings/<module>.<test>.jsonl`` beside the test's file, strictly; ``pytest --record-calls`` makes the calls
instead, and records them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from composio.testing.tapes import Recording, Replay, record, replay

__all__ = ["pytest_addoption", "recorded_calls"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--record-calls``."""
    parser.addoption("--record-calls", action="store_true", help="Make the calls of `recorded_calls` tests, and record them.")


@pytest.fixture
def recorded_calls(request: pytest.FixtureRequest) -> Iterator[Recording | Replay]:
    """Replay the calls that were recorded for this test, or record them with ``--record-calls``."""
    name = re.sub(r"[^A-Za-z0-9_.-]+", "-", f"{request.node.path.stem}.{request.node.name}").strip("-")
    path = request.node.path.parent / "recordings" / f"{name}.jsonl"
    if request.config.getoption("--record-calls"):
        path.parent.mkdir(exist_ok=True)
        with record(path) as recording:
            yield recording
    else:
        with replay(path, strict=True) as tape:
            yield tape
