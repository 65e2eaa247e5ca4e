"""v0.7's logger is the standard library's."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from composio import LogLevel
from composio.utils import logging as ours


@pytest.fixture(autouse=True)
def loggers_as_before() -> Iterator[None]:
    root, before = logging.getLogger(), {name: logging.getLogger(name).level for name in ("composio", "mine")}
    handlers = list(root.handlers)
    yield
    root.handlers[:] = handlers
    for name, level in before.items():
        logging.getLogger(name).setLevel(level)


def test_a_logger_has_the_level_that_was_asked_for(caplog: pytest.LogCaptureFixture) -> None:
    logger = ours.get_logger("mine", LogLevel.WARN)
    assert logger is logging.getLogger("mine")
    logger.info("quiet")
    logger.warning("loud")
    assert [one.message for one in caplog.records] == ["loud"]


def test_the_environment_says_the_level(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMPOSIO_LOGGING_LEVEL", " Debug ")
    assert ours.get().level == logging.DEBUG
    monkeypatch.setenv("COMPOSIO_LOGGING_LEVEL", "loudest")
    assert ours.get(level=LogLevel.ERROR).level == logging.ERROR


def test_setup_shows_what_the_package_logs() -> None:
    ours.setup(LogLevel.DEBUG)
    assert logging.getLogger("composio.accounts").isEnabledFor(logging.DEBUG)


def test_a_class_with_a_logger_has_one() -> None:
    class Mine(ours.WithLogger):
        pass

    assert Mine().logger.name == "composio"
    given = logging.getLogger("mine")
    assert Mine(given).logger is given


@pytest.mark.parametrize("level", list(LogLevel))
def test_every_level_has_its_number(level: LogLevel) -> None:
    assert isinstance(level.number, int)
