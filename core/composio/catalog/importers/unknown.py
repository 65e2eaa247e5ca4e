"""Explain a description that no importer recognises: what it seems to be, what is supported, and what may be meant. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Final

from composio.plugin.spec import Importer

__all__ = ["unreadable"]

# Keys that identify a description's format.
_MARKS: Final = ("openapi", "swagger", "swaggerVersion", "discoveryVersion", "asyncapi", "kind", "__schema", "arazzo", "raml")
_SHOWN: Final = 30
_LIKE: Final = 0.7


def unreadable(document: Any, importers: Sequence[Importer]) -> str:
    """Return why no importer reads ``document``, in one to three sentences."""
    stated: Mapping[Any, Any] = document if isinstance(document, dict) else {}
    version = next((f"{key}: {str(stated[key])[:_SHOWN]}" for key in _MARKS if key in stated), "")
    keys = ", ".join(str(key)[:_SHOWN] for key in list(stated)[:5])
    kind = type(document).__name__
    found = version or (f"an object with {keys}" if keys else f"{'text' if kind == 'str' else kind}, not an object")
    understood = ", ".join(importer.title or importer.name for importer in importers) or "nothing, as no importer is in use"
    hint = _hint(stated)
    return (
        f"no importer reads this API description ({found}). Expected one of these, as JSON or YAML: {understood}."
        f"{f' {hint}' if hint else ''}"
    )


def _hint(stated: Mapping[Any, Any]) -> str:
    if "swaggerVersion" in stated or str(stated.get("swagger", "")).startswith("1."):
        return "Swagger 1 was given up in 2014: convert it to Swagger 2.0 or OpenAPI first."
    if str(stated.get("swagger", "")).startswith("3"):
        return f"Did you mean `openapi: {stated['swagger']}`?"
    if str(stated.get("openapi", "")).startswith("2"):
        return 'Did you mean `swagger: "2.0"`?'
    if "openapi" in stated:
        return "Did you mean `openapi: 3.1.0`?"
    if "swagger" in stated:
        return 'Did you mean `swagger: "2.0"`?'
    if stated.get("kind") == "discovery#directoryList":
        return "This is the list of Google's APIs: give one of the descriptions that its `discoveryRestUrl`s name."
    if "errors" in stated:
        return "This looks like a GraphQL answer that failed: introspection may be switched off there."
    for key in stated:
        if isinstance(key, str) and (like := get_close_matches(key.casefold(), _MARKS[:4], 1, _LIKE)):
            return f"It has {key[:_SHOWN]!r}; did you mean {like[0]!r}?"
    return ""
