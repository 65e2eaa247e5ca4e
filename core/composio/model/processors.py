"""Processors: the caller's functions that change a tool's definition, inputs or result.

An immutable value that travels with a call, so that nothing affects another call.
Source: documentation page "Processing Tools".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from composio.errors import InvalidRequest, ProcessorError
from composio.model.action import ActionModel

__all__ = ["NO_PROCESSORS", "RETRY", "Processor", "Processors", "TryAgain"]

Processor = Callable[[dict[str, Any]], dict[str, Any]]
_Stage = Mapping[str, tuple[Processor, ...]]
_NONE: _Stage = MappingProxyType({})
_STAGES = ("schema", "pre", "post")


class _Retry:
    def __repr__(self) -> str:
        return "RETRY"


# v0.7's: a post processor returns it to run the action once more.
RETRY = _Retry()


class TryAgain(Exception):
    """A post processor asked for a retry. ``value`` is the result that it got."""

    def __init__(self, value: dict[str, Any]) -> None:
        super().__init__()
        self.value = value


@dataclass(frozen=True, slots=True)
class Processors:
    """``{"schema" | "pre" | "post": {action, app or tool function: processor}}``, normalised."""

    schema: _Stage = field(default_factory=lambda: _NONE)
    pre: _Stage = field(default_factory=lambda: _NONE)
    post: _Stage = field(default_factory=lambda: _NONE)

    @classmethod
    def of(cls, value: Processors | Mapping[str, Any] | None) -> Processors:
        """Parse the documented dict. A key is an action or app name, or a function under ``@action``."""
        if value is None:
            return NO_PROCESSORS
        if isinstance(value, Processors):
            return value
        unknown = [stage for stage in value if stage not in _STAGES]
        if unknown:
            raise InvalidRequest(f"processors: unknown stage {unknown[0]!r}; the stages are schema, pre and post.")
        return cls(**{stage: _stage(stage, value.get(stage) or {}) for stage in _STAGES})

    def then(self, other: Processors) -> Processors:
        """Return these processors followed by those of ``other``."""
        if other is NO_PROCESSORS or other == NO_PROCESSORS:
            return self
        return Processors(
            **{
                stage: MappingProxyType(
                    {
                        key: getattr(self, stage).get(key, ()) + getattr(other, stage).get(key, ())
                        for key in (*getattr(self, stage), *getattr(other, stage))
                    }
                )
                for stage in _STAGES
            }
        )

    def apply(self, stage: str, action: ActionModel, value: dict[str, Any]) -> dict[str, Any]:
        """Run a stage's processors for ``action`` on a copy of ``value``: the app's first, then the action's own."""
        table: _Stage = getattr(self, stage)
        if not table:
            return value
        found = table.get(action.app.upper(), ())
        for name in sorted(action.names):
            found += table.get(name, ())
        if not found:
            return value
        changed = deepcopy(value)
        for processor in found:
            changed = self._run(stage, action, processor, changed)
        return changed

    @staticmethod
    def _run(stage: str, action: ActionModel, processor: Processor, value: dict[str, Any]) -> dict[str, Any]:
        name = getattr(processor, "__qualname__", repr(processor))
        try:
            changed: object = processor(value)
        except Exception as error:
            raise ProcessorError(
                f"The {stage} processor {name} of {action.slug} raised {type(error).__name__}: {error}"
            ) from error
        if changed is RETRY and stage == "post":
            raise TryAgain(value)
        if not isinstance(changed, dict):
            raise ProcessorError(
                f"The {stage} processor {name} of {action.slug} returned {type(changed).__name__}; it must return the dict."
            )
        return changed


NO_PROCESSORS = Processors()


def _stage(stage: str, table: Mapping[Any, Any]) -> _Stage:
    if not isinstance(table, Mapping):
        raise InvalidRequest(f"processors[{stage!r}] maps actions to functions; got {type(table).__name__}.")
    found: dict[str, tuple[Processor, ...]] = {}
    for key, processor in table.items():
        if not callable(processor):
            raise InvalidRequest(f"processors[{stage!r}][{key!r}] must be a function, got {type(processor).__name__}.")
        name = key if isinstance(key, str) else getattr(key, "slug", None)
        if not isinstance(name, str):
            raise InvalidRequest(f"processors[{stage!r}]: {key!r} is neither an action, an app nor an @action function.")
        found[name.upper()] = (*found.get(name.upper(), ()), processor)
    return MappingProxyType(found)
