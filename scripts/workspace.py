"""Derive what the plugins' folders and the core's version decide: ``nox -s workspace``, ``-- --check`` to only compare.

The version stands once, as ``__version__`` in ``core/composio/__init__.py``. From it and from the folders under ``plugins/`` follow
every distribution's ``version`` and its requirements on the others, and in the root's ``pyproject.toml`` the extras, the sources,
the extras that conflict, and mypy's path. ``nox -s workspace -- --lock`` also solves the development environment again.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = "requirements-dev.txt"
# Part of the development environment: their frameworks can be installed together. Each other plugin has an environment of its own.
TOGETHER = ("apps", "langchain", "localtools", "openai", "server")
OURS = re.compile(r'"(opencomposio-[a-z0-9-]+)>=[0-9.]+,<[0-9.]+"')


class WorkspaceError(Exception):
    """What can't be derived, and where; nothing was written."""


def derive(root: Path = ROOT, plugins: Sequence[str] = ()) -> dict[Path, str]:
    """Each file's text as it should be. ``plugins`` are counted in beside those that have a folder."""
    version = read_version(root)
    folders = {file.parent.name for file in root.glob("plugins/*/pyproject.toml")} | set(plugins)
    texts = {root / "pyproject.toml": _wire(_read(root / "pyproject.toml"), sorted(folders))}
    for file in sorted(root.glob("plugins/*/pyproject.toml")):
        texts[file] = _read(file)
    return {file: _state_version(text, version, file) for file, text in texts.items()}


def differing(root: Path = ROOT) -> list[Path]:
    """The files that don't say what is derived."""
    return [file for file, text in derive(root).items() if _read(file) != text]


def read_version(root: Path = ROOT) -> str:
    """The version of every distribution."""
    file = root / "core/composio/__init__.py"
    found = re.search(r'^__version__ = "(\d+\.\d+[^"]*)"', _read(file), re.MULTILINE)
    if found is None:
        raise WorkspaceError(f"{file} states no __version__.")
    return found[1]


def _wire(text: str, plugins: Sequence[str]) -> str:
    """The root's ``pyproject.toml`` with every plugin in its lists."""
    frameworks = [name for name in plugins if name != "apps"]
    alone = [name for name in frameworks if name not in TOGETHER]
    extras = [f'{name} = ["opencomposio-{name}>=0,<1"]' for name in frameworks]
    sources = [f"opencomposio-{name} = {{ workspace = true }}" for name in ("core", *TOGETHER)]
    sources += [f'opencomposio-{name} = {{ path = "plugins/{name}", editable = true }}' for name in alone]
    conflicts = ["conflicts = [[", *(f'    {{ extra = "{name}" }},' for name in alone), "]]"]
    path = ["mypy_path = [", *(f'    "{name}",' for name in ("benchmarks", "core", *(f"plugins/{n}" for n in plugins))), "]"]
    for name, lines in (("extras", extras), ("conflicts", conflicts), ("sources", sources), ("mypy", path)):
        text = _replace(text, name, lines)
    return text


def _replace(text: str, name: str, lines: Sequence[str]) -> str:
    begin, end = f"# {name}: made by nox -s workspace\n", f"# /{name}\n"
    before, marker, rest = text.partition(begin)
    _, closing, after = rest.partition(end)
    if not marker or not closing:
        raise WorkspaceError(f"pyproject.toml: found no `{begin.strip()}` with `{end.strip()}` after it.")
    return before + begin + "\n".join(lines) + "\n" + end + after


def _state_version(text: str, version: str, file: Path) -> str:
    major, minor, *_ = version.split(".")
    text, stated = re.subn(r'^version = "[^"]*"$', f'version = "{version}"', text, count=1, flags=re.MULTILINE)
    if not stated:
        raise WorkspaceError(f'{file} states no version; write `version = "{version}"` into [project].')
    return OURS.sub(rf'"\1>={major}.{minor},<{major}.{int(minor) + 1}"', text)


def _read(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except OSError as error:
        raise WorkspaceError(f"{file} can't be read ({error.strerror}); run this in the workspace.") from error


def compile_lock(root: Path = ROOT) -> None:
    """Solve the group ``dev`` for every Python and system, with hashes; uv must be installed. Takes a minute or two."""
    command = ["uv", "pip", "compile", "--quiet", "--universal", "--generate-hashes", "--no-emit-package", "opencomposio-core"]
    command += [arg for name in TOGETHER for arg in ("--no-emit-package", f"opencomposio-{name}")]
    command += ["--no-emit-index-url", "--no-header", "--no-annotate", "--upgrade", "--group", "pyproject.toml:dev"]
    subprocess.run([*command, "--output-file", LOCK], cwd=root, check=True)  # noqa: S603 - of constants
    file = root / LOCK
    file.write_text(
        "# The development environment, solved: made by `nox -s workspace -- --lock`.\n" + file.read_text("utf-8"), "utf-8"
    )


def unlocked(root: Path = ROOT) -> list[str]:
    """What the group ``dev`` asks for by name and the lock lacks."""
    groups = tomllib.loads(_read(root / "pyproject.toml"))["dependency-groups"]
    locked = set(re.findall(r"^([A-Za-z0-9._-]+)==", _read(root / LOCK), re.MULTILINE))
    named = {re.split(r"[\[<>=!~; ]", stated)[0].lower().replace("_", "-") for stated in members(groups, "dev")}
    return sorted(name for name in named - locked if not name.startswith("opencomposio"))


def members(groups: Mapping[str, Sequence[str | Mapping[str, str]]], name: str) -> Iterator[str]:
    """The requirements of a dependency group, with those of the groups that it includes."""
    for stated in groups[name]:
        if isinstance(stated, str):
            yield stated
        else:
            yield from members(groups, stated["include-group"])


def check(root: Path = ROOT) -> list[str]:
    """What to mend, a line each; empty where everything agrees."""
    found = [f"{file.relative_to(root)} differs from what is derived; run `nox -s workspace`." for file in differing(root)]
    missing = unlocked(root)
    return found + ([f"{LOCK} lacks {', '.join(missing)}; run `nox -s workspace -- --lock`."] if missing else [])


def write(root: Path = ROOT, plugins: Sequence[str] = ()) -> list[Path]:
    """Write what differs; the files written."""
    texts = {file: text for file, text in derive(root, plugins).items() if _read(file) != text}
    for file, text in texts.items():
        tomllib.loads(text)
        file.write_text(text, "utf-8")
    return list(texts)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command: 0 where everything agrees or was written, 1 where it does not, 2 with the reason where it can't."""
    parser = argparse.ArgumentParser(prog="workspace", description="Derive versions and lists of the workspace.")
    parser.add_argument("--check", action="store_true", help="only compare")
    parser.add_argument("--lock", action="store_true", help="also solve the development environment again")
    parser.add_argument("--root", type=Path, default=ROOT, help="the workspace (default: this one)")
    options = parser.parse_args(arguments)
    say: Callable[[str], int] = sys.stdout.write
    try:
        if options.check:
            found = check(options.root)
            say("".join(f"{line}\n" for line in found))
            return 1 if found else 0
        for file in write(options.root):
            say(f"Wrote {file.relative_to(options.root)}.\n")
        if options.lock:
            compile_lock(options.root)
            say(f"Wrote {LOCK}.\n")
    except WorkspaceError as error:
        sys.stderr.write(f"workspace: {error}\n")
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
