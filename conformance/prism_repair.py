"""Are arguments that a model got slightly wrong fixed, so that a validating server takes the request?

Hypothesis makes arguments for fifty operations of five apps and damages them in the ways that models do. Each set is run
through the toolset against Prism, which serves the app's own description. What it refused is listed in ``prism_repair.txt``.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from composio import ComposioToolSet
from composio.backend import ActionQuery
from composio.embedded import EmbeddedBackend
from composio.model.action import ActionModel, HttpBinding
from composio.process.home import Home
from composio.schema.validate import compile_validator
from composio.testing.upstream.generate import generate
from conformance import _prism
from conformance._damage import damages
from conformance._report import Options, Report, Row
from conformance.prism_valid import ask

APPS = ("github", "stripe", "jira", "notion", "slack")
OPERATIONS, SETS = 10, 20
LEAST = 0.95


@dataclass(frozen=True, slots=True)
class _Damaged:
    action: ActionModel
    whole: Mapping[str, Any]
    arguments: Mapping[str, Any]
    ways: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Judged:
    """``against`` is what was said against the request of the damaged arguments, ``anyway`` what is said of the whole ones."""

    damaged: _Damaged
    against: str
    anyway: str = ""


def run(options: Options) -> Report:
    judged: list[_Judged] = []
    try:
        script = _prism.install(options.folder)
        with ComposioToolSet() as toolset:
            for app in APPS:
                judged += _ask(app, toolset, script, options.folder)
    except _prism.Unavailable as error:
        return Report((), (f"Prism can't be had: {error}",))
    wanted = OPERATIONS * len(APPS) * SETS
    # What Prism refuses of whole arguments too says nothing of the repair.
    told = [one for one in judged if not one.anyway]
    failed = [one for one in told if one.against]
    crashed = [one for one in judged if one.against.startswith("crashed")]
    share = 1 - len(failed) / max(len(told), 1)
    rows = (
        Row("operations, apps", f"{OPERATIONS * len(APPS)}, {len(APPS)}"),
        Row("damaged argument sets", str(len(judged)), str(wanted)),
        Row("put right, so that Prism takes the request", f"{len(told) - len(failed)} ({share:.1%})", f">= {LEAST:.0%}"),
        Row("not put right", str(len(failed))),
        Row("refused by Prism without damage as well", str(len(judged) - len(told))),
        Row("crashes", str(len(crashed)), "0"),
        *_by_way(told),
    )
    problems = [_line(one) for one in failed]
    (options.folder / "prism_repair.txt").write_text("\n".join([_line(one) for one in judged if one.against]), "utf-8")
    if len(judged) != wanted:
        problems.append(f"{len(judged)} argument sets, not {wanted}")
    is_met = share >= LEAST and not crashed and len(judged) == wanted and len(told) >= LEAST * wanted
    return Report(rows, () if is_met else tuple(problems))


def _by_way(told: list[_Judged]) -> list[Row]:
    every = Counter(way for one in told for way in one.damaged.ways)
    right = Counter(way for one in told for way in one.damaged.ways if not one.against)
    return [Row(f"with {way}", f"{right[way]} of {count}") for way, count in sorted(every.items())]


def _line(one: _Judged) -> str:
    damaged = one.damaged
    return f"{damaged.action.slug} ({', '.join(damaged.ways)}): {one.against[:300]} - {json.dumps(damaged.arguments)[:300]}"


def _ask(app: str, toolset: ComposioToolSet, script: Path, folder: Path) -> list[_Judged]:
    backend = toolset.backend
    assert isinstance(backend, EmbeddedBackend)
    actions = backend.run(lambda: backend.actions(ActionQuery(apps=[app], everything=True)))
    sets = [one for each in islice(_sets(actions), OPERATIONS) for one in each]
    description = _prism.document(backend.catalog.definitions()[app], Home().folder("cache"))
    with _prism.served(script, description, folder, f"{app}-repair") as address:
        sent = asyncio.run(ask(toolset, address, [(one.action, one.arguments) for one in sets]))
        refused = [index for index, one in enumerate(sent) if one.against]
        whole = asyncio.run(ask(toolset, address, [(sets[index].action, sets[index].whole) for index in refused]))
    anyway = {index: one.against for index, one in zip(refused, whole, strict=True)}
    return [_Judged(one, sent[index].against, anyway.get(index, "")) for index, one in enumerate(sets)]


def _sets(actions: list[ActionModel]) -> Iterator[list[_Damaged]]:
    """The damaged sets of one operation after another, of those whose arguments give as many as asked for."""
    for action in _choose(actions):
        damaged = _damaged(action)
        if len(damaged) == SETS:
            yield damaged


def _choose(actions: list[ActionModel]) -> Iterator[ActionModel]:
    """The same ones everywhere: those that write come first, and among them chance decides; each can be damaged in three ways."""

    def rank(action: ActionModel) -> tuple[bool, bytes]:
        binding = action.binding
        writes = isinstance(binding, HttpBinding) and binding.method != "GET" and len(action.parameters.properties) > 3
        return not writes, hashlib.sha256(action.slug.encode()).digest()

    for action in sorted(actions, key=rank):
        schema = action.validation or action.parameters
        value = generate(schema, action.slug)
        if (
            isinstance(action.binding, HttpBinding)
            and compile_validator(schema).is_valid(value)
            and len(damages(value, schema)) > 2
        ):
            yield action


def _damaged(action: ActionModel) -> list[_Damaged]:
    """As many sets as asked for, each damaged in one to three ways."""
    schema = action.validation or action.parameters
    validator = compile_validator(schema)
    found: dict[str, _Damaged] = {}

    @settings(
        max_examples=SETS * 4,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def make(data: st.DataObject) -> None:
        whole = generate(schema, data.draw(st.text(max_size=8)))
        optional = [name for name in whole if name not in (schema.get("required") or ())]
        left_out = data.draw(st.sets(st.sampled_from(optional))) if optional else set()
        shorter = {name: value for name, value in whole.items() if name not in left_out}
        whole = shorter if validator.is_valid(shorter) else whole
        arguments, ways = whole, []
        for _ in range(data.draw(st.integers(1, 3))):
            possible = {way: done for way, done in damages(arguments, schema).items() if way not in ways}
            if not possible or "arguments in a wrapper" in ways:
                break
            way = data.draw(st.sampled_from(sorted(possible)))
            arguments = data.draw(st.sampled_from(possible[way]))()
            ways.append(way)
        if validator.is_valid(whole) and not validator.is_valid(arguments):
            found[json.dumps(arguments, sort_keys=True)] = _Damaged(action, whole, arguments, tuple(ways))

    make()
    return list(found.values())[:SETS]
