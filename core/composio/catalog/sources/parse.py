"""Parse a document: JSON, else YAML; a GraphQL schema stays a string.

Descriptions are untrusted, so neither depth nor aliases may crash the process: tree builders recurse on the C stack, and a few
lines of aliases can expand to gigabytes.
"""

from __future__ import annotations

import codecs
import json
import re
from contextlib import suppress
from typing import Any, Final

from composio.errors import SpecError
from composio.schema.sdl import is_sdl

__all__ = ["parse"]

# Nesting levels, the same as Pydantic's parser allows; real descriptions have less than 50.
_DEEPEST: Final = 200
_NESTING: Final = frozenset((dict, list))
_HALF = re.compile(r"\\u[dD][89a-fA-F]")


def parse(data: bytes, name: str) -> Any:
    """Return the document in ``data``. Raises ``SpecError`` with ``name`` and the position of the mistake."""
    if (found := _fast(data)) is not None:
        return found
    if not data.strip():
        raise SpecError(f"{name}: the API description is empty.")
    marked = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))  # PowerShell's encoding of files
    try:
        text = data.decode("utf-16" if marked else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise SpecError(f"{name}: the API description is no UTF-{16 if marked else 8} text (byte {error.start}).") from None
    if text.lstrip()[:1] in "{[":
        return _json(text, name)
    if is_sdl(text):
        return text
    if text.lstrip()[:1] == "<":
        raise SpecError(
            f"{name}: this is HTML or XML, such as a page about the API. Give the description itself, JSON or YAML."
        )
    return _yaml(text, name)


def _fast(data: bytes) -> Any:
    """Return the object or list in ``data`` if it is plain JSON of at most ``_DEEPEST`` levels, else None.

    Pydantic's parser takes half of the time of ``json``, and has less precise errors.
    """
    from pydantic_core import from_json

    if data[:1] not in (b"{", b"["):
        return None
    try:
        return from_json(data, allow_inf_nan=False, cache_strings="keys")
    except ValueError:
        return None


def _json(text: str, name: str) -> Any:
    try:
        document = json.loads(text, parse_constant=str)  # NaN is not JSON
        if _HALF.search(text):
            json.dumps(document, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        with suppress(SpecError):  # in braces, with a trailing comma, in single quotes: YAML all the same
            return _yaml(text, name)
        raise SpecError(f"{name}: line {error.lineno}, column {error.colno}: not JSON: {error.msg}.") from None
    except UnicodeEncodeError as error:
        half = error.object[error.start]
        raise SpecError(f"{name}: holds {half!a}, which is half of a character.") from None
    except ValueError as error:  # a number of thousands of digits
        raise SpecError(f"{name}: holds a value that can't be read: {error}.") from None
    except RecursionError:
        raise SpecError(_too_deep(name)) from None
    level = [document]
    for _ in range(_DEEPEST):
        level = [v for node in level for v in (node.values() if type(node) is dict else node) if type(v) in _NESTING]
        if not level:
            return document
    raise SpecError(_too_deep(name))


def _too_deep(name: str) -> str:
    return f"{name}: the API description is nested more than {_DEEPEST} levels deep; expected an OpenAPI document."


def _yaml(text: str, name: str) -> Any:
    import yaml

    from composio.catalog.sources.events import YamlProblem, read_events

    try:
        return read_events(text, _DEEPEST)
    except YamlProblem as error:
        if error.mark is None:
            raise SpecError(_too_deep(name)) from None
        raise SpecError(f"{name}: {_at(error.mark)}{error.problem}.") from None
    except yaml.YAMLError as error:
        problem = getattr(error, "problem", None) or "not YAML"
        if "nesting depth" in problem:  # PyYAML's own bound, since 6.0.4
            raise SpecError(_too_deep(name)) from None
        raise SpecError(f"{name}: {_at(getattr(error, 'problem_mark', None))}neither JSON nor YAML: {problem}.") from None
    except ValueError as error:  # an invalid value that looks like a number
        raise SpecError(f"{name}: holds a value that can't be read: {error}.") from None


def _at(mark: Any) -> str:
    return f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
