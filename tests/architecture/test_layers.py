"""The one-way flow of imports, no cycles, and imports that do nothing."""

from __future__ import annotations

import ast
import functools
import json
import subprocess
import sys
from collections.abc import Mapping, Set
from pathlib import Path
from typing import TypeGuard

import pytest

ROOT = Path(__file__).resolve().parents[2]
CORE = ROOT / "core" / "composio"

# Each layer may import those listed after it and, within its own row, nothing of another room.
LAYERS: list[set[str]] = [
    {"testing"},
    {"cli"},
    {"tools", "constants", "exceptions", "exports"},
    {"toolset"},
    {"utils"},
    {"client"},
    # Stands on a backend alone: toolsets, sessions and servers share it.
    {"discovery"},
    {"embedded", "remote"},
    # A wrapper around any backend, which toolsets and surfaces put around theirs.
    {"policy"},
    {"backend"},
    {"framework"},
    {"engine"},
    # Accounts drive schemes and keep what they obtain: they stand on the two, which know nothing of each other.
    {"accounts", "triggers"},
    {"catalog", "functions", "auth", "transport", "vault", "callback", "jobs"},
    {"store"},
    {"plugin"},
    {"schema"},
    {"model"},
    {"process"},
    # Tables and stand-ins; what they lead to they name as text.
    {"former"},
    {"errors"},
    {"visible"},
]
RANK = {room: rank for rank, rooms in enumerate(LAYERS) for room in rooms}
# The demo and the model server's command line are surfaces over the shipped doubles.
ALLOWED_UPWARD = {("cli", "testing")}
# The one module below what it chooses from.
CHOOSES = {("composio.backend.factory", "embedded"), ("composio.backend.factory", "remote")}
# Types that lead back to what makes the module's objects: an entity has the client that gave it, a session the toolset that
# acts in it, a project its server's backend.
TYPED_BACKWARDS = {
    ("composio.client.entity", "composio.client.client"),
    ("composio.toolset.session", "composio.toolset.toolset"),
    ("composio.embedded.projects", "composio.embedded.backend"),
}
# What plugins may know of the core, and the plugins that are others under a former name or build on them.
FOR_PLUGINS = {"", "errors", "exports", "framework", "model", "plugin", "schema", "tools", "toolset"}
# Surfaces as the toolset and the command line are, which wire a backend of their own.
SURFACES = {
    "composio_mcp": {"backend", "discovery", "policy", "process", "visible"},
    "composio_server": {
        "accounts",
        "auth",
        "backend",
        "callback",
        "client",
        "discovery",
        "embedded",
        "jobs",
        "process",
        "remote",
        "store",
        "vault",
        "visible",
    },
}
BUILT_ON = {
    "composio_claude": "composio_anthropic",
    "composio_gemini": "composio_google",
    "composio_langgraph": "composio_langchain",
    "composio_phidata": "composio_agno",
    "composio_pydanticai": "composio_pydantic_ai",
    "composio_smol": "composio_smolagents",
}
# An HTTP request's parts as a description has them, and a request; a provider's answer, and an upstream's; two databases.
SEVERAL = {"Answer", "Database", "Request", "Trace"}
# What the command line may know besides itself: backends, what they speak of, and what every plugin author imports.
BESIDE_THE_CLI = {"backend", "client", "model", "errors", "policy", "visible", "testing"}


@functools.cache
def modules() -> list[Path]:
    return sorted(CORE.rglob("*.py"))


@functools.cache
def plugin_modules() -> list[Path]:
    return sorted(path for package in (ROOT / "plugins").glob("*/composio_*") for path in package.rglob("*.py"))


@functools.cache
def everything() -> dict[str, Path]:
    return {dotted(path): path for path in (*modules(), *plugin_modules())}


@functools.cache
def known() -> frozenset[str]:
    return frozenset(everything())


def dotted(path: Path) -> str:
    base = CORE.parent if path.is_relative_to(CORE) else ROOT / "plugins" / path.relative_to(ROOT / "plugins").parts[0]
    parts = path.relative_to(base).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def room(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else ""


def imports(path: Path, *, top_level: bool = False, annotations: bool = True) -> set[str]:
    """What a module imports; without ``annotations`` not what only a type checker sees."""
    found: set[str] = set()
    tree = ast.parse(path.read_text())
    if not annotations:
        tree.body = [part for one in tree.body for part in (one.orelse if _only_for_checkers(one) else [one])]
    nodes = tree.body if top_level else list(ast.walk(tree))
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {name if name in known() else node.module for name in names}
    return {name for name in found if name.split(".")[0].startswith("composio")}


def _only_for_checkers(statement: ast.stmt) -> TypeGuard[ast.If]:
    return isinstance(statement, ast.If) and ast.unparse(statement.test) == "TYPE_CHECKING"


@pytest.mark.parametrize("path", modules(), ids=dotted)
def test_a_room_imports_only_what_lies_below_it(path: Path) -> None:
    here = room(dotted(path))
    if not here:
        return  # composio/__init__ names everything, lazily
    assert here in RANK, f"{here} is a new room: give it a layer in this test and in the README's map"
    for imported in imports(path):
        there = room(imported)
        if not there or there == here or (here, there) in ALLOWED_UPWARD or (dotted(path), there) in CHOOSES:
            continue
        assert RANK[there] > RANK[here], f"{dotted(path)} imports {imported}, which is not below {here}"


@pytest.mark.parametrize("path", [p for p in modules() if room(dotted(p)) == "cli"], ids=dotted)
def test_the_command_line_reaches_nothing_past_the_backend(path: Path) -> None:
    for imported in imports(path, annotations=False):
        assert room(imported) in BESIDE_THE_CLI | {"cli", ""} or imported == "composio.plugin", f"{dotted(path)}: {imported}"


def test_no_module_is_part_of_an_import_cycle() -> None:
    """Imports inside functions count: they put a knot off, they don't undo it."""
    _check_no_cycle({name: imports(path, annotations=False) & known() - {name} for name, path in everything().items()})


def test_no_two_modules_are_made_of_each_other_s_types() -> None:
    """What only a type checker sees counts too, besides the root, which names everything for it, and pairs that are one thing."""
    graph = {name: imports(path) & known() - {name, "composio"} for name, path in everything().items()}
    for module, other in TYPED_BACKWARDS:
        graph[module].remove(other)
    _check_no_cycle(graph)


def _check_no_cycle(graph: Mapping[str, Set[str]]) -> None:
    done: set[str] = set()

    def visit(module: str, above: tuple[str, ...]) -> None:
        assert module not in above, " -> ".join((*above, module))
        if module in done:
            return
        for other in sorted(graph[module]):
            visit(other, (*above, module))
        done.add(module)

    for module in sorted(graph):
        visit(module, ())


def test_one_name_means_one_thing() -> None:
    """Public classes of the core have names of their own, besides those that are the field's word for different things."""
    homes: dict[str, list[str]] = {}
    for path in modules():
        if room(dotted(path)) == "testing":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                homes.setdefault(node.name, []).append(dotted(path))
    assert {name: where for name, where in homes.items() if len(where) > 1 and name not in SEVERAL} == {}


@pytest.mark.parametrize("path", plugin_modules(), ids=dotted)
def test_a_plugin_stands_on_what_the_core_offers_to_plugins(path: Path) -> None:
    own = dotted(path).partition(".")[0]
    for imported in imports(path):
        if imported.partition(".")[0] == "composio":
            allowed = FOR_PLUGINS | SURFACES.get(own, set())
            assert room(imported) in allowed, f"{dotted(path)} imports {imported}"
        elif imported.partition(".")[0] != own:
            assert imported.partition(".")[0] == BUILT_ON.get(own), f"{dotted(path)} imports {imported}"


PROBE = """
import json, os, sys, threading
events = []
WATCHED = ("open", "socket.", "subprocess.", "os.listdir", "os.putenv", "sqlite3.connect", "threading.start")
def hook(event, args):
    if not active or not event.startswith(WATCHED):
        return
    if event == "os.listdir" and sys._getframe(1).f_code.co_filename.startswith("<frozen importlib"):
        return  # the import system looking for modules
    if event == "open":
        path, mode = str(args[0]), str(args[1] or "r")
        code = path.endswith((".py", ".pyc", ".so", ".pth", ".pyi")) or "__pycache__" in path or ".dist-info" in path
        if code and "w" not in mode.replace("rb", ""):
            return
        if "__pycache__" in path or not path.startswith(("/", ".")) and not path[:1].isalpha():
            return
    events.append(f"{event} {args[:1]}")
active = False
sys.addaudithook(hook)
reads = []
class Environ(type(os.environ)):
    pass
import importlib, pkgutil
before = threading.active_count()
def own(name):
    global active
    active = True
    importlib.import_module(name)
    active = False
for name in json.loads(sys.argv[1]):
    own(name)
print(json.dumps({"events": events, "threads": threading.active_count() - before}))
"""


@pytest.mark.parametrize("path", [p for p in modules() if "contract" not in p.name and "__main__" not in p.name], ids=dotted)
def test_importing_our_modules_reads_no_environment_and_starts_nothing(path: Path) -> None:
    """Statically: no call at module level to what touches the outside."""
    banned = {"open", "getenv", "Thread", "socket", "connect", "mkdir", "read_text", "run", "Popen", "start"}
    tree = ast.parse(path.read_text())
    for statement in tree.body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom):
            continue
        if isinstance(statement, ast.If) and "__main__" in ast.unparse(statement.test):
            continue
        for node in ast.walk(statement):
            if isinstance(node, ast.Call):
                name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                assert name not in banned, f"{dotted(path)}:{node.lineno} calls {name}() at import"
            if isinstance(node, ast.Attribute) and ast.unparse(node) == "os.environ":
                raise AssertionError(f"{dotted(path)}:{node.lineno} reads the environment at import")


@pytest.mark.parametrize("module", ["composio", "composio.toolset", "composio_openai", "composio_langchain", "composio_apps"])
def test_importing_touches_no_thread_socket_or_file(module: str) -> None:
    done = subprocess.run(
        [sys.executable, "-B", "-c", PROBE, json.dumps([module])], capture_output=True, text=True, check=True, timeout=60
    )
    report = json.loads(done.stdout)
    assert report == {"events": [], "threads": 0}


@pytest.mark.parametrize(
    ("statement", "absent"),
    [
        ("import composio", ["httpx", "pydantic", "yaml", "rich", "typer", "jinja2", "sqlite3", "jsonschema_rs", "asyncio"]),
        ("from composio_openai import ComposioToolSet, Action", ["openai", "rich", "typer", "jinja2", "yaml", "pydantic"]),
        ("import composio_langchain._plugin", ["langchain_core", "httpx"]),
        ("import composio.toolset", ["httpx", "pydantic", "sqlalchemy", "cryptography", "oauthlib", "keyring"]),
        (
            "import composio.cli.main",
            ["httpx", "pydantic", "hashlib", "sqlalchemy", "cryptography", "oauthlib", "composio.catalog"],
        ),
    ],
)
def test_heavy_packages_wait_for_first_use(statement: str, absent: list[str]) -> None:
    code = f"import sys; {statement}; print([m for m in {absent!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"
