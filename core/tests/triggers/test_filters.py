"""Which events a callback gets."""

from __future__ import annotations

from typing import Any

import pytest
from tests.triggers.events import slack_event

from composio.errors import InvalidRequest
from composio.model.names import App, Trigger
from composio.triggers.filters import FILTERS, EventFilter

MATCHING = {
    "app_name": "SLACK",
    "trigger_id": "TI_1",
    "connection_id": "CA_1",
    "trigger_name": "slack_receive_message",
    "entity_id": "Jane",
    "integration_id": "AC_1",
}


def test_there_are_six() -> None:
    assert set(FILTERS) == set(MATCHING)


@pytest.mark.parametrize("name", FILTERS)
def test_each_filter_compares_without_case_and_leaves_others_out(name: str) -> None:
    assert EventFilter.of({name: MATCHING[name]}).fits(slack_event())
    assert not EventFilter.of({name: "another"}).fits(slack_event())
    assert not EventFilter.of({**MATCHING, name: "another"}).fits(slack_event())


def test_all_of_them_together() -> None:
    assert EventFilter.of(MATCHING).fits(slack_event())


@pytest.mark.parametrize("none", [None, {}, {"entity_id": None}])
def test_without_filters_everything_fits(none: Any) -> None:
    assert EventFilter.of(none).fits(slack_event())


def test_names_are_strings_and_several_may_be_meant() -> None:
    filters = {"app_name": App.SLACK, "trigger_name": [Trigger.GITHUB_STAR_ADDED_EVENT, Trigger.SLACK_RECEIVE_MESSAGE]}
    assert EventFilter.of(filters).fits(slack_event())


def test_a_triggers_former_name_means_the_same_trigger() -> None:
    known = {"OLD_NAME": {"OLD_NAME", "SLACK_RECEIVE_MESSAGE"}}
    assert EventFilter.of({"trigger_name": "OLD_NAME"}, known.__getitem__).fits(slack_event())


@pytest.mark.parametrize(
    ("filters", "said"),
    [
        ({"trigger": "X"}, "trigger_name"),
        ({"trigger_nmae": "X"}, "Did you mean trigger_name"),
        ({"entity_id": 7}, "a string or a list of strings"),
        ({"entity_id": ""}, "a string or a list of strings"),
        ({"entity_id": ["a", None]}, "a string or a list of strings"),
        ("SLACK_RECEIVE_MESSAGE", "filters is a dict"),
    ],
)
def test_what_is_no_filter_is_refused(filters: Any, said: str) -> None:
    with pytest.raises(InvalidRequest, match=said):
        EventFilter.of(filters)
