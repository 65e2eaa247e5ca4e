"""Does a validating server take every request that we make for GitHub and Stripe, from arguments that fit?

Each operation is called through the toolset, as a user's program does, with arguments made out of its schema. Prism serves the
same description and compares.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from composio import ComposioToolSet
from composio.backend import ActionQuery
from composio.embedded import EmbeddedBackend
from composio.model.action import ActionModel, HttpBinding
from composio.process.home import Home
from composio.schema.validate import compile_validator
from composio.schema.walk import applying, below, property_names
from composio.testing import FakeUpstream
from composio.testing.upstream.generate import generate
from conformance import _prism
from conformance._report import Options, Report, Row

APPS = {"github": 1223, "stripe": 452}
# Requests that may be under way: Prism works on one after the other, and should never wait.
CONCURRENT = 8


@dataclass(frozen=True, slots=True)
class Sent:
    """One call. ``against`` is what was said against it; ``arguments`` what it was made of."""

    action: ActionModel
    arguments: Mapping[str, Any]
    against: str


@dataclass(frozen=True, slots=True)
class Fault:
    """What Prism itself gets wrong: ``says`` is part of how it says so, ``most`` how many operations that is known of.

    Nothing is excused unproven: with ``instead``, the same arguments without what Prism stumbles over, it has to accept the
    operation, and the shipped double of the API has to read the original request back as the arguments that it was made of.
    """

    app: str
    says: str
    most: int
    why: str
    instead: Callable[[Mapping[str, Any], ActionModel], dict[str, Any] | None]


def _texts_in_path(arguments: Mapping[str, Any], action: ActionModel) -> dict[str, Any] | None:
    binding = action.binding
    placed = [p.name for p in binding.parameters if p.place == "path"] if isinstance(binding, HttpBinding) else []
    properties = (action.validation or action.parameters)["properties"]
    return {**arguments, **{name: "text.yml" for name in placed if "oneOf" in properties[name]}}


def _without_object_arrays(arguments: Mapping[str, Any], action: ActionModel) -> dict[str, Any] | None:
    left_out = {
        name for name, value in arguments.items() if isinstance(value, list) and any(isinstance(v, dict) for v in value)
    }
    if left_out & set((action.validation or action.parameters).get("required") or ()):
        return None  # it can't be asked without
    return {name: value for name, value in arguments.items() if name not in left_out}


FAULTS = (
    Fault(
        "github",
        "must match exactly one schema in oneOf",
        8,
        "it reads a number in a path as a number and as text, and so finds both branches of a oneOf",
        _texts_in_path,
    ),
    Fault(
        "stripe",
        "Cannot deserialize JSON object array in form data",
        17,
        "it knows objects in a form's array as JSON text only, not in the brackets of deepObject",
        _without_object_arrays,
    ),
)


def run(options: Options) -> Report:
    rows: list[Row] = []
    problems: list[str] = []
    try:
        script = _prism.install(options.folder)
        with ComposioToolSet() as toolset:
            for app, known in APPS.items():
                _app(app, known, toolset, script, options.folder, rows, problems)
    except _prism.Unavailable as error:
        problems.append(f"Prism can't be had: {error}")
    return Report(tuple(rows), tuple(problems))


def _app(
    app: str, known: int, toolset: ComposioToolSet, script: Path, folder: Path, rows: list[Row], problems: list[str]
) -> None:
    backend = toolset.backend
    assert isinstance(backend, EmbeddedBackend)
    actions = backend.run(lambda: backend.actions(ActionQuery(apps=[app], everything=True)))
    description = _prism.document(backend.catalog.definitions()[app], Home().folder("cache"))
    with _prism.served(script, description, folder, app) as address:
        calls = [(action, make_arguments(action)) for action in actions]
        sent = asyncio.run(ask(toolset, address, calls))
        rejected = [one for one in sent if one.against]
        excused = _excused(app, toolset, address, rejected, problems)
    problems += [f"{one.action.slug}: {one.against[:300]}" for one in rejected if one.action.slug not in excused]
    rows += [
        Row(f"{app}: operations", str(len(sent)), str(known)),
        Row(f"{app}: requests that Prism accepts", str(len(sent) - len(rejected)), f"{known} without its own faults"),
        *(Row(f"{app}: Prism's own fault", f"{count}: {why}") for why, count in Counter(excused.values()).items()),
        Row(f"{app}: rejected, and ours to mend", str(len(rejected) - len(excused)), "0"),
    ]
    if len(sent) != known:
        problems.append(f"{app} has {len(sent)} operations, not {known}")


def make_arguments(action: ActionModel) -> dict[str, Any]:
    """Arguments that fit, always the same ones."""
    schema = action.validation or action.parameters
    made: dict[str, Any] = generate(schema, action.slug)
    binding = action.binding
    if isinstance(binding, HttpBinding) and binding.body and binding.body.kind == "form":
        filled = _filled(made, [schema], schema)
        if compile_validator(schema).is_valid(filled):
            made = filled
    return made


def _filled(value: Any, schemas: Iterable[Any], root: Mapping[str, Any]) -> Any:
    """``value`` with something in each object: a form can't say that one is empty."""
    here = applying(schemas, root)
    if isinstance(value, list):
        return [_filled(item, below(here, index), root) for index, item in enumerate(value)]
    if not isinstance(value, dict):
        return value
    if not value and (names := property_names(here)):
        inner = next(iter(below(here, names[0])))
        value = {names[0]: generate({**inner, "$defs": root.get("$defs", {})}, names[0])}
    return {name: _filled(item, below(here, name), root) for name, item in value.items()}


def _solid(value: Any) -> Any:
    """``value`` without what a form can't say: empty objects and arrays."""
    if isinstance(value, Mapping):
        return {name: kept for name, item in value.items() if (kept := _solid(item)) not in ({}, [])}
    return [_solid(item) for item in value] if isinstance(value, list) else value


def _excused(app: str, toolset: ComposioToolSet, address: str, rejected: list[Sent], problems: list[str]) -> dict[str, str]:
    """The rejected operations where Prism is proven wrong, each with why."""
    found: dict[str, str] = {}
    with FakeUpstream.of(toolset.backend, app) as double:
        for fault in (fault for fault in FAULTS if fault.app == app):
            about = [one for one in rejected if fault.says in one.against]
            if len(about) > fault.most:
                problems.append(f"{app}: {len(about)} operations where {fault.most} are known of which {fault.why}")
                continue
            others = [(one.action, other) for one in about if (other := fault.instead(one.arguments, one.action)) is not None]
            refused = {one.action.slug for one in asyncio.run(ask(toolset, address, others)) if one.against}
            for one in about:
                double.reset()
                asyncio.run(ask(toolset, double.url, [(one.action, one.arguments)]))
                is_whole = [_solid(r.arguments) for r in double.requests if not r.violations] == [_solid(one.arguments)]
                if is_whole and one.action.slug not in refused:
                    found[one.action.slug] = fault.why
    return found


async def ask(toolset: ComposioToolSet, address: str, calls: Sequence[tuple[ActionModel, Mapping[str, Any]]]) -> list[Sent]:
    """Carry ``calls`` out against the server at ``address``; an exception counts as said against."""
    room = asyncio.Semaphore(CONCURRENT)
    auth = {"parameters": [{"in_": "header", "name": "Authorization", "value": "Bearer none"}], "base_url": address}

    async def one(action: ActionModel, arguments: Mapping[str, Any]) -> Sent:
        async with room:
            try:
                result = await toolset.aexecute_action(action.slug, dict(arguments), auth=auth)
            except Exception as error:  # what crashes is what is looked for
                return Sent(action, arguments, f"crashed with {type(error).__name__}: {error}")
            return Sent(action, arguments, _prism.verdict(result))

    return await asyncio.gather(*(one(action, arguments) for action, arguments in calls))
