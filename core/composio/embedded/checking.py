"""Check an app's files without a backend: their mistakes, and their schemas."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from composio.errors import IntegrationFileError

__all__ = ["app_schema", "check_app", "triggers_schema"]


def check_app(file: Path) -> Sequence[IntegrationFileError]:
    """Return all mistakes in an ``integration.yaml`` and the ``triggers.yaml`` beside it, or one of them; its samples too."""
    from composio.catalog.sources.integration import check_integration
    from composio.triggers.kept import FILE_NAME
    from composio.triggers.samples import check_with_samples

    if file.name == FILE_NAME:
        return check_with_samples(file)
    found = check_integration(file)
    beside = (file if file.is_dir() else file.parent) / FILE_NAME
    return [*found, *(check_with_samples(beside) if beside.is_file() else ())]


def app_schema() -> dict[str, Any]:
    """The JSON Schema of ``integration.yaml``."""
    from composio.catalog.sources.integration import schema

    return schema()


def triggers_schema() -> dict[str, Any]:
    """The JSON Schema of ``triggers.yaml``."""
    from composio.triggers.reading import schema

    return schema()
