"""What a compiled app was compiled from, as a hash: one that differs says that it has to be compiled again."""

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
    """What a compiled app depends on, as a hash: the definition, and the contents of the local files that it names.

    ``others`` are the files that the description itself referred to, where it was compiled before.

    Not their times: a catalog that was baked into an image, whose layers round or reset them, must still be current there.
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
    """All of it but a server that it has not: what is compiled stays current."""
    found = asdict(_portable(spec))
    if spec.server is None:
        del found["server"]
    return found


def _portable(spec: SpecSource) -> SpecSource:
    """Without the folder that another app lies in whose file this is: what it holds counts, not where it is installed."""
    is_elsewhere = spec.kind == "file" and Path(spec.path).is_absolute()
    return replace(spec, path=Path(spec.path).name) if is_elsewhere else spec
