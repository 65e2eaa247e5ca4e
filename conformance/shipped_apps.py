"""Are actions of the shipped apps, drawn at random, called the way their own descriptions say?

Arguments are made out of each action's schema and sent through the toolset; the double of the app's description reads them back.
``--all`` draws from every app that ships, which must be compiled first (``nox -s catalog``).
"""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Sequence

from composio import ComposioToolSet
from composio.embedded import EmbeddedBackend
from composio.model.action import ActionModel, HttpBinding
from composio.testing import FakeUpstream
from conformance._report import Options, Report, Row
from conformance.prism_valid import ask, make_arguments

SEED = "COMPOSIO_CONFORMANCE_SEED"  # another draw; the number is printed
# What the suite compiles anyway, from packages of several kinds.
SAMPLE = ("airtable", "asana", "discord", "github", "gmail", "intercom", "jira", "slack", "spotify", "stripe", "trello", "zoom")
APPS, ACTIONS = 200, 400  # what --all draws; the sample has two actions for each of its apps as well


def run(options: Options) -> Report:
    seed = os.environ.get(SEED) or "1"
    draw = random.Random(seed)
    problems: list[str] = []
    called = 0
    with ComposioToolSet() as toolset:
        apps = _draw_apps(toolset, draw, options)
        for app, actions in apps.items():
            called += len(actions)
            problems += _call(toolset, app, actions)
    rows = (
        Row("draw", seed, f"any, by {SEED}"),
        Row("apps", str(len(apps)), str(APPS if options.everything else len(SAMPLE))),
        Row("actions called", str(called), str(ACTIONS if options.everything else 2 * len(SAMPLE))),
        Row("not accepted by their own descriptions", str(len(problems)), "0"),
    )
    return Report(rows, tuple(problems))


def _draw_apps(toolset: ComposioToolSet, draw: random.Random, options: Options) -> dict[str, list[ActionModel]]:
    backend = toolset.backend
    assert isinstance(backend, EmbeddedBackend)
    names = sorted(backend.catalog.definitions()) if options.everything else list(SAMPLE)
    draw.shuffle(names)
    drawn: dict[str, list[ActionModel]] = {}
    for app in names:
        actions = backend.catalog.select(apps=[app], everything=True)
        operations = [action for action in actions if isinstance(action.binding, HttpBinding)]
        if len(operations) >= 2:
            drawn[app] = draw.sample(operations, 2)
        if len(drawn) == APPS:
            break
    return drawn


def _call(toolset: ComposioToolSet, app: str, actions: Sequence[ActionModel]) -> list[str]:
    """What is said against the calls, a line each."""
    with FakeUpstream.of(toolset.backend, app) as double:
        sent = asyncio.run(ask(toolset, double.url, [(action, make_arguments(action)) for action in actions]))
    return [f"{one.action.slug}: {one.against[:300]}" for one in sent if one.against]
