"""How many operations of every kind send what their description asks for: ours, FastMCP's and google-adk's, over loopback.

No verdict about speed: each case is right or wrong, and the wrong ones are named.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import peers
from serialisation_cases import CASES, Case, Seen, document

from composio import ComposioToolSet
from composio.embedded import EmbeddedBackend
from composio.model.action import HttpBinding
from composio.testing.exchange import Request, Response
from composio.testing.loopback import Loopback

__all__ = ["Echo", "judged", "ours", "rows"]

HERE = Path(__file__).parent


class Echo:
    """A server that keeps what arrives, by the number of the case that stands first in the path."""

    def __init__(self) -> None:
        self.seen: dict[int, list[Seen]] = {}

    def respond(self, request: Request) -> Response:
        _, number, path = request.path.split("/", 2) if request.path.count("/") > 1 else ("", "", "")
        if number.isdigit():
            self.seen.setdefault(int(number), []).append(
                Seen(request.method, f"/{path}", request.query, request.headers, request.body)
            )
        return Response.of_json({"ok": True})

    @contextmanager
    def serving(self) -> Iterator[str]:
        with Loopback(self.respond) as server:
            yield server.url


def judged(case: Case, seen: list[Seen], said: str = "") -> str:
    """What is wrong, empty where nothing is."""
    if not seen:
        return "" if case.may_refuse else f"nothing arrived: {said}" if said else "nothing arrived"
    one = seen[-1]
    try:
        right = case.right(one)
    except Exception as error:
        return f"arrived unreadable ({type(error).__name__})"
    return "" if right else f"{one.method} {one.path}{'?' + one.query if one.query else ''} {one.body[:160]!r}"


def ours(url: str) -> list[str]:
    """Every case through this project; what it said, one each."""
    said: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        backend = EmbeddedBackend(home=Path(folder, "home"))
        toolset = ComposioToolSet(backend=backend)
        for number, case in enumerate(CASES):
            file = Path(folder, f"probe{number}.json")
            file.write_text(json.dumps(document(case, f"{url}/{number}")))
            backend.catalog.add(f"probe{number}", str(file))
            action = toolset.get_action(f"PROBE{number}_DO_IT")
            assert isinstance(action.binding, HttpBinding)
            result = toolset.execute_action(action, _arguments(case, action.binding), auth=[])
            said.append(result["error"] or "")
        backend.close()
    return said


def _arguments(case: Case, binding: HttpBinding) -> dict[str, object]:
    found = {p.name: case.arguments[p.place][p.wire] for p in binding.parameters if p.wire in case.arguments.get(p.place, {})}
    body = case.arguments.get("body")
    if binding.body is None or body is None:
        return found
    if binding.body.whole is not None:
        return {**found, binding.body.whole: body}
    return {**found, **{name: body[wire] for name, wire in binding.body.properties.items() if wire in body}}


def _peer(name: str, python: Path, url: str) -> list[str]:
    environment = {**os.environ, "PYTHONPATH": str(HERE), "FASTMCP_LOG_LEVEL": "ERROR"}
    command = [str(python), str(HERE / "serialisation_peer.py"), name, url]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=900, check=False)
    said = {line["case"]: line["said"] for line in map(json.loads, filter(_is_line, done.stdout.splitlines()))}
    return [said.get(number, f"the peer stopped: {done.stderr[-200:]}") for number in range(len(CASES))]


def _is_line(text: str) -> bool:
    return text.startswith('{"case"')


def rows() -> list[tuple[str, str, str]]:
    found: list[tuple[str, str, str]] = []
    for name in ("composio", *peers.PEERS):
        python = None if name == "composio" else peers.python_of(name)
        if name != "composio" and python is None:
            found.append((f"serialisation, {name}", "could not be installed", ""))
            continue
        echo = Echo()
        with echo.serving() as url:
            said = ours(url) if python is None else _peer(name, python, url)
        problems = [judged(case, echo.seen.get(number, []), said[number]) for number, case in enumerate(CASES)]
        wrong = [case.name for case, problem in zip(CASES, problems, strict=True) if problem]
        right = f"{len(CASES) - len(wrong)} of {len(CASES)} right"
        found.append(
            (f"serialisation, {name}", f"{right}; wrong: {', '.join(wrong)}" if wrong else right, "all" if not python else "")
        )
        for case, problem in zip(CASES, problems, strict=True):
            if problem and __name__ == "__main__":
                print(f"  {name}: {case.name}: {problem[:220]}")
    return found


if __name__ == "__main__":
    for row in rows():
        print(*row, sep=" | ")
