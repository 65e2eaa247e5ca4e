"""HubSpot contacts, companies and deals with plain fields and plain conditions.

HubSpot's own search wants groups of filters with operators of its own, and its answers have what was asked for by name alone.
Source of the calls: https://developers.hubspot.com/docs/reference/api/crm/objects and .../crm/search
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypedDict, Unpack
from urllib.parse import quote

from pydantic import BaseModel, Field

from composio import action
from composio_apps._execute import Execute

__all__ = [
    "create_company",
    "create_contact",
    "create_deal",
    "find_companies",
    "find_contacts",
    "find_deals",
    "update_company",
    "update_contact",
    "update_deal",
]

_CONTACTS, _COMPANIES, _DEALS = "contacts", "companies", "0-3"
_PROPERTIES = {
    _CONTACTS: ["email", "firstname", "lastname", "phone", "company", "jobtitle", "lifecyclestage", "hubspot_owner_id"],
    _COMPANIES: ["name", "domain", "phone", "city", "country", "industry", "numberofemployees", "hubspot_owner_id"],
    _DEALS: ["dealname", "amount", "dealstage", "pipeline", "closedate", "hubspot_owner_id"],
}
_OPERATORS = {
    "equals": "EQ",
    "does_not_equal": "NEQ",
    "less_than": "LT",
    "at_most": "LTE",
    "greater_than": "GT",
    "at_least": "GTE",
    "one_of": "IN",
    "none_of": "NOT_IN",
    "contains": "CONTAINS_TOKEN",
    "does_not_contain": "NOT_CONTAINS_TOKEN",
    "is_set": "HAS_PROPERTY",
    "is_not_set": "NOT_HAS_PROPERTY",
}
_MOST_FILTERS = 6

Value = str | float | bool
Extra = Annotated[
    dict[str, Value] | None, Field(description='Further properties by their internal names, such as {"city": "Berlin"}')
]
Owner = Annotated[str | None, Field(description="Id of the user who owns it")]
Text = str | None


class Condition(BaseModel):
    """A condition on one property."""

    property_name: str = Field(description="The property's internal name, such as email or dealstage", min_length=1)
    operator: Literal[
        "equals",
        "does_not_equal",
        "less_than",
        "at_most",
        "greater_than",
        "at_least",
        "one_of",
        "none_of",
        "contains",
        "does_not_contain",
        "is_set",
        "is_not_set",
    ] = Field(default="equals", description="contains looks for a whole word, in which * stands for anything")
    value: Value | list[str] | None = Field(
        default=None,
        description="What to compare with; a list for one_of and none_of, of text in lower case; dates as 2026-12-01",
    )


Conditions = Annotated[
    list[Condition] | None, Field(description="Conditions, all of which must hold; up to six", max_length=_MOST_FILTERS)
]
Query = Annotated[str | None, Field(description="Words in the usual fields: names, address, domain, phone")]
Properties = Annotated[
    list[str] | None, Field(description="Properties to answer, by internal name; the usual ones if left out")
]
SortBy = Annotated[str | None, Field(description="Property to sort by, smallest first; with - before it largest first")]
Limit = Annotated[int, Field(description="How many to answer at once", ge=1, le=200)]
After = Annotated[str | None, Field(description="paging.next.after of the answer before")]


def _filter(condition: Condition | dict[str, Any]) -> dict[str, Any]:
    one = Condition.model_validate(condition)
    made: dict[str, Any] = {"propertyName": one.property_name, "operator": _OPERATORS[one.operator]}
    if one.operator in ("is_set", "is_not_set"):
        return made
    if one.value is None or one.value == []:
        raise ValueError(f"The condition on {one.property_name!r:.80} needs a value; is_not_set finds those without one.")
    if one.operator in ("one_of", "none_of"):
        listed = one.value if isinstance(one.value, list) else [one.value]
        return {**made, "values": [_plain(value) for value in listed]}
    if isinstance(one.value, list):
        raise ValueError(f"The condition on {one.property_name!r:.80} has a list; use the operator one_of.")  # noqa: TRY004 - a model's mistake
    return {**made, "value": _plain(one.value)}


def _plain(value: Value) -> str:
    """Return HubSpot's form of a property: always a string."""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.15g}" if isinstance(value, float) else str(value)


class Search(TypedDict, total=False):
    """The search parameters of all kinds of objects."""

    query: Query
    filters: Conditions
    properties: Properties
    sort_by: SortBy
    after: After


async def _find(execute: Execute, kind: str, limit: int, search: Search) -> dict[str, Any]:
    body: dict[str, Any] = {"limit": limit, "properties": search.get("properties") or _PROPERTIES[kind]}
    if query := search.get("query"):
        body["query"] = query
    if filters := search.get("filters"):
        body["filterGroups"] = [{"filters": [_filter(one) for one in filters]}]
    if sort_by := search.get("sort_by"):
        body["sorts"] = [sort_by]
    if after := search.get("after"):
        body["after"] = after
    found: dict[str, Any] = await execute(f"/crm/v3/objects/{kind}/search", method="POST", body=body)
    return found


def _values(properties: dict[str, Value] | None = None, **named: Value | None) -> dict[str, str]:
    values = {name: value for name, value in named.items() if value is not None} | (properties or {})
    if not values:
        raise ValueError("There is nothing to write; give at least one property.")
    return {name: _plain(value) for name, value in values.items()}


async def _create(execute: Execute, kind: str, values: dict[str, str]) -> dict[str, Any]:
    made: dict[str, Any] = await execute(
        f"/crm/v3/objects/{kind}", method="POST", body={"properties": values, "associations": []}
    )
    return made


async def _update(execute: Execute, kind: str, ident: str, values: dict[str, str], by: str | None = None) -> dict[str, Any]:
    path = f"/crm/v3/objects/{kind}/{quote(ident, safe='')}"
    query = {"idProperty": by} if by else {}
    changed: dict[str, Any] = await execute(path, method="PATCH", body={"properties": values}, query=query)
    return changed


@action(toolname="hubspot", tags=["important"])
async def find_contacts(execute_request: Execute, limit: Limit = 20, **search: Unpack[Search]) -> dict[str, Any]:
    """Find contacts by words and plain conditions. Returns `results` and, where there are more, paging.next.after."""
    return await _find(execute_request, _CONTACTS, limit, search)


@action(toolname="hubspot", tags=["important"])
async def find_companies(execute_request: Execute, limit: Limit = 20, **search: Unpack[Search]) -> dict[str, Any]:
    """Find companies by words and plain conditions. Returns `results` and, where there are more, paging.next.after."""
    return await _find(execute_request, _COMPANIES, limit, search)


@action(toolname="hubspot", tags=["important"])
async def find_deals(execute_request: Execute, limit: Limit = 20, **search: Unpack[Search]) -> dict[str, Any]:
    """Find deals by words and plain conditions. Returns `results` and, where there are more, paging.next.after."""
    return await _find(execute_request, _DEALS, limit, search)


class Contact(TypedDict, total=False):
    """A contact's fields besides its address."""

    firstname: Annotated[Text, Field(description="First name")]
    lastname: Annotated[Text, Field(description="Last name")]
    phone: Annotated[Text, Field(description="Telephone number")]
    company: Annotated[Text, Field(description="Name of the company, as text")]
    jobtitle: Annotated[Text, Field(description="What they are there")]
    hubspot_owner_id: Owner
    properties: Extra


@action(toolname="hubspot", tags=["important"])
async def create_contact(
    execute_request: Execute,
    email: Annotated[str, Field(description="Email address, which no other contact has", min_length=3)],
    **fields: Unpack[Contact],
) -> dict[str, Any]:
    """Create a contact. Returns its id; one with the same address is an error that names it."""
    return await _create(execute_request, _CONTACTS, _values(email=email, **fields))


@action(toolname="hubspot", tags=["important"])
async def update_contact(
    execute_request: Execute,
    contact: Annotated[str, Field(description="The contact's id, or its email address", min_length=1)],
    email: Annotated[Text, Field(description="New email address")] = None,
    **fields: Unpack[Contact],
) -> dict[str, Any]:
    """Change a contact; what is left out stays. An empty string empties a property."""
    values = _values(email=email, **fields)
    return await _update(execute_request, _CONTACTS, contact, values, "email" if "@" in contact else None)


class Company(TypedDict, total=False):
    """A company's fields besides its name."""

    domain: Annotated[Text, Field(description="Its website's domain, such as example.com")]
    phone: Annotated[Text, Field(description="Telephone number")]
    city: Annotated[Text, Field(description="City")]
    country: Annotated[Text, Field(description="Country")]
    hubspot_owner_id: Owner
    properties: Extra


@action(toolname="hubspot", tags=["important"])
async def create_company(
    execute_request: Execute,
    name: Annotated[str, Field(description="The company's name", min_length=1)],
    **fields: Unpack[Company],
) -> dict[str, Any]:
    """Create a company. Returns its id; HubSpot does not look whether there is one with that domain."""
    return await _create(execute_request, _COMPANIES, _values(name=name, **fields))


@action(toolname="hubspot", tags=["important"])
async def update_company(
    execute_request: Execute,
    company_id: Annotated[str, Field(description="The company's id", min_length=1)],
    name: Annotated[Text, Field(description="The company's name")] = None,
    **fields: Unpack[Company],
) -> dict[str, Any]:
    """Change a company; what is left out stays. An empty string empties a property."""
    return await _update(execute_request, _COMPANIES, company_id, _values(name=name, **fields))


class Deal(TypedDict, total=False):
    """A deal's fields besides its name, stage and pipeline."""

    amount: Annotated[float | None, Field(description="What it is worth, in the account's currency")]
    closedate: Annotated[Text, Field(description="When it is to close, such as 2026-12-24", pattern=r"^\d{4}-\d\d-\d\d")]
    hubspot_owner_id: Owner
    properties: Extra


@action(toolname="hubspot", tags=["important"])
async def create_deal(
    execute_request: Execute,
    dealname: Annotated[str, Field(description="The deal's name", min_length=1)],
    dealstage: Annotated[str, Field(description="Id of its stage, such as appointmentscheduled", min_length=1)],
    pipeline: Annotated[str, Field(description="Id of its pipeline", min_length=1)] = "default",
    **fields: Unpack[Deal],
) -> dict[str, Any]:
    """Create a deal. Returns its id."""
    values = _values(dealname=dealname, dealstage=dealstage, pipeline=pipeline, **fields)
    return await _create(execute_request, _DEALS, values)


@action(toolname="hubspot", tags=["important"])
async def update_deal(
    execute_request: Execute,
    deal_id: Annotated[str, Field(description="The deal's id", min_length=1)],
    dealname: Annotated[Text, Field(description="The deal's name")] = None,
    dealstage: Annotated[Text, Field(description="Id of its stage, such as closedwon")] = None,
    pipeline: Annotated[Text, Field(description="Id of its pipeline")] = None,
    **fields: Unpack[Deal],
) -> dict[str, Any]:
    """Change a deal; what is left out stays. An empty string empties a property."""
    values = _values(dealname=dealname, dealstage=dealstage, pipeline=pipeline, **fields)
    return await _update(execute_request, _DEALS, deal_id, values)
