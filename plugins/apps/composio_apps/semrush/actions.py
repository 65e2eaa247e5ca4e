"""Semrush's reports: two operations give them all, each report by its type.

Source of types and parameters: https://developer.semrush.com/api/v3/analytics/ and its pages on keyword, domain and backlink reports
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Annotated, Any, Literal, TypedDict, Unpack

from pydantic import Field

from composio import action
from composio_apps._execute import Execute

Database = Annotated[
    str, Field(description="The region: us, uk, de and so on; with mobile- in front for phones", pattern=r"^[a-z-]{2,12}$")
]
Columns = Annotated[
    str | None, Field(description="Codes of columns, joined by commas, such as Ph,Po,Nq; Semrush's own choice if left out")
]
Limit = Annotated[int, Field(description="How many rows at most; each costs units of the account", ge=1, le=10_000)]
Offset = Annotated[int, Field(description="How many rows to skip", ge=0)]
Sort = Annotated[str | None, Field(description="The column to sort by and how, such as tr_desc")]
Filter = Annotated[str | None, Field(description="Semrush's own filters, joined by |, such as +|Nq|Gt|100")]
Date = Annotated[
    str | None, Field(description="The month, such as 20261115: always the 15th; the newest if left out", pattern=r"^\d{6}15$")
]
Target = Annotated[str, Field(description="A domain, subdomain or URL", min_length=1)]
TargetType = Annotated[Literal["root_domain", "domain", "url"], Field(description="What the target is")]

# Name -> type and what it answers. Source of the names: v0.7.
_PHRASES = {
    "keyword_overview_all_databases": ("phrase_all", "Get a keyword's volume, price and competition in all regions."),
    "keyword_overview_one_database": ("phrase_this", "Get a keyword's volume, price and competition in one region."),
    "batch_keyword_overview": ("phrase_these", "Get volume, price and competition of up to 100 keywords, joined by ;."),
    "organic_results": ("phrase_organic", "List the domains that rank for a keyword."),
    "paid_results": ("phrase_adwords", "List the domains that advertise for a keyword."),
    "related_keywords": ("phrase_related", "List keywords that are related to one."),
    "keywords_ads_history": ("phrase_adwords_historical", "List who advertised for a keyword in the last 12 months."),
    "broad_match_keyword": ("phrase_fullsearch", "List keywords that have a keyword in them."),
    "phrase_questions": ("phrase_questions", "List questions that have a keyword in them."),
    "keyword_difficulty": ("phrase_kdi", "Get how hard it is to rank for keywords, joined by ;."),
}
_DOMAINS = {
    "domain_organic_search_keywords": ("domain_organic", "List keywords that a domain ranks for."),
    "domain_paid_search_keywords": ("domain_adwords", "List keywords that a domain advertises for."),
    "ads_copies": ("domain_adwords_unique", "List the ads of a domain."),
    "competitors_in_organic_search": ("domain_organic_organic", "List domains that rank for the same keywords."),
    "competitors_in_paid_search": ("domain_adwords_adwords", "List domains that advertise for the same keywords."),
    "domain_ad_history": ("domain_adwords_historical", "List keywords that a domain advertised for in the last 12 months."),
    "domain_pla_search_keywords": ("domain_shopping", "List keywords that show a domain's product ads."),
    "pla_copies": ("domain_shopping_unique", "List the product ads of a domain."),
    "pla_competitors": ("domain_shopping_shopping", "List domains whose product ads show for the same keywords."),
    "domain_organic_pages": ("domain_organic_unique", "List the pages of a domain that rank."),
    "domain_organic_subdomains": ("domain_organic_subdomains", "List the subdomains of a domain that rank."),
}
_BACKLINKS = {
    "backlinks_overview": ("backlinks_overview", "Get how many links lead to a target, and from where."),
    "backlinks": ("backlinks", "List links that lead to a target."),
    "referring_domains": ("backlinks_refdomains", "List domains that link to a target."),
    "referring_i_ps": ("backlinks_refips", "List IP addresses that links to a target come from."),
    "tld_distribution": ("backlinks_tld", "List the top-level domains that links to a target come from."),
    "referring_domains_by_country": ("backlinks_geo", "List the countries that links to a target come from."),
    "anchors": ("backlinks_anchors", "List the texts of links that lead to a target."),
    "indexed_pages": ("backlinks_pages", "List the pages of a domain that links lead to."),
    "competitors": ("backlinks_competitors", "List domains that are linked to from the same places."),
    "authority_score_profile": ("backlinks_ascore_profile", "List domains that link to a target, by their authority score."),
    "categories_profile": ("backlinks_categories_profile", "List the subjects of domains that link to a target."),
    "categories": ("backlinks_categories", "List the subjects of a target."),
    "historical_data": ("backlinks_historical", "List how many links led to a target, by months."),
}
_IMPORTANT = {
    "keyword_overview_one_database",
    "related_keywords",
    "keyword_difficulty",
    "organic_results",
    "domain_organic_search_keywords",
    "domain_paid_search_keywords",
    "competitors_in_organic_search",
    "backlinks_overview",
    "backlinks",
    "referring_domains",
}
__all__ = ["batch_comparison", "domain_vs_domain", *_PHRASES, *_DOMAINS, *_BACKLINKS]  # noqa: PLE0604 - names of what is made below


def rows(answer: Any) -> dict[str, Any]:
    """Return a report, which is CSV with semicolons, as ``columns`` and ``rows``. Raises ``ValueError`` for its errors."""
    text = answer if isinstance(answer, str) else str(answer or "")
    if text.startswith("ERROR 50 "):  # nothing was found, which is not an error
        return {"columns": [], "rows": []}
    if text.startswith("ERROR "):
        raise ValueError(f"Semrush says: {text.strip()[:300]}")
    read = csv.reader(io.StringIO(text), delimiter=";")
    columns = next(read, [])
    return {"columns": columns, "rows": [dict(zip(columns, row, strict=False)) for row in read if row]}


async def _report(execute: Execute, kind: str, path: str = "/", **query: Any) -> dict[str, Any]:
    """Run one report. None arguments, and an offset of 0, are omitted."""
    given = {name: value for name, value in query.items() if value is not None and (name, value) != ("display_offset", 0)}
    return rows(await execute(path, query={"type": kind, **given}))


class Rows(TypedDict, total=False):
    """The selected rows and columns of a report."""

    export_columns: Columns
    display_offset: Offset
    display_sort: Sort
    display_filter: Filter


class DatedRows(Rows, total=False):
    """The same for a monthly report."""

    display_date: Date


def _phrase(kind: str) -> Callable[..., Any]:
    async def report(
        execute_request: Execute,
        phrase: Annotated[str, Field(description="The keyword", min_length=1)],
        database: Database = "us",
        display_limit: Limit = 10,
        **wanted: Unpack[DatedRows],
    ) -> dict[str, Any]:
        region = None if kind == "phrase_all" else database
        return await _report(execute_request, kind, phrase=phrase, database=region, display_limit=display_limit, **wanted)

    return report


def _domain(kind: str) -> Callable[..., Any]:
    async def report(
        execute_request: Execute,
        domain: Annotated[str, Field(description="Such as example.com", min_length=1)],
        database: Database = "us",
        display_limit: Limit = 10,
        **wanted: Unpack[DatedRows],
    ) -> dict[str, Any]:
        return await _report(execute_request, kind, domain=domain, database=database, display_limit=display_limit, **wanted)

    return report


def _backlinks(kind: str) -> Callable[..., Any]:
    async def report(
        execute_request: Execute,
        target: Target,
        target_type: TargetType = "root_domain",
        display_limit: Limit = 10,
        **wanted: Unpack[Rows],
    ) -> dict[str, Any]:
        query = {"target": target, "target_type": target_type, "display_limit": display_limit}
        return await _report(execute_request, kind, "/analytics/v1/", **query, **wanted)

    return report


def _make(make: Callable[[str], Callable[..., Any]], named: dict[str, tuple[str, str]]) -> dict[str, Any]:
    """Create actions with one signature, by name."""
    found = {}
    for name, (kind, doc) in named.items():
        function = make(kind)
        function.__name__ = function.__qualname__ = name
        function.__doc__ = f"{doc} Returns columns and rows."
        found[name] = action(toolname="semrush", tags=["important"] if name in _IMPORTANT else [])(function)
    return found


globals().update(_make(_phrase, _PHRASES) | _make(_domain, _DOMAINS) | _make(_backlinks, _BACKLINKS))


@action(toolname="semrush")
async def domain_vs_domain(
    execute_request: Execute,
    domains: Annotated[str, Field(description="Up to five, as *|or|nike.com|+|or|adidas.com", min_length=1)],
    database: Database = "us",
    export_columns: Columns = None,
    display_limit: Limit = 10,
) -> dict[str, Any]:
    """List keywords that domains have in common, or that only one has. Returns columns and rows."""
    return await _report(
        execute_request,
        "domain_domains",
        domains=domains,
        database=database,
        export_columns=export_columns,
        display_limit=display_limit,
    )


@action(toolname="semrush")
async def batch_comparison(
    execute_request: Execute,
    targets: Annotated[list[str], Field(description="Up to 200 domains, subdomains or URLs", min_length=1, max_length=200)],
    target_types: Annotated[
        list[Literal["root_domain", "domain", "url"]] | None, Field(description="What each target is; root_domain if left out")
    ] = None,
    export_columns: Columns = None,
) -> dict[str, Any]:
    """Compare how many links lead to each of many targets. Returns columns and rows."""
    kinds = target_types or ["root_domain"] * len(targets)
    if len(kinds) != len(targets):
        raise ValueError(f"There are {len(targets)} targets and {len(kinds)} target_types; give one for each.")
    query = {"targets[]": targets, "target_types[]": kinds, "export_columns": export_columns}
    return await _report(execute_request, "backlinks_comparison", "/analytics/v1/", **query)
