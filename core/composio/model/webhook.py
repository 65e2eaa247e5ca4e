"""A webhook or callback in an API's description, for triggers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

__all__ = ["WebhookModel"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookModel:
    """One request that an app's API makes to its user.

    A ``webhook`` is configured outside a call (``webhooks`` of OpenAPI 3.1, ``x-webhooks`` of descriptions in 3.0); a
    ``callback`` follows a call of ``action``, to the URL that ``expression`` takes from that call (``{$request.body#/url}``).

    ``slug`` is unique within the app and built like an action's, ``name`` is the description's own. ``method`` is in upper
    case. ``payload`` is the JSON Schema of the body, with its references in its own ``$defs``; ``{}`` if no body is declared.
    ``headers`` are the names of its headers, such as ``X-GitHub-Event``. Source: OpenAPI 3.1, "OpenAPI Object", "Callback
    Object"; 3.0.3, "Key Expression".
    """

    slug: str
    app: str
    name: str
    kind: Literal["webhook", "callback"]
    method: str = "POST"
    display_name: str = ""
    description: str = ""
    tags: tuple[str, ...] = ()
    deprecated: bool = False
    media_type: str = ""
    payload: Mapping[str, Any] = field(default_factory=dict, repr=False)
    headers: tuple[str, ...] = ()
    action: str = ""
    expression: str = ""
