"""A model that follows a script, served on loopback to the real client libraries."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from composio.testing.exchange import Request, Response
from composio.testing.loopback import Loopback
from composio.testing.model.anthropic import Anthropic
from composio.testing.model.chat import Chat
from composio.testing.model.gemini import Gemini
from composio.testing.model.responses import Responses
from composio.testing.model.script import Call, Calls, Fail, Reply, Say, Step, read_script
from composio.testing.model.wire import Wire

__all__ = ["ModelRequest", "ScriptedModel"]

_WIRES: tuple[Wire, ...] = (Chat(), Responses(), Anthropic(), Gemini())


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """One request that a client sent: ``wire`` is chat, responses, anthropic or gemini; ``problem`` why it was rejected.

    ``received`` is when, in seconds of a clock that only counts differences.
    """

    wire: str
    path: str
    body: dict[str, Any] = field(repr=False)
    problem: str | None = None
    received: float = field(default_factory=time.monotonic, compare=False)


class ScriptedModel(Loopback):
    """Speaks OpenAI Chat Completions and Responses, Anthropic Messages and Gemini, streamed or not::

        with ScriptedModel([Calls([{"name": "GITHUB_GET_THE_AUTHENTICATED_USER", "arguments": {}}]), Say("You are octocat.")]) as model:
            client = OpenAI(base_url=model.openai_url, api_key="none")

    The step is chosen from the transcript that the client sends, by how many rounds of tool results came since the user last
    spoke: the model keeps no state, so conversations may run at the same time. Past the end the last ``Say`` is repeated; a
    request without tools gets a ``Say`` as well. What the provider would reject is answered with its 400, unless ``strict``
    is off, and stands in ``problems``.
    """

    def __init__(self, script: Iterable[Step | Mapping[str, Any]], *, port: int = 0, strict: bool = True) -> None:
        super().__init__(self._respond, port=port)
        self.script = read_script(script)
        self.strict = strict
        self.requests: list[ModelRequest] = []
        self._failed: dict[int, int] = {}
        self._lock = threading.Lock()

    @property
    def openai_url(self) -> str:
        """The base URL that OpenAI's clients take; Anthropic's and Google's take :attr:`url`."""
        return f"{self.url}/v1"

    @property
    def problems(self) -> list[str]:
        """What the provider would have rejected, in order."""
        return [request.problem for request in self.requests if request.problem]

    def tools_seen(self) -> list[dict[str, Any]]:
        """The tools of the first request that offered some, as ``{"name", "description", "parameters"}``."""
        return next((tools for request in self.requests if (tools := _wire(request.wire).tools(request.body))), [])

    def results_seen(self) -> list[str]:
        """The tool results of the longest transcript, in order, as the text that the model was shown."""
        transcripts = [_flat(_wire(request.wire).rounds(request.body)) for request in self.requests]
        return max(transcripts, key=len, default=[])

    def _respond(self, request: Request) -> Response:
        path = request.path.rstrip("/")
        if request.method == "GET" and path.endswith("/models"):
            listed = [{"id": "scripted", "object": "model", "created": 0, "owned_by": "composio"}]
            return Response.of_json({"object": "list", "data": listed})
        wire = next((w for w in _WIRES if w.serves(path)), None)
        if wire is None or request.method != "POST":
            return Response.of_json({"error": {"message": f"The scripted model has no {request.method} {path}."}}, 404)
        try:
            body = json.loads(request.body)
        except ValueError:
            body = None
        if not isinstance(body, dict):
            return Response.of_json(wire.error(400, "The body must be a JSON object."), 400)
        problem = wire.problem(body)
        with self._lock:
            self.requests.append(ModelRequest(wire.name, path, body, problem))
        if problem and self.strict:
            return Response.of_json(wire.error(400, problem), 400)
        return self._answer(wire, path, body)

    def _answer(self, wire: Wire, path: str, body: dict[str, Any]) -> Response:
        rounds = wire.rounds(body)
        offered = [str(tool["name"]) for tool in wire.tools(body)]
        step = self._step(len(rounds), with_tools=bool(offered))
        if isinstance(step, Fail):
            shown = step.body if step.body is not None else wire.error(step.status, "The script says so.")
            return Response.of_json(shown, step.status, step.headers)
        if isinstance(step, Calls):
            reply = Reply(step.text, tuple(Call.of(call, offered) for call in step.calls))
        elif isinstance(step, Say):
            reply = Reply(step.text(_flat(rounds)) if callable(step.text) else step.text)
        else:
            raise TypeError(f"A script's step is Calls, Say or Fail, not {type(step).__name__}.")
        if wire.streams(path, body):
            return Response(200, {"content-type": "text/event-stream"}, list(wire.events(body, reply)))
        return Response.of_json(wire.answer(body, reply))

    def _step(self, rounds: int, *, with_tools: bool) -> Step:
        with self._lock:
            turn = 0
            for index, step in enumerate(self.script):
                if isinstance(step, Fail) and step.times is not None:
                    # A passing failure takes no turn of its own: the client comes back with the same transcript.
                    if turn == rounds and self._failed.get(index, 0) < step.times:
                        self._failed[index] = self._failed.get(index, 0) + 1
                        return step
                    continue
                if turn == rounds and (with_tools or not isinstance(step, Calls)):
                    return step
                turn += 1
        return next((step for step in reversed(self.script) if isinstance(step, Say)), Say("Done."))


def _wire(name: str) -> Wire:
    return next(wire for wire in _WIRES if wire.name == name)


def _flat(rounds: list[list[str]]) -> list[str]:
    return [result for results in rounds for result in results]
