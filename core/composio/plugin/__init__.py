"""The plugin API: ``hookimpl`` and the values that hooks register."""

from __future__ import annotations

from composio.plugin.spec import Framework, Importer, hookimpl

__all__ = ["Framework", "Importer", "hookimpl"]
