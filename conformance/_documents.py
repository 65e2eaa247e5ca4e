"""Many documents, imported by several processes."""

from __future__ import annotations

import resource
import tempfile
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from composio.catalog.catalog import Catalog
from composio.catalog.definition import AppDefinition, SpecSource
from composio.model.action import ActionModel
from composio.model.app import AppModel
from composio.plugin import builtin
from composio.plugin.manager import PluginManager
from composio.process.home import Home
from composio.schema.names import slugify
from conformance._definitions import flaws

__all__ = ["Check", "Imported", "compile_document", "import_all"]

F = TypeVar("F")


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of one document: ``seconds`` of CPU for compiling it, ``peak`` MiB of its process so far."""

    name: str
    actions: int = 0
    webhooks: int = 0
    seconds: float = 0.0
    peak: float = 0.0
    warnings: int = 0
    requests: int = 0
    problems: list[tuple[str, str]] = field(default_factory=list)


Check = Callable[[Path, list[ActionModel]], tuple[int, list[tuple[str, str]]]]
"""How many requests were built of a document's actions, and what is wrong with them by kind."""


def compile_document(folder: Path, name: str, check: Check) -> Imported:
    """Compile ``name.json`` as an app's description into a catalog of its own, and read it back from there."""
    file = folder / f"{name}.json"
    key = f"x_{slugify(name).lower()}"[:40].rstrip("_")
    definition = AppDefinition(
        app=AppModel(key=key, name=name),
        spec=SpecSource(kind="file", path=f"{name}.json"),
        folder=folder,
        file=folder / "integration.yaml",
    )
    manager = PluginManager([])
    manager.register(builtin, "builtin")
    with tempfile.TemporaryDirectory() as home:
        catalog = Catalog(Home(Path(home)), lambda: {key: definition}, manager.importers)
        try:
            started = time.process_time()
            catalog.update([key])
            seconds = time.process_time() - started
            actions = catalog.select(apps=[key], everything=True)
            requests, problems = check(file, actions)
            return Imported(
                name,
                actions=len(actions),
                webhooks=len(catalog.webhooks(key)),
                seconds=seconds,
                peak=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
                warnings=len(catalog.warnings(key)),
                requests=requests,
                problems=[*problems, *flaws(actions)],
            )
        except Exception as error:
            return Imported(name, problems=[("import", f"{type(error).__name__}: {error}")])
        finally:
            catalog.close()


def import_all(read: Callable[[Path, str], F], folder: Path, names: Iterable[str], jobs: int) -> list[F]:
    """What ``read(folder, name)`` gives for each document ``name.json``, in ``jobs`` processes.

    The longest come first, so that no process has all of them left at the end.
    """
    ordered = sorted(names, key=lambda name: -(folder / f"{name}.json").stat().st_size)
    with ProcessPoolExecutor(jobs) as pool:
        return list(pool.map(read, [folder] * len(ordered), ordered))
