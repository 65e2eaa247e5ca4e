"""In a process of its own: compile a description into a new catalog. Prints CPU seconds, also of ``json.loads``, and the peak of memory."""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from pathlib import Path

from composio.catalog.catalog import Catalog
from composio.catalog.definition import AppDefinition, SpecSource
from composio.model.app import AppModel
from composio.plugin import builtin
from composio.plugin.manager import PluginManager
from composio.process.home import Home


def main(file: str) -> None:
    path = Path(file)
    parse = _parse(path.read_bytes())  # first, as the collector looks through all that a compile leaves
    definition = AppDefinition(
        app=AppModel(key="bench", name="Bench"),
        spec=SpecSource(kind="file", path=path.name),
        folder=path.parent,
        file=path.parent / "integration.yaml",
    )
    manager = PluginManager([])
    manager.register(builtin, "builtin")
    with tempfile.TemporaryDirectory() as home:
        catalog = Catalog(Home(Path(home)), lambda: {"bench": definition}, manager.importers)
        started = time.process_time()
        [app] = catalog.update(["bench"])
        seconds = time.process_time() - started
        catalog.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "peak": peak, "tools": app.actions, "parse": parse}))


def _parse(data: bytes) -> float:
    """CPU seconds that ``json.loads`` of the file takes, the least of three: what the rest of the compile is measured by."""
    taken = []
    for _ in range(3):
        started = time.process_time()
        json.loads(data)
        taken.append(time.process_time() - started)
    return min(taken)


if __name__ == "__main__":
    main(*sys.argv[1:])
