"""The folder for all state: ``COMPOSIO_HOME``, else the user's data folder, else a temporary folder."""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
import weakref
from collections.abc import Iterator
from pathlib import Path

from composio.errors import ConfigurationError
from composio.process.forks import lock

__all__ = ["ACCOUNTS", "APPS", "CATALOG", "HOME_VARIABLE", "Home"]

HOME_VARIABLE = "COMPOSIO_HOME"
# In a home: the file of the compiled catalog, and the folder of added apps.
CATALOG = "catalog.sqlite3"
APPS = "apps"
# The file of connections, if there are any.
ACCOUNTS = "accounts.sqlite3"
_log = logging.getLogger("composio")


class Home:
    """The folder that holds the catalog, added apps and the cache. Resolved, created and tested on first use.

    If it is read-only, a warning is logged once and a temporary folder replaces it until the process ends. That starts as a
    copy of the catalog and the added apps, so that those of a read-only image are used. Writes that must outlive the process
    are refused then; see :attr:`kept` and :meth:`lasting`.
    """

    def __init__(self, path: str | Path | None = None) -> None:
        self._given = path
        self._lock = lock()
        self._path: Path | None = None
        self._kept: Path | None = None
        self._why = ""
        self._outputs: Path | None = None

    @property
    def path(self) -> Path:
        """The folder; it exists and is writable."""
        if self._path is None:
            with self._lock:
                if self._path is None:
                    self._path = self._prepare()
        return self._path

    @property
    def temporary(self) -> bool:
        """Whether files in :attr:`path` are lost when this process ends."""
        return self.path != self._kept

    @property
    def kept(self) -> Path:
        """The folder of lasting data: connections, keys, settings. It may be read-only."""
        path = self.path
        return self._kept or path

    def lasting(self, what: str) -> Path:
        """Return :attr:`path` for ``what``, which must outlive this process. Raises ``ConfigurationError`` if it would not."""
        if self.temporary:
            raise ConfigurationError(
                f"{what} can't be kept: {self._kept} can't be written ({self._why}). Set {HOME_VARIABLE} to a folder that can."
            )
        return self.path

    def folder(self, name: str) -> Path:
        """Return a folder below :attr:`path`, created if necessary."""
        folder = self.path / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def outputs(self) -> Path:
        """Return the folder for files reported to users: they stay even if :attr:`path` is temporary."""
        if not self.temporary:
            return self.folder("output")
        with self._lock:
            if self._outputs is None:
                self._outputs = Path(tempfile.mkdtemp(prefix="composio-output-"))
            return self._outputs

    def _prepare(self) -> Path:
        self._kept = wanted = self.where()
        try:
            wanted.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Permissions, read-only mounts and full disks differ by platform; writing is the only test that tells.
            with tempfile.TemporaryFile(dir=wanted):
                return wanted
        except OSError as error:
            self._why = error.strerror or type(error).__name__
            return self._instead(wanted)

    def _instead(self, wanted: Path) -> Path:
        try:
            fallback = Path(tempfile.mkdtemp(prefix="composio-"))
        except OSError as nowhere:
            raise ConfigurationError(
                f"{wanted} can't be written ({self._why}), and no temporary folder can take its place ({nowhere}). "
                f"Set {HOME_VARIABLE}, or TMPDIR, to a folder that can be written."
            ) from None
        weakref.finalize(self, _remove, fallback, os.getpid())
        copied = _copy(wanted, fallback)
        _log.warning(
            "%s can't be written (%s); using %s%s until this process ends. Set %s to a folder that can.",
            wanted,
            self._why,
            "a copy of what it holds in " if copied else "",
            fallback,
            HOME_VARIABLE,
        )
        return fallback

    def where(self) -> Path:
        """Return the configured folder, without creating it."""
        if self._given is not None:
            return Path(self._given).expanduser()
        if named := os.environ.get(HOME_VARIABLE):
            return Path(os.path.expanduser(named))  # noqa: PTH111 - a ~ of nobody's is a folder's name there, not an error
        from platformdirs import user_data_path

        return user_data_path("composio", appauthor=False)


def _remove(folder: Path, pid: int) -> None:
    """A forked child that ends leaves its parent's folder alone."""
    if pid == os.getpid():
        shutil.rmtree(folder, ignore_errors=True)


def _copy(home: Path, target: Path) -> bool:
    """Copy the readable files worth keeping. Returns whether there were any.

    Without file modes, because the copy must be writable. A catalog torn by a concurrent write is detected when it is opened.
    """
    copied = False
    for file in _worth(home):
        copy = target / file.relative_to(home)
        try:
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, copy)
            copied = True
        except OSError:  # missing, unreadable, or no space: as in an empty home
            copy.unlink(missing_ok=True)
    return copied


def _worth(home: Path) -> Iterator[Path]:
    """By name: a home may be any folder, such as ``/proc`` or one with gigabytes of other data."""
    yield home / CATALOG
    yield home / f"{CATALOG}-wal"  # what a process that did not end cleanly has not moved into the file yet
    for folder, _, names in os.walk(home / APPS):
        yield from (Path(folder) / name for name in names)
