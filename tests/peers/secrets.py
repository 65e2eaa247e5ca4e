"""Finds planted secrets in everything that a process lets be seen: logs, errors, tracebacks, reprs, files."""

from __future__ import annotations

import base64
import contextlib
import logging
import traceback
from collections.abc import Callable, Iterator
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

__all__ = ["Sweep"]

LOGGERS = (
    "",
    "composio",
    "httpx",
    "httpcore",
    "httpcore.http11",
    "sqlalchemy",
    "sqlalchemy.engine",
    "sqlalchemy.pool",
    "asyncio",
)


class Sweep(logging.Handler):
    """Collects what can be seen; :meth:`hits` has the places where one of ``secrets`` was.

    It looks for each as it is, percent-encoded, and inside base64, whichever its place there.
    """

    def __init__(self, *secrets: str) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(logging.Formatter("%(name)s %(levelname)s %(message)s"))
        self._forms = {form: secret for secret in secrets for form in _forms(secret)}
        self.seen: list[tuple[str, str]] = []
        self.records = 0

    def __repr__(self) -> str:
        return "Sweep()"

    def plant(self, *secrets: str) -> None:
        """Look for these as well: what a provider made up."""
        self._forms |= {form: secret for secret in secrets for form in _forms(secret)}

    def emit(self, record: logging.LogRecord) -> None:
        self.records += 1
        self.look(f"log {record.name}", self.format(record))

    def look(self, where: str, text: str) -> None:
        """Keep a string for :meth:`hits`."""
        self.seen.append((where, text))

    def show(self, **values: Any) -> None:
        """Look at how values print, and what those that are dataclasses or have ``__dict__`` hold."""
        for name, value in values.items():
            self.look(f"repr {name}", f"{value!r} {value!s} {value:}")
            if hasattr(value, "model_dump"):
                self.look(f"model_dump {name}", repr(value.model_dump()))

    def attempt(self, name: str, work: Callable[[], Any]) -> Any:
        """The result of ``work``, or the error that it raised, which is looked at from all sides."""
        try:
            result = work()
        except Exception as error:
            self.error(name, error)
            return error
        self.look(f"result {name}", repr(result))
        return result

    def error(self, name: str, error: BaseException) -> None:
        """Look at an error's text and traceback, with the local variables of each frame but the tests' own."""
        told = traceback.TracebackException.from_exception(error, capture_locals=True)
        for frame in told.stack:
            if "/tests/" in frame.filename:  # the caller holds what the caller holds
                frame.locals = None
        self.look(f"error {name}", f"{error!s} {error!r} {vars(error) if hasattr(error, '__dict__') else ''}")
        self.look(f"traceback {name}", "".join(told.format()))

    def files(self, folder: Path) -> None:
        """Look into every file below ``folder``."""
        for file in folder.rglob("*"):
            if file.is_file():
                self.look(f"file {file.name}", file.read_bytes().decode("latin-1"))

    @contextlib.contextmanager
    def listening(self) -> Iterator[Sweep]:
        """Hear every logger that matters, at DEBUG."""
        before = {name: logging.getLogger(name).level for name in LOGGERS}
        root = logging.getLogger()
        root.addHandler(self)
        for name in LOGGERS:
            logging.getLogger(name).setLevel(logging.DEBUG)
        try:
            yield self
        finally:
            root.removeHandler(self)
            for name, level in before.items():
                logging.getLogger(name).setLevel(level)

    def hits(self) -> list[str]:
        """Each place where a secret was seen, with the text around it."""
        return [
            f"{where}: {secret!r} in ...{text[max(0, at - 200) : at + len(form) + 40]!r}"
            for where, text in self.seen
            for form, secret in self._forms.items()
            if (at := text.find(form)) >= 0
        ]


def _forms(secret: str) -> set[str]:
    raw = secret.encode()
    forms = {secret, quote(secret), quote(secret, safe=""), quote_plus(secret), repr(secret)[1:-1], escape(secret)}
    for shift in range(3):
        # What surrounds it decides the outermost characters; those between are its own.
        forms.add(base64.b64encode(b"\0" * shift + raw).decode()[2 * shift : -4].strip("="))
    return forms
