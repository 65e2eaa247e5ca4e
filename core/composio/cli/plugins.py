"""``composio plugins``: what is installed, what it translates to, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from composio.cli.output import note, print_json, print_table

if TYPE_CHECKING:
    from composio.plugin.manager import Loaded
    from composio.plugin.spec import Framework

__all__ = ["describe_plugins", "plugins"]


def plugins(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """List plugins: version, framework, whether its installed version was tested, what is broken and what conflicts.

    Example: composio plugins --json
    """
    from composio.plugin.foreign import describe_foreign, find_foreign
    from composio.plugin.manager import plugins as manager

    if foreign := describe_foreign(find_foreign()):
        note(foreign)
    frameworks = manager().frameworks().values()
    rows = describe_plugins(manager().installed(), frameworks)
    if as_json:
        print_json(rows)
    elif rows:
        print_table(
            ("NAME", "VERSION", "FRAMEWORK", "INSTALLED", "TESTED", "IN RANGE", "PROBLEM"),
            map(_row, rows),
            drop=("TESTED", "VERSION"),
            prose=("PROBLEM",),
        )
    else:
        note("No plugins are installed. For example: pip install opencomposio-openai")


def describe_plugins(installed: Iterable[Loaded], frameworks: Iterable[Framework]) -> list[dict[str, Any]]:
    """One JSON-ready dict per plugin and framework; a plugin without a framework (apps, importers) has nulls there."""
    by_package: dict[str, list[Framework]] = {}
    for framework in frameworks:
        by_package.setdefault(_root(framework.toolset), []).append(framework)
    rows = []
    for plugin in installed:
        own: list[Framework | None] = [*by_package.get(_root(plugin.module), ())]
        rows += [_describe(plugin, framework) for framework in own or [None]]
    return rows


def _describe(plugin: Loaded, framework: Framework | None) -> dict[str, Any]:
    from composio.plugin.frameworks import conflicts, in_range, installed_version

    version = installed_version(framework.package) if framework and framework.package else None
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


def _row(row: dict[str, Any]) -> tuple[object, ...]:
    answer = {True: "yes", False: "no", None: "-"}[row["in_tested_range"]]
    problems = [row["error"], *row["conflicts"]] if row["error"] else row["conflicts"]
    installed = row["framework_version"] or ("not installed" if row["package"] else "-")
    return row["name"], row["version"], row["framework"] or "-", installed, row["tested"] or "-", answer, "; ".join(problems)
