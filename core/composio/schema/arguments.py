"""Arguments as a model wrote them: read here, named by :mod:`restore`, corrected by :mod:`repair`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from composio.errors import InvalidArguments, Problem
from composio.schema.meanings import json_in
from composio.schema.repair import repair
from composio.schema.restore import restore

__all__ = ["parse", "repair", "restore"]


def parse(arguments: Mapping[str, Any] | str | None, *, action: str = "the tool") -> dict[str, Any]:
    """Arguments as a new dict. JSON text is read; empty text, ``null`` and None mean no arguments.

    JSON text may be fenced, or text in JSON itself. Raises ``InvalidArguments`` for what is no JSON object, with the position
    of the mistake. ``action`` names the tool in it.
    """
    if arguments is None:
        return {}
    if isinstance(arguments, Mapping):
        return dict(arguments)
    if not isinstance(arguments, str):
        raise InvalidArguments(action, [Problem("", "a JSON object", f"a {type(arguments).__name__}")])
    if not arguments.strip():
        return {}
    try:
        found = json.loads(arguments, strict=False)  # raw line breaks inside strings are unmistakable
    except json.JSONDecodeError as error:
        if isinstance(fenced := json_in(arguments), dict):
            return fenced
        where = f"text that is no JSON at line {error.lineno}, column {error.colno}"
        raise InvalidArguments(action, [Problem("", "a JSON object", where, error.msg)]) from None
    except RecursionError:
        raise InvalidArguments(action, [Problem("", "a JSON object", "one that nests too deep")]) from None
    if isinstance(found, str):
        inner = json_in(found) if found.strip() else {}
        found = found if inner is None else inner
    if found is None:
        return {}
    if not isinstance(found, dict):
        kind = "array" if isinstance(found, list) else type(found).__name__
        raise InvalidArguments(action, [Problem("", "a JSON object", f"a JSON {kind}", "give the arguments by name")])
    return found
