"""Keeps what signing libraries log at DEBUG out of logs: oauthlib writes signatures and tokens there, botocore session tokens."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

__all__ = ["quiet"]

_SIGNING: ContextVar[bool] = ContextVar("composio_signing", default=False)
_LOGGERS = ("oauthlib.oauth1.rfc5849", "oauthlib.oauth1.rfc5849.signature", "botocore.auth", "botocore.credentials")


def _silent(_record: logging.LogRecord) -> bool:
    return not _SIGNING.get()


@contextmanager
def quiet() -> Iterator[None]:
    """Nothing is logged inside by those who sign. A user's own requests with the same libraries are logged as ever."""
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(_silent)
    token = _SIGNING.set(True)
    try:
        yield
    finally:
        _SIGNING.reset(token)
