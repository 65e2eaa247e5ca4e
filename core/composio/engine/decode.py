"""Step 8: data out of a response, or the upstream's own error message with its status. Pure."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import httpx

from composio.model.app import Envelope
from composio.model.call import Outcome
from composio.transport.retry import retry_after

__all__ = ["decode", "scrub"]

_MESSAGE_KEYS = ("message", "error_description", "error_message", "detail", "description", "title", "reason", "error", "msg")
_MESSAGE_LIMIT = 500
_HTML = re.compile(rb"^\s*(<!doctype html|<html|<head|<body)", re.IGNORECASE)
_TITLE = re.compile(r"<(title|h1)[^>]*>(.*?)</\1>", re.IGNORECASE | re.DOTALL)


def decode(response: httpx.Response, envelope: Envelope | None, accept: tuple[str, ...] = ()) -> Outcome:
    """What a response means. Never raises for what an upstream sent."""
    status = response.status_code
    data, problem = _body(response, accept)
    if not response.is_success:
        return Outcome(successful=False, data=data, error=_failure(response, data, problem), status=status)
    if problem:
        return Outcome(successful=False, data=None, error=f"HTTP {status}, but {problem}", status=status)
    if envelope is not None and isinstance(data, Mapping) and data.get(envelope.success) is False:
        return Outcome(
            successful=False, data=data, error=message(data.get(envelope.error)) or "The API said no.", status=status
        )
    return Outcome(successful=True, data=data, status=status)


def _body(response: httpx.Response, accept: tuple[str, ...]) -> tuple[Any, str | None]:
    """The body as data, and what is wrong with it."""
    content = response.content
    if not content.strip():
        return {}, None
    declared = response.headers.get("content-type", "")
    kind = declared.split(";")[0].strip().lower()
    wants_json = bool(accept) and all(a.split(";")[0].endswith(("/json", "+json")) for a in accept)
    if kind.endswith(("/json", "+json")) or (not kind and content.lstrip()[:1] in b"{["):
        return _json(content)
    if _HTML.match(content) and (wants_json or not response.is_success):
        return None, f"the API sent an HTML page where JSON was promised{_title(response)}."
    if kind in {"text/plain", ""} and wants_json:
        data, problem = _json(content)
        return (data, None) if problem is None else (response.text, None)
    if kind.startswith("text/") or kind.endswith(("/xml", "+xml", "/javascript", "/x-www-form-urlencoded")):
        return response.text, None
    shown = base64.b64encode(content).decode()
    return {"content_type": kind or "application/octet-stream", "size": len(content), "base64": shown}, None


def _json(content: bytes) -> tuple[Any, str | None]:
    try:
        return json.loads(content), None
    except UnicodeDecodeError:
        return None, "the API sent JSON that is no valid UTF-8."
    except json.JSONDecodeError as error:
        return None, f"the API sent JSON that breaks off or is malformed at character {error.pos}: {error.msg}."
    except RecursionError:
        return None, "the API sent JSON that is nested too deeply."


def _title(response: httpx.Response) -> str:
    found = _TITLE.search(response.text[:20_000])
    return f" ({' '.join(found.group(2).split())[:120]!r})" if found else ""


def _failure(response: httpx.Response, data: Any, problem: str | None) -> str:
    status = response.status_code
    try:
        phrase = f" {HTTPStatus(status).phrase}"
    except ValueError:
        phrase = ""
    said = message(data) or problem or ""
    wait = retry_after(response)
    hint = f" Try again in {wait:g} seconds." if wait is not None and status in {429, 503} else ""
    return f"HTTP {status}{phrase}{': ' + said if said else ''}{hint}"


def message(data: Any, depth: int = 0) -> str:
    """The upstream's own words, wherever its error format keeps them; empty where there are none."""
    if isinstance(data, str):
        return " ".join(data.split())[:_MESSAGE_LIMIT]
    if depth > 3:
        return ""
    if isinstance(data, list):
        return "; ".join(filter(None, (message(item, depth + 1) for item in data[:5])))[:_MESSAGE_LIMIT]
    if not isinstance(data, Mapping):
        return ""
    said = next((text for key in _MESSAGE_KEYS if (text := message(data.get(key), depth + 1))), "")
    details = message(data.get("errors") or data.get("errorMessages"), depth + 1)
    field = data.get("field") or data.get("param")
    if depth and isinstance(field, str) and field not in said:
        said = f"{field}: {said or data.get('code') or 'invalid'}"
    return f"{said} ({details})"[:_MESSAGE_LIMIT] if said and details and details not in said else said or details


def scrub(outcome: Outcome, secrets: list[str]) -> Outcome:
    """An unsuccessful outcome without any credential that the upstream may have echoed."""
    if outcome.successful or not secrets:
        return outcome

    def clean(value: Any) -> Any:
        if isinstance(value, str):
            for secret in secrets:
                value = value.replace(secret, "***")
            return value
        if isinstance(value, Mapping):
            return {key: clean(item) for key, item in value.items()}
        return [clean(item) for item in value] if isinstance(value, list) else value

    return Outcome(successful=False, data=clean(outcome.data), error=clean(outcome.error), status=outcome.status)
