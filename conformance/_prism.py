"""Stoplight's Prism beside us: it serves a description on this machine and says of each request whether it is what that says."""

from __future__ import annotations

import json
import socket
import subprocess
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from composio.catalog.definition import AppDefinition, SpecSource
from composio.catalog.sources.fetch import fetch
from composio.catalog.sources.overlay import actions_in, apply
from composio.catalog.sources.parse import parse
from conformance import _npm

__all__ = ["Unavailable", "document", "install", "served", "verdict"]

PACKAGE, VERSION = "@stoplight/prism-cli", "5.14.2"
# Seconds until it has read a description; MiB that it may use for that.
_STARTS, _MEMORY = 120.0, 1536
_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_KEPT = (
    *("openapi", "swagger", "info", "servers", "host", "basePath", "schemes", "consumes", "produces"),
    *("security", "securityDefinitions"),
)
Unavailable = _npm.Unavailable


def install(folder: Path) -> Path:
    """Prism's script, installed with npm into ``folder`` once. Raises ``Unavailable``."""
    return _npm.install(folder, PACKAGE, VERSION, "dist/index.js")


def document(definition: AppDefinition, cache: Path) -> dict[str, Any]:
    """The description that an app is compiled from, as Prism can use it.

    What it says of requests stays. Answers go, as nobody reads them here, and with them the schemas that only they name: of
    Stripe's, which contain each other, Prism would not come back. So do the parameters that the app hides, since credentials
    fill them elsewhere. And ``nullable`` without a type, of which Prism's validator says that it can't be and checks nothing,
    becomes the union that it means.
    """
    source = fetch(definition.spec, folder=definition.folder, cache=cache)
    found = parse(source.data, definition.app.key)
    apply(found, _overlay(definition, cache), definition.app.key)
    hidden = frozenset(name.casefold() for name in definition.hide)
    paths = {path: _item(item, hidden, found) for path, item in found["paths"].items() if isinstance(item, Mapping)}
    kept = {key: found[key] for key in _KEPT if key in found}
    slim = _nullable({**kept, "paths": paths, **_find_needed(found, paths)})
    assert isinstance(slim, dict)
    return slim


def _overlay(definition: AppDefinition, cache: Path) -> Iterable[Mapping[str, Any]]:
    """What the app corrects of the description: a judge must know it as well."""
    overlay = definition.spec.overlay
    if not isinstance(overlay, str):
        return overlay
    data = fetch(SpecSource(kind="file", path=overlay), folder=definition.folder, cache=cache).data
    return actions_in(parse(data, overlay), overlay)


def _item(item: Mapping[str, Any], hidden: frozenset[str], root: Mapping[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for key, value in item.items():
        if key == "parameters":
            made[key] = _keep_visible(value, hidden, root)
        elif key in _METHODS and isinstance(value, Mapping):
            operation = {k: v for k, v in value.items() if k not in ("responses", "callbacks", "description", "x-codeSamples")}
            if "parameters" in operation:
                operation["parameters"] = _keep_visible(operation["parameters"], hidden, root)
            made[key] = {**operation, "responses": {"200": {"description": "Accepted."}}}
        else:
            made[key] = value
    return made


def _keep_visible(parameters: Iterable[Any], hidden: frozenset[str], root: Mapping[str, Any]) -> list[Any]:
    return [one for one in parameters if str(_at(one, root).get("name")).casefold() not in hidden]


def _at(node: Mapping[str, Any], root: Mapping[str, Any]) -> Mapping[str, Any]:
    """What ``node`` is or refers to; OpenAPI's references into components have no escapes that matter here."""
    here: Any = node
    while isinstance(here, Mapping) and isinstance(reference := here.get("$ref"), str) and reference.startswith("#/"):
        here = root
        for part in reference[2:].split("/"):
            here = here.get(part.replace("~1", "/").replace("~0", "~"), {})
    return here if isinstance(here, Mapping) else {}


def _find_needed(root: Mapping[str, Any], paths: Any) -> dict[str, Any]:
    """The components that ``paths`` refer to, directly or not, and how credentials travel."""
    made: dict[str, Any] = {}
    schemes = (root.get("components") or {}).get("securitySchemes")
    if schemes:
        made["components"] = {"securitySchemes": schemes}
    known: set[str] = set()
    waiting = [paths]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting += node
        elif isinstance(node, Mapping):
            waiting += node.values()
            reference = node.get("$ref")
            if isinstance(reference, str) and reference.startswith("#/") and reference not in known:
                known.add(reference)
                target = _at(node, {**root, "$ref": None})
                waiting.append(target)
                _put(made, reference[2:].split("/"), target)
    return made


def _put(root: dict[str, Any], path: list[str], value: Any) -> None:
    here = root
    for part in path[:-1]:
        here = here.setdefault(part.replace("~1", "/").replace("~0", "~"), {})
    here[path[-1].replace("~1", "/").replace("~0", "~")] = value


def _nullable(node: Any) -> Any:
    if isinstance(node, list):
        return [_nullable(item) for item in node]
    if not isinstance(node, Mapping):
        return node
    made = {key: _nullable(value) for key, value in node.items()}
    if made.get("nullable") is True and "type" not in made:
        del made["nullable"]
        return {"anyOf": [made, {"type": "string", "nullable": True, "enum": [None]}]}
    return made


@contextmanager
def served(script: Path, description: Mapping[str, Any], folder: Path, name: str) -> Iterator[str]:
    """Prism's address while it serves ``description``, on the loopback interface alone. Raises ``Unavailable``."""
    file = folder / f"prism-{name}.json"
    file.write_text(json.dumps(description, default=str), "utf-8")
    port = _free_port()
    options = ("--errors", "--verboseLevel", "silent", "--host", "127.0.0.1", "--port", str(port))
    with (folder / f"prism-{name}.log").open("wb") as log:
        command = [_npm.node(), f"--max-old-space-size={_MEMORY}", str(script), "mock", *options, str(file)]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        _wait(process, port, name, Path(log.name))
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def _wait(process: subprocess.Popen[bytes], port: int, name: str, log: Path) -> None:
    end = time.monotonic() + _STARTS
    while time.monotonic() < end:
        if process.poll() is not None:
            raise Unavailable(f"Prism ended while it read {name}: {log.read_text('utf-8', 'replace')[-300:]}")
        try:
            httpx.get(f"http://127.0.0.1:{port}/", timeout=5, trust_env=False)
        except httpx.HTTPError:
            time.sleep(0.1)
        else:
            return
    raise Unavailable(f"Prism did not finish reading {name} in {_STARTS:.0f} s")


def verdict(result: Mapping[str, Any]) -> str:
    """What Prism has against a request, from the result of the call that sent it; "" where it took it."""
    if result["successful"]:
        return ""
    data = result.get("data")
    if not isinstance(data, Mapping) or "prism" not in str(data.get("type")):
        return str(result["error"])
    found = data.get("validation")
    if not isinstance(found, list):
        return f"{data.get('title')}: {data.get('detail')}"
    against = [v for v in found if "response" not in (v.get("location") or ())]
    return "; ".join(f"{'.'.join(map(str, v.get('location') or ()))} {v.get('message')}" for v in against)
