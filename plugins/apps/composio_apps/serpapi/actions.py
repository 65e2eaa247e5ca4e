"""SerpApi's engines, each with its own few arguments: one operation runs them all.

Source of engines and parameters: https://serpapi.com/search-api and the pages beside it.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from composio import action
from composio_apps._execute import Execute

__all__ = [
    "duck_duck_go_search",
    "event_search",
    "finance_search",
    "google_maps_search",
    "image_search",
    "news_search",
    "scholar_search",
    "search",
    "shopping_search",
    "trends_search",
]

Query = Annotated[str, Field(description="What to search for", min_length=1)]
Country = Annotated[str | None, Field(description="Two letters of the country to search from, such as us")]
Language = Annotated[str | None, Field(description="Two letters of the language, such as en")]
Location = Annotated[str | None, Field(description="Where the search comes from, such as Austin, Texas, United States")]
Start = Annotated[int, Field(description="How many results to skip: 10 for the second page", ge=0)]


async def _search(execute: Execute, engine: str, **query: Any) -> dict[str, Any]:
    """Run one engine. None arguments, and a start of 0, are omitted."""
    given = {name: value for name, value in query.items() if value is not None and (name, value) != ("start", 0)}
    found: dict[str, Any] = await execute("/search.json", query={"engine": engine, **given})
    return found


@action(toolname="serpapi", tags=["important"])
async def search(
    execute_request: Execute,
    query: Query,
    location: Location = None,
    gl: Country = None,
    hl: Language = None,
    num: Annotated[int | None, Field(description="How many results", ge=1, le=100)] = None,
    start: Start = 0,
) -> dict[str, Any]:
    """Search Google. Returns organic_results and, where there are some, answer_box, knowledge_graph and related questions."""
    return await _search(execute_request, "google", q=query, location=location, gl=gl, hl=hl, num=num, start=start)


@action(toolname="serpapi", tags=["important"])
async def news_search(execute_request: Execute, query: Query, gl: Country = None, hl: Language = None) -> dict[str, Any]:
    """Search Google News. Returns news_results."""
    return await _search(execute_request, "google_news", q=query, gl=gl, hl=hl)


@action(toolname="serpapi", tags=["important"])
async def image_search(
    execute_request: Execute,
    query: Query,
    gl: Country = None,
    hl: Language = None,
    page: Annotated[int, Field(description="Which page; the first is 0", ge=0)] = 0,
) -> dict[str, Any]:
    """Search Google Images. Returns images_results with their addresses."""
    return await _search(execute_request, "google_images", q=query, gl=gl, hl=hl, ijn=page or None)


@action(toolname="serpapi", tags=["important"])
async def scholar_search(
    execute_request: Execute,
    query: Query,
    hl: Language = None,
    start: Start = 0,
    year_from: Annotated[int | None, Field(description="Only works of this year or later")] = None,
    year_to: Annotated[int | None, Field(description="Only works of this year or earlier")] = None,
) -> dict[str, Any]:
    """Search Google Scholar. Returns organic_results with authors, citations and links."""
    return await _search(execute_request, "google_scholar", q=query, hl=hl, start=start, as_ylo=year_from, as_yhi=year_to)


@action(toolname="serpapi", tags=["important"])
async def shopping_search(
    execute_request: Execute, query: Query, location: Location = None, gl: Country = None, hl: Language = None
) -> dict[str, Any]:
    """Search Google Shopping. Returns shopping_results with prices and shops."""
    return await _search(execute_request, "google_shopping", q=query, location=location, gl=gl, hl=hl)


@action(toolname="serpapi", tags=["important"])
async def google_maps_search(
    execute_request: Execute,
    query: Query,
    ll: Annotated[
        str | None, Field(description="Where: latitude, longitude and zoom, such as @40.7455096,-74.0083012,14z")
    ] = None,
    hl: Language = None,
    start: Annotated[int, Field(description="How many results to skip: 20 for the second page", ge=0)] = 0,
) -> dict[str, Any]:
    """Search Google Maps for places. Returns local_results with addresses, ratings and opening hours."""
    return await _search(execute_request, "google_maps", type="search", q=query, ll=ll, hl=hl, start=start)


@action(toolname="serpapi", tags=["important"])
async def event_search(
    execute_request: Execute,
    query: Annotated[str, Field(description="What and where, such as concerts in Austin", min_length=1)],
    location: Location = None,
    gl: Country = None,
    hl: Language = None,
    start: Start = 0,
) -> dict[str, Any]:
    """Search Google for events. Returns events_results with dates, places and tickets."""
    return await _search(execute_request, "google_events", q=query, location=location, gl=gl, hl=hl, start=start)


@action(toolname="serpapi", tags=["important"])
async def finance_search(
    execute_request: Execute,
    query: Annotated[str, Field(description="A stock, index, fund, currency or future, such as GOOGL:NASDAQ", min_length=1)],
    window: Annotated[
        Literal["1D", "5D", "1M", "6M", "YTD", "1Y", "5Y", "MAX"] | None, Field(description="What time the graph spans")
    ] = None,
    hl: Language = None,
) -> dict[str, Any]:
    """Look up prices on Google Finance. Returns summary, graph, key facts and news."""
    return await _search(execute_request, "google_finance", q=query, window=window, hl=hl)


@action(toolname="serpapi", tags=["important"])
async def trends_search(
    execute_request: Execute,
    query: Annotated[str, Field(description="Up to five terms, joined by commas", min_length=1)],
    data_type: Annotated[
        Literal["TIMESERIES", "GEO_MAP", "GEO_MAP_0", "RELATED_TOPICS", "RELATED_QUERIES"],
        Field(description="Over time, by region, or what else was searched for"),
    ] = "TIMESERIES",
    geo: Annotated[str | None, Field(description="Country or region, such as US or US-TX; the world if left out")] = None,
    date: Annotated[str | None, Field(description="Such as today 12-m, now 7-d, or 2026-01-01 2026-06-30")] = None,
) -> dict[str, Any]:
    """Look up how often terms were searched for on Google. Returns interest over time, by region, or related queries."""
    return await _search(execute_request, "google_trends", q=query, data_type=data_type, geo=geo, date=date)


@action(toolname="serpapi", tags=["important"])
async def duck_duck_go_search(
    execute_request: Execute,
    query: Query,
    kl: Annotated[str | None, Field(description="Region, such as us-en")] = None,
    start: Annotated[int, Field(description="How many results to skip", ge=0)] = 0,
) -> dict[str, Any]:
    """Search DuckDuckGo. Returns organic_results."""
    return await _search(execute_request, "duckduckgo", q=query, kl=kl, start=start)
