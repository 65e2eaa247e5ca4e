"""What the plugins' end-to-end tests share: GitHub as its own description tells it, on loopback, behind a bearer token."""

from __future__ import annotations

import gc
import json
import os
import re
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from composio.plugin.frameworks import find_version, framework_of
from composio.testing import AdapterContract, Calls, FakeUpstream, Say, ScriptedModel

TOKEN = "Bearer a-token-for-tests"  # noqa: S105 - guards nothing but a double
# A catalog compiled once serves every later run; next to tox's environments it goes when they go.
ROOT = Path(__file__).parent.parent
HOME = Path(os.environ.setdefault("COMPOSIO_HOME", str(ROOT / ".tox" / "home")))
ACTION = "GITHUB_GET_THE_AUTHENTICATED_USER"


@pytest.fixture(scope="session")
def home() -> Path:
    """Where the catalog lives."""
    return HOME


@pytest.fixture(scope="session")
def _github(home: Path) -> Iterator[FakeUpstream]:
    with FakeUpstream.for_app("github", home=home) as api:
        yield api


@pytest.fixture
def github(_github: FakeUpstream) -> Iterator[FakeUpstream]:
    """GitHub's API; refuses who lacks the token, and a request that does not fit the description fails the test."""
    _github.reset()
    _github.require(header="Authorization", value=TOKEN)
    yield _github
    assert not _github.violations


@pytest.fixture
def token() -> str:
    """The ``Authorization`` header that :func:`github` asks for."""
    return TOKEN


def say_username(results: list[str]) -> str:
    """What the scripted model says after the call: whose token it was, or what went wrong."""
    result = json.loads(results[-1])
    return f"You are {result['data']['login']}." if result["successful"] else f"It failed: {result['error']}"


@pytest.fixture
def model(request: pytest.FixtureRequest) -> Iterator[ScriptedModel]:
    """Asks who the user is, then says what the test module's ``ANSWER`` makes of the results, by default the user's name."""
    answer = getattr(request.module, "ANSWER", say_username)
    with ScriptedModel([Calls([{"name": ACTION, "arguments": {}}]), Say(answer)]) as model:
        yield model
    assert not model.problems


@pytest.fixture
def toolset(request: pytest.FixtureRequest, home: Path, github: FakeUpstream, token: str) -> Iterator[Any]:
    """The test module's ``ComposioToolSet`` with a token for :func:`github`."""
    with request.module.ComposioToolSet(home=home) as toolset:
        toolset.add_auth("github", [{"in": "header", "name": "Authorization", "value": token}], base_url=github.url)
        yield toolset


@pytest.fixture(params=[False, True], ids=["answered", "refused"])
def asks_for_user(
    request: pytest.FixtureRequest, toolset: Any, github: FakeUpstream, token: str
) -> Callable[..., tuple[Any, bool]]:
    """Has an agent find out the user, once where GitHub answers and once where it is down; checks what the agent says.

    Called with a function that runs an agent with the tools it is given on :func:`model`, and with ``said``, which finds the
    final words in the output. Gives the output, and whether GitHub was down.
    """
    down = bool(request.param)

    def run(agent: Callable[[Any], Any], said: Callable[[Any], str] = str) -> tuple[Any, bool]:
        if down:
            github.reply(ACTION, status=503, json={"message": "Unicorn!"})
        output = agent(toolset.get_tools(actions=[ACTION]))
        words = said(output)
        if down:
            assert words.startswith("It failed")
            assert "Unicorn!" in words
        else:
            assert words == "You are octocat."
            (asked,) = github.requests
            assert (asked.method, asked.path, asked.headers["authorization"]) == ("GET", "/user", token)
        return output, down

    return run


@pytest.fixture
def quiet_leftovers() -> Iterator[None]:
    """What a framework leaves open, connections above all, goes before the test ends, and quietly."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


@pytest.fixture
def readme_examples(request: pytest.FixtureRequest) -> list[str]:
    """The Python blocks of the README of the plugin whose test asks."""
    text = (request.path.parent.parent / "README.md").read_text("utf-8")
    return re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


@pytest.fixture
def as_users_have_it(github: FakeUpstream, home: Path, token: str, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Set what a user's shell sets, pointed at the doubles; called with the model's address."""

    def set_up(model_url: str) -> None:
        values = {"OPENAI_API_KEY": "none", "OPENAI_BASE_URL": model_url, "OPENAI_API_BASE": model_url}
        values |= {"COMPOSIO_HOME": str(home), "GITHUB_TOKEN": token.removeprefix("Bearer ")}
        for name, value in (values | {"COMPOSIO_GITHUB_BASE_URL": github.url}).items():
            monkeypatch.setenv(name, value)

    return set_up


@pytest.fixture
def readme_prints(
    readme_examples: list[str], as_users_have_it: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., str]:
    """Runs a block of the README of the plugin whose test asks, and gives what it prints; stderr must stay empty.

    ``number`` is the block's. ``keys`` gives further environment variables for a model. ``lines`` takes the last lines alone,
    and leaves stderr aside: for frameworks that log as they like. ``options`` are the interpreter's.
    """

    def run(
        number: int = 0,
        *,
        keys: Callable[[ScriptedModel], Mapping[str, str]] | None = None,
        lines: int | None = None,
        options: Sequence[str] = (),
        strict: bool = True,
    ) -> str:
        answer = Say(lambda results: str(json.loads(results[-1])["data"]["login"]))
        with ScriptedModel([Calls([{"name": ACTION, "arguments": {}}]), answer], strict=strict) as model:
            as_users_have_it(model.openai_url)
            for name, value in (keys(model) if keys else {}).items():
                monkeypatch.setenv(name, value)
            return printed([*options, "-c", readme_examples[number]], lines)

    return run


@pytest.fixture
def readme_prints_with(
    readme_examples: list[str],
    as_users_have_it: Callable[[str], None],
    make_model: Callable[[ScriptedModel], Any],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Callable[[object, str], str]:
    """Runs the README's one block in this process, and gives what it prints.

    Called with a module and the name of its class of models, in whose place stands the plugin's ``make_model``: for frameworks
    that write a tool's answer as the user's words, which the scripted model takes for a new question.
    """

    def run(module: object, name: str) -> str:
        answer = Say(lambda results: str(json.loads(results[-1])["data"]["login"]))
        with ScriptedModel([Calls([{"name": ACTION, "arguments": {}}]), answer]) as model:
            as_users_have_it(model.openai_url)
            monkeypatch.setattr(module, name, lambda *_args, **_named: make_model(model))
            (example,) = readme_examples
            names: dict[str, Any] = {"__name__": "example"}
            exec(example, names)  # noqa: S102 - our own README
            names["toolset"].close()  # a script's end closes it
        return capsys.readouterr().out

    return run


@pytest.fixture
def program_prints(as_users_have_it: Callable[[str], None], monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Runs a program with a model that takes these steps, and gives what it prints; options as those of :func:`readme_prints`."""

    def run(
        program: str,
        steps: Sequence[Calls | Say],
        *,
        keys: Callable[[ScriptedModel], Mapping[str, str]] | None = None,
        lines: int | None = None,
        options: Sequence[str] = (),
    ) -> str:
        with ScriptedModel(list(steps)) as model:
            as_users_have_it(model.openai_url)
            for name, value in (keys(model) if keys else {}).items():
                monkeypatch.setenv(name, value)
            said = printed([*options, "-c", program], lines)
            assert model.problems == []
        return said

    return run


@pytest.fixture
def example_prints() -> Callable[..., str]:
    """Runs ``examples/NAME.py`` with no key at all, and gives what it prints; options as those of :func:`readme_prints`."""

    def run(name: str, *, lines: int | None = None, options: Sequence[str] = ()) -> str:
        return printed([*options, str(ROOT / "examples" / f"{name}.py")], lines)

    return run


def printed(arguments: Sequence[str], lines: int | None = None) -> str:
    """What a new interpreter prints."""
    command = [sys.executable, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)  # noqa: S603 - our own examples
    assert done.returncode == 0, done.stderr
    if lines is not None:
        return "".join(done.stdout.splitlines(keepends=True)[-lines:])
    assert not done.stderr, done.stderr
    return done.stdout


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Leave a record of what the contract suite found, for ``scripts/matrix.py``; tox says where."""
    if file := os.environ.get("COMPOSIO_RECORD"):
        contracts = {item.cls for item in session.items if isinstance(item, pytest.Function) and item.cls}
        record(Path(file), [case for case in contracts if issubclass(case, AdapterContract)], session.testsfailed)


def record(file: Path, contracts: Sequence[type[AdapterContract]], failed: int) -> None:
    """The plugin's framework, its version, whether it streams, and the limits: of several classes, those that all have."""
    packages = {case.toolset_class.__module__.partition(".")[0] for case in contracts}
    if len(packages) != 1:
        return
    framework = framework_of(packages.pop())
    assert framework is not None
    limits = [set(case.limits.items()) for case in contracts]
    found = {
        "framework": framework.name,
        "version": find_version(framework.package),
        "failed": failed,
        "streaming": any(case.supplies("stream_agent") for case in contracts),
        "limits": dict(sorted(set.intersection(*limits))),
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(found, indent=2), "utf-8")
