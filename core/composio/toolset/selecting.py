"""``_select``: a JMESPath expression with which a model asks for a part of an answer.

Source: JMESPath, https://jmespath.org/specification.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from difflib import get_close_matches
from typing import Any, Final

from composio.errors import InvalidArguments, Problem
from composio.model.action import ActionModel, JsonSchema
from composio.model.call import Local
from composio.model.effect import Effect, find_effect
from composio.model.processors import Processors

__all__ = ["SELECT", "add_selection", "can_select", "take_selection"]

SELECT: Final = "_select"
_DESCRIPTION: Final = "JMESPath expression; only what it selects of the answer's data is returned, such as {}[*].{{id: id}}"
# An answer of so many plain values is small: the expression would be longer than what it leaves out.
_FEW: Final = 8
_LONGEST: Final = 2_000
_LISTED: Final = 20
_PLAIN: Final = ("string", "number", "integer", "boolean")


def can_select(action: ActionModel) -> bool:
    """Return whether an action reads, and may answer more than a few values."""
    properties = action.parameters.get("properties") or {}
    if SELECT in properties or find_effect(action) is not Effect.READ:
        return False
    found = action.response.get("properties")
    if not isinstance(found, Mapping) or not 0 < len(found) <= _FEW:
        return True
    return not all(isinstance(one, Mapping) and one.get("type") in _PLAIN for one in found.values())


def add_selection(action: ActionModel) -> ActionModel:
    """Return the action with the argument, for its definition."""
    shown = JsonSchema(action.parameters)
    named = next((name for name, one in (action.response.get("properties") or {}).items() if _is_list(one)), "items")
    example = _DESCRIPTION.format("" if _is_list(action.response) else named)
    shown["properties"] = {**(shown.get("properties") or {}), SELECT: {"type": "string", "description": example}}
    shown.setdefault("type", "object")
    return replace(action, parameters=shown)


def take_selection(
    arguments: Mapping[str, Any] | str, name: str, local: Local, response: Callable[[], Mapping[str, Any]]
) -> tuple[Mapping[str, Any] | str, Local]:
    """Return the arguments without the expression, and ``local`` with a processor that applies it.

    ``response`` gives the schema of the answer. Raises ``InvalidArguments`` for an expression that can't be read, or that names
    fields which the answer does not have.
    """
    from composio.engine.arguments import parse  # the engine is imported with the first call

    if SELECT not in arguments:  # as a key, or anywhere in JSON text
        return arguments, local
    rest = parse(arguments, action=name)
    expression = rest.pop(SELECT, None)
    if expression is None or expression == "":
        return rest, local
    compiled = _compile(name, expression)
    _check(name, compiled.parsed, response())
    select = Processors(post={name.upper(): (lambda result: _apply(compiled, result),)})
    return rest, replace(local, processors=local.processors.then(select))


def _compile(name: str, expression: object) -> Any:
    import jmespath
    from jmespath.exceptions import JMESPathError

    if not isinstance(expression, str) or len(expression) > _LONGEST:
        raise _refuse(name, f"{type(expression).__name__} of length {len(str(expression))}", "")
    try:
        return jmespath.compile(expression)
    except (JMESPathError, RecursionError) as error:
        raise _refuse(name, repr(expression[:80]), str(error).splitlines()[0][:200] if str(error) else "") from None


def _refuse(name: str, got: str, hint: str) -> InvalidArguments:
    return InvalidArguments(name, [Problem(SELECT, "a JMESPath expression such as items[*].name", got, hint)])


def _check(name: str, node: Mapping[str, Any], schema: Mapping[str, Any]) -> None:
    """Refuse names that the answer's schema does not have, where a name beside them is meant. Descriptions leave fields out."""
    unknown = _find_unknown(node, schema)
    if unknown is not None:
        wrong, known = unknown
        if not known:
            raise _refuse(name, repr(wrong), "the answer is a list there: [*] before the name selects from each entry")
        raise InvalidArguments(
            name,
            [Problem(SELECT, f"a field of the answer: {', '.join(sorted(known)[:_LISTED])}", repr(wrong), _mean(wrong, known))],
        )


def _mean(wrong: str, known: Mapping[str, Any]) -> str:
    return f"did you mean {_alike(wrong, known)[0]}?"


def _alike(wrong: str, known: Mapping[str, Any]) -> list[str]:
    """Return what a misspelled name means. A name that resembles none may be a field that the description leaves out."""
    return get_close_matches(wrong, list(known), 1, cutoff=0.7)


def _find_unknown(node: Mapping[str, Any], schema: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]] | None:
    """Return the first name that a path from the root has and the schema lacks, if it resembles one of the schema's."""
    found = _walk(node, schema)
    return found if isinstance(found, tuple) else None


def _walk(node: Mapping[str, Any], schema: Mapping[str, Any] | None) -> Any:
    """Return the schema of what a node selects; None if it is unknown, and a wrong name with those that are known there."""
    kind, children = node["type"], node.get("children", [])
    if kind == "field":
        return _field(node["value"], schema)
    if kind in {"subexpression", "index_expression", "pipe", "projection", "filter_projection", "flatten"}:
        at: Any = schema
        for place, child in enumerate(children):
            if kind == "filter_projection" and place == 2:
                break  # the condition, whose names are of an item
            at = _walk(child, at)
            if isinstance(at, tuple) or at is None:
                return at
            if kind in {"projection", "filter_projection"} and place == 0:
                at = _items(at)
        return at
    if kind in {"multi_select_list", "multi_select_dict"}:
        for child in children:
            found = _walk(child["children"][0] if child["type"] == "key_val_pair" else child, schema)
            if isinstance(found, tuple):
                return found
        return None
    if kind == "value_projection":
        found = _walk(children[0], schema)
        return found if isinstance(found, tuple) else None
    if kind in {"index", "slice"}:
        return _items(schema) if kind == "index" else schema
    return schema if kind in {"identity", "current"} else None


def _field(name: str, schema: Mapping[str, Any] | None) -> Any:
    if _is_list(schema):
        return name, {}
    properties = schema.get("properties") if schema else None
    if not isinstance(properties, Mapping) or not properties:
        return None
    if name in properties:
        return properties[name] if isinstance(properties[name], Mapping) else None
    return (name, properties) if _alike(name, properties) else None


def _is_list(schema: Any) -> bool:
    return isinstance(schema, Mapping) and schema.get("type") == "array"


def _items(schema: Any) -> Mapping[str, Any] | None:
    found = schema.get("items") if isinstance(schema, Mapping) else None
    return found if isinstance(found, Mapping) else None


def _apply(compiled: Any, result: dict[str, Any]) -> dict[str, Any]:
    from jmespath.exceptions import JMESPathError

    if not result.get("successful"):
        return result
    data = result.get("data")
    try:
        selected = compiled.search(data)
    except (JMESPathError, RecursionError) as error:  # a function that got a value of another type
        selected, why = None, str(error)[:200]
    else:
        why = "it selects nothing"
    if selected is None:
        known = ", ".join(sorted(map(str, data))[:_LISTED]) if isinstance(data, Mapping) else f"a {type(data).__name__}"
        said = (
            f"The call went through, and {SELECT} {compiled.expression!r:.80} can't be applied: {why}. The answer has: {known}."
        )
        return {**result, "successful": False, "data": {}, "error": said}
    return {**result, "data": selected}
