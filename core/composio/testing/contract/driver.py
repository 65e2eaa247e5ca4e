"""What a plugin supplies to the contract suite, and what the suite gives to each case."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import pytest

from composio.errors import InvalidRequest
from composio.testing.contract_api import APP, openapi
from composio.testing.fake_upstream import FakeUpstream
from composio.testing.model.server import ScriptedModel

if TYPE_CHECKING:
    from composio.backend import Backend
    from composio.embedded import EmbeddedBackend

__all__ = ["Driver", "Mode", "World"]

Mode = Literal["sync", "async"]
_PATIENCE = 5.0  # seconds to wait for what must happen


@dataclass(frozen=True)
class World:
    """The contract's API, compiled by a real backend and served on loopback. ``backend`` is what toolsets stand on."""

    backend: Backend
    api: FakeUpstream

    def watch_item(self) -> list[int]:
        """Have ``get_item`` give back what it is sent, after a moment. Gives how many requests there were at each."""
        running: list[int] = []

        def reply(received: Any) -> dict[str, Any]:
            running.append(len(self.api.requests))
            return dict(received.arguments)

        self.api.reply(slug("get_item"), json=reply, delay=0.05)
        return running


class Driver:
    """How to use one framework. A plugin's test class sets ``toolset_class`` and writes the methods.

    ``stream_agent`` and ``run_bare`` are for frameworks that have what they ask for; the others are for all.

    ``limits`` maps a case (its test's name without ``test_``) to the reason why the framework makes it impossible; it is then
    skipped with that reason. ``case[sync]`` is that mode's alone. ``name_limit`` is how long a tool's name may be, ``name_prefix``
    what the framework puts before it. ``gives_call_ids`` says that a tool learns the id under which the model called it.
    """

    toolset_class: ClassVar[Callable[..., Any]]
    limits: ClassVar[Mapping[str, str]] = {}
    name_limit: ClassVar[int] = 64
    name_prefix: ClassVar[str] = ""
    gives_call_ids: ClassVar[bool] = False
    _resources: ClassVar[ExitStack]
    _world: ClassVar[World]

    def watch_caller(self, toolset: Any) -> tuple[Any, list[str]]:
        """The tool ``get_status``, and who called it, as soon as it is called: a context variable says it."""
        seen: list[str] = []

        def look(inputs: dict[str, Any]) -> dict[str, Any]:
            seen.append(_CALLER.get())
            return inputs

        return self.tools(toolset, "get_status", processors={"pre": {slug("get_status"): look}}), seen

    @classmethod
    def offer_backend(cls, backend: EmbeddedBackend, resources: ExitStack) -> Backend:
        """What the suite's toolsets stand on: ``backend`` itself, or a client of a server that does. ``resources`` closes it."""
        del resources
        return backend

    def make_toolset(self, backend: Backend, **options: Any) -> Any:
        """A toolset on ``backend``; override it where yours takes more."""
        return type(self).toolset_class(backend=backend, **options)

    def wire_tools(self, tools: Any) -> list[dict[str, Any]]:
        """``{"name", "description", "parameters"}`` of each tool, as the framework sends them to a provider."""
        raise NotImplementedError

    def call(self, toolset: Any, tools: Any, arguments: dict[str, Any]) -> str:
        """Carry out the one tool in ``tools`` the framework's way; the text that the model is shown, for failures as well.

        ``tools`` is what ``get_tools`` returned: where the user owns the loop, pass it on as ``handle_tool_calls(tools=...)``.
        """
        raise NotImplementedError

    async def acall(self, toolset: Any, tools: Any, arguments: dict[str, Any]) -> str:
        """As :meth:`call`, asynchronously."""
        raise NotImplementedError

    async def acall_in_run(self, toolset: Any, tools: Any, arguments: dict[str, Any], entity_id: str) -> str:
        """As :meth:`acall`, in a run whose context names an entity. Leave it out where the framework's runs have none."""
        raise NotImplementedError

    async def apause(self, toolset: Any, tools: Any, arguments: dict[str, Any], decide: Callable[[], Mapping[str, Any]]) -> str:
        """As :meth:`acall`, of a toolset with ``interrupts=True``, in the framework's own loop.

        Each time that the run pauses, resume it with what ``decide()`` gives, as :class:`composio.model.approval.Answer` reads it.
        Leave it out where the framework has no interrupt.
        """
        raise NotImplementedError

    def run_agent(self, toolset: Any, tools: Any, model: ScriptedModel, prompt: str) -> str:
        """Run the framework's own loop, with its own client, against the scripted model; the final text."""
        raise NotImplementedError

    async def arun_agent(self, toolset: Any, tools: Any, model: ScriptedModel, prompt: str) -> str:
        """As :meth:`run_agent`, asynchronously."""
        raise NotImplementedError

    def stream_agent(self, toolset: Any, tools: Any, model: ScriptedModel, prompt: str) -> str:
        """As :meth:`run_agent`, reading the run as the framework streams it. Leave it out where the framework can't."""
        raise NotImplementedError

    def run_bare(self, model: ScriptedModel, function: Callable[..., str], prompt: str) -> str:
        """The loop of :meth:`run_agent` with one tool, which the framework itself makes of ``function(item_id: int) -> str``.

        What the figures are compared with.
        """
        raise NotImplementedError

    @classmethod
    def setup_class(cls) -> None:
        """The API and a backend, one for all cases of a class: compiling takes longer than a case. Yours calls ``super()``."""
        unknown = sorted(name for name in cls.limits if not hasattr(cls, f"test_{name.partition('[')[0]}"))
        if unknown:
            raise InvalidRequest(f"{cls.__name__}.limits: there is no case {unknown[0]!r}; cases are tests without `test_`.")
        cls._resources = ExitStack()
        world, embedded = cls._resources.enter_context(_serve())
        cls._world = replace(world, backend=cls.offer_backend(embedded, cls._resources))

    @classmethod
    def teardown_class(cls) -> None:
        """Close both."""
        cls._resources.close()

    @pytest.fixture
    def world(self, request: pytest.FixtureRequest) -> Iterator[World]:
        """A fresh start for one case. Afterwards the upstream has seen nothing that it does not describe."""
        name = str(request.node.name)
        for case in (name, str(getattr(request.node, "originalname", name))):
            if reason := type(self).limits.get(case.removeprefix("test_")):
                pytest.skip(f"the framework makes it impossible: {reason}")
        world = self._world
        world.api.reset()
        yield world
        assert world.api.violations == []

    @pytest.fixture
    def toolset(self, world: World) -> Any:
        """A toolset whose calls reach the contract's API with a bearer token."""
        toolset = self.make_toolset(world.backend)
        connect(toolset, world)
        return toolset

    def answer(self, mode: Mode, toolset: Any, tools: Any, arguments: dict[str, Any]) -> str:
        """One call in either mode."""
        if mode == "sync":
            return self.call(toolset, tools, arguments)
        return asyncio.run(self.acall(toolset, tools, arguments))

    def agent(self, mode: Mode, toolset: Any, tools: Any, model: ScriptedModel) -> str:
        """One run of the framework's loop in either mode; the provider must have had nothing to reject."""
        if mode == "sync":
            said = self.run_agent(toolset, tools, model, "Please do it.")
        else:
            said = asyncio.run(self.arun_agent(toolset, tools, model, "Please do it."))
        assert model.problems == []
        return said

    @classmethod
    def supplies(cls, method: str) -> bool:
        """Whether the plugin wrote an optional method."""
        return getattr(cls, method) is not getattr(Driver, method)

    def tools(self, toolset: Any, *names: str, **options: Any) -> Any:
        """Native tools of the contract's actions: ``tools(toolset, "get_status")``."""
        return toolset.get_tools(actions=[slug(name) for name in names], **options)


@contextmanager
def _serve() -> Iterator[tuple[World, EmbeddedBackend]]:
    from composio.embedded import EmbeddedBackend

    with TemporaryDirectory(prefix="composio-contract-") as folder:
        spec = Path(folder, "contract.json")
        spec.write_text(json.dumps(openapi()), "utf-8")
        backend = EmbeddedBackend(home=Path(folder, "home"))
        try:
            backend.catalog.add(APP, str(spec))
            with FakeUpstream.of(backend, APP) as api:
                yield World(backend, api), backend
        finally:
            backend.close()


def connect(toolset: Any, world: World) -> None:
    """Point a toolset's calls at the contract's API."""
    from composio.model.auth import CustomAuthParameter

    token = CustomAuthParameter(name="Authorization", value="Bearer contract", in_="header")
    toolset.add_auth(APP, parameters=[token], base_url=world.api.url)


_CALLER: ContextVar[str] = ContextVar("caller", default="nobody")


@contextmanager
def calling_as(name: str) -> Iterator[None]:
    """Set the context variable that :meth:`Driver.watch_caller` reads."""
    token = _CALLER.set(name)
    try:
        yield
    finally:
        _CALLER.reset(token)


def slug(name: str) -> str:
    """``get_status`` as the action's slug."""
    return f"{APP}_{name}".upper()


def result_in(text: str) -> dict[str, Any]:
    """The result in what the model was shown; it must be JSON, not Python's repr."""
    try:
        value = json.loads(text)
    except ValueError:
        pytest.fail(f"the model was shown no JSON: {text[:200]!r}")
    assert isinstance(value, dict), f"the model was shown {text[:200]!r} where a result object belongs"
    return value


def eventually(condition: Callable[[], object]) -> None:
    """Wait until ``condition`` holds; fail after five seconds."""
    until = time.monotonic() + _PATIENCE
    while not condition():
        assert time.monotonic() < until, "waited five seconds for what did not happen"
        time.sleep(0.005)
