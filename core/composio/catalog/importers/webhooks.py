"""Webhooks and callbacks: what an API sends.

Source: OpenAPI 3.1, "OpenAPI Object" (``webhooks``), "Callback Object"; ``x-webhooks`` is the form of 3.0 descriptions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from composio.catalog.importers.document import Document, Schemas, media_schema
from composio.catalog.importers.operations import METHODS, Named, Operation
from composio.catalog.importers.text import clean, describe
from composio.model.webhook import WebhookModel
from composio.schema.names import action_slug

__all__ = ["WebhookReader"]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a webhook is declared: its ``name``, and for a callback its action and URL expression."""

    kind: Literal["webhook", "callback"]
    name: str
    action: str = ""
    expression: str = ""
    words: str = ""


class WebhookReader:
    """Read a document's webhooks. ``schemas`` are those of responses, as both come from the API."""

    def __init__(self, document: Document, schemas: Schemas, app: str) -> None:
        self._document, self._schemas, self._app = document, schemas, app
        self._taken: set[str] = set()
        self._numbers: dict[str, int] = {}

    def webhooks(self) -> Iterator[WebhookModel]:
        """Yield the document's own webhooks, in order."""
        for key in ("webhooks", "x-webhooks"):
            listed = self._document.root.get(key)
            for name, node in listed.items() if isinstance(listed, dict) else ():
                self._document.place = f"{key} {name}"
                yield from self._items(_Place("webhook", str(name), words=str(name)), node)

    def callbacks(self, named: Named) -> Iterator[WebhookModel]:
        """Yield the callbacks of one operation, in order."""
        listed = named.operation.node.get("callbacks")
        about = named.operation.text("summary") or named.operation.text("operationId") or named.slug
        for name, node in listed.items() if isinstance(listed, dict) else ():
            for expression, item in self._document.follow(node).items():
                if not str(expression).startswith("x-"):
                    yield from self._items(_Place("callback", str(name), named.slug, str(expression), f"{about} {name}"), item)

    def _items(self, place: _Place, node: Any) -> Iterator[WebhookModel]:
        item = self._document.follow(node)
        found = [(method, item[method]) for method in METHODS if isinstance(item.get(method), dict)]
        if not found:
            self._document.warn(f"the {place.kind} {place.name} has no operation; left out")
        for method, operation in found:
            yield self._read(place, Operation(method.upper(), place.name, item, operation))

    def _read(self, place: _Place, operation: Operation) -> WebhookModel:
        media_type, payload = self._payload(operation)
        return WebhookModel(
            slug=self._slug(place.words),
            app=self._app,
            name=place.name,
            kind=place.kind,
            method=operation.method,
            display_name=clean(operation.text("summary")) or place.name,
            description=describe(operation.text("summary"), operation.text("description")),
            tags=operation.tags,
            deprecated=operation.deprecated,
            media_type=media_type,
            payload=payload,
            headers=tuple(self._headers(operation)),
            action=place.action,
            expression=place.expression,
        )

    def _slug(self, words: str) -> str:
        slug = first = action_slug(self._app, words)[0]
        while slug in self._taken:
            self._numbers[first] = self._numbers.get(first, 1) + 1
            slug = action_slug(self._app, f"{words} {self._numbers[first]}")[0]
        self._taken.add(slug)
        return slug

    def _payload(self, operation: Operation) -> tuple[str, Mapping[str, Any]]:
        """Return the media type of the body, JSON before others, and its schema."""
        content = self._document.follow(operation.node.get("requestBody") or {}).get("content")
        if not isinstance(content, dict) or not content:
            return "", {}
        media_type = min(content, key=lambda name: "json" not in str(name).lower())
        media = self._document.follow(content[media_type])
        schema, _ = self._schemas.local(media_schema(media))
        return str(media_type), schema

    def _headers(self, operation: Operation) -> Iterator[str]:
        names = set()
        for holder in (operation.item, operation.node):
            listed = holder.get("parameters")
            for node in listed if isinstance(listed, list) else ():
                found = self._document.follow(node)
                if found.get("in") == "header" and isinstance(name := found.get("name"), str) and name not in names:
                    names.add(name)
                    yield name
