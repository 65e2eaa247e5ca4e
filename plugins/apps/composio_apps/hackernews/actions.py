"""Hacker News searches whose filters a model should not have to know.

Source of the filters: https://hn.algolia.com/api, "Search".
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import Field

from composio import action
from composio_apps._execute import Execute

__all__ = ["get_frontpage", "get_todays_posts"]

MinPoints = Annotated[int, Field(description="Only posts with at least this many points", ge=0)]
Page = Annotated[int, Field(description="Which page of results; the first is 0", ge=0)]
Size = Annotated[int, Field(description="Posts per page", ge=1, le=100)]


@action(toolname="hackernews", tags=["important"])
async def get_frontpage(execute_request: Execute, min_points: MinPoints = 0, page: Page = 0, size: Size = 30) -> dict[str, Any]:
    """Get the posts that are on the front page of Hacker News now."""
    filters = f"points>={min_points}" if min_points else None
    query = {"tags": "front_page", "numericFilters": filters, "page": page, "hitsPerPage": size}
    return await execute_request("/search", query=query)


@action(toolname="hackernews", tags=["important"])
async def get_todays_posts(
    execute_request: Execute, min_points: MinPoints = 0, page: Page = 0, size: Size = 30
) -> dict[str, Any]:
    """Get the posts that were submitted to Hacker News since midnight (UTC), newest first."""
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    filters = f"created_at_i>={int(midnight.timestamp())}" + (f",points>={min_points}" if min_points else "")
    query = {"tags": "story", "numericFilters": filters, "page": page, "hitsPerPage": size}
    return await execute_request("/search_by_date", query=query)
