"""Pausing and resuming a campaign: one operation of the Marketing API changes all that a campaign has.

Source of the call: https://developers.facebook.com/docs/marketing-api/reference/ad-campaign-group
"""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

from pydantic import Field

from composio import action
from composio_apps._execute import Execute

__all__ = ["pause_campaign", "resume_campaign"]

CampaignId = Annotated[str, Field(description="The campaign's id", min_length=1)]


async def _set_status(execute: Execute, campaign_id: str, status: str) -> dict[str, Any]:
    changed: dict[str, Any] = await execute(f"/{quote(campaign_id, safe='')}", method="POST", body={"status": status})
    return changed


@action(toolname="metaads", tags=["important"])
async def pause_campaign(execute_request: Execute, campaign_id: CampaignId) -> dict[str, Any]:
    """Pause a campaign: its ads are no longer shown."""
    return await _set_status(execute_request, campaign_id, "PAUSED")


@action(toolname="metaads", tags=["important"])
async def resume_campaign(execute_request: Execute, campaign_id: CampaignId) -> dict[str, Any]:
    """Resume a paused campaign: its ads are shown again, and cost."""
    return await _set_status(execute_request, campaign_id, "ACTIVE")
