"""v0.7's home of its logger. Everything here logs to ``composio`` and below it, as the standard library's logging does."""

from __future__ import annotations

import logging
import os
from enum import Enum

from composio.former.finder import name_lookup

__all__ = ["LogLevel", "WithLogger", "get", "get_logger", "setup"]

_NAME = "composio"
_FORMAT = "[%(asctime)s][%(levelname)s] %(message)s"
_LEVEL = "COMPOSIO_LOGGING_LEVEL"


class LogLevel(Enum):
    """How much is logged."""

    CRITICAL = "critical"
    FATAL = "fatal"
    ERROR = "error"
    WARNING = "warning"
    WARN = "warn"
    INFO = "info"
    DEBUG = "debug"
    NOTSET = "notset"

    @property
    def number(self) -> int:
        """The standard library's number of it."""
        return logging.getLevelNamesMapping()[self.name]


def get(
    name: str | None = None,
    level: LogLevel = LogLevel.INFO,
    log_format: str = _FORMAT,
    verbosity_level: int | None = None,  # noqa: ARG001 - v0.7 cut long lines; nothing is cut here
) -> logging.Logger:
    """The logger ``name``, set to ``level`` or to what the environment variable ``COMPOSIO_LOGGING_LEVEL`` says.

    Gives the root logger a handler that writes ``log_format`` to stderr where it has none, as v0.7 did.
    """
    logging.basicConfig(format=log_format)
    logger = logging.getLogger(name or _NAME)
    logger.setLevel(_level_of_environment() or level.number)
    return logger


get_logger = get


def setup(level: LogLevel = LogLevel.INFO, log_format: str = _FORMAT) -> None:
    """Show what this package logs from ``level`` on."""
    logging.basicConfig(format=log_format)
    logging.getLogger(_NAME).setLevel(level.number)


class WithLogger:
    """A base class whose instances have a ``logger``."""

    def __init__(
        self,
        logger: logging.Logger | None = None,
        logger_name: str = _NAME,
        logging_level: LogLevel = LogLevel.INFO,
        verbosity_level: int | None = None,
    ) -> None:
        self._logger = logger or get(logger_name, logging_level, verbosity_level=verbosity_level)

    @property
    def logger(self) -> logging.Logger:
        """The logger that was given, or the one of ``logger_name``."""
        return self._logger


def _level_of_environment() -> int | None:
    return logging.getLevelNamesMapping().get(os.environ.get(_LEVEL, "").strip().upper())


__getattr__, __dir__ = name_lookup(__name__)
