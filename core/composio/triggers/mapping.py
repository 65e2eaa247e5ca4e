"""Map a verified request to its events, each for one instance. Pure.

Fields outside the trigger's payload are in ``original``. A request with an unexpected shape still gives an event, with a
warning.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from composio.errors import InvalidRequest, SignatureRefused
from composio.model.trigger import Request, TriggerModel
from composio.triggers.expressions import ExpressionError, evaluate, fill, names_in
from composio.triggers.signatures.incoming import Incoming

__all__ = ["FoundEvent", "Recipient", "complete", "events_of", "fill_request", "key_of", "payload_of", "with_defaults"]

_CONNECTION = "connection."
# The names that differ between instances; everything else is evaluated once per request.
_OWN = frozenset({"config", "connection", "subscription", "fetched"})
_LONGEST_KEY = 200
_TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list, tuple),
    "object": (Mapping,),
    "null": (type(None),),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """An instance that may match a request.

    ``connection`` are the connection's non-secret values, ``subscription`` the values stored from the provider's response.
    ``own`` is True if the request came to an address of this instance only: then an unknown value excludes nothing. At a shared
    address it does.
    """

    id: str
    config: Mapping[str, Any] = field(default_factory=dict)
    connection: Mapping[str, Any] = field(default_factory=dict, repr=False)
    subscription: Mapping[str, Any] = field(default_factory=dict, repr=False)
    own: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundEvent:
    """An event for the instance ``target``. ``key`` is the provider's id of it.

    ``warning`` names the payload fields that don't match the trigger's schema, "" if all do. ``fetch`` is a request whose
    response completes the payload: see :func:`complete`.
    """

    key: str
    payload: Mapping[str, Any] = field(repr=False)
    original: Any = field(default=None, repr=False)
    target: str = ""
    warning: str = ""
    fetch: Request | None = field(default=None, repr=False)


def events_of(trigger: TriggerModel, request: Incoming, targets: Iterable[Recipient]) -> list[FoundEvent]:
    """Return the events of a verified request, for each matching one of ``targets``, in the request's order.

    Raises InvalidRequest if the body is not what the trigger reads, JSON or a form.
    """
    source = trigger.webhook
    if source is None:
        raise InvalidRequest(f"{trigger.slug} receives no requests; its events are polled.")
    reading = _Reading(trigger, request)
    return [event for target in targets for event in reading.events(target)]


def complete(
    trigger: TriggerModel, found: FoundEvent, body: Any, target: Recipient, fetched: Any
) -> tuple[FoundEvent, dict[str, Any]]:
    """Complete ``found`` with ``fetched``, the response to its request. Returns the event and the subscription's new values."""
    assert trigger.webhook is not None
    values = _of_target(trigger, target) | {"body": body, "headers": {}, "query": {}, "form": {}, "fetched": fetched}
    payload, problem = payload_of(trigger, trigger.webhook.payload, values)
    kept = {name: _attempt(expression, values)[0] for name, expression in trigger.webhook.keep.items()}
    done = replace(found, payload=payload, warning=problem, fetch=None)
    return done, {name: value for name, value in kept.items() if value is not None}


def payload_of(
    trigger: TriggerModel, declared: str | Mapping[str, str], values: Mapping[str, Any]
) -> tuple[dict[str, Any], str]:
    """Return the payload with every declared field, and a description of mismatches ("" if none)."""
    problems: list[str] = []
    if isinstance(declared, str):
        whole, problem = _attempt(declared, values)
        payload = dict(whole) if isinstance(whole, Mapping) else {"value": whole}
        problems += [problem] if problem else []
    else:
        payload = {}
        for name, expression in declared.items():
            payload[name], problem = _attempt(expression, values)
            problems += [f"{name}: {problem}"] if problem else []
    for name, schema in trigger.payload.properties.items():
        payload.setdefault(name, None)
        if not _is_of(payload[name], schema.get("type")):
            problems.append(f"{name} is {_kind(payload[name])}, not {_list_of(schema.get('type'))}")
    return payload, "; ".join(problems)


def key_of(value: Any) -> str:
    """Return an id as text that can be stored and compared: its hash if it is long or unprintable."""
    if isinstance(value, Mapping | list):
        value = json.dumps(value, sort_keys=True, default=str)
    text = str(int(value) if isinstance(value, float) and value.is_integer() else value)
    if 0 < len(text) <= _LONGEST_KEY and text.isprintable():
        return text
    return f"sha256:{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()}"


def fill_request(request: Request, values: Mapping[str, Any]) -> Request:
    """Evaluate the request's expressions. Raises ExpressionError."""
    return Request(
        action=request.action,
        arguments=fill(request.arguments, values),
        method=request.method,
        path=fill(request.path, values) or "",
        query=fill(request.query, values),
        body=fill(request.body, values),
    )


def with_defaults(trigger: TriggerModel, config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the config with the schema's defaults."""
    defaults = {name: schema["default"] for name, schema in trigger.config.properties.items() if "default" in schema}
    return defaults | {name: value for name, value in config.items() if value is not None}


class _Reading:
    """One request, parsed once for all instances."""

    def __init__(self, trigger: TriggerModel, request: Incoming) -> None:
        assert trigger.webhook is not None
        self.trigger, self.source, self.request = trigger, trigger.webhook, request
        form = dict(request.form() or ()) if self.source.form else {}
        self.body = None if self.source.form else _body_of(request)
        if self.source.form and request.body.strip() and request.form() is None:
            raise InvalidRequest(f"{trigger.slug} expects the fields of a form; the request's content type says otherwise.")
        self.original = form or self.body
        self.values: dict[str, Any] = {
            "body": self.body,
            "headers": _headers_of(request),
            "query": dict(parse_qsl(urlsplit(request.url).query, keep_blank_values=True, max_num_fields=1000)),
            "form": form,
            "item": None,
        }
        self._known: dict[tuple[str, int], tuple[Any, str]] = {}

    def events(self, target: Recipient) -> list[FoundEvent]:
        values = self.values | _of_target(self.trigger, target)
        found = []
        for index, item in enumerate(self._items(values)):
            values["item"] = item
            if self.source.when and not self._value(self.source.when, values, index)[0]:
                continue
            if self._fits(target, values, index):
                found.append(self._event(target, values, index))
        return found

    def _items(self, values: Mapping[str, Any]) -> Sequence[Any]:
        if not self.source.items:
            return [None]
        items, _ = self._value(self.source.items, values, -1)
        return items if isinstance(items, list | tuple) else [] if items is None else [items]

    def _fits(self, target: Recipient, values: Mapping[str, Any], index: int) -> bool:
        for name, expression in self.source.match.items():
            actual, _ = self._value(expression, values, index)
            if name.startswith(_CONNECTION):
                expected = target.connection.get(name.removeprefix(_CONNECTION))
                if expected is None or actual is None:
                    if not target.own:
                        return False
                elif key_of(expected) != key_of(actual):
                    return False
            elif (expected := values["config"].get(name)) not in (None, "", []):
                if actual is None:
                    if not target.own:
                        return False
                elif key_of(expected).casefold() != key_of(actual).casefold():  # header names, which are case-insensitive
                    return False
        return True

    def _event(self, target: Recipient, values: Mapping[str, Any], index: int) -> FoundEvent:
        key, _ = self._value(self.source.id, values, index) if self.source.id else (None, "")
        if key in (None, ""):  # then equal bytes are the same event
            key = f"{hashlib.sha256(self.request.body).hexdigest()}:{index}"
        original = values["item"] if isinstance(values["item"], Mapping) else self.original
        if self.source.fetch is not None:
            fetch = fill_request(self.source.fetch, {**values, "fetched": None})
            return FoundEvent(key=key_of(key), payload={}, original=original, target=target.id, fetch=fetch)
        payload, problem = payload_of(self.trigger, self.source.payload, values)
        return FoundEvent(key=key_of(key), payload=payload, original=original, target=target.id, warning=problem)

    def _value(self, expression: str, values: Mapping[str, Any], index: int) -> tuple[Any, str]:
        """Evaluate an expression. Returns the value and the error, cached if it does not depend on the instance."""
        if names_in(expression) & _OWN:
            return _attempt(expression, values)
        known = self._known.get((expression, index))
        if known is None:
            known = self._known[(expression, index)] = _attempt(expression, values)
        return known


def _of_target(trigger: TriggerModel, target: Recipient) -> dict[str, Any]:
    return {
        "config": with_defaults(trigger, target.config),
        "connection": target.connection,
        "subscription": target.subscription,
    }


def _attempt(expression: str, values: Mapping[str, Any]) -> tuple[Any, str]:
    try:
        return evaluate(expression, values), ""
    except ExpressionError as error:
        return None, str(error)


def _body_of(request: Incoming) -> Any:
    """Parse the body as JSON. An empty body, as in Google's notifications, is an empty dict."""
    if not request.body.strip():
        return {}
    try:
        return request.json()
    except SignatureRefused:
        raise InvalidRequest("The request is signed, but its body is not JSON.") from None


def _headers_of(request: Incoming) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name, value in request.headers:
        headers[name.lower()] = f"{headers[name.lower()]}, {value}" if name.lower() in headers else value
    return headers


def _is_of(value: Any, kinds: Any) -> bool:
    if kinds is None:
        return True
    named = [kinds] if isinstance(kinds, str) else kinds
    if isinstance(value, bool):
        return "boolean" in named
    return any(isinstance(value, _TYPES.get(kind, (object,))) for kind in named if kind != "boolean")


def _kind(value: Any) -> str:
    if value is None:
        return "missing"
    return next(
        name for name in ("boolean", "string", "integer", "number", "array", "object") if isinstance(value, _TYPES[name])
    )


def _list_of(kinds: Any) -> str:
    return kinds if isinstance(kinds, str) else " or ".join(kinds)
