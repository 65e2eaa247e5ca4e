"""Step 8: data out of a response, or the upstream's own error message with its status. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from http import HTTPStatus
from itertools import islice
from typing import Any, NoReturn

from composio.engine.hints import hint
from composio.engine.receive import Answer, is_json, is_text
from composio.model.app import Envelope
from composio.model.call import Outcome

__all__ = ["decode", "message", "scrub", "scrubbed"]

_MESSAGE_KEYS = ("message", "error_description", "error_message", "detail", "description", "title", "reason", "error", "msg")
_DETAIL_KEYS = ("errorMessages", "errors", "messages", "response_metadata")
_MESSAGE_LIMIT = 500
_HTML = re.compile(rb"^\s*(<!doctype html|<html|<head|<body)", re.IGNORECASE)
_TITLE = re.compile(r"<(title|h1)[^>]*>(.*?)</\1>", re.IGNORECASE | re.DOTALL)
# Levels of JSON: far more than any API nests, few enough for whatever walks through the data afterwards.
_DEPTH = 200
_NO_BRACKET = bytes(sorted(set(range(256)) - set(b"[]{}")))


def decode(answer: Answer, envelope: Envelope | None, accept: tuple[str, ...] = (), scopes: tuple[str, ...] = ()) -> Outcome:
    """What an answer means. Never raises for what an upstream sent. ``scopes`` are those that the description asks for."""
    status = answer.status
    if answer.saved is not None:
        return Outcome(successful=True, data=answer.saved.as_data(), status=status)
    data, problem = (None, answer.problem) if answer.problem else _body(answer, accept)
    if not 200 <= status < 300:
        return Outcome(successful=False, data=data, error=_failure(answer, data, problem, scopes), status=status)
    if problem:
        return Outcome(successful=False, data=None, error=f"HTTP {status}, but {problem}", status=status)
    if envelope is not None and isinstance(data, Mapping) and data.get(envelope.success) is False:
        told = {"message": data.get(envelope.error), **{key: data[key] for key in _DETAIL_KEYS if key in data}}
        said = message(told) or "The API said no."
        return Outcome(
            successful=False, data=data, error=_with(said, hint(status, answer.headers, data, scopes)), status=status
        )
    return Outcome(successful=True, data=data, status=status)


def _body(answer: Answer, accept: tuple[str, ...]) -> tuple[Any, str | None]:
    """The body as data, and what is wrong with it."""
    content = answer.content
    if not content.strip():
        return {}, None
    kind = answer.media_type
    if is_json(kind):
        return _json(answer)
    looks_like_json = content.lstrip()[:1] in b"{["
    wants_json = bool(accept) and all(is_json(a.partition(";")[0].strip().lower()) for a in accept)
    if looks_like_json and (not kind or (wants_json and kind.endswith("/octet-stream"))):
        return _json(answer)
    if _HTML.match(content) and (wants_json or answer.status >= 300):
        return None, f"the API sent an HTML page where JSON was promised{_title(answer)}."
    if kind in {"text/plain", ""} and wants_json:
        data, problem = _json(answer)
        return (data, None) if problem is None else (answer.text(), None)
    if is_text(kind) or answer.charset():
        return answer.text(), None
    return {"content_type": kind or "application/octet-stream", "size": len(content)}, None


class _NoJson(ValueError):
    """What Python's parser takes and JSON does not have."""


def _refuse(constant: str) -> NoReturn:
    raise _NoJson(f"holds {constant}, which JSON does not have")


def _json(answer: Answer) -> tuple[Any, str | None]:
    content: bytes | str = answer.content
    try:
        if _deeper(answer.content, _DEPTH):
            return None, "the API sent JSON that is nested too deeply."
        try:
            return json.loads(content, parse_constant=_refuse), None
        except UnicodeDecodeError:
            # RFC 8259 asks for UTF-8; who declares another charset is taken at their word.
            charset = answer.charset()
            if charset is None or charset == "utf-8":
                return None, "the API sent JSON that is no valid UTF-8."
            return json.loads(answer.text(), parse_constant=_refuse), None
    except json.JSONDecodeError as error:
        return None, f"the API sent JSON that breaks off or is malformed at character {error.pos}: {error.msg}."
    except RecursionError:
        return None, "the API sent JSON that is nested too deeply."
    except _NoJson as error:
        return None, f"the API sent JSON that {error}."
    except ValueError:  # an integer of more digits than Python converts
        return None, "the API sent JSON with a number of thousands of digits."


def _deeper(content: bytes, limit: int) -> bool:
    """Whether JSON nests deeper than ``limit``. Counting every value in Python would cost more than parsing it."""
    brackets = content.translate(None, _NO_BRACKET)
    if len(brackets) <= limit:  # half of them open
        return False
    for _ in range(limit):
        shorter = brackets.replace(b"[]", b"").replace(b"{}", b"")
        if len(shorter) == len(brackets):
            break
        brackets = shorter
    # What is left are levels, or brackets inside strings: now it is worth counting.
    return bool(brackets) and _depth(content) > limit


def _depth(content: bytes) -> int:
    level = deepest = 0
    for match in _TOKEN.finditer(content):
        token = match[0]
        if token in b"[{":
            level += 1
            deepest = max(deepest, level)
        elif token in b"]}":
            level -= 1
    return deepest


# A string, whole, so that the brackets in it don't count; or a bracket.
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*+"|[\[\]{}]', re.DOTALL)


def _title(answer: Answer) -> str:
    found = _TITLE.search(answer.text()[:20_000])
    return f" ({' '.join(found.group(2).split())[:120]!r})" if found else ""


def _failure(answer: Answer, data: Any, problem: str | None, scopes: tuple[str, ...]) -> str:
    status = answer.status
    try:
        phrase = f" {HTTPStatus(status).phrase}"
    except ValueError:
        phrase = ""
    said = message(data) or problem or ""
    return _with(f"HTTP {status}{phrase}{': ' + said if said else ''}", hint(status, answer.headers, data, scopes))


def _with(said: str, advice: str) -> str:
    """The upstream's own words, then what to do about them."""
    if not advice:
        return said
    return f"{said} {advice}" if said.endswith((".", "!", "?")) else f"{said}. {advice}"


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
    each = {key: message(data.get(key), depth + 1) for key in _DETAIL_KEYS}
    each["errors"] = each["errors"] or _by_property(data.get("errors"), depth + 1)
    details = "; ".join(filter(None, each.values()))
    field = data.get("field") or data.get("param")
    if depth and isinstance(field, str) and field not in said:
        said = f"{field}: {said or data.get('code') or 'invalid'}"
    return f"{said} ({details})"[:_MESSAGE_LIMIT] if said and details and details not in said else said or details


def _by_property(errors: Any, depth: int) -> str:
    """What is wrong with each property, where errors are told by its name: ``{"summary": "is required"}``."""
    each = islice(errors.items(), 5) if isinstance(errors, Mapping) else ()
    told = ((name, message(said, depth)) for name, said in each)
    return "; ".join(f"{name}: {said}" for name, said in told if said)[:_MESSAGE_LIMIT]


def scrubbed(text: str, secrets: list[str]) -> str:
    """``text`` without any of ``secrets``, which come longest first."""
    for secret in secrets:
        text = text.replace(secret, "***")
    return text


def scrub(outcome: Outcome, secrets: list[str]) -> Outcome:
    """An unsuccessful outcome without any credential that the upstream may have echoed."""
    if outcome.successful or not secrets:
        return outcome

    def clean(value: Any) -> Any:
        if isinstance(value, str):
            return scrubbed(value, secrets)
        if isinstance(value, Mapping):
            return {clean(key): clean(item) for key, item in value.items()}
        return [clean(item) for item in value] if isinstance(value, list) else value

    return Outcome(successful=False, data=clean(outcome.data), error=clean(outcome.error), status=outcome.status)
