"""Prints the table of supported frameworks and writes it into the README: ``nox -s matrix``, ``-- --check`` to only compare.

Everything in it is read from the plugins' own ``pyproject.toml``, which tox's environments are made from as well: what stands
in the table is what is tested.
"""

from __future__ import annotations

import argparse
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
BEGIN, END = "<!-- matrix: made by nox -s matrix -->", "<!-- /matrix -->"


def rows() -> list[tuple[str, str, str]]:
    """For each plugin with a framework: its distribution, import names, and the framework's range that is tested."""
    found = []
    for file in sorted(ROOT.glob("plugins/*/pyproject.toml")):
        project = tomllib.loads(file.read_text("utf-8"))
        framework = project.get("tool", {}).get("composio", {}).get("framework")
        if framework is None:
            continue
        about = project["project"]
        extras = (r for extra in about.get("optional-dependencies", {}).values() for r in extra)
        requirement = next((r for r in (*about["dependencies"], *extras) if r.startswith(framework)), None)
        if requirement is None:
            raise ValueError(f"{file}: [tool.composio] framework = {framework!r} is not among the project's requirements.")
        modules = sorted(p.parent.name for p in file.parent.glob("composio_*/__init__.py"))
        main = f"composio_{file.parent.name.replace('-', '_')}"
        modules.sort(key=lambda name: (name != main, name))
        shown = " ".join(f"`{name}`" if name == main else f"(also `{name}`)" for name in modules)
        found.append((about["name"], shown, f"`{requirement}`"))
    return found


def table() -> str:
    """The table, in Markdown."""
    head = ("Install", "Import", "Tested at the lowest and latest of")
    lines = [head, ("---", "---", "---"), *rows()]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def written(text: str) -> str:
    """``text`` of the README with the table of now."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{README} lacks the markers {BEGIN} and {END}.")
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="change nothing; fail where the README is behind")
    options = parser.parse_args(arguments)
    now = README.read_text("utf-8")
    wanted = written(now)
    print(table())
    if now != wanted and options.check:
        print("README.md is behind; run nox -s matrix.", file=sys.stderr)
        return 1
    README.write_text(wanted, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
