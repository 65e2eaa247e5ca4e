"""The demo's two agents, written as a user would write them, with a line of trace at each step."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any

from composio.model.auth import CustomAuthParameter
from composio.plugin import hookimpl

if TYPE_CHECKING:
    from composio.backend import Backend
    from composio.cli.demo_trace import Trace
    from composio.model.call import Record

__all__ = ["TASK", "TOOL", "Stage", "langchain_agent", "openai_agent"]

TASK = "Get my GitHub username"
TOOL = "GITHUB_GET_THE_AUTHENTICATED_USER"
_MOST_TURNS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Where the agents run: whose model, whose API, with which credential.

    ``received`` gives the requests that a fake API got, None where the API is the real one.
    """

    backend: Backend
    model: str
    model_url: str | None
    model_key: str = field(repr=False)
    token: str = field(repr=False)
    auth: Sequence[CustomAuthParameter] = ()
    api_url: str | None = None
    received: Callable[[], list[Any]] | None = None

    def toolset(self, package: str) -> Any:
        """A plugin's toolset, with this stage's credential for GitHub."""
        made = _import(package, "ComposioToolSet")(backend=self.backend)
        if self.auth:
            made.add_auth(app="github", parameters=list(self.auth), base_url=self.api_url)
        return made


class _Watch:
    """Follows the HTTP calls while an agent runs, through the hook that any observer uses."""

    def __init__(self, stage: Stage, trace: Trace) -> None:
        self._stage, self._trace = stage, trace

    @hookimpl
    def observe(self, record: Record) -> None:
        """Note the request as it was sent, and what the API made of it."""
        trace = self._trace
        trace.step("HTTP call", f"{record.method} {record.url}", ok=record.attempts > 0)
        if self._stage.received is None:
            # The real API tells by its answer alone: without the token it would be a 401.
            trace.step("credential", "Authorization: Bearer *** (from GITHUB_TOKEN)", ok=record.status != 401)
        else:
            seen = [str(request.headers.get("authorization", "")) for request in self._stage.received()]
            sent = seen[-1] if seen else ""
            trace.step("credential", f"Authorization: {sent or 'missing'}", ok=sent == f"Bearer {self._stage.token}")
        trace.step("answered", f"HTTP {record.status} in {record.seconds * 1000:.0f} ms", ok=record.status == 200)

    def __enter__(self) -> None:
        self._stage.backend.plugins.register(self)

    def __exit__(self, *_: object) -> None:
        self._stage.backend.plugins.unregister(self)


def _import(module: str, name: str) -> Any:
    # By name, so that the core can be checked and installed where none of the client libraries is.
    return getattr(import_module(module), name)


def openai_agent(stage: Stage, trace: Trace) -> None:
    """The loop that a user of OpenAI's client writes."""
    toolset = stage.toolset("composio_openai")
    tools = toolset.get_tools(apps=["github"])
    _find(trace, [tool["function"]["name"] for tool in tools])
    client = _import("openai", "OpenAI")(base_url=stage.model_url, api_key=stage.model_key)
    messages: list[Any] = [{"role": "user", "content": TASK}]
    logins: list[str] = []
    with _Watch(stage, trace):
        for _ in range(_MOST_TURNS):
            response = client.chat.completions.create(model=stage.model, messages=messages, tools=tools)
            message = response.choices[0].message
            if not message.tool_calls:
                _conclude(trace, message.content or "", logins)
                return
            for call in message.tool_calls:
                _ask(trace, call.function.name, call.function.arguments)
            results = toolset.handle_tool_calls(response, tools=tools)
            logins += [_answer(trace, result) for result in results]
            messages += [message, *toolset.tool_messages(response, results)]


def langchain_agent(stage: Stage, trace: Trace) -> None:
    """The agent that a user of LangChain makes."""
    tools = stage.toolset("composio_langchain").get_tools(apps=["github"])
    _find(trace, [tool.name for tool in tools])
    model = _import("langchain_openai", "ChatOpenAI")(model=stage.model, base_url=stage.model_url, api_key=stage.model_key)
    agent = _import("langchain.agents", "create_agent")(model, tools)
    logins: list[str] = []
    with _Watch(stage, trace):
        for update in agent.stream({"messages": [("user", TASK)]}, {"recursion_limit": 2 * _MOST_TURNS}, stream_mode="updates"):
            for message in (m for part in update.values() for m in part["messages"]):
                if message.type == "tool":
                    logins.append(_answer(trace, message.content))
                    continue
                for call in message.tool_calls:
                    _ask(trace, call["name"], json.dumps(call["args"]))
                if not message.tool_calls:
                    _conclude(trace, message.text, logins)


def _find(trace: Trace, names: Sequence[str]) -> None:
    trace.step("tools found", f"{len(names)} of GitHub's, {TOOL} among them", ok=TOOL in names)


def _ask(trace: Trace, name: str, arguments: str) -> None:
    trace.step("model asked for", f"{name} {arguments}", ok=name == TOOL)


def _answer(trace: Trace, result: Mapping[str, Any] | str) -> str:
    """Trace a tool's result as the model is shown it, and give the login that it tells."""
    try:
        read = json.loads(result) if isinstance(result, str) else result
        login = str(read["data"]["login"])
    except (ValueError, KeyError, TypeError):
        trace.step("result", str(result), ok=False)
        return ""
    trace.step("result", f"successful, data.login is {login!r}", ok=read.get("successful") is True)
    return login


def _conclude(trace: Trace, text: str, logins: Sequence[str]) -> None:
    trace.step("final answer", text, ok=any(login and login in text for login in logins))
