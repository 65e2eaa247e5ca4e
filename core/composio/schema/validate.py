"""Check arguments against a schema and explain errors so that a model can fix them.

Formats are not asserted, references are never fetched, and no pattern can block the process.
Source: JSON Schema 2020-12, Validation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import isfinite
from typing import TYPE_CHECKING, Any, NoReturn

from composio.errors import Problem, SpecError
from composio.schema.dates import has_dates
from composio.schema.encoded import has_bytes
from composio.schema.explain import explain, kind_of, path_text
from composio.schema.keywords import IN_LIST, IN_MAP, IN_PLACE, change_subschemas
from composio.schema.patterns import engine, is_usable
from composio.schema.walk import find_entangled

if TYPE_CHECKING:
    import jsonschema_rs

__all__ = ["Validator", "compile_validator", "endless", "nests_deeper"]

# Nested objects and arrays: far more than any API accepts, and the limit of one check's cost.
_DEEPEST = 128
# More than a model fixes at once.
_MAX_PROBLEMS = 8
# An aborted pattern says nothing about the value: the API decides.
_UNDECIDED = frozenset({"BacktrackLimitExceeded", "RegexEngineFailure"})


class Validator:
    """A compiled schema; safe to share between threads. Created by :func:`compile_validator`."""

    __slots__ = ("_compiled", "_formal", "_schema", "has_bytes", "has_dates")

    def __init__(self, schema: Mapping[str, Any], compiled: jsonschema_rs.Draft202012Validator) -> None:
        self._schema, self._compiled = schema, compiled
        self._formal: jsonschema_rs.Draft202012Validator | None = None
        self.has_bytes, self.has_dates = has_bytes(schema), has_dates(schema)

    def is_valid(self, value: Any, *, is_flat: bool = False) -> bool:
        """Return whether ``value`` is valid. Values that JSON lacks (bytes, sets), or endless nesting, never are.

        ``is_flat`` says that it has only strings, integers, booleans and None.
        """
        if not is_flat and (nests_deeper(value) or endless(value) is not None):
            return False
        try:
            if self._compiled.is_valid(value):
                return True
            return self.find_entangled(value) is None and not any(True for _ in self.errors(value))
        except ValueError:
            return False

    def is_in_form(self, value: Any) -> bool:
        """Return whether ``value`` is valid including string formats, which nothing else here checks."""
        import jsonschema_rs

        if self._formal is None:
            try:
                self._formal = _compile(dict(self._schema), formats=True)
            except jsonschema_rs.ValidationError:
                self._formal = _compile(_without_unusable_patterns(self._schema), formats=True)
        return self.is_valid(value) and self._formal.is_valid(value)

    def errors(self, value: Any) -> Iterator[jsonschema_rs.ValidationError]:
        """Return the engine's own errors, for repairs. Raises ``ValueError`` for values that JSON cannot hold."""
        return (error for error in self._compiled.iter_errors(value) if kind_of(error) not in _UNDECIDED)

    def find_entangled(self, value: Any) -> str | None:
        """Return the property whose errors cannot be explained, because of too many nested unions."""
        return find_entangled(value, self._schema)

    def problems(self, value: Any) -> list[Problem]:
        """Return the problems of ``value``: empty if it is valid, at most eight."""
        if nests_deeper(value):
            return [Problem("", f"at most {_DEEPEST} levels of objects and arrays", "more")]
        if (where := endless(value)) is not None:
            return [Problem(path_text(where), "a finite number", "NaN or an infinity")]
        if (name := self.find_entangled(value)) is not None:
            if self._compiled.is_valid(value):
                return []
            return [Problem(name, "one of the forms that are allowed, all the way down", "something that fits none of them")]
        found: dict[Problem, None] = {}
        try:
            for error in self.errors(value):
                found |= dict.fromkeys(explain(error, self._schema))
                if len(found) >= _MAX_PROBLEMS:
                    break
        except ValueError as error:
            found = {Problem("", "JSON values only", str(error)[:80], "write it as text, a number, a list or an object"): None}
        return list(found)[:_MAX_PROBLEMS]


def nests_deeper(value: Any, levels: int = _DEEPEST) -> bool:
    """Return whether ``value`` nests objects and arrays deeper than ``levels``."""
    here = [value]
    for _ in range(levels + 1):
        inner = [part.values() if isinstance(part, dict) else part for part in here if isinstance(part, dict | list | tuple)]
        here = [one for parts in inner for one in parts if isinstance(one, dict | list | tuple)]
        if not here:
            return False
    return True


def endless(value: Any) -> tuple[str | int, ...] | None:
    """Return where ``value``, of limited depth, has an infinity or NaN, which the engine reads as null; None if nowhere."""
    if isinstance(value, float):
        return None if isfinite(value) else ()
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list | tuple) else ()
    for part, inner in parts:
        if isinstance(inner, float | dict | list | tuple) and (found := endless(inner)) is not None:
            return (part, *found)
    return None


def compile_validator(schema: Mapping[str, Any], *, any_branch: bool = False) -> Validator:
    """Compile ``schema``; its references point into itself. An invalid pattern is ignored.

    With ``any_branch`` a value that fits several branches of a ``oneOf`` is valid: many descriptions' branches overlap, and the
    API decides which one is meant. Raises ``SpecError`` for an otherwise invalid schema, or one with external references.
    """
    import jsonschema_rs

    whole = schema if isinstance(schema, dict) else dict(schema)
    if any_branch:
        whole = _taking_any_branch(whole)
    try:
        try:
            return Validator(whole, _compile(whole))
        except jsonschema_rs.ValidationError:
            return Validator(whole, _compile(_without_unusable_patterns(whole)))
    except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError) as error:
        reason = str(error).split("\n", 1)[0][:200]
        raise SpecError(
            f"A schema can't be used to check arguments: {reason}. Correct the description it comes from."
        ) from error


def _compile(schema: dict[str, Any], *, formats: bool = False) -> jsonschema_rs.Draft202012Validator:
    import jsonschema_rs

    return jsonschema_rs.Draft202012Validator(
        schema, validate_formats=formats, retriever=_never_fetch, pattern_options=engine()
    )


def _never_fetch(uri: str) -> NoReturn:
    raise ValueError(f"references to other documents are not followed: {uri}")


def _taking_any_branch(schema: Any) -> Any:
    """Return ``schema`` with ``anyOf`` for each ``oneOf``; not copied if it has none."""
    if not isinstance(schema, Mapping):
        return schema
    whole = change_subschemas(schema, _taking_any_branch)
    if not isinstance(schema.get("oneOf"), list):
        return whole
    rest = {keyword: value for keyword, value in whole.items() if keyword != "oneOf"}
    if "anyOf" not in rest:
        return {**rest, "anyOf": whole["oneOf"]}
    return {**rest, "allOf": [*rest.get("allOf", ()), {"anyOf": whole["oneOf"]}]}


def _without_unusable_patterns(schema: Any) -> Any:
    if not isinstance(schema, Mapping):
        return schema
    kept: dict[str, Any] = {}
    for keyword, value in schema.items():
        if keyword == "pattern" and isinstance(value, str) and not is_usable(value):
            continue
        if keyword in IN_MAP and isinstance(value, Mapping):
            usable = {n: c for n, c in value.items() if keyword != "patternProperties" or is_usable(n)}
            kept[keyword] = {name: _without_unusable_patterns(child) for name, child in usable.items()}
        elif keyword in IN_LIST and isinstance(value, list):
            kept[keyword] = [_without_unusable_patterns(child) for child in value]
        else:
            kept[keyword] = _without_unusable_patterns(value) if keyword in IN_PLACE else value
    return kept
