"""Read an operation's responses, including their first examples.

Source: OpenAPI 3.1, "Responses Object", "Media Type Object", "Example Object".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from composio.catalog.importers.document import Document, Schemas, media_schema
from composio.catalog.importers.operations import Operation
from composio.catalog.importers.sequences import sequence_schema
from composio.model.media import base_type, is_sequence
from composio.model.response import DeclaredResponse

__all__ = ["accepts", "responses"]


def responses(document: Document, schemas: Schemas, operation: Operation) -> tuple[DeclaredResponse, ...]:
    """Return every declared response, one per status and media type, in document order.

    ``2XX`` counts as 200, ``default`` as 0.
    """
    return tuple(_responses(document, schemas, operation))


def _responses(document: Document, schemas: Schemas, operation: Operation) -> Iterator[DeclaredResponse]:
    for code, node in _declare(operation):
        status = _status(code)
        content = document.follow(node).get("content") if status is not None else None
        if status is None:
            document.warn(f"the response {code!r} has no status; left out")
        elif not isinstance(content, dict) or not content:
            yield DeclaredResponse(status=status)
        else:
            for media_type, given in content.items():
                media = document.follow(given)
                sequence = is_sequence(base_type(str(media_type)))
                schema, _ = schemas.local(sequence_schema(document, media) if sequence else media_schema(media))
                example, has_example = _example(document, media)
                if sequence and has_example and not isinstance(example, list | str):
                    example = [example]
                yield DeclaredResponse(
                    status=status, media_type=str(media_type), schema=schema, example=example, has_example=has_example
                )


def accepts(declared: tuple[DeclaredResponse, ...]) -> tuple[str, ...]:
    """Return the media types of successful responses, or else of the default response, JSON first."""
    found = [r.media_type for r in declared if 200 <= r.status < 300 and r.media_type]
    found = found or [r.media_type for r in declared if r.status == 0 and r.media_type]
    return tuple(sorted(dict.fromkeys(found), key=lambda name: "json" not in name.lower()))


def _declare(operation: Operation) -> list[tuple[Any, Any]]:
    listed = operation.node.get("responses")
    return list(listed.items()) if isinstance(listed, dict) else []


def _status(code: Any) -> int | None:
    text = str(code)
    if text == "default":
        return 0
    if len(text) == 3 and text[0] in "12345":
        text = text[0] + "00" if text[1:].upper() == "XX" else text
        return int(text) if text.isdigit() else None
    return None


def _example(document: Document, media: Mapping[str, Any]) -> tuple[Any, bool]:
    """Return the first example: the media type's own, else its schema's."""
    if "example" in media:
        return media["example"], True
    named = media.get("examples")
    for node in named.values() if isinstance(named, dict) else ():
        found = document.follow(node)
        for key in ("value", "dataValue"):  # the latter is 3.2's
            if key in found:
                return found[key], True
    schema = document.follow(media_schema(media))
    if "example" in schema:
        return schema["example"], True
    listed = schema.get("examples")
    return (listed[0], True) if isinstance(listed, list) and listed else (None, False)
