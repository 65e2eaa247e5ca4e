"""A hash of what an app was compiled from; a different one means that it must be compiled again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from composio.catalog.database import FORMAT
from composio.catalog.definition import AppDefinition, SpecSource

__all__ = ["fingerprint"]


def fingerprint(definition: AppDefinition, others: Iterable[str] = ()) -> str:
    """Return a hash of what a compiled app depends on: the definition, and the contents of the local files that it names.

    ``others`` are the files that the description itself referred to, if it was compiled before.

    Modification times do not count: a catalog in a container image, whose layers round or reset them, must still be current.
    """
    files = [definition.folder / spec.path for spec in definition.specs if spec.kind == "file"]
    files += [definition.folder / spec.overlay for spec in definition.specs if isinstance(spec.overlay, str) and spec.overlay]
    if definition.actions:
        files += sorted(definition.folder.glob("*.py"))
    files += [Path(other) for other in others]
    contents = [(f.name, hashlib.sha256(f.read_bytes()).hexdigest()) for f in files if f.is_file()]
    app = definition.app
    value = (
        FORMAT,
        app.key,
        app.base_url,
        [_about(spec) for spec in definition.specs],
        definition.important,
        sorted(definition.aliases.items()),
        definition.hide,
        sorted(definition.defaults.items()),
        definition.actions,
        definition.always_authenticate,
        contents,
        *([sorted(definition.flows.items())] if definition.flows else []),
    )
    return hashlib.sha256(json.dumps(value, default=str).encode()).hexdigest()


def _about(spec: SpecSource) -> dict[str, Any]:
    """Return all fields except an absent server, so that existing hashes stay valid."""
    found = asdict(_portable(spec))
    if spec.server is None:
        del found["server"]
    return found


def _portable(spec: SpecSource) -> SpecSource:
    """Return it without the folder of another app's file: its content counts, not where it is installed."""
    is_elsewhere = spec.kind == "file" and Path(spec.path).is_absolute()
    return replace(spec, path=Path(spec.path).name) if is_elsewhere else spec
