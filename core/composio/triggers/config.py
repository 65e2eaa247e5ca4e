"""Validate and repair a trigger's config, with the same messages as an action's arguments."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from composio.errors import InvalidArguments, InvalidRequest, Problem
from composio.model.trigger import TriggerModel
from composio.schema.repair import repair
from composio.schema.validate import compile_validator
from composio.triggers.expressions import evaluate
from composio.triggers.schedules import next_time

__all__ = ["check_config", "fill_defaults"]


def check_config(trigger: TriggerModel, config: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return ``config`` repaired like arguments: "5" becomes 5, null is omitted. Raises ``InvalidArguments``."""
    if config is not None and not isinstance(config, Mapping):
        raise InvalidArguments(
            trigger.slug, [Problem("", "an object", f"a {type(config).__name__}", "give the config by name")]
        )
    schema = {**trigger.config, "additionalProperties": False}
    validator = compile_validator(schema, any_branch=True)
    repaired = repair(dict(config or {}), schema, validator)
    if problems := validator.problems(repaired):
        raise InvalidArguments(trigger.slug, problems)
    if trigger.poll is not None and trigger.poll.schedule:
        _check_schedule(trigger.slug, trigger.poll.schedule, {"config": fill_defaults(trigger, repaired)})
    return repaired


def _check_schedule(slug: str, schedule: Mapping[str, str], values: Mapping[str, Any]) -> None:
    """Raise ``InvalidArguments`` for an unreadable or impossible schedule: its polls would fail unseen."""
    cron, zone = (str(evaluate(schedule[name], values)) for name in ("cron", "time_zone"))
    try:
        following = next_time(cron, zone, after=time.time())
    except InvalidRequest as error:
        if str(error).startswith("time_zone"):
            problem = Problem("time_zone", "the name of a time zone", repr(zone)[:60], "for example Europe/Berlin")
            raise InvalidArguments(slug, [problem]) from None
        following = None
    if following is None:
        expected = "minute, hour, day of month, month and day of week that come due"
        raise InvalidArguments(slug, [Problem("cron", expected, repr(cron)[:60], "for example '0 9 * * MON-FRI'")])


def fill_defaults(trigger: TriggerModel, config: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``config`` with the trigger's defaults. The stored config is without them."""
    known = {name: one["default"] for name, one in trigger.config.properties.items() if one.get("default") is not None}
    return {**known, **config}
