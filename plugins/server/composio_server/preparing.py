"""Prepare caches next to the first requests, in a separate process with low priority.

python -m composio_server.preparing
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from composio.errors import ComposioError
from composio_server.services.services import Services
from composio_server.settings import Settings
from composio_server.wire.v1.listing import is_prepared, prepare

__all__ = ["main", "prepared_beside"]

_FEW = 500  # minimum actions for a listing that is prepared


@contextmanager
def prepared_beside(services: Services) -> Iterator[None]:
    """While the block runs, create the listing of all actions if it is long and missing."""
    if not _is_wanted(services):
        yield
        return
    making = subprocess.Popen(  # noqa: S603 - this module
        [sys.executable, "-m", __name__], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield
    finally:
        making.terminate()
        making.wait()


def _is_wanted(services: Services) -> bool:
    backend = services.backends.shared
    try:
        actions = sum(app.actions for app in backend.catalog.apps() if app.compiled)
        return actions >= _FEW and not is_prepared(services.listings, backend)
    except (ComposioError, OSError):  # a request for the list reports the error
        return False
    finally:
        backend.catalog.close()


def main() -> None:
    """Create the listing."""
    with suppress(OSError, AttributeError):  # not on Windows
        os.nice(19)
    services = Services.open(Settings.of())
    prepare(services.listings, services.backends.shared)


if __name__ == "__main__":
    main()
