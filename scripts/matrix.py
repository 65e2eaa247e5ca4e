"""Print the table of supported frameworks and write it: ``nox -s matrix``, ``-- --check`` to only compare.

The README gets a short table, ``docs/frameworks.md`` the whole one and what frameworks make impossible.

What is supported stands in the plugins' own ``pyproject.toml``, which tox's environments are made from as well; what was found
stands in the records that the contract suite leaves in each of those environments. A framework without both is no framework
that works, and breaks this.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
RECORDS = ROOT / ".tox" / "records"
BEGIN, END = "<!-- matrix: made by nox -s matrix -->", "<!-- /matrix -->"
FACTORS = ("lowest", "latest")
# Number of columns in the README.
SHORT = 5
HEAD = (
    "Install",
    "Import",
    "Framework",
    "A run names its user in",
    "A run pauses with",
    "Sync",
    "Async",
    "Streaming",
    "Strict",
    "A failure reaches the model as",
)
ABOUT = (
    "Each is tested at the lowest and the latest version of its framework, with the same suite: definitions, calls, failures,"
    " concurrency, the framework's own agent loop."
)


class MatrixError(Exception):
    """A plugin without data that the table needs; the message says what and where."""


@dataclass(frozen=True, slots=True)
class Plugin:
    """One plugin: its folder's name, its project's metadata, and the suite's results at each end of its range."""

    name: str
    project: Mapping[str, Any]
    modules: tuple[str, ...]
    records: Mapping[str, Mapping[str, Any]]

    @property
    def about(self) -> Mapping[str, Any]:
        """``[tool.composio]``."""
        stated: Mapping[str, Any] = self.project["tool"]["composio"]
        return stated

    @property
    def requirement(self) -> str:
        """The framework's requirement, such as ``openai>=1.66,<4``."""
        framework, project = self.about["framework"], self.project["project"]
        extras = (r for extra in project.get("optional-dependencies", {}).values() for r in extra)
        found = next((r for r in (*project["dependencies"], *extras) if r.startswith(framework)), None)
        if found is None:
            raise MatrixError(f"plugins/{self.name}: [tool.composio] framework = {framework!r} is not among its requirements.")
        return found

    @property
    def limits(self) -> dict[str, str]:
        """Return what the framework makes impossible at the latest version."""
        return dict(self.records["latest"]["limits"])

    def row(self) -> tuple[str, ...]:
        """Return the plugin's line of the table."""
        shown = " ".join(f"`{name}`" if not index else f"(also `{name}`)" for index, name in enumerate(self.modules))
        modes = [self._mode(mode) for mode in ("sync", "async")]
        streaming = "yes" if self.records["latest"]["streaming"] else "no"
        told = (self.about.get(key) for key in ("strict", "errors"))
        if not all(isinstance(text, str) for text in told):
            raise MatrixError(
                f"plugins/{self.name}/pyproject.toml: [tool.composio] lacks `strict` or `errors`, a few words each."
            )
        about = (str(self.about["strict"]), str(self.about["errors"]))
        control = (str(self.about.get("run_context", "`acting_as`")), str(self.about.get("interrupt", "a result")))
        return (self.project["project"]["name"], shown, f"`{self.requirement}`", *control, *modes, streaming, *about)

    def _mode(self, mode: str) -> str:
        if stated := self.about.get(mode):  # the suite drives an asynchronous framework synchronously as well
            return str(stated)
        if mode == "sync" and "sync_inside_a_running_loop" in self.limits:
            return "outside a loop"
        return "limited" if any(case.endswith(f"{mode}]") for case in self.limits) else "yes"


def plugins(records: Path) -> Iterator[Plugin]:
    """Return every plugin with a framework. Raises ``MatrixError`` if its tests left no record, or failed."""
    for file in sorted(ROOT.glob("plugins/*/pyproject.toml")):
        project = tomllib.loads(file.read_text("utf-8"))
        if "framework" not in project.get("tool", {}).get("composio", {}):
            continue
        name = file.parent.name
        main = f"composio_{name.replace('-', '_')}"
        modules = sorted((p.parent.name for p in file.parent.glob("composio_*/__init__.py")), key=lambda m: (m != main, m))
        yield Plugin(name, project, tuple(modules), {factor: record(records, f"{name}-{factor}") for factor in FACTORS})


def record(records: Path, environment: str) -> Mapping[str, Any]:
    """Return the suite's results in one of tox's environments."""
    try:
        found: Mapping[str, Any] = json.loads((records / f"{environment}.json").read_text("utf-8"))
    except FileNotFoundError:
        raise MatrixError(f"{environment} left no record; run it first: tox run -e {environment}") from None
    if found["failed"]:
        raise MatrixError(f"{environment}: {found['failed']} tests failed; a framework that does not work is not listed.")
    return found


def short_table(found: list[Plugin]) -> str:
    """Return the README's part, in Markdown: what to install and import for each framework."""
    return _rows(found, SHORT)


def long_table(found: list[Plugin]) -> str:
    """Return the part of ``docs/frameworks.md``, in Markdown: all columns, and what frameworks make impossible."""
    limits = dict.fromkeys(
        f"- {plugin.project['project']['name']}, {_describe(case)}: {reason}."
        for plugin in found
        for case, reason in sorted(plugin.limits.items())
    )
    return "\n".join((ABOUT, "", _rows(found, len(HEAD)), "", "## What frameworks make impossible", "", *limits))


def _rows(found: list[Plugin], columns: int) -> str:
    lines = [HEAD, tuple("---" for _ in HEAD), *(plugin.row() for plugin in found)]
    return "\n".join(f"| {' | '.join(line[:columns])} |" for line in lines)


def _describe(case: str) -> str:
    """Return a case's name in words, once if it is limited in both modes."""
    name, bracket, variant = case.partition("[")
    variant = re.sub(r"-?(sync|async)\]$", "", variant) if "-" in variant else variant.rstrip("]")
    return name.replace("_", " ") + (f" (`{variant}`)" if bracket and variant else "")


def tested(found: list[Plugin]) -> str:
    """Print the versions in the records: they change with each framework release, and so are in no file."""
    return "\n".join(
        f"{plugin.name}: " + ", ".join(f"{plugin.records[factor]['version']} ({factor})" for factor in FACTORS)
        for plugin in found
    )


def written(file: Path, part: str) -> str:
    """Replace the text of ``file`` between the markers by ``part``."""
    before, begin, rest = file.read_text("utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise MatrixError(f"{file.name} lacks the markers {BEGIN} and {END}.")
    return f"{before}{BEGIN}\n{part}\n{END}{after}"


def main(arguments: list[str]) -> int:
    """Run the command; return 0 if all is well, 1 if a file is out of date or a plugin lacks something."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="change nothing; fail if a file is out of date")
    parser.add_argument("--records", type=Path, default=RECORDS, help="where the contract suite left its records")
    parser.add_argument("--readme", type=Path, default=ROOT / "README.md")
    parser.add_argument("--page", type=Path, default=ROOT / "docs" / "frameworks.md")
    options = parser.parse_args(arguments)
    try:
        found = list(plugins(options.records))
        parts = {options.readme: short_table(found), options.page: long_table(found)}
        wanted = {file: written(file, part) for file, part in parts.items()}
    except MatrixError as error:
        print(f"matrix: {error}", file=sys.stderr)
        return 1
    print(long_table(found), tested(found), sep="\n\n")
    behind = [file for file, text in wanted.items() if file.read_text("utf-8") != text]
    for file in behind:
        if options.check:
            print(f"{file.name} is out of date; run nox -s matrix.", file=sys.stderr)
        else:
            file.write_text(wanted[file], "utf-8")
    return 1 if behind and options.check else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
