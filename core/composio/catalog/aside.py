"""Move folders of added apps aside while others replace them, and back after an interruption."""

from __future__ import annotations

from pathlib import Path

from composio.catalog.known import folders_below

__all__ = ["aside_of", "put_back", "recover"]


def aside_of(folder: Path) -> Path:
    """Return where a folder is moved while another one replaces it."""
    return folder.with_name(f".{folder.name}.old")


def recover(apps: Path) -> None:
    """Restore the folders below ``apps`` that an interrupted run had moved aside."""
    for aside in folders_below(apps, hidden=True):
        if aside.name.startswith(".") and aside.name.endswith(".old"):
            put_back(apps / aside.name.removeprefix(".").removesuffix(".old"))


def put_back(folder: Path) -> None:
    """Move a folder back, unless there is a new one."""
    if not folder.exists() and aside_of(folder).exists():
        aside_of(folder).rename(folder)
