"""HubSpot's own actions: contacts, companies and deals with plain fields, against the API's description."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from composio_apps.hubspot.actions import _filter


def test_objects_are_made_of_plain_fields(described: Callable[[str], Any]) -> None:
    api = described("hubspot")
    api.run("HUBSPOT_CREATE_CONTACT", email="ada@example.com", firstname="Ada", properties={"city": "Berlin", "vip": True})
    assert api.upstream.requests[-1].body["properties"] == {
        "email": "ada@example.com",
        "firstname": "Ada",
        "city": "Berlin",
        "vip": "true",
    }
    api.run("HUBSPOT_CREATE_COMPANY", name="Example", domain="example.com")
    api.run("HUBSPOT_CREATE_DEAL", dealname="Big", dealstage="closedwon", amount=1200.5, closedate="2026-12-24")
    deal = api.upstream.requests[-1]
    assert deal.path == "/crm/v3/objects/0-3"
    assert deal.body["properties"]["amount"] == "1200.5"


def test_objects_are_changed_by_plain_fields(described: Callable[[str], Any]) -> None:
    api = described("hubspot")
    api.run("HUBSPOT_UPDATE_CONTACT", contact="ada@example.com", phone="")
    request = api.upstream.requests[-1]
    assert (request.path, request.query) == ("/crm/v3/objects/contacts/ada@example.com", {"idProperty": ["email"]})
    assert request.body == {"properties": {"phone": ""}}
    api.run("HUBSPOT_UPDATE_CONTACT", contact="51", lastname="L")
    assert api.upstream.requests[-1].query == {}
    api.run("HUBSPOT_UPDATE_COMPANY", company_id="1/2", city="Bonn")
    assert api.upstream.requests[-1].raw.path.endswith("/companies/1%2F2")
    api.run("HUBSPOT_UPDATE_DEAL", deal_id="7", dealstage="closedlost")
    assert "nothing to write" in api.refused("HUBSPOT_UPDATE_DEAL", deal_id="7")


def test_objects_are_found_by_words_and_conditions(described: Callable[[str], Any]) -> None:
    api = described("hubspot")
    filters = [
        {"property_name": "email", "operator": "contains", "value": "*@example.com"},
        {"property_name": "lifecyclestage", "operator": "one_of", "value": ["lead", "customer"]},
        {"property_name": "phone", "operator": "is_set"},
    ]
    api.run("HUBSPOT_FIND_CONTACTS", query="ada", filters=filters, sort_by="-createdate", limit=5, after="10")
    body = api.upstream.requests[-1].body
    assert body["filterGroups"] == [
        {
            "filters": [
                {"propertyName": "email", "operator": "CONTAINS_TOKEN", "value": "*@example.com"},
                {"propertyName": "lifecyclestage", "operator": "IN", "values": ["lead", "customer"]},
                {"propertyName": "phone", "operator": "HAS_PROPERTY"},
            ]
        }
    ]
    assert (body["query"], body["sorts"], body["limit"], body["after"]) == ("ada", ["-createdate"], 5, "10")
    assert "email" in body["properties"]
    api.run("HUBSPOT_FIND_COMPANIES", query="example")
    api.run("HUBSPOT_FIND_DEALS", filters=[{"property_name": "amount", "operator": "at_least", "value": 1000}])
    assert api.upstream.requests[-1].path == "/crm/v3/objects/0-3/search"


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ({"property_name": "email"}, "needs a value; is_not_set"),
        ({"property_name": "email", "value": ["a"]}, "use the operator one_of"),
    ],
)
def test_a_condition_that_can_t_be_meant_is_refused(condition: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        _filter(condition)
