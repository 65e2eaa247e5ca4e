from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from composio.cli.demo_trace import Trace

STEPS = ("tools found", "model asked for", "HTTP call", "credential", "answered", "result", "final answer")


def demo(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "composio.cli", "demo", *arguments],
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, **environment},
    )


def test_both_agents_take_every_step() -> None:
    for module in ("composio_apps", "composio_openai", "composio_langchain", "openai", "langchain", "langchain_openai"):
        pytest.importorskip(module)
    # A proxy that nobody serves: this machine's own addresses must be reached without it.
    dead = "http://127.0.0.1:9"
    done = demo(OPENAI_API_KEY="", GITHUB_TOKEN="", http_proxy=dead, no_proxy="example.com")
    assert done.returncode == 0, done.stdout + done.stderr
    for agent in ("OpenAI", "LangChain"):
        part = done.stdout.split(f"{agent} agent: Get my GitHub username\n")[1].split("\n\n")[0].splitlines()
        assert [line[6:23].strip() for line in part[: len(STEPS)]] == list(STEPS)
        assert all(line.startswith("  ok ") for line in part[: len(STEPS)])
    assert done.stdout.count("GITHUB_GET_THE_AUTHENTICATED_USER {}") == 2
    assert done.stdout.count("Authorization: Bearer ***") == 2
    assert "demo-token-of-nobody" not in done.stdout + done.stderr
    assert done.stdout.count("Your GitHub username is octocat.") == 2


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
    assert "  ok  one              *** [31m line\n" in shown
    assert "  NO  one              did not happen\n" in shown
