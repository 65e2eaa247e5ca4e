"""Google Ads queries that a model should not have to write.

Source of the queries: https://developers.google.com/google-ads/api/fields/v23/overview
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from composio import action
from composio_apps._execute import Execute

__all__ = ["get_campaign_by_id", "get_customer_lists"]

CustomerId = Annotated[
    str, Field(description="The account's id, ten digits, such as 123-456-7890", pattern=r"^\d{3}-?\d{3}-?\d{4}$")
]
Manager = Annotated[
    str | None,
    Field(description="The manager account's id, where access comes through one", pattern=r"^\d{3}-?\d{3}-?\d{4}$"),
]


async def _search(execute: Execute, customer_id: str, manager: str | None, query: str) -> list[dict[str, Any]]:
    """Return the rows of a query's first page."""
    headers = {"login-customer-id": manager.replace("-", "")} if manager else {}
    endpoint = f"/v23/customers/{customer_id.replace('-', '')}/googleAds:search"
    found: dict[str, Any] = await execute(endpoint, method="POST", body={"query": query}, headers=headers)
    rows: list[dict[str, Any]] = found.get("results", [])
    return rows


@action(toolname="googleads", tags=["important"])
async def get_campaign_by_id(
    execute_request: Execute,
    customer_id: CustomerId,
    campaign_id: Annotated[int, Field(description="The campaign's id", ge=1)],
    login_customer_id: Manager = None,
) -> dict[str, Any]:
    """Get a campaign: its name, state, kind, dates and budget."""
    query = (
        "SELECT campaign.id, campaign.name, campaign.status, campaign.advertising_channel_type, "  # noqa: S608 - one number
        f"campaign_budget.amount_micros FROM campaign WHERE campaign.id = {int(campaign_id)}"
    )
    rows = await _search(execute_request, customer_id, login_customer_id, query)
    if not rows:
        raise ValueError(f"Account {customer_id} has no campaign {campaign_id}.")
    return rows[0]


@action(toolname="googleads", tags=["important"])
async def get_customer_lists(
    execute_request: Execute, customer_id: CustomerId, login_customer_id: Manager = None
) -> dict[str, Any]:
    """List the customer lists of an account, which are the user lists that are made of uploads."""
    query = (
        "SELECT user_list.id, user_list.name, user_list.description, user_list.membership_status, "
        "user_list.size_for_search, user_list.size_for_display FROM user_list WHERE user_list.type = 'CRM_BASED'"
    )
    return {"customer_lists": await _search(execute_request, customer_id, login_customer_id, query)}
