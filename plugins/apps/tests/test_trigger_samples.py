"""Every trigger's samples: the events that come of what its provider sends or answers, and that a forged request gives none."""

from __future__ import annotations

from pathlib import Path

import pytest

import composio_apps
from composio.errors import SignatureRefused
from composio.testing.webhooks import new_secret, sign_request
from composio.triggers.known import OWN, KnownTriggers
from composio.triggers.samples import ENABLED_AT, Sample, check_sample, load_samples
from composio.triggers.signatures.check import check
from composio.triggers.signatures.handshake import answer_handshake, handshakes_from
from composio.triggers.signatures.rules import rules_from

FOLDERS = sorted(file.parent for root in (Path(composio_apps.__file__).parent, OWN) for file in root.glob("*/triggers.yaml"))
KNOWN = KnownTriggers(FOLDERS)
SAMPLES = [sample for folder in FOLDERS for sample in load_samples(folder)]
REQUESTS = [sample for sample in SAMPLES if sample.request is not None]
POLLS = [sample for sample in SAMPLES if sample.polls]


def name_of(sample: Sample) -> str:
    return sample.trigger


def test_every_trigger_has_a_sample_for_each_way_its_events_come() -> None:
    triggers = KNOWN.all()
    assert len(triggers) >= 172
    assert {trigger.slug for trigger in triggers if trigger.webhook} == {sample.trigger for sample in REQUESTS}
    assert {trigger.slug for trigger in triggers if trigger.poll} == {sample.trigger for sample in POLLS}
    assert all(sample.events for sample in REQUESTS)
    assert all(sample.polls[0]["events"] == [] and sample.polls[-1]["events"] for sample in POLLS)


@pytest.mark.parametrize("sample", POLLS, ids=name_of)
def test_what_a_provider_answers_gives_the_events_it_should(sample: Sample) -> None:
    assert check_sample(KNOWN.find(sample.trigger), sample) == []


@pytest.mark.parametrize("sample", REQUESTS, ids=name_of)
def test_a_signed_request_gives_the_events_it_should_and_a_forged_one_none(sample: Sample) -> None:
    trigger = KNOWN.find(sample.trigger)
    assert trigger.webhook is not None
    rules, now = rules_from(trigger.webhook.verify), ENABLED_AT + 30
    signing, secret = new_secret(trigger.webhook.verify)
    request = sign_request(trigger.webhook.verify, sample.incoming(), signing, now=now)
    check(rules, request, [secret], now=now)
    handshakes = handshakes_from(trigger.webhook.handshake)
    # A subscription that works has its secret: no event can replace it.
    assert answer_handshake(handshakes, rules, request, [secret], now=now) is None
    assert check_sample(trigger, sample, request) == []
    other, _ = new_secret(trigger.webhook.verify, "another")
    if other != signing:
        with pytest.raises(SignatureRefused):
            check(rules, sign_request(trigger.webhook.verify, sample.incoming(), other, now=now), [secret], now=now)
    with pytest.raises(SignatureRefused):
        check(rules, sample.incoming(), [secret], now=now)
