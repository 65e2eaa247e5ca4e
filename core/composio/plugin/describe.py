"""Describe the installed plugins, their frameworks and their problems."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from composio.plugin.frameworks import conflicts, find_version, in_range
from composio.plugin.spec import Framework, Loaded

__all__ = ["describe_plugins"]


def describe_plugins(installed: Iterable[Loaded], frameworks: Iterable[Framework]) -> list[dict[str, Any]]:
    """Return one JSON-ready dict per plugin and framework; a plugin without a framework (apps, importers) has nulls."""
    by_package: dict[str, list[Framework]] = {}
    for framework in frameworks:
        by_package.setdefault(_root(framework.toolset), []).append(framework)
    rows = []
    for plugin in installed:
        own: list[Framework | None] = [*by_package.get(_root(plugin.module), ())]
        rows += [_describe(plugin, framework) for framework in own or [None]]
    return rows


def _describe(plugin: Loaded, framework: Framework | None) -> dict[str, Any]:
    version = find_version(framework.package) if framework and framework.package else None
    return {
        "name": plugin.name,
        "distribution": plugin.distribution,
        "version": plugin.version,
        "framework": framework.name if framework else None,
        "package": (framework.package or None) if framework else None,
        "framework_version": version,
        "tested": (framework.requires or None) if framework else None,
        "in_tested_range": in_range(version, framework.requires) if framework else None,
        "conflicts": conflicts(framework.package) if framework and version else [],
        "error": plugin.error,
    }


def _root(reference: str) -> str:
    return reference.partition(":")[0].partition(".")[0]
