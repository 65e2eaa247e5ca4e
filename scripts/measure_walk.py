"""Measures how far a reader walks who follows one handled tool call: files, rooms, functions before the engine is entered.

Runs one call of an app of its own, signed with what ``add_auth`` got, over a real HTTP connection to this machine, after one that loads everything.

    python scripts/measure_walk.py            # the figures
    python scripts/measure_walk.py --steps    # every function, in the order in which it is entered
    python scripts/measure_walk.py --check    # exit 1 if a figure is above its bar
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import pairwise
from pathlib import Path
from types import FrameType
from typing import Any

import composio
from composio import ComposioToolSet
from composio.embedded import EmbeddedBackend

ROOT = Path(composio.__file__).parent
ENGINE = "engine/"
TOOL = "LITTLE_SAY_WHO"
# The maximum of each figure.
BARS = {"files": 32, "rooms": 14, "functions_before_the_engine": 14}


@dataclass(frozen=True, slots=True)
class Step:
    """An entered function, and its file, below the package."""

    file: str
    function: str


@dataclass(frozen=True, slots=True)
class Walk:
    """Return every function that one call enters, in order, with repetitions."""

    steps: tuple[Step, ...]

    @property
    def before(self) -> tuple[Step, ...]:
        """Return the distinct functions entered before the engine is."""
        until = next(index for index, step in enumerate(self.steps) if step.file.startswith(ENGINE))
        return tuple(dict.fromkeys(self.steps[:until]))

    @property
    def figures(self) -> dict[str, int]:
        """Return the figures, by name."""
        files = [step.file for step in self.steps]
        return {
            "files": len(set(files)),
            "rooms": len({Path(file).parent for file in files}),
            "files_before_the_engine": len({step.file for step in self.before}),
            "functions_before_the_engine": len(self.before),
            "switches_between_files": sum(one != other for one, other in pairwise(files)),
        }


def walk() -> Walk:
    """Run a tool call in the form of a model's answer, and record the functions it enters."""
    with tempfile.TemporaryDirectory() as folder, _api() as url:
        home = Path(folder)
        _write_app(home / "apps" / "little", url)
        backend = EmbeddedBackend(home=home, egress_allow=["127.0.0.1"])
        toolset = ComposioToolSet(backend=backend)
        toolset.add_auth("little", [{"name": "Authorization", "value": "Bearer of-nobody", "in": "header"}])
        asked = {"name": TOOL, "arguments": {"name": "octocat"}, "id": "call_1"}
        try:
            tools = toolset.get_tools(actions=[TOOL], check_connected_accounts=False)
            steps: list[Step] = []
            for note in (False, True):
                with _noting(steps if note else []):
                    (result,) = toolset.handle_tool_calls(asked, tools=tools)
                if not result["successful"]:
                    raise RuntimeError(f"the call failed: {result['error']}")
        finally:
            backend.close()
    return Walk(tuple(steps))


@contextmanager
def _noting(steps: list[Step]) -> Iterator[None]:
    here = threading.get_ident()

    def note(frame: FrameType, event: str, _: Any) -> None:
        code = frame.f_code
        # A comprehension, a lambda or a class body is not a function for a reader.
        if event != "call" or code.co_name.startswith("<") or threading.get_ident() != here:
            return
        file = Path(code.co_filename)
        # A coroutine is entered again each time it resumes.
        if file.is_relative_to(ROOT) and not (steps and frame in seen):
            seen.append(frame)
            steps.append(Step(file.relative_to(ROOT).as_posix(), code.co_qualname))

    seen: list[FrameType] = []
    before = sys.getprofile()
    sys.setprofile(note)
    try:
        yield
    finally:
        sys.setprofile(before)


@contextmanager
def _api() -> Iterator[str]:
    """An API of one operation, on this machine."""

    class Answers(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = json.dumps({"who": self.path.rpartition("/")[2]}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _write_app(folder: Path, url: str) -> None:
    folder.mkdir(parents=True)
    (folder / "integration.yaml").write_text(
        "name: Little\nunique_key: little\nspec: {file: openapi.json}\nauth_schemes:\n  - auth_mode: BEARER_TOKEN\n"
    )
    parameter = {"name": "name", "in": "path", "required": True, "schema": {"type": "string"}}
    answer = {"200": {"description": "ok", "content": {"application/json": {"schema": {"type": "object"}}}}}
    operation = {"summary": "Say who", "tags": ["important"], "parameters": [parameter], "responses": answer}
    document = {
        "openapi": "3.0.3",
        "info": {"title": "Little", "version": "1"},
        "servers": [{"url": url}],
        "paths": {"/who/{name}": {"get": operation}},
    }
    (folder / "openapi.json").write_text(json.dumps(document))


def main(arguments: list[str] | None = None) -> int:
    """Print the figures; return 1 if they are checked and one exceeds its limit."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", action="store_true", help="print every function that is entered")
    parser.add_argument("--check", action="store_true", help="exit 1 if a figure is above its bar")
    asked = parser.parse_args(arguments)
    found = walk()
    if asked.steps:
        for step in found.steps:
            print(f"{step.file}: {step.function}")
    above = {name for name, most in BARS.items() if found.figures[name] > most}
    for name, value in found.figures.items():
        bar = f" (at most {BARS[name]})" if name in BARS else ""
        print(f"{name.replace('_', ' ')}: {value}{bar}{' - above the bar' if name in above else ''}")
    return 1 if asked.check and above else 0


if __name__ == "__main__":
    sys.exit(main())
