"""Find tools for tasks in words: which fit, whether their apps are connected, known pitfalls, and the order of calls."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest
from typing import TYPE_CHECKING, Any

from composio.backend.catalog import ActionQuery
from composio.discovery.describe import show, size
from composio.discovery.mentions import find_mentioned
from composio.discovery.names import CONNECT, DESCRIBE, EXECUTE
from composio.discovery.plan import find_pitfalls, plan_steps, read_known
from composio.discovery.scope import Scope
from composio.discovery.status import Status, statuses_of
from composio.errors import ComposioError
from composio.model.action import ActionModel, FunctionBinding
from composio.model.call import Calling
from composio.model.connection import as_time
from composio.model.processors import Processors

if TYPE_CHECKING:
    from composio.backend import Backend

__all__ = ["search"]

_CANDIDATES, _OF_MANY = 40, 400
_PRIMARY, _RELATED, _USUAL, _STEPS = 5, 10, 40, 6
# Characters of JSON: of one schema, and of all schemas in a response; the model gets further ones by name only.
_ONE, _ALL = 5_000, 16_000


@dataclass(frozen=True, slots=True)
class _Found:
    """The results for one query: the best actions, related ones, and the chain of calls."""

    primary: Sequence[ActionModel]
    related: Sequence[ActionModel]
    chain: Sequence[ActionModel]
    statuses: Mapping[str, Status]


async def search(backend: Backend, scope: Scope, queries: Sequence[Mapping[str, Any]], calling: Calling) -> dict[str, Any]:
    """Answer as v3's session search does.

    Keys: ``results``, ``tool_schemas``, ``toolkit_connection_statuses``, ``next_steps_guidance``.
    """
    results: list[dict[str, Any]] = []
    shown: dict[str, ActionModel] = {}
    statuses: dict[str, Status] = {}
    for index, query in enumerate(queries):
        try:
            found = await _find(backend, scope, query["use_case"], calling)
        except ComposioError as error:
            results.append(_nothing(index, query, str(error)))
            continue
        if not found.primary:
            results.append(_nothing(index, query, "No tool fits. Say it in other words, or name the app."))
            continue
        results.append(_result(index, query, found))
        shown |= {one.slug: one for one in (*found.primary, *found.chain)}
        statuses |= found.statuses
    now = time.time()
    return {
        "success": any("error" not in one for one in results),
        "results": results,
        "tool_schemas": _schemas(list(shown.values()), calling.local.processors),
        "toolkit_connection_statuses": [one.shown() for one in statuses.values()],
        "next_steps_guidance": _guide(statuses.values()),
        "time_info": {"current_time_utc": as_time(now), "current_time_utc_epoch_seconds": int(now)},
    }


async def _find(backend: Backend, scope: Scope, task: str, calling: Calling) -> _Found:
    apps = [one for one in await backend.apps() if scope.allows_app(one.key)]
    mentioned = find_mentioned(task, apps)
    count = _OF_MANY if scope.actions else _CANDIDATES
    slugs = await backend.search(task, apps=mentioned, limit=count) if mentioned else []
    bounds = [one.key for one in apps if one.key in scope.every_app]  # a user's functions belong to no app
    everywhere = await backend.search(task, apps=bounds, limit=count) if bounds or scope.is_open else []
    actions = await _load(backend, scope, [*slugs, *everywhere])
    by_slug = {one.slug: one for one in actions}
    statuses = await statuses_of(backend, [one.app for one in actions[: 2 * _RELATED]], calling.who)
    near = [by_slug[one] for one in slugs if one in by_slug]
    far = [by_slug[one] for one in everywhere if one in by_slug]
    if not mentioned:  # apps that the user is connected to are more likely
        far = sorted(far[:_RELATED], key=lambda one: not _is_connected(one, statuses)) + far[_RELATED:]
    ranked = _once([*_interleave(near), *_interleave(far)] if near else _interleave(far), mentioned, statuses)
    ranked += [one for one in scope.named if one not in ranked]
    usual = [one for key in mentioned for one in await _usual(backend, scope, key)]
    primary = ranked[:_PRIMARY]
    related = _once([*ranked[_PRIMARY : _PRIMARY + _RELATED], *usual], mentioned, statuses)
    return _Found(
        primary,
        [one for one in related if one not in primary],
        await _chain(backend, scope, task, mentioned or bounds, primary),
        {key: one for key, one in statuses.items() if key in {action.app for action in primary}},
    )


async def _load(backend: Backend, scope: Scope, slugs: Sequence[str]) -> list[ActionModel]:
    """Return the definitions of the allowed actions, in the order of ``slugs``."""
    names = tuple(dict.fromkeys(slugs))
    found = await backend.actions(ActionQuery(names=names)) if names else []
    return [one for one in found if scope.allows(one)]


async def _usual(backend: Backend, scope: Scope, app: str) -> list[ActionModel]:
    """Return the most used actions of an app that the task names: the model may find what the search missed."""
    return [one for one in await backend.actions(ActionQuery(apps=(app,), limit=_USUAL)) if scope.allows(one)]


async def _chain(
    backend: Backend, scope: Scope, task: str, apps: Sequence[str], primary: Sequence[ActionModel]
) -> list[ActionModel]:
    """Return the calls for a task of several steps; for a single action, the calls that find its ids, then the action."""
    from composio.catalog.search.steps import split_steps

    slugs = await backend.chain(task, apps=apps, limit=_STEPS) if apps or scope.is_open else []
    found = await _load(backend, scope, slugs)
    if len(split_steps(task)) > 1 or not primary:
        return found
    best = primary[0]
    return [*[one for one in found[:-1] if one.app == best.app and one.slug != best.slug], best]


def _interleave(ranked: Sequence[ActionModel]) -> list[ActionModel]:
    """Move the most used of ``ranked`` up, by alternating between all and the most used."""
    important = [one for one in ranked if one.important]
    turns = chain.from_iterable(zip_longest(ranked, important))
    return list({one.slug: one for one in turns if one is not None}.values())


def _once(ranked: Sequence[ActionModel], mentioned: Sequence[str], statuses: Mapping[str, Status]) -> list[ActionModel]:
    """Keep each operation of ``ranked`` once if several apps have it: from the app that is named, connected or first."""
    chosen: dict[object, ActionModel] = {}
    for action in {one.slug: one for one in ranked}.values():
        key = _operation(action)
        before = chosen.get(key)
        if before is not None and before.app == action.app:  # all GraphQL and RPC operations share one method and path
            key, before = action.slug, chosen.get(action.slug)
        if before is None or _preference(action, mentioned, statuses) > _preference(before, mentioned, statuses):
            chosen[key] = action
    return list(chosen.values())


def _operation(action: ActionModel) -> object:
    binding = action.binding
    if isinstance(binding, FunctionBinding):
        return action.slug
    head = binding.body.graphql.head if binding.body is not None and binding.body.graphql is not None else ""
    return binding.method, binding.path, binding.servers[0].url if binding.servers else action.app, head


def _preference(action: ActionModel, mentioned: Sequence[str], statuses: Mapping[str, Status]) -> tuple[bool, bool]:
    return action.app in mentioned, _is_connected(action, statuses)


def _is_connected(action: ActionModel, statuses: Mapping[str, Status]) -> bool:
    status = statuses.get(action.app)
    return status is not None and status.is_connected


def _nothing(index: int, query: Mapping[str, Any], why: str) -> dict[str, Any]:
    return {
        "index": index,
        "use_case": query["use_case"],
        "primary_tool_slugs": [],
        "related_tool_slugs": [],
        "toolkits": [],
        "error": why,
    }


def _result(index: int, query: Mapping[str, Any], found: _Found) -> dict[str, Any]:
    known = read_known(query.get("known_fields") or "")
    used = [one for one in found.statuses.values() if one.app in {action.app for action in found.chain}]
    pitfalls = find_pitfalls(list({one.slug: one for one in (*found.chain, *found.primary[:3])}.values()), known)
    apps = list(dict.fromkeys(one.app for one in found.primary))
    if len(apps) > 1 and sum(1 for app in apps if app in found.statuses and found.statuses[app].is_connected) != 1:
        pitfalls.append(f"Tools of several apps fit ({', '.join(apps)}): take the app that the user means, and ask if unsure.")
    return {
        "index": index,
        "use_case": query["use_case"],
        "primary_tool_slugs": [one.slug for one in found.primary],
        "related_tool_slugs": [one.slug for one in found.related],
        "toolkits": apps,
        "known_pitfalls": pitfalls,
        "recommended_plan_steps": plan_steps(found.chain, used, known),
    }


def _schemas(actions: Sequence[ActionModel], processors: Processors) -> dict[str, Any]:
    """Return full schemas of small actions; for the others, how to get them."""
    schemas: dict[str, Any] = {}
    left = _ALL
    for action in actions:
        whole = show(action, processors)
        length = size(whole)
        if length > min(_ONE, left):
            whole = {key: whole[key] for key in ("tool_slug", "toolkit", "description")} | {
                "hasFullSchema": False,
                "schemaRef": {"tool": DESCRIBE, "args": {"tool_slugs": [action.slug]}},
            }
            length = size(whole)
        left -= length
        schemas[action.slug] = whole
    return schemas


def _guide(statuses: Any) -> list[str]:
    missing = [one.app for one in statuses if not one.is_connected]
    steps = [f"Read the schema of the tool that fits; where hasFullSchema is false, {DESCRIBE} gives it."]
    if missing:
        steps.append(f"{CONNECT} connects the user to the app that you chose; not connected: {', '.join(missing)}.")
    return [*steps, f"{EXECUTE} runs tools by their slugs."]
