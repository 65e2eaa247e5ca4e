"""Samples of an app's events: a provider's requests or responses, and the resulting events.

They are in ``triggers.samples.yaml`` next to ``triggers.yaml``. A sample has a trigger's name, ``config``, ``connection`` and
``subscription``, and either a ``request`` (``headers``, and a ``body`` that is sent as JSON or a ``form``) with its ``events``,
or ``polls``: for each the seconds after the trigger was enabled (``at``), the ``requests`` that are sent, their ``answers``,
and the ``events``. ``not_for`` is a config that the same request does not match. An event's ``key`` is left out where it
depends on the signature.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from composio.catalog.sources.yamlfile import read_yaml
from composio.errors import ComposioError, IntegrationFileError
from composio.model.trigger import Request, TriggerModel
from composio.triggers.mapping import FoundEvent, Recipient, complete, events_of
from composio.triggers.polling import Answer, Polled, poll
from composio.triggers.reading import check_triggers, load_triggers
from composio.triggers.signatures.incoming import Incoming

__all__ = ["ENABLED_AT", "FILE_NAME", "Sample", "check_sample", "check_with_samples", "load_samples"]

FILE_NAME: Final = "triggers.samples.yaml"
# When every sample's trigger was enabled: 2026-01-15T10:00:00Z.
ENABLED_AT: Final = 1_768_471_200.0
_FORM: Final = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One sample; see the module."""

    trigger: str
    config: Mapping[str, Any] = field(default_factory=dict)
    connection: Mapping[str, Any] = field(default_factory=dict)
    subscription: Mapping[str, Any] = field(default_factory=dict)
    request: Mapping[str, Any] | None = None
    fetched: Any = None
    not_for: Mapping[str, Any] | None = None
    events: Sequence[Mapping[str, Any]] = ()
    polls: Sequence[Mapping[str, Any]] = ()

    def incoming(self, url: str = "https://hooks.example.com/webhooks/sample") -> Incoming:
        """Build the request, without a signature."""
        request = self.request or {}
        headers = dict(request.get("headers", {}))
        if "form" in request:
            return Incoming.of({**headers, "Content-Type": _FORM}, urlencode(request["form"]).encode(), url=url)
        body = b"" if request.get("body") is None else json.dumps(request["body"]).encode()
        return Incoming.of({**headers, "Content-Type": "application/json"}, body, url=url)

    def target(self, *, own: bool = True, config: Mapping[str, Any] | None = None) -> Recipient:
        """Build the instance of the sample."""
        given = self.config if config is None else {**self.config, **config}
        return Recipient(id="sample", config=given, connection=self.connection, subscription=self.subscription, own=own)


def load_samples(folder: Path) -> list[Sample]:
    """Read the samples in ``folder``; empty without a file. Raises IntegrationFileError."""
    file = folder / FILE_NAME
    if not file.is_file():
        return []
    data = read_yaml(file)
    if not isinstance(data, Mapping) or not isinstance(data.get("samples"), list):
        raise IntegrationFileError(str(file), "samples", "is missing; expected a list of samples")
    found = []
    for index, raw in enumerate(data["samples"]):
        unknown = set(raw) - set(Sample.__slots__) if isinstance(raw, Mapping) else {"?"}
        if unknown or "trigger" not in raw or ("request" in raw) == ("polls" in raw):
            problem = "expected a trigger, and either a request or polls" + (
                f"; unknown: {', '.join(unknown)}" if unknown else ""
            )
            raise IntegrationFileError(str(file), f"samples[{index}]", problem)
        found.append(Sample(**raw))
    return found


def check_with_samples(file: Path) -> list[IntegrationFileError]:
    """List every mistake in a ``triggers.yaml``; if there is none, every sample whose events differ."""
    if found := check_triggers(file):
        return found
    known = {name: trigger for trigger in load_triggers(file) for name in trigger.names}
    beside = file.parent / FILE_NAME
    try:
        samples = load_samples(file.parent)
    except IntegrationFileError as error:
        return [error]
    for index, sample in enumerate(samples):
        trigger = known.get(str(sample.trigger).upper())
        problems = ["is not a trigger of this app"] if trigger is None else check_sample(trigger, sample)
        found += [IntegrationFileError(str(beside), f"samples[{index}] ({sample.trigger})", problem) for problem in problems]
    return found


def check_sample(trigger: TriggerModel, sample: Sample, request: Incoming | None = None) -> list[str]:
    """List how the sample's events differ; empty if they match. ``request`` is the sample's request, signed."""
    try:
        return _check_polls(trigger, sample) if sample.polls else _check_request(trigger, sample, request or sample.incoming())
    except ComposioError as error:
        return [str(error)]


def _check_request(trigger: TriggerModel, sample: Sample, request: Incoming) -> list[str]:
    target = sample.target()
    found = events_of(trigger, request, [target])
    if sample.fetched is not None:
        found = [complete(trigger, event, request.json(), target, sample.fetched)[0] for event in found]
    problems = _compare("events", found, sample.events)
    shared = events_of(trigger, request, [sample.target(own=False)])
    if [event.key for event in shared] != [event.key for event in found]:
        problems.append("at an address that several instances share, its events are others")
    if sample.not_for is not None and events_of(trigger, request, [sample.target(config=sample.not_for)]):
        problems.append(f"it also gives events for the config {sample.not_for}")
    return problems


def _check_polls(trigger: TriggerModel, sample: Sample) -> list[str]:
    problems: list[str] = []
    cursor: Mapping[str, Any] = {}
    for number, expected in enumerate(sample.polls):
        polled, requests = _poll(trigger, sample, cursor, ENABLED_AT + expected["at"], expected.get("answers", ()))
        where = f"polls[{number}]"
        if polled.error:
            return [*problems, f"{where}: {polled.error}"]
        asked = [_show(request) for request in requests]
        if asked != list(expected.get("requests", ())):
            problems.append(f"{where}.requests: got {json.dumps(asked, default=str)}")
        problems += _compare(f"{where}.events", polled.events, expected.get("events", ()))
        cursor = json.loads(json.dumps(polled.cursor))
    return problems


def _poll(
    trigger: TriggerModel, sample: Sample, cursor: Mapping[str, Any], now: float, answers: Sequence[Any]
) -> tuple[Polled, list[Request]]:
    run = poll(trigger, cursor, config=sample.config, connection=sample.connection, started=ENABLED_AT, now=now)
    requests: list[Request] = []
    left = list(answers)
    try:
        request = next(run)
        while True:
            requests.append(request)
            answer = Answer(data=left.pop(0)) if left else Answer(error="the sample has no answer to this request")
            request = run.send(answer)
    except StopIteration as stop:
        polled: Polled = stop.value
        return polled, requests


def _show(request: Request) -> dict[str, Any]:
    shown = {name: getattr(request, name) for name in ("action", "arguments", "method", "path", "query", "body")}
    return {name: value for name, value in shown.items() if value not in ("", {}, None)}


def _compare(where: str, found: Sequence[FoundEvent], expected: Sequence[Mapping[str, Any]]) -> list[str]:
    if len(found) != len(expected):
        return [f"{where}: expected {len(expected)}, got {len(found)}"]
    problems = []
    for index, (event, wanted) in enumerate(zip(found, expected, strict=True)):
        if "key" in wanted and event.key != wanted["key"]:
            problems.append(f"{where}[{index}].key: expected {wanted['key']!r}, got {event.key!r}")
        if event.warning != wanted.get("warning", ""):
            problems.append(f"{where}[{index}]: {event.warning}")
        differ = [
            name for name in {*wanted["payload"], *event.payload} if wanted["payload"].get(name) != event.payload.get(name)
        ]
        problems += [f"{where}[{index}].payload.{name}: got {event.payload.get(name)!r}" for name in sorted(differ)]
    return problems
