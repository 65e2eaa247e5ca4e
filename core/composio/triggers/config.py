"""A config as its trigger takes it, with the messages that an action's arguments get."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from composio.errors import InvalidArguments, Problem
from composio.model.trigger import TriggerModel
from composio.schema.repair import repair
from composio.schema.validate import compile_validator

__all__ = ["check_config", "fill_defaults"]


def check_config(trigger: TriggerModel, config: Mapping[str, Any] | None) -> dict[str, Any]:
    """``config`` repaired as arguments are: "5" for 5, null for what is left out. Raises ``InvalidArguments``."""
    if config is not None and not isinstance(config, Mapping):
        raise InvalidArguments(
            trigger.slug, [Problem("", "an object", f"a {type(config).__name__}", "give the config by name")]
        )
    schema = {**trigger.config, "additionalProperties": False}
    validator = compile_validator(schema, any_branch=True)
    repaired = repair(dict(config or {}), schema, validator)
    if problems := validator.problems(repaired):
        raise InvalidArguments(trigger.slug, problems)
    return repaired


def fill_defaults(trigger: TriggerModel, config: Mapping[str, Any]) -> dict[str, Any]:
    """``config`` with what its trigger has for those that it does not say. What is stored is without them."""
    known = {name: one["default"] for name, one in trigger.config.properties.items() if one.get("default") is not None}
    return {**known, **config}
