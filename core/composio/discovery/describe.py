"""Full definitions of the actions that a model names."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from composio.discovery.scope import Scope
from composio.errors import NotFoundError
from composio.model.action import ActionModel
from composio.model.processors import Processors
from composio.schema.processed import process

if TYPE_CHECKING:
    from composio.backend import Backend

__all__ = ["describe", "show", "size"]


async def describe(
    backend: Backend, scope: Scope, slugs: Sequence[str], include: Sequence[str], processors: Processors
) -> dict[str, Any]:
    """``{"tool_schemas": {slug: ...}, "not_found": {slug: why}}``. An unknown name does not affect the others."""
    schemas: dict[str, Any] = {}
    unknown: dict[str, str] = {}
    for slug in dict.fromkeys(slugs):
        try:
            action = await scope.action(backend, slug)
        except NotFoundError as error:
            unknown[slug] = str(error)
            continue
        shown = show(action, processors)
        if "output_schema" in include:
            shown["output_schema"] = action.response.model_dump()
        if "input_schema" not in include:
            del shown["input_schema"]
        schemas[action.slug] = shown
    return {"tool_schemas": schemas, "not_found": unknown}


def show(action: ActionModel, processors: Processors) -> dict[str, Any]:
    """Return one definition with its full input schema, after schema processors."""
    parameters, description = process(action, processors)
    return {
        "tool_slug": action.slug,
        "toolkit": action.app,
        "description": description or action.display_name,
        "hasFullSchema": True,
        "input_schema": parameters.model_dump(),
    }


def size(value: object) -> int:
    """Return the length of ``value`` as JSON, in characters."""
    return len(json.dumps(value, ensure_ascii=False, default=str))
