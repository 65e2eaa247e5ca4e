"""Read ``triggers.yaml``, the file next to ``integration.yaml`` that defines an app's events.

``triggers.schema.json`` next to this module is its published schema. A mistake raises ``IntegrationFileError``;
:func:`check_triggers` finds them all.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import fields
from functools import lru_cache
from pathlib import Path
from typing import Any

from composio.catalog.sources.explain import at, explain_all, first
from composio.catalog.sources.yamlfile import mistakes, read_yaml
from composio.errors import IntegrationFileError
from composio.model.action import JsonSchema
from composio.model.trigger import Pages, Polling, Request, Subscription, TriggerModel, WebhookSource
from composio.triggers.expressions import ExpressionError, names_in, names_in_template
from composio.triggers.kept import FILE_NAME
from composio.triggers.signatures.rules import kind_of, mistakes_of, rules_from

__all__ = ["check_triggers", "load_triggers", "schema"]

_EVENT = frozenset({"body", "headers", "query", "form", "item", "config", "connection", "subscription", "fetched"})
_SUBSCRIBING = frozenset({"url", "secret", "config", "connection", "subscription", "response", "expires"})
_POLLING = frozenset({"config", "connection", "cursor", "since", "response", "item", "full", "now", "page"})


def load_triggers(path: Path) -> tuple[TriggerModel, ...]:
    """Return the triggers defined in ``path``: a ``triggers.yaml``, or the folder with one."""
    file = _file(path)
    data = read_yaml(file)
    reader = _Reader(file, data)
    if (error := first(_validator().iter_errors(data))) is not None:
        raise reader.error(*explain_all(error, schema())[0])
    found = reader.triggers()
    if reader.found:
        raise reader.found[0]
    return found


def check_triggers(path: Path) -> list[IntegrationFileError]:
    """List every mistake in the file; empty if it can be loaded."""
    file = _file(path)
    if found := mistakes(file):
        return found
    data = read_yaml(file)
    try:
        reader = _Reader(file, data)
    except IntegrationFileError as error:
        return [error]
    for wrong in _validator().iter_errors(data):
        for field, problem in explain_all(wrong, schema()):
            reader.fail(field, problem)
    if not reader.found:
        reader.triggers()
    return list({str(error): error for error in reader.found}.values())


@lru_cache(maxsize=1)
def schema() -> dict[str, Any]:
    """The published JSON Schema of the file."""
    found: dict[str, Any] = json.loads(Path(__file__).with_name("triggers.schema.json").read_text("utf-8"))
    return found


@lru_cache(maxsize=1)
def _validator() -> Any:
    import jsonschema_rs

    return jsonschema_rs.validator_for(dict(schema()))


def _file(path: Path) -> Path:
    return path / FILE_NAME if path.is_dir() else path


class _Reader:
    """Builds triggers from one file's data; ``found`` collects the mistakes."""

    def __init__(self, file: Path, data: Any) -> None:
        self.file = file
        self.found: list[IntegrationFileError] = []
        if not isinstance(data, Mapping):
            raise self.error("file", f"expected a mapping (name: value) at the top, got {type(data).__name__}")
        self.data: Mapping[str, Any] = data
        self.app = str(data.get("app") or file.parent.name).lower()

    def error(self, field: str, problem: str) -> IntegrationFileError:
        return IntegrationFileError(str(self.file), field, problem)

    def fail(self, field: str, problem: str) -> None:
        self.found.append(self.error(field, problem))

    def triggers(self) -> tuple[TriggerModel, ...]:
        found = []
        taken: dict[str, str] = {}
        for index, raw in enumerate(self.data["triggers"]):
            where = ("triggers", index)
            for name, field in [(raw["slug"], "slug"), *((alias, "aliases") for alias in raw.get("aliases", ()))]:
                if not name.startswith(f"{self.app.upper()}_"):
                    self.fail(at((*where, field)), f"expected a name that begins with {self.app.upper()}_, got {name!r}")
                if name in taken:
                    self.fail(at((*where, field)), f"{name} is already a name of {taken[name]}")
                taken[name] = raw["slug"]
            found.append(self.trigger(raw, where))
        return tuple(found)

    def trigger(self, raw: Mapping[str, Any], where: tuple[str | int, ...]) -> TriggerModel:
        kind = raw["kind"]
        config, payload = _schema_of(raw.get("config"), raw["name"]), _schema_of(raw["payload"], raw["name"])
        for part, made in (("config", config), ("payload", payload)):
            for name in made.required:
                if name not in made.properties:
                    self.fail(at((*where, part, "required")), f"{name!r} is not among the properties")
        for part, kinds in (("webhook", {"webhook", "both"}), ("poll", {"poll", "both"})):
            if kind in kinds and part not in raw and part not in self.data:
                self.fail(at((*where, part)), f"is missing; a trigger of kind {kind} has one")
            if kind not in kinds and part in raw:
                self.fail(at((*where, part)), f"does not belong to a trigger of kind {kind}")
        webhook = self.webhook(raw, (*where, "webhook"), payload, config) if kind != "poll" else None
        poll = self.poll(raw, (*where, "poll"), payload) if kind != "webhook" else None
        return TriggerModel(
            slug=raw["slug"],
            app=self.app,
            display_name=raw["name"],
            description=raw["description"],
            kind=kind,
            config=config,
            payload=payload,
            aliases=tuple(raw.get("aliases", ())),
            scopes=tuple(raw.get("scopes", ())),
            instructions=raw.get("instructions", ""),
            webhook=webhook,
            poll=poll,
        )

    def webhook(
        self, raw: Mapping[str, Any], where: tuple[str | int, ...], payload: JsonSchema, config: JsonSchema
    ) -> WebhookSource | None:
        own = {**self.data.get("webhook", {}), **raw.get("webhook", {})}
        for name, why in (("verify", "how a request proves itself"), ("id", "the provider's id of an event")):
            if name not in own:
                self.fail(at((*where, name)), f"is missing; expected {why}")
        if not {"subscribe", "console"} & set(own):
            self.fail(at(where), "needs one of subscribe, console")
        rules = [rule for rule in (own.get("verify"), *own.get("or_verify", ())) if rule is not None]
        for rule in rules:
            self.rule(rule, (*where, "verify"))
        self.expressions(own, where, ("when", "items", "id"), _EVENT)
        for name, expression in own.get("match", {}).items():
            self.expression(expression, (*where, "match", name), _EVENT)
            if not name.startswith("connection.") and name not in config.properties:
                self.fail(at((*where, "match", name)), "is not a field of config; or name a value as connection.NAME")
        for name, expression in own.get("keep", {}).items():
            self.expression(expression, (*where, "keep", name), _EVENT)
        self.payload(own, where, payload, _EVENT)
        for step, text in enumerate(own.get("console", ())):
            self.template(text, (*where, "console", step), _SUBSCRIBING)
        subscribe = own.get("subscribe")
        if self.found:
            return None
        return WebhookSource(
            verify=tuple(rules),
            handshake=tuple(own.get("handshake", ())),
            subscribe=self.subscription(subscribe, (*where, "subscribe")) if subscribe else None,
            fetch=self.request(own["fetch"], (*where, "fetch"), _EVENT) if "fetch" in own else None,
            console=tuple(own.get("console", ())),
            **{name: own[name] for name in ("form", "limit", "when", "items", "id", "match", "keep", "payload") if name in own},
        )

    def rule(self, raw: Mapping[str, Any], where: tuple[str | int, ...]) -> None:
        known = {field.name for field in fields(kind_of(raw["kind"]))} - {"algorithm"}
        for name in raw:
            if name not in known | {"kind"}:
                self.fail(
                    at((*where, name)), f"is not known for kind {raw['kind']}; known: {', '.join(sorted(known)) or 'nothing'}"
                )
                return
        for field, problem in mistakes_of(rules_from(raw)[0]):
            self.fail(at((*where, field)), problem)

    def subscription(self, raw: Mapping[str, Any], where: tuple[str | int, ...]) -> Subscription | None:
        requests: dict[str, Any] = {
            name: self.request(raw[name], (*where, name), _SUBSCRIBING) for name in ("create", "delete", "renew") if name in raw
        }
        for name, expression in raw.get("keep", {}).items():
            self.expression(expression, (*where, "keep", name), _SUBSCRIBING)
        if raw.get("secret") == "answer" and "secret" not in raw.get("keep", {}):
            self.fail(at((*where, "keep", "secret")), "is missing; the provider's answer has the secret")
        more = {name: raw[name] for name in ("secret", "keep", "lasts") if name in raw}
        return Subscription(**requests, **more)

    def poll(self, raw: Mapping[str, Any], where: tuple[str | int, ...], payload: JsonSchema) -> Polling | None:
        own = {**self.data.get("poll", {}), **raw.get("poll", {})}
        if not {"request", "schedule"} & set(own):
            self.fail(at((*where, "request")), "is missing; expected the request that lists the items")
        if "request" in own and not {"items", "id"} <= set(own):
            self.fail(
                at((*where, "id")), "items and id are needed with a request: where the items are, and what tells them apart"
            )
        if "token" in own and "time" in own:
            self.fail(at((*where, "token")), "can't be combined with time; use one of them as the cursor")
        self.expressions(own, where, ("items", "id", "when", "time", "token", "changes"), _POLLING)
        for name, expression in own.get("schedule", {}).items():
            self.expression(expression, (*where, "schedule", name), _POLLING)
        self.payload(own, where, payload, _POLLING)
        pages = own.get("pages")
        if pages:
            self.expression(pages["next"], (*where, "pages", "next"), _POLLING)
        requests: dict[str, Any] = {
            name: self.request(own[name], (*where, name), _POLLING) for name in ("request", "start", "each") if name in own
        }
        names = (
            "schedule",
            "read",
            "items",
            "id",
            "when",
            "time",
            "token",
            "order",
            "overlap",
            "changes",
            "gone",
            "reconciles",
            "interval",
            "payload",
        )
        return Polling(
            **requests,
            pages=Pages(**pages) if pages else None,
            reset=tuple(own.get("reset", ())),
            **{name: own[name] for name in names if name in own},
        )

    def request(self, raw: Mapping[str, Any], where: tuple[str | int, ...], names: frozenset[str]) -> Request:
        if ("action" in raw) == ("path" in raw):
            self.fail(at(where), "expected either an action with arguments, or a method and a path")
        if "path" in raw and "method" not in raw:
            self.fail(at((*where, "method")), "is missing; expected GET, POST, PUT, PATCH or DELETE")
        for name in raw:
            if (name == "arguments" and "action" not in raw) or (name in {"method", "query", "body"} and "action" in raw):
                self.fail(at((*where, name)), "belongs to the other form of a request")
        self.template({name: raw[name] for name in ("arguments", "path", "query", "body") if name in raw}, where, names)
        return Request(**raw)

    def payload(self, own: Mapping[str, Any], where: tuple[str | int, ...], payload: JsonSchema, names: frozenset[str]) -> None:
        made = own.get("payload", "")
        for name, expression in made.items() if isinstance(made, Mapping) else ():
            self.expression(expression, (*where, "payload", name), names)
            if name not in payload.properties:
                self.fail(at((*where, "payload", name)), "is not a field of the trigger's payload")
        if isinstance(made, Mapping):
            for name in payload.properties:
                if name not in made:
                    self.fail(at((*where, "payload", name)), "is missing; the trigger's payload has it")
        elif made:
            self.expression(made, (*where, "payload"), names)
        else:
            self.fail(at((*where, "payload")), "is missing; expected an expression, or one for each field")

    def expressions(
        self, own: Mapping[str, Any], where: tuple[str | int, ...], fields: tuple[str, ...], names: frozenset[str]
    ) -> None:
        for name in fields:
            if name in own:
                self.expression(own[name], (*where, name), names)

    def expression(self, text: str, where: tuple[str | int, ...], names: frozenset[str]) -> None:
        self.names(lambda: names_in(text), where, names)

    def template(self, value: Any, where: tuple[str | int, ...], names: frozenset[str]) -> None:
        self.names(lambda: names_in_template(value), where, names)

    def names(self, read: Callable[[], frozenset[str]], where: tuple[str | int, ...], known: frozenset[str]) -> None:
        try:
            used = read()
        except ExpressionError as error:
            self.fail(at(where), str(error))
            return
        for name in sorted(used - known):
            self.fail(at(where), f"uses {name}, which is not known here. Known: {', '.join(sorted(known))}")


def _schema_of(raw: Mapping[str, Any] | None, title: str) -> JsonSchema:
    properties = {name: _property(name, value) for name, value in (raw or {}).get("properties", {}).items()}
    made: dict[str, Any] = {"type": "object", "title": title, "properties": properties}
    if required := (raw or {}).get("required"):
        made["required"] = list(required)
    return JsonSchema(made)


def _property(name: str, value: Mapping[str, Any]) -> dict[str, Any]:
    return {"title": name.replace("_", " ").capitalize(), **value}
