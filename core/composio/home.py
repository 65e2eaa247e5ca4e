"""Where all state lives: ``COMPOSIO_HOME``, else the user's data folder, else a temporary folder."""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
import threading
import weakref
from pathlib import Path

__all__ = ["HOME_VARIABLE", "Home"]

HOME_VARIABLE = "COMPOSIO_HOME"
_log = logging.getLogger("composio")


class Home:
    """The folder that holds the catalog, added apps and the cache. Resolved, created and tried on first use, not before.

    Where it can't be written, one warning is logged and a temporary folder takes its place until the process ends.
    """

    def __init__(self, path: str | Path | None = None) -> None:
        self._wanted = path
        self._lock = threading.Lock()
        self._path: Path | None = None
        self._temporary = False

    @property
    def path(self) -> Path:
        """The folder; it exists and can be written."""
        if self._path is None:
            with self._lock:
                if self._path is None:
                    self._path = self._prepare()
        return self._path

    @property
    def temporary(self) -> bool:
        """True where nothing written will outlive this process."""
        return bool(self.path) and self._temporary

    def folder(self, name: str) -> Path:
        """A folder below :attr:`path`, created where it is missing."""
        folder = self.path / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def _prepare(self) -> Path:
        wanted = self._where()
        try:
            wanted.mkdir(parents=True, exist_ok=True)
            # Permissions, read-only mounts and full disks differ by platform; writing is the only test that tells.
            with tempfile.TemporaryFile(dir=wanted):
                return wanted
        except OSError as error:
            self._temporary = True
            fallback = Path(tempfile.mkdtemp(prefix="composio-"))
            weakref.finalize(self, shutil.rmtree, fallback, ignore_errors=True)
            _log.warning(
                "%s can't be written (%s); using %s until this process ends. Set %s to a folder that can.",
                wanted,
                error.strerror or type(error).__name__,
                fallback,
                HOME_VARIABLE,
            )
            return fallback

    def _where(self) -> Path:
        if self._wanted is not None:
            return Path(self._wanted).expanduser()
        if named := os.environ.get(HOME_VARIABLE):
            return Path(named).expanduser()
        from platformdirs import user_data_path

        return user_data_path("composio", appauthor=False)
