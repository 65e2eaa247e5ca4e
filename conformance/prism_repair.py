"""Are arguments that a model got slightly wrong put right, so that a validating server takes the request?

Hypothesis makes arguments for fifty operations of five apps and damages them in the ways that models do. Each set is carried out
through the toolset against Prism, which serves the app's own description.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from composio import ComposioToolSet
from composio.backend import ActionQuery
from composio.embedded import EmbeddedBackend
from composio.home import Home
from composio.model.action import ActionModel, HttpBinding
from composio.schema.validate import compile_validator
from composio.testing.upstream.generate import generate
from conformance import _prism
from conformance._damage import damages
from conformance._report import Options, Report, Row
from conformance.prism_valid import FAULTS, ask

APPS = ("github", "stripe", "jira", "notion", "slack")
OPERATIONS, SETS = 10, 20
LEAST = 0.95


@dataclass(frozen=True, slots=True)
class _Damaged:
    action: ActionModel
    whole: Mapping[str, Any]
    arguments: Mapping[str, Any]
    ways: tuple[str, ...]


def run(options: Options) -> Report:
    counts: Counter[str] = Counter()
    by_way: Counter[str] = Counter()
    failed: Counter[str] = Counter()
    problems: list[str] = []
    try:
        script = _prism.install(options.folder)
        with ComposioToolSet() as toolset:
            for app in APPS:
                for damaged, against in _asked(app, toolset, script, options.folder):
                    _judge(damaged, against, counts, by_way, failed, problems)
    except _prism.Unavailable as error:
        return Report((), (f"Prism can't be had: {error}",))
    share = counts["accepted"] / max(counts["sets"], 1)
    listed = options.folder / "prism_repair.txt"
    listed.write_text("\n".join(problems), "utf-8")
    rows = (
        Row("operations, apps", f"{OPERATIONS * len(APPS)}, {len(APPS)}"),
        Row("damaged argument sets", str(counts["sets"]), str(OPERATIONS * len(APPS) * SETS)),
        Row("put right, so that Prism takes the request", f"{counts['accepted']} ({share:.1%})", f">= {LEAST:.0%}"),
        Row("not put right, or not taken by Prism", f"{len(problems)}, listed in {listed.name} of {options.folder}"),
        Row("of them by Prism's own faults", f"{counts['excused']}, see prism_valid"),
        Row("crashes", str(counts["crashed"]), "0"),
        *(Row(f"with {way}", f"{count - failed[way]} of {count}") for way, count in sorted(by_way.items())),
    )
    if share >= LEAST and not counts["crashed"] and counts["sets"] == OPERATIONS * len(APPS) * SETS:
        return Report(rows)
    return Report(rows, tuple(problems) or ("fewer sets than there should be",))


def _asked(app: str, toolset: ComposioToolSet, script: Path, folder: Path) -> list[tuple[_Damaged, str]]:
    backend = toolset.backend
    assert isinstance(backend, EmbeddedBackend)
    actions = backend.run(lambda: backend.actions(ActionQuery(apps=[app], everything=True)))
    sets = [one for action in _chosen(actions) for one in _damaged(action)]
    with ExitStack() as stack:
        description = _prism.document(backend.catalog.definitions()[app], Home().folder("cache"))
        address = stack.enter_context(_prism.served(script, description, folder, f"{app}-repair"))
        sent = asyncio.run(ask(toolset, address, [(one.action, one.arguments) for one in sets]))
    return [(damaged, one.against) for damaged, one in zip(sets, sent, strict=True)]


def _chosen(actions: list[ActionModel]) -> list[ActionModel]:
    """The same ones everywhere: those that write come first, and among them chance decides; each can be damaged in three ways."""

    def rank(action: ActionModel) -> tuple[bool, bytes]:
        binding = action.binding
        writes = isinstance(binding, HttpBinding) and binding.method != "GET" and len(action.parameters.properties) > 3
        return not writes, hashlib.sha256(action.slug.encode()).digest()

    found = []
    for action in sorted(actions, key=rank):
        schema = action.validation or action.parameters
        value = generate(schema, action.slug)
        if (
            isinstance(action.binding, HttpBinding)
            and compile_validator(schema).is_valid(value)
            and len(damages(value, schema)) > 2
        ):
            found.append(action)
        if len(found) == OPERATIONS:
            break
    return found


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


def _judge(
    damaged: _Damaged,
    against: str,
    counts: Counter[str],
    by_way: Counter[str],
    failed: Counter[str],
    problems: list[str],
) -> None:
    counts["sets"] += 1
    by_way.update(damaged.ways)
    if not against:
        counts["accepted"] += 1
        return
    failed.update(damaged.ways)
    counts["crashed"] += against.startswith("crashed")
    counts["excused"] += any(fault.says in against for fault in FAULTS)
    problems.append(
        f"{damaged.action.slug} ({', '.join(damaged.ways)}): {against[:300]} - {json.dumps(damaged.arguments)[:300]}"
    )
