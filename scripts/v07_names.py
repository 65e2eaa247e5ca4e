"""How many of the names that v0.7's programs may touch fit here: ``python scripts/v07_names.py``.

Downloads the published packages of v0.7 into a temporary folder, reads their public names (modules, what they define, members of
classes) without importing them, and looks each up in this workspace's packages. Run by hand: it needs a registry.

A name *fits* if it is there, *says* if it imports and says what to use instead, and is *missing* otherwise.
"""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
import tempfile
import warnings
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

VERSION = "0.7.20"
PLUGINS = (
    *("agno", "autogen", "camel", "claude", "crewai", "gemini", "google", "griptape", "langchain", "langgraph"),
    *("llamaindex", "openai", "openai-agents", "phidata", "praisonai", "pydanticai"),
)
# Programs touch none of these: the command line, the tools that ran in sandboxes, the SDK's own plumbing.
INTERNAL = (".cli.", ".tools.local", ".tools.env.", ".server", ".core.", "__main__", "__version__")


def published(folder: Path) -> Iterator[tuple[str, ast.Module]]:
    """Each module of v0.7 that a program may import, parsed."""
    for name in ("core", *PLUGINS):
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder)]
        subprocess.run([*command, f"composio-{name}=={VERSION}"], check=True)  # noqa: S603 - this interpreter's pip
    for wheel in sorted(folder.glob("*.whl")):
        with zipfile.ZipFile(wheel) as archive:
            for file in archive.namelist():
                module = file.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
                if file.endswith(".py") and not any(part in f"{module}." for part in INTERNAL):
                    yield module, ast.parse(archive.read(file))


def bound(body: list[ast.stmt]) -> Iterator[tuple[str, ast.stmt]]:
    """Public names that ``body`` defines, and what ``__all__`` adds."""
    for node in body:
        if isinstance(node, ast.Try | ast.If):
            yield from bound(node.body)
        elif isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, node
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                if isinstance(target, ast.Name):
                    yield target.id, node
                    if target.id == "__all__" and isinstance(node.value, ast.Tuple | ast.List):
                        yield from ((str(one.value), one) for one in node.value.elts if isinstance(one, ast.Constant))  # type: ignore[misc]


def names(tree: ast.Module) -> Iterator[str]:
    """``Name`` and ``Name.member`` of a module."""
    seen = dict(bound(tree.body))
    for name, node in seen.items():
        if name.startswith("_"):
            continue
        yield name
        if isinstance(node, ast.ClassDef):
            yield from (f"{name}.{member}" for member in dict(bound(node.body)) if not member.startswith("_"))


def verdict(module: str, name: str) -> str:
    """``fits``, ``says`` or ``missing``."""
    from composio.client.former import explains
    from composio.errors import ComposioError
    from composio.former.absent import Absent

    first, _, member = name.partition(".")
    try:
        home = importlib.import_module(module)
        found = getattr(home, first) if hasattr(home, first) else importlib.import_module(f"{module}.{first}")
    except ImportError:
        return "missing"
    if isinstance(found, ModuleType):
        return "fits"
    if isinstance(found, Absent):
        return "says"
    if not member or hasattr(found, member) or any(member in getattr(base, "__annotations__", ()) for base in found.__mro__):
        return "fits"
    if explains(found, member):
        return "says"
    try:
        getattr(found, member)
    except ComposioError:
        return "says"
    except AttributeError:
        pass
    return "missing"


def main() -> None:
    warnings.simplefilter("ignore")
    found: Counter[str] = Counter()
    modules: set[str] = set()
    missing: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        for module, tree in published(Path(folder)):
            for name in names(tree):
                modules.add(module)
                said = verdict(module, name)
                found[said] += 1
                if said == "missing":
                    missing.append(f"{module}.{name}")
    print("\n".join(missing))
    print(f"{found.total()} names in {len(modules)} modules: {found['fits']} fit, {found['says']} say what to use instead,")
    print(f"{found['missing']} are missing.")


if __name__ == "__main__":
    main()
