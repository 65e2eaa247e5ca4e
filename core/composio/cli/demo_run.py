"""What ``composio demo`` runs: the stage with its doubles or the real services, and the agents on it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec

from composio.cli.demo_agents import TASK, TOOL, Stage, langchain_agent, openai_agent
from composio.cli.demo_trace import Trace
from composio.cli.output import complain, note, say
from composio.cli.session import Session
from composio.errors import ComposioError, ConnectionNotFound
from composio.model.auth import CustomAuthParameter

__all__ = ["run_demo"]

# Not a credential: the fake GitHub accepts it and nothing else, which proves that it arrives where it should.
_FAKE_TOKEN = "demo-token-of-nobody"  # noqa: S105 - see above
_LIVE_KEYS = ("OPENAI_API_KEY", "GITHUB_TOKEN")

# Each agent with the modules that it imports and what installs them.
_AGENTS: dict[str, tuple[Callable[[Stage, Trace], None], dict[str, str]]] = {
    "OpenAI": (openai_agent, {"composio_openai": "opencomposio-openai", "openai": "openai"}),
    "LangChain": (
        langchain_agent,
        {"composio_langchain": "opencomposio-langchain", "langchain": "langchain", "langchain_openai": "langchain-openai"},
    ),
}


def run_demo(session: Session, live_model: str | None) -> bool:
    """Run the agents that can be run, against the doubles or, with a model's name, the real services. True if all went well."""
    failed, ran = False, 0
    with _live(session, live_model) if live_model else _doubles(session) as stage:
        for name, (agent, needs) in _AGENTS.items():
            missing = [package for module, package in needs.items() if find_spec(module) is None]
            if missing:
                note(f"{name} agent: not run. Install what it needs: pip install {' '.join(missing)}")
                continue
            ran += 1
            failed |= not _run(session, name, agent, stage)
    if not ran:
        complain("No agent could run; see above what to install.")
    elif not failed:
        say("Every step worked." if ran == len(_AGENTS) else f"Every step of {ran} of {len(_AGENTS)} agents worked.")
    return bool(ran) and not failed


def _run(session: Session, name: str, agent: Callable[[Stage, Trace], None], stage: Stage) -> bool:
    trace = Trace(name, TASK, session.redact)
    try:
        agent(stage, trace)
    except ComposioError as error:
        trace.step("stopped", str(error), ok=False)
    except Exception as error:  # the client libraries raise what they like; the other agent must still run
        trace.step("stopped", f"{type(error).__name__}: {error}", ok=False)
    return trace.finish("tools found", "model asked for", "HTTP call", "credential", "answered", "result", "final answer")


@contextmanager
def _doubles(session: Session) -> Iterator[Stage]:
    """A fake GitHub that serves GitHub's own description, and a model that follows a script."""
    from composio.backend import ActionQuery
    from composio.testing import Calls, FakeUpstream, Say, ScriptedModel

    _reach_loopback_directly()
    session.hide(_FAKE_TOKEN)
    backend = session.backend
    compiled = len(session.actions(ActionQuery(apps=("github",), everything=True)))
    about = backend.run(lambda: backend.app("github")).provenance
    say(f"GitHub's description: {compiled} actions from {about.source or about.version}")
    with ExitStack() as stack:
        api = stack.enter_context(FakeUpstream.of(backend, "github"))
        api.require(header="Authorization", value=f"Bearer {_FAKE_TOKEN}")
        model = stack.enter_context(ScriptedModel([Calls([{"name": TOOL, "arguments": {}}]), Say(_conclude)]))
        say(f"Fake GitHub at {api.url}, scripted model at {model.openai_url}")
        bearer = CustomAuthParameter("Authorization", f"Bearer {_FAKE_TOKEN}")
        yield Stage(
            backend=backend,
            model="scripted",
            model_url=model.openai_url,
            model_key="none",
            token=_FAKE_TOKEN,
            auth=(bearer,),
            api_url=api.url,
            received=lambda: list(api.requests),
        )


@contextmanager
def _live(session: Session, model: str) -> Iterator[Stage]:
    """The real GitHub and the real model."""
    missing = [key for key in _LIVE_KEYS if not os.environ.get(key)]
    if missing:
        raise ConnectionNotFound(
            "github", f"demo --live needs {' and '.join(missing)} in the environment; without --live no key is needed."
        )
    key, token = (os.environ[name] for name in _LIVE_KEYS)
    session.hide(key, token)
    yield Stage(backend=session.backend, model=model, model_url=None, model_key=key, token=token)


def _conclude(results: list[str]) -> str:
    import json

    try:
        return f"Your GitHub username is {json.loads(results[-1])['data']['login']}."
    except (ValueError, KeyError, TypeError, IndexError):
        return "I could not find out."


def _reach_loopback_directly() -> None:
    """Keep a proxy out of the way: few of them serve this machine's own addresses, and the client libraries ask them."""
    for name in ("no_proxy", "NO_PROXY"):
        listed = os.environ.get(name, "")
        os.environ[name] = ",".join(part for part in (listed, "127.0.0.1", "localhost") if part)
