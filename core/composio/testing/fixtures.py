"""Small helpers for tests: a state folder of their own."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["temporary_home"]


@contextmanager
def temporary_home() -> Iterator[Path]:
    """An empty folder as ``COMPOSIO_HOME`` while the block runs, removed afterwards."""
    before = os.environ.get("COMPOSIO_HOME")
    with tempfile.TemporaryDirectory(prefix="composio-home-") as folder:
        os.environ["COMPOSIO_HOME"] = folder
        try:
            yield Path(folder)
        finally:
            if before is None:
                os.environ.pop("COMPOSIO_HOME", None)
            else:
                os.environ["COMPOSIO_HOME"] = before
