from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from composio.cli.demo_trace import Trace
from composio.testing import Calls, Fail, FakeUpstream, Say, ScriptedModel

Demo = Callable[..., "subprocess.CompletedProcess[str]"]
ASKS: list[Calls | Say] = [Calls([{"name": "GITHUB_GET_THE_AUTHENTICATED_USER", "arguments": {}}]), Say("You are octocat.")]
STEPS = ("tools found", "model asked for", "HTTP call", "credential", "answered", "result", "final answer")


MODULES = ("composio_apps", "composio_openai", "composio_langchain", "openai", "langchain", "langchain_openai")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of the whole test run where there is one: GitHub's description is fetched and compiled once."""
    return Path(os.environ.get("COMPOSIO_HOME") or tmp_path_factory.mktemp("home"))


@pytest.fixture
def demo(home: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    for module in MODULES:
        pytest.importorskip(module)

    def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "composio.cli", "demo", *arguments],
            capture_output=True,
            text=True,
            timeout=300,
            env={**os.environ, "COMPOSIO_HOME": str(home), **environment},
        )

    return run


def steps(shown: str, agent: str) -> dict[str, tuple[str, str]]:
    """An agent's steps by name: the mark in front, and the text."""
    lines = shown.split(f"{agent} agent: Get my GitHub username\n")[1].split("\n\n")[0].splitlines()
    return {line[6:23].strip(): (line[:5].strip(), line[23:]) for line in lines if line.startswith("  ")}


def test_both_agents_take_every_step(demo: Demo) -> None:
    # A proxy that nobody serves: this machine's own addresses must be reached without it.
    done = demo(OPENAI_API_KEY="", GITHUB_TOKEN="", http_proxy="http://127.0.0.1:9", no_proxy="example.com")
    assert done.returncode == 0, done.stdout + done.stderr
    for agent in ("OpenAI", "LangChain"):
        taken = steps(done.stdout, agent)
        assert tuple(taken) == STEPS
        assert {mark for mark, _ in taken.values()} == {"ok"}
        assert taken["model asked for"][1] == "GITHUB_GET_THE_AUTHENTICATED_USER {}"
        assert taken["credential"][1] == "Authorization: Bearer ***"
        assert taken["result"][1] == "successful, data.login is 'octocat'"
        assert taken["final answer"][1] == "Your GitHub username is octocat."
    assert "demo-token-of-nobody" not in done.stdout + done.stderr
    assert "1223 actions from npm:@octokit/openapi@" in done.stdout
    assert done.stdout.endswith("Every step worked.\n")


def test_live_uses_the_keys_of_the_environment(demo: Demo, home: Path) -> None:
    with FakeUpstream.for_app("github", home=home) as api, ScriptedModel(ASKS) as model:
        api.require(header="Authorization", value="Bearer l1ve-token")
        services = {"COMPOSIO_GITHUB_BASE_URL": api.url, "OPENAI_BASE_URL": model.openai_url, "no_proxy": "127.0.0.1"}
        good = demo("--live", "--model", "gpt-9", OPENAI_API_KEY="l1ve-key", GITHUB_TOKEN="l1ve-token", **services)
        bad = demo("--live", OPENAI_API_KEY="l1ve-key", GITHUB_TOKEN="exp1red", **services)
    assert good.returncode == 0, good.stdout + good.stderr
    assert {request.body["model"] for request in model.requests[:2]} == {"gpt-9"}
    assert bad.returncode == 1
    for agent in ("OpenAI", "LangChain"):
        taken = steps(bad.stdout, agent)
        assert [name for name, (mark, _) in taken.items() if mark == "NO"] == [
            "credential",
            "answered",
            "result",
            "final answer",
        ]
        assert "Requires authentication" in taken["result"][1]
    for secret in ("l1ve-key", "l1ve-token", "exp1red"):
        assert secret not in good.stdout + good.stderr + bad.stdout + bad.stderr


def test_a_model_that_fails_stops_the_agent_and_not_the_demo(demo: Demo) -> None:
    with ScriptedModel([Fail(400)]) as model:
        services = {"OPENAI_BASE_URL": model.openai_url, "no_proxy": "127.0.0.1"}
        done = demo("--live", OPENAI_API_KEY="k3y", GITHUB_TOKEN="t0ken", **services)
    assert done.returncode == 1
    for agent in ("OpenAI", "LangChain"):
        taken = steps(done.stdout, agent)
        assert taken["stopped"][0] == "NO"
        assert taken["final answer"] == ("NO", "did not happen")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("present", "named"), [({}, "OPENAI_API_KEY and GITHUB_TOKEN"), ({"OPENAI_API_KEY": "k3y"}, "needs GITHUB_TOKEN in")]
)
def test_live_without_a_key_says_which(
    composio: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, present: dict[str, str], named: str
) -> None:
    for key in ("OPENAI_API_KEY", "GITHUB_TOKEN"):
        monkeypatch.delenv(key, raising=False)
    for key, value in present.items():
        monkeypatch.setenv(key, value)
    done = composio("demo", "--live")
    assert (done.exit_code, done.stdout) == (1, "")
    assert named in done.stderr
    assert "k3y" not in done.stderr


def test_without_any_client_library_it_says_what_to_install(
    composio: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    # A module that is None in sys.modules is one that can't be found. Source: Python's import system, "The module cache".
    for module in ("openai", "langchain"):
        monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    monkeypatch.setenv("GITHUB_TOKEN", "t")
    done = composio("demo", "--live")
    assert done.exit_code == 1
    assert "OpenAI agent: not run. Install what it needs: pip install openai" in done.stderr
    assert "LangChain agent: not run." in done.stderr


def test_a_trace_is_complete_only_if_every_step_came_and_worked(capsys: pytest.CaptureFixture[str]) -> None:
    def trace() -> Trace:
        return Trace("Test", "Do it", lambda text: text.replace("s3cret", "***"))

    good = trace()
    good.step("one", "s3cret \x1b[31m\nline")
    assert good.finish("one")
    again = trace()
    again.step("one", "failed first", ok=False)
    again.step("one", "then worked")
    assert not again.finish("one")
    assert not trace().finish("one")
    shown = capsys.readouterr().out
    assert "  ok  one              *** \\u001b[31m line\n" in shown
    assert "  NO  one              did not happen\n" in shown
