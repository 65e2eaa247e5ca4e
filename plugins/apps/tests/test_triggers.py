"""Every app's triggers: their files, v0.7's names and fields, and what they prove their requests with."""

from __future__ import annotations

from pathlib import Path

import pytest

import composio_apps
from composio.errors import TriggerNotFound
from composio.model.trigger import TriggerModel
from composio.triggers.kept import decode_triggers, encode_triggers
from composio.triggers.known import OWN, KnownTriggers
from composio.triggers.reading import check_triggers, load_triggers
from composio.triggers.signatures.handshake import handshakes_from
from composio.triggers.signatures.rules import rules_from

ROOT = Path(composio_apps.__file__).parent
FILES = sorted([*ROOT.glob("*/triggers.yaml"), *OWN.glob("*/triggers.yaml")])
KNOWN = KnownTriggers(file.parent for file in FILES)
FORMER = [
    line.split("\t")
    for line in Path(__file__).with_name("v07_triggers.tsv").read_text("utf-8").splitlines()
    if not line.startswith("#")
]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.parent.name)
def test_a_file_has_no_mistake(file: Path) -> None:
    assert [str(error) for error in check_triggers(file)] == []
    assert file.parent == OWN / file.parent.name or (file.parent / "integration.yaml").is_file()


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.parent.name)
def test_what_the_catalog_keeps_of_a_file_is_all_of_it(file: Path) -> None:
    triggers = load_triggers(file)
    found = decode_triggers(encode_triggers(triggers))
    assert found == triggers
    assert repr([(one.webhook, one.poll) for one in found]) == repr([(one.webhook, one.poll) for one in triggers])


def test_there_are_triggers_for_the_apps_that_people_use() -> None:
    assert len(KNOWN.all()) >= 120
    assert len([app for app in KNOWN.apps if KNOWN.of(app)]) >= 40
    assert {"schedule", "rss", "webhook", "github", "slack", "gmail", "stripe", "shopify", "microsoft_teams"} <= set(KNOWN.apps)
    assert not KNOWN.broken


@pytest.mark.parametrize(("name", "config", "payload"), FORMER, ids=[name for name, *_ in FORMER])
def test_a_trigger_of_v07_has_its_name_and_fields(name: str, config: str, payload: str) -> None:
    trigger = KNOWN.find(name.lower())
    assert name in trigger.names
    assert set(payload.split()) <= set(trigger.payload.properties)
    wanted = {field.rstrip("*") for field in config.split()} - {"interval", "include"}
    assert wanted <= set(trigger.config.properties)
    if trigger.slug != "CANVAS_NEW_COURSE_CREATED_TRIGGER":
        assert set(trigger.config.required) <= {field[:-1] for field in config.split() if field.endswith("*")}


@pytest.mark.parametrize("trigger", KNOWN.all(), ids=lambda trigger: trigger.slug)
def test_a_trigger_says_all_that_is_needed_to_run_it(trigger: TriggerModel) -> None:
    assert trigger.description.endswith(".")
    assert (trigger.webhook is not None) == (trigger.kind in {"webhook", "both"})
    assert (trigger.poll is not None) == (trigger.kind in {"poll", "both"})
    if trigger.webhook is not None:
        assert rules_from(trigger.webhook.verify)
        handshakes_from(trigger.webhook.handshake)
        if trigger.webhook.console:
            assert any("{{ url }}" in step for step in trigger.webhook.console)
    for request in trigger.requests:
        assert request.action.startswith(f"{trigger.app.upper()}_") or request.path


def test_an_unknown_trigger_names_the_nearest_ones() -> None:
    with pytest.raises(TriggerNotFound, match="GITHUB_STAR_ADDED_EVENT"):
        KNOWN.find("GITHUB_STAR_ADED_EVENT")
