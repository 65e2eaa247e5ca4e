"""Folders of added apps that are moved aside while others take their place, and back where that was interrupted."""

from __future__ import annotations

from pathlib import Path

from composio.catalog.known import folders_below

__all__ = ["aside_of", "put_back", "recover"]


def aside_of(folder: Path) -> Path:
    """Where a folder is while another one takes its place."""
    return folder.with_name(f".{folder.name}.old")


def recover(apps: Path) -> None:
    """Put back the folders below ``apps`` that an interrupted run had moved aside."""
    for aside in folders_below(apps, hidden=True):
        if aside.name.startswith(".") and aside.name.endswith(".old"):
            put_back(apps / aside.name.removeprefix(".").removesuffix(".old"))


def put_back(folder: Path) -> None:
    """Move a folder back that was moved aside, unless there is another one."""
    if not folder.exists() and aside_of(folder).exists():
        aside_of(folder).rename(folder)
