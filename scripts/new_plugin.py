"""Write ``plugins/NAME`` from ``scripts/template`` and wire it into the workspace: ``nox -s new_plugin -- NAME``.

The plugin passes its tests as generated. Placeholders of the template, in paths and in strings: ``@name@`` (``my-framework``),
``@module@`` (``composio_my_framework``), ``@snake@`` (``my_framework``), ``@class@`` (``MyFramework``), ``@title@``
(``My Framework``), ``@version@`` and ``@next@`` (the core's minor version and the one after).
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import workspace

ROOT = Path(__file__).resolve().parent.parent
TEMPLATE = Path(__file__).resolve().parent / "template"
NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
LONGEST = 40
# Names that `opencomposio-NAME` must not use: the project's own distributions and modules.
TAKEN = frozenset({"core", "apps", "workspace", "testing", "plugins"})


class NewPluginError(Exception):
    """Why the plugin was not written; nothing was changed."""


def create(name: str, root: Path = ROOT) -> Path:
    """Write the plugin and its lines in the workspace's ``pyproject.toml``; return the plugin's folder. Overwrites nothing."""
    check_name(name)
    target = root / "plugins" / name
    if target.exists():
        raise NewPluginError(f"{target} exists already; choose another name, or remove it first.")
    try:
        values = placeholders(name, workspace.read_version(root))
        wired = workspace.derive(root, [name])
    except workspace.WorkspaceError as error:
        raise NewPluginError(str(error)) from error
    target.parent.mkdir(parents=True, exist_ok=True)
    # Written beside its place and moved there as a whole: an error leaves no partial plugin.
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".new-") as folder:
        built = Path(folder) / name
        for source in sorted(p for p in TEMPLATE.rglob("*") if p.is_file() and "__pycache__" not in p.parts):
            copy = built / fill(str(source.relative_to(TEMPLATE)), values)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(fill(source.read_text("utf-8"), values), "utf-8")
        shutil.move(built, target)
    for file, text in wired.items():
        file.write_text(text, "utf-8")
    return target


def check_name(name: str) -> None:
    """Raise ``NewPluginError`` for a name that is invalid for a distribution or a module."""
    if not NAME.fullmatch(name):
        guess = re.sub(r"[^a-z0-9]+", "-", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower()).strip("-")
        guess = guess.removeprefix("opencomposio-").removeprefix("composio-")
        hint = f" Did you mean {guess!r}?" if NAME.fullmatch(guess) else ""
        raise NewPluginError(f"{name!r} is no plugin name: lower-case letters, digits and single dashes, a letter first.{hint}")
    if len(name) > LONGEST:
        raise NewPluginError(f"{name!r} is {len(name)} characters long; at most {LONGEST}.")
    for prefix in ("opencomposio-", "composio-"):
        if name.startswith(prefix):
            raise NewPluginError(
                f"{name!r}: leave out `{prefix}`, which is added to every name; try {name.removeprefix(prefix)!r}."
            )
    if name in TAKEN:
        raise NewPluginError(f"opencomposio-{name} is taken by the project itself; choose another name.")


def placeholders(name: str, version: str) -> dict[str, str]:
    """Return the value of each placeholder."""
    words = name.split("-")
    major, minor, *_ = version.split(".")
    return {
        "@name@": name,
        "@module@": f"composio_{name.replace('-', '_')}",
        "@snake@": name.replace("-", "_"),
        "@class@": "".join(word.capitalize() for word in words),
        "@title@": " ".join(word.capitalize() for word in words),
        "@version@": f"{major}.{minor}",
        "@next@": f"{major}.{int(minor) + 1}",
    }


def fill(text: str, values: Mapping[str, str]) -> str:
    """Return ``text`` with its placeholders replaced."""
    for placeholder, value in values.items():
        text = text.replace(placeholder, value)
    return text


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return 0 if the plugin was written, else 2 with the reason."""
    parser = argparse.ArgumentParser(prog="new_plugin", description="Write a new framework plugin from the template.")
    parser.add_argument("name", help="the framework's name: lower case, words joined by dashes")
    parser.add_argument("--root", type=Path, default=ROOT, help="the workspace (default: this one)")
    options = parser.parse_args(arguments)
    try:
        target = create(options.name, options.root)
    except NewPluginError as error:
        sys.stderr.write(f"new_plugin: {error}\n")
        return 2
    sys.stdout.write(
        f"Wrote {target.relative_to(options.root)}. Next: `uv pip install -e {target.relative_to(options.root)}`, "
        f"`pytest {target.relative_to(options.root)}/tests`, then put the framework into its _adapter.py and pyproject.toml.\n"
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
