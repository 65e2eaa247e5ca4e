"""What real APIs answer, and where their lists go on. Shapes and names are those of their references."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from composio.engine.paging.page import page_of
from composio.model.action import ActionModel, Body, HttpBinding, Parameter

TWO: list[dict[str, Any]] = [{"id": "a"}, {"id": "b"}]
# Types and defaults of arguments by name; all others are strings.
INTEGERS = frozenset(
    """
    page per_page limit offset startAt maxResults $top $skip size from page[number] count page[size] pageSize start rows length
    startIndex skip hitsPerPage first last Page PageSize pagination[page] pagination[pageSize] sysparm_offset sysparm_limit
    start_position page_size _start _end num resultsPerPage pagelen page[limit] page[offset] p ps current skipCount maxItems
    """.split()  # noqa: SIM905 - one name a line would be longer than the table
)


def action(names: tuple[str, ...], method: str = "GET", **schemas: Any) -> ActionModel:
    properties = {name: {"type": "integer" if name in INTEGERS else "string"} for name in names} | schemas
    names = tuple(properties)
    parameters = tuple(Parameter(name, name, "query") for name in names) if method == "GET" else ()
    body = Body("application/json", "json", {name: name for name in names}) if method == "POST" else None
    binding = HttpBinding(method, "/things", parameters=parameters, body=body)
    return ActionModel(slug="X_LIST_THINGS", app="x", validation={"type": "object", "properties": properties}, binding=binding)


def more(
    names: str,
    given: Mapping[str, Any],
    data: Any,
    headers: Mapping[str, str] | None = None,
    method: str = "GET",
    **schemas: Any,
) -> Any:
    page = page_of(httpx.Headers(headers or {}), data, action(tuple(names.split()), method, **schemas), given)
    return page.more if page else None


LINK = '<https://api.example.com/x?page=2&per_page=2>; rel="next", <https://api.example.com/x?page=9&per_page=2>; rel="last"'
NEXT: dict[str, tuple[str, dict[str, Any], Any, dict[str, str], dict[str, Any]]] = {
    "github": ("page per_page", {"per_page": 2}, TWO, {"Link": LINK}, {"page": 2}),
    "hubspot": ("after limit", {}, {"results": TWO, "paging": {"next": {"after": "MjA%3D", "link": "https://x/items?after=MjA%3D"}}}, {}, {"after": "MjA%3D"}),
    "hubspot search": ("after limit", {"limit": 1}, {"results": TWO[:1], "paging": {"next": {"after": "100"}}}, {}, {"after": "100"}),
    "intercom": (
        "starting_after per_page",
        {},
        {"type": "list", "data": TWO, "pages": {"type": "pages", "next": {"per_page": 1, "starting_after": "WzE3"}, "page": 1, "total_pages": 9}},
        {},
        {"starting_after": "WzE3"},
    ),
    "zendesk": ("page[after] page[size]", {}, {"tickets": TWO, "meta": {"has_more": True, "after_cursor": "xxx", "before_cursor": "yyy"}}, {}, {"page[after]": "xxx"}),
    "mailchimp": ("offset count", {"count": 2}, {"lists": TWO, "total_items": 10}, {}, {"offset": 2}),
    "wordpress": ("page per_page", {"page": 1, "per_page": 1}, TWO[:1], {"X-WP-Total": "5", "X-WP-TotalPages": "5"}, {"page": 2}),
    "typeform": ("page page_size", {"page": 1, "page_size": 1}, {"items": TWO[:1], "page_count": 4, "total_items": 4}, {}, {"page": 2}),
    "github users": ("since per_page", {}, TWO, {"Link": '<https://x/users?since=46>; rel="next"'}, {"since": "46"}),
    "gitlab": ("page per_page", {"page": 1}, TWO, {"x-next-page": "2", "x-total-pages": "5"}, {"page": 2}),
    "okta": ("after limit", {}, TWO, {"Link": '<https://x/y>; rel="self", <https://x/y?after=00u>; rel="next"'}, {"after": "00u"}),
    "azure devops": ("continuationToken $top", {}, {"value": TWO}, {"x-ms-continuationtoken": "CT"}, {"continuationToken": "CT"}),
    "azure tables": (
        "NextPartitionKey NextRowKey",
        {},
        {"value": TWO},
        {"x-ms-continuation-NextPartitionKey": "P", "x-ms-continuation-NextRowKey": "R"},
        {"NextPartitionKey": "P", "NextRowKey": "R"},
    ),
    "oracle cloud": ("page limit", {}, TWO, {"opc-next-page": "AAA"}, {"page": "AAA"}),
    "asp.net": ("page pageSize", {"page": 2}, TWO, {"X-Pagination": '{"TotalCount":9,"CurrentPage":2,"TotalPages":5}'}, {"page": 3}),
    "trakt": ("page limit", {}, TWO, {"X-Pagination-Page": "1", "X-Pagination-Page-Count": "4"}, {"page": 2}),
    "postgrest": ("offset limit", {"limit": 2}, TWO, {"Content-Range": "0-1/3573458"}, {"offset": 2}),
    "postgrest, later": ("offset limit", {"offset": 10}, TWO, {"Content-Range": "items 10-11/24"}, {"offset": 12}),
    "a range without a unit": ("offset limit", {"offset": 10}, TWO, {"Content-Range": "10-11/24"}, {"offset": 12}),
    "json-server": ("_start _end", {"_start": 0, "_end": 2}, TWO, {"X-Total-Count": "5"}, {"_start": 2, "_end": 4}),
    "shopify": ("page_info limit", {}, {"orders": TWO}, {"Link": '<https://x/y?page_info=PI>; rel="next"'}, {"page_info": "PI"}),
    "slack": ("cursor limit", {}, {"ok": True, "channels": TWO, "response_metadata": {"next_cursor": "dXNlcg=="}}, {}, {"cursor": "dXNlcg=="}),
    "notion": ("start_cursor page_size", {}, {"results": TWO, "has_more": True, "next_cursor": "n"}, {}, {"start_cursor": "n"}),
    "stripe": ("starting_after ending_before limit", {}, {"data": TWO, "has_more": True}, {}, {"starting_after": "b"}),
    "openai": ("after before limit", {}, {"data": TWO, "first_id": "a", "last_id": "b", "has_more": True}, {}, {"after": "b"}),
    "anthropic": ("after_id before_id limit", {}, {"data": TWO, "last_id": "b", "has_more": True}, {}, {"after_id": "b"}),
    "google": ("pageToken maxResults", {}, {"items": TWO, "nextPageToken": "t"}, {}, {"pageToken": "t"}),
    "google, a page that a filter left empty": ("pageToken", {}, {"items": [], "nextPageToken": "t"}, {}, {"pageToken": "t"}),
    "slack, a page that a filter left empty": ("cursor limit", {"cursor": "c1"}, {"ok": True, "messages": [], "response_metadata": {"next_cursor": "c2"}}, {}, {"cursor": "c2"}),
    "dynamo, a page that a filter left empty": ("ExclusiveStartKey", {}, {"Items": [], "Count": 0, "ScannedCount": 9, "LastEvaluatedKey": {"id": {"S": "a"}}}, {}, {"ExclusiveStartKey": {"id": {"S": "a"}}}),
    "square, a page that a filter left empty": ("cursor limit", {}, {"payments": [], "cursor": "c2"}, {}, {"cursor": "c2"}),
    "kinesis": ("ShardIterator Limit", {"ShardIterator": "i1"}, {"Records": [], "NextShardIterator": "i2", "MillisBehindLatest": 9}, {}, {"ShardIterator": "i2"}),
    "hubspot, fewer than asked for": ("after limit", {"limit": 100}, {"results": TWO, "paging": {"next": {"after": "2"}}}, {}, {"after": "2"}),
    "twitter, by the only argument for it": ("since_id limit", {}, {"data": TWO, "meta": {"next_batch": "n2"}}, {}, {"since_id": "n2"}),
    "matrix": ("from dir limit", {}, {"chunk": TWO, "start": "t1", "end": "t2"}, {}, {"from": "t2"}),
    "vercel": ("until limit", {}, {"deployments": TWO, "pagination": {"count": 2, "next": 1540095775951, "prev": None}}, {}, {"until": "1540095775951"}),
    "magento": (
        "searchCriteria[currentPage] searchCriteria[pageSize]",
        {"searchCriteria[currentPage]": 2},
        {"items": TWO, "search_criteria": {"current_page": 2, "page_size": 2}, "total_count": 9},
        {},
        {"searchCriteria[currentPage]": "3"},
    ),
    "google search": (
        "start num",
        {},
        {"queries": {"request": [{"startIndex": 1}], "nextPage": [{"startIndex": 11, "count": 10}]}, "items": TWO},
        {},
        {"start": 11},
    ),
    "youtube": ("pageToken", {}, {"nextPageToken": "C", "pageInfo": {"totalResults": 99, "resultsPerPage": 2}, "items": TWO}, {}, {"pageToken": "C"}),
    "graph": ("$skip $top", {}, {"value": TWO, "@odata.nextLink": "https://graph.example.com/v1/x?$top=2&$skip=2"}, {}, {"$skip": 2, "$top": 2}),
    "graph, another case": ("$skipToken", {}, {"value": TWO, "@odata.nextLink": "https://x/y?$skiptoken=Z"}, {}, {"$skipToken": "Z"}),
    "odata 2": ("$skiptoken", {}, {"d": {"results": TWO, "__next": "https://x/y?$skiptoken='A'"}}, {}, {"$skiptoken": "'A'"}),
    "aws": ("NextToken MaxResults", {}, {"Items": TWO, "NextToken": "nt"}, {}, {"NextToken": "nt"}),
    "iam": ("Marker MaxItems", {}, {"Users": TWO, "IsTruncated": True, "Marker": "m"}, {}, {"Marker": "m"}),
    "s3": ("continuation-token", {}, {"Contents": TWO, "IsTruncated": True, "NextContinuationToken": "c"}, {}, {"continuation-token": "c"}),
    "s3 versions": (
        "key-marker version-id-marker",
        {},
        {"Versions": TWO, "IsTruncated": True, "NextKeyMarker": "k", "NextVersionIdMarker": "v"},
        {},
        {"key-marker": "k", "version-id-marker": "v"},
    ),
    "airtable": ("pageSize offset", {}, {"records": TWO, "offset": "itr/rec"}, {}, {"offset": "itr/rec"}),
    "asana": ("limit offset", {}, {"data": TWO, "next_page": {"offset": "e", "path": "/t?offset=e", "uri": "https://x/t?offset=e"}}, {}, {"offset": "e"}),
    "lever": ("limit offset", {}, {"data": TWO, "hasNext": True, "next": "[1,2]"}, {}, {"offset": "[1,2]"}),
    "chargebee": ("limit offset", {}, {"list": TWO, "next_offset": '["1"]'}, {}, {"offset": '["1"]'}),
    "twilio": (
        "Page PageSize PageToken",
        {},
        {"calls": TWO, "page": 0, "page_size": 2, "next_page_uri": "/2010-04-01/Calls.json?PageSize=2&Page=1&PageToken=PA"},
        {},
        {"PageSize": 2, "Page": 1, "PageToken": "PA"},
    ),
    "elasticsearch": ("from size", {"size": 2}, {"hits": {"total": {"value": 5, "relation": "eq"}, "hits": TWO}}, {}, {"from": 2}),
    "elasticsearch, counted to a bound": ("from size", {"from": 2, "size": 2}, {"hits": {"total": {"value": 9, "relation": "gte"}, "hits": TWO}}, {}, {"from": 4}),
    "solr": ("start rows", {"rows": 2}, {"response": {"numFound": 5, "start": 0, "docs": TWO}}, {}, {"start": 2}),
    "solr cursor": ("cursorMark rows", {"cursorMark": "*"}, {"response": {"docs": TWO}, "nextCursorMark": "AoE"}, {}, {"cursorMark": "AoE"}),
    "algolia": ("page hitsPerPage", {}, {"hits": TWO, "nbHits": 5, "page": 0, "nbPages": 3, "hitsPerPage": 2}, {}, {"page": 1}),
    "spring": (
        "page size",
        {},
        {"content": TWO, "pageable": {"offset": 0}, "last": False, "totalPages": 3, "totalElements": 6, "number": 0, "size": 2},
        {},
        {"page": 1},
    ),
    "spring hateoas": ("page size", {"page": 1}, {"_embedded": {"users": TWO}, "page": {"size": 2, "totalElements": 6, "totalPages": 3, "number": 1}}, {}, {"page": 2}),
    "django": ("page", {}, {"count": 5, "next": "https://x/y/?page=2", "previous": None, "results": TWO}, {}, {"page": 2}),
    "django, offsets": ("limit offset", {}, {"count": 5, "next": "http://x/y/?limit=2&offset=2", "previous": None, "results": TWO}, {}, {"limit": 2, "offset": 2}),
    "laravel": ("page", {}, {"data": TWO, "links": {"first": "u?page=1", "next": "u?page=2"}, "meta": {"current_page": 1, "last_page": 3}}, {}, {"page": 2}),
    "laravel without links": ("page", {"page": 2}, {"data": TWO, "current_page": 2, "last_page": 3, "from": 3, "to": 4}, {}, {"page": 3}),
    "cloudflare": ("page per_page", {}, {"result": TWO, "result_info": {"page": 1, "per_page": 2, "count": 2, "total_count": 5}}, {}, {"page": 2}),
    "directus": ("offset limit", {"limit": 2}, {"data": TWO, "meta": {"filter_count": 5, "total_count": 99}}, {}, {"offset": 2}),
    "datatables": ("start length", {"start": 2, "length": 2}, {"recordsTotal": 99, "recordsFiltered": 5, "data": TWO}, {}, {"start": 4}),
    "scim": ("startIndex count", {}, {"totalResults": 5, "itemsPerPage": 2, "startIndex": 1, "Resources": TWO}, {}, {"startIndex": 3}),
    "pipedrive": (
        "start limit",
        {},
        {"data": TWO, "additional_data": {"pagination": {"start": 0, "limit": 2, "more_items_in_collection": True, "next_start": 2}}},
        {},
        {"start": 2},
    ),
    "facebook": ("after limit", {}, {"data": TWO, "paging": {"cursors": {"after": "A"}, "next": "https://x/y?access_token=EAA&after=A"}}, {}, {"after": "A"}),
    "kubernetes": ("continue limit", {}, {"items": TWO, "metadata": {"continue": "ct", "remainingItemCount": 9}}, {}, {"continue": "ct"}),
    "fhir": ("_getpages _getpagesoffset", {}, {"entry": TWO, "link": [{"relation": "next", "url": "https://x/y?_getpages=g&_getpagesoffset=2"}]}, {}, {"_getpages": "g", "_getpagesoffset": "2"}),
    "json:api": (
        "page[number] page[size]",
        {},
        {"data": TWO, "links": {"self": "https://x/y", "next": {"href": "https://x/y?page%5Bnumber%5D=2&page%5Bsize%5D=2"}}},
        {},
        {"page[number]": 2, "page[size]": 2},
    ),
    "strapi": (
        "pagination[page] pagination[pageSize]",
        {},
        {"data": TWO, "meta": {"pagination": {"page": 1, "pageSize": 2, "pageCount": 3, "total": 5}}},
        {},
        {"pagination[page]": 2},
    ),
    "contentful": ("skip limit", {}, {"total": 5, "skip": 0, "limit": 2, "items": TWO}, {}, {"skip": 2}),
    "linkedin": ("start count", {}, {"elements": TWO, "paging": {"start": 0, "count": 2, "links": [{"rel": "next", "href": "/v2/x?start=2&count=2"}]}}, {}, {"start": 2, "count": 2}),
    "paypal": ("page page_size", {"page": 1}, {"plans": TWO, "links": [{"href": "https://x/y?page=2&page_size=2", "rel": "next"}]}, {}, {"page": 2, "page_size": 2}),
    "reddit": ("after limit", {}, {"kind": "Listing", "data": {"after": "t3_x", "dist": 2, "children": TWO}}, {}, {"after": "t3_x"}),
    "twitter": ("pagination_token", {}, {"data": TWO, "meta": {"result_count": 2, "next_token": "7140w"}}, {}, {"pagination_token": "7140w"}),
    "twitter 1": ("max_id count", {}, {"statuses": TWO, "search_metadata": {"next_results": "?max_id=24&count=2"}}, {}, {"max_id": "24", "count": 2}),
    "spotify": ("offset limit", {}, {"items": TWO, "limit": 2, "next": "https://x/y?offset=2&limit=2", "offset": 0, "total": 5}, {}, {"offset": 2, "limit": 2}),
    "zoom": ("next_page_token page_size", {}, {"page_size": 2, "total_records": 5, "next_page_token": "z", "users": TWO}, {}, {"next_page_token": "z"}),
    "box": ("marker limit", {}, {"entries": TWO, "limit": 2, "next_marker": "bm"}, {}, {"marker": "bm"}),
    "dropbox": ("cursor", {"cursor": "c1"}, {"entries": TWO, "cursor": "c2", "has_more": True}, {}, {"cursor": "c2"}),
    "datadog": ("page[cursor] page[limit]", {}, {"data": TWO, "meta": {"page": {"after": "ey"}}}, {}, {"page[cursor]": "ey"}),
    "patreon": ("page[cursor]", {}, {"data": TWO, "meta": {"pagination": {"total": 9, "cursors": {"next": "01"}}}}, {}, {"page[cursor]": "01"}),
    "eventbrite": ("continuation", {}, {"pagination": {"has_more_items": True, "continuation": "dGhp"}, "events": TWO}, {}, {"continuation": "dGhp"}),
    "pagerduty": ("offset limit", {}, {"users": TWO, "limit": 2, "offset": 0, "more": True, "total": None}, {}, {"offset": 2}),
    "clickup": ("", {}, {"tasks": TWO, "last_page": False}, {}, {"page": 1}),
    "jira": ("startAt maxResults", {}, {"startAt": 0, "maxResults": 2, "total": 5, "issues": TWO}, {}, {"startAt": 2}),
    "jira agile": ("startAt maxResults", {"startAt": 2}, {"startAt": 2, "maxResults": 2, "isLast": False, "values": TWO}, {}, {"startAt": 4}),
    "bitbucket server": ("start limit", {}, {"size": 2, "limit": 2, "isLastPage": False, "start": 0, "nextPageStart": 7, "values": TWO}, {}, {"start": 7}),
    "confluence": ("start limit", {}, {"results": TWO, "start": 0, "limit": 2, "size": 2, "_links": {"next": "/rest/api/content?limit=2&start=2"}}, {}, {"limit": 2, "start": 2}),
    "freshbooks": ("page per_page", {}, {"response": {"result": {"clients": TWO, "page": 1, "pages": 3, "per_page": 2, "total": 5}}}, {}, {"page": 2}),
    "calendly": ("page_token count", {}, {"collection": TWO, "pagination": {"count": 2, "next_page": "https://x/y?page_token=K&count=2", "next_page_token": "K"}}, {}, {"page_token": "K"}),
    "gong": ("cursor", {}, {"records": {"totalRecords": 9, "currentPageSize": 2, "currentPageNumber": 0, "cursor": "g"}, "calls": TWO}, {}, {"cursor": "g"}),
    "zoho": ("page per_page", {"page": 1}, {"data": TWO, "info": {"per_page": 2, "count": 2, "page": 1, "more_records": True}}, {}, {"page": 2}),
    "front": ("page_token", {}, {"_pagination": {"next": "https://x/y?page_token=F"}, "_results": TWO}, {}, {"page_token": "F"}),
    "docusign": ("start_position count", {}, {"resultSetSize": "2", "startPosition": "0", "totalSetSize": "5", "envelopes": TWO}, {}, {"start_position": 2}),
    "nvd": ("startIndex resultsPerPage", {}, {"resultsPerPage": 2, "startIndex": 0, "totalResults": 5, "vulnerabilities": TWO}, {}, {"startIndex": 2}),
    "crossref": ("cursor rows", {"cursor": "*"}, {"message": {"total-results": 5, "items": TWO, "next-cursor": "DnF"}}, {}, {"cursor": "DnF"}),
    "mediawiki": ("cmcontinue continue", {}, {"continue": {"cmcontinue": "page|41", "continue": "-||"}, "query": {"categorymembers": TWO}}, {}, {"cmcontinue": "page|41", "continue": "-||"}),
    "discourse": ("page", {}, {"topic_list": {"more_topics_url": "/latest?page=1", "topics": TWO}}, {}, {"page": 1}),
    "relay": ("first after", {"first": 2}, {"edges": [{"node": {}, "cursor": "a"}], "pageInfo": {"endCursor": "e", "hasNextPage": True}}, {}, {"after": "e"}),
    "relay, backwards": ("last before first after", {"last": 2}, {"nodes": TWO, "pageInfo": {"startCursor": "s", "hasPreviousPage": True, "hasNextPage": False}}, {}, {"before": "s"}),
    "a total by the list's name": ("page per_page", {"per_page": 2}, {"tickets": TWO, "total_tickets": 5}, {}, {"page": 2}),
    "fractal": (
        "page per_page",
        {},
        {"data": TWO, "meta": {"pagination": {"total": 5, "count": 2, "per_page": 2, "current_page": 1, "total_pages": 3, "links": {"next": "u?page=2"}}}},
        {},
        {"page": 2},
    ),
    "hal, a template": ("page size", {"page": 0}, {"_embedded": {"x": TWO}, "_links": {"next": {"href": "/x?page=1{&size,sort}", "templated": True}}}, {}, {"page": 1}),
    "alfresco": (
        "skipCount maxItems",
        {},
        {"list": {"pagination": {"count": 2, "hasMoreItems": True, "totalItems": 5, "skipCount": 0, "maxItems": 2}, "entries": TWO}},
        {},
        {"skipCount": 2},
    ),
    "sonarqube": ("p ps", {}, {"paging": {"pageIndex": 1, "pageSize": 2, "total": 5}, "components": TWO}, {}, {"p": 2}),
    "mybatis": ("current size", {}, {"records": TWO, "total": 5, "size": 2, "current": 1, "pages": 3}, {}, {"current": 2}),
    "mongoose": ("page limit", {}, {"docs": TWO, "totalDocs": 5, "limit": 2, "page": 1, "hasNextPage": True, "nextPage": 2, "prevPage": None}, {}, {"page": 2}),
    "sequelize": ("offset limit", {"limit": 2}, {"rows": TWO, "count": 5}, {}, {"offset": 2}),
    "flickr": ("page per_page", {}, {"photos": {"page": 1, "pages": 3, "perpage": 2, "total": "5", "photo": TWO}}, {}, {"page": 2}),
    "hubspot 1": ("vidOffset count", {}, {"contacts": TWO, "has-more": True, "vid-offset": 204727}, {}, {"vidOffset": "204727"}),
    "stripe search": ("page limit", {}, {"data": TWO, "has_more": True, "next_page": "tok"}, {}, {"page": "tok"}),
    "coinbase": (
        "starting_after limit",
        {},
        {"data": TWO, "pagination": {"starting_after": None, "next_starting_after": "uuid", "next_uri": "/v2/x?starting_after=uuid"}},
        {},
        {"starting_after": "uuid"},
    ),
    "auth0": ("page per_page", {"page": 1, "per_page": 2}, {"start": 2, "limit": 2, "length": 2, "total": 6, "users": TWO}, {}, {"page": 2}),
    "cosmos": ("x-ms-continuation", {}, {"Documents": TWO, "_count": 2}, {"x-ms-continuation": "+RID"}, {"x-ms-continuation": "+RID"}),
    "a number of items on the page beside the total": (
        "page per_page",
        {"page": 1, "per_page": 2},
        {"items": TWO, "page": 1, "page_count": 2, "total_count": 9},
        {},
        {"page": 2},
    ),
    "numbers as text": ("page per_page", {}, {"data": TWO, "meta": {"page": "1", "total_pages": "3"}}, {}, {"page": 2}),
    "far below": ("cursor", {}, {"a": {"b": {"c": {"rows": TWO, "page": {"x": {"next_cursor": "deep"}}}}}}, {}, {"cursor": "deep"}),
    "hasMore without a count": ("page", {"page": 3}, {"list": TWO, "hasMore": True}, {}, {"page": 4}),
    "from zero, as the answer says": ("page", {}, {"data": TWO, "page": 0, "total_pages": 2}, {}, {"page": 1}),
    "from zero, as the call says": ("page per_page", {"page": 0, "per_page": 2}, {"data": TWO, "total": 4}, {}, {"page": 1}),
    "fewer than asked for, and more to come": ("page per_page", {"per_page": 9}, {"data": TWO, "total": 4}, {}, {"page": 2, "per_page": 2}),
}  # fmt: skip


def described(api: str) -> dict[str, Any]:
    """What the description of an API says of its arguments that the others' do not."""
    schemas: dict[str, Any] = {}
    if api == "matrix":
        schemas["from"] = {"type": "string"}
    if api.startswith("dynamo"):
        schemas["ExclusiveStartKey"] = {"type": "object"}
    if api in ("airtable", "asana", "lever", "chargebee"):
        schemas["offset"] = {"type": "string"}
    if api in ("oracle cloud", "stripe search"):
        schemas["page"] = {"type": "string"}
    if api == "clickup":
        schemas["page"] = {"type": "integer", "description": "Page to fetch (starts at 0)."}
    return schemas


@pytest.mark.parametrize("api", NEXT)
def test_the_next_page_of(api: str) -> None:
    names, given, data, headers, leads = NEXT[api]
    found = more(names, given, data, headers, **described(api))
    assert found is not None
    assert found["next"] == leads
    assert "unknown" not in found


LAST: dict[str, tuple[str, dict[str, Any], Any, dict[str, str]]] = {
    "github": ("page per_page", {"page": 9}, TWO, {"Link": '<https://x/y?page=8>; rel="prev", <https://x/y?page=1>; rel="first"'}),
    "gitlab": ("page per_page", {"page": 5, "per_page": 2}, TWO, {"x-next-page": "", "x-total-pages": "5"}),
    "wordpress": ("page per_page", {"page": 5, "per_page": 2}, TWO, {"X-WP-Total": "10", "X-WP-TotalPages": "5"}),
    "sentry": ("cursor", {}, [], {"Link": '<https://x/y?cursor=0:100:0>; rel="next"; results="false"; cursor="0:100:0"'}),
    "slack": ("cursor limit", {}, {"ok": True, "channels": TWO, "response_metadata": {"next_cursor": ""}}, {}),
    "notion": ("start_cursor page_size", {}, {"results": TWO, "has_more": False, "next_cursor": None}, {}),
    "stripe": ("starting_after limit", {}, {"data": TWO, "has_more": False}, {}),
    "google": ("pageToken maxResults", {}, {"items": TWO}, {}),
    "google calendar": ("pageToken syncToken", {}, {"items": TWO, "nextSyncToken": "st"}, {}),
    "airtable": ("pageSize cursor", {}, {"records": TWO}, {}),
    "asana": ("limit cursor", {}, {"data": TWO, "next_page": None}, {}),
    "intercom": ("starting_after per_page", {"starting_after": "x"}, {"data": TWO, "pages": {"next": None, "page": 9, "total_pages": 9}}, {}),
    "hubspot": ("after limit", {"limit": 2, "after": "x"}, {"results": [{"id": "1"}]}, {}),
    "zendesk": ("page[after]", {}, {"tickets": TWO, "meta": {"has_more": False, "after_cursor": "x"}, "links": {"next": None}}, {}),
    "mailchimp": ("offset count", {"offset": 8, "count": 2}, {"lists": TWO, "total_items": 10}, {}),
    "typeform": ("page page_size", {"page": 4, "page_size": 1}, {"items": [{"id": 1}], "page_count": 4, "total_items": 4}, {}),
    "jira": ("startAt maxResults", {"startAt": 4}, {"startAt": 4, "maxResults": 2, "total": 5, "issues": TWO[:1]}, {}),
    "jira, by token": ("nextPageToken", {}, {"issues": TWO, "isLast": True, "nextPageToken": "t"}, {}),
    "confluence": ("start limit", {}, {"results": TWO, "start": 0, "limit": 25, "size": 2, "_links": {"base": "https://x"}}, {}),
    "bitbucket": ("start limit", {}, {"size": 2, "limit": 2, "isLastPage": True, "start": 0, "nextPageStart": None, "values": TWO}, {}),
    "graph": ("$skip $top", {"$top": 5}, {"value": TWO}, {}),
    "aws": ("NextToken", {}, {"Items": TWO, "NextToken": None}, {}),
    "iam": ("Marker", {}, {"Users": TWO, "IsTruncated": False}, {}),
    "dynamo": ("limit cursor", {}, {"Items": TWO, "Count": 2}, {}),
    "elasticsearch": ("from size", {"from": 4, "size": 2}, {"hits": {"total": {"value": 5, "relation": "eq"}, "hits": TWO[:1]}}, {}),
    "scroll": ("scroll_id", {"scroll_id": "s"}, {"_scroll_id": "s2", "hits": {"total": {"value": 5}, "hits": []}}, {}),
    "solr": ("cursorMark", {"cursorMark": "AoE"}, {"response": {"docs": []}, "nextCursorMark": "AoE"}, {}),
    "algolia": ("page hitsPerPage", {"page": 2}, {"hits": TWO[:1], "nbHits": 5, "page": 2, "nbPages": 3, "hitsPerPage": 2}, {}),
    "spring": ("page size", {"page": 2}, {"content": TWO, "last": True, "totalPages": 3, "number": 2, "size": 2}, {}),
    "spring, one page": ("page size", {}, {"content": TWO, "totalPages": 1, "totalElements": 2, "number": 0, "size": 2}, {}),
    "django": ("page", {"page": 3}, {"count": 5, "next": None, "previous": "https://x/y/?page=2", "results": TWO[:1]}, {}),
    "laravel": ("page", {}, {"data": TWO, "meta": {"current_page": 3, "last_page": 3}, "links": {"next": None}}, {}),
    "cloudflare": ("page per_page", {"page": 3}, {"result": TWO[:1], "result_info": {"page": 3, "per_page": 2, "total_count": 5}}, {}),
    "directus": ("offset limit", {"limit": 2}, {"data": TWO, "meta": {"filter_count": 2, "total_count": 99}}, {}),
    "datatables": ("start length", {"start": 4, "length": 2}, {"recordsTotal": 99, "recordsFiltered": 6, "data": TWO}, {}),
    "scim": ("startIndex count", {"startIndex": 5}, {"totalResults": 5, "itemsPerPage": 2, "startIndex": 5, "Resources": TWO[:1]}, {}),
    "facebook": ("after", {"after": "A"}, {"data": TWO, "paging": {"cursors": {"after": "B"}, "previous": "https://x/y?before=C"}}, {}),
    "kubernetes": ("continue limit", {}, {"items": TWO, "metadata": {"continue": ""}}, {}),
    "fhir": ("_getpages", {}, {"entry": TWO, "link": [{"relation": "self", "url": "https://x"}, {"relation": "first", "url": "https://x"}]}, {}),
    "json:api": ("page[number] page[size]", {"page[size]": 2}, {"data": TWO, "links": {"first": "https://x", "prev": "https://x"}}, {}),
    "reddit": ("after", {}, {"data": {"after": None, "children": TWO}}, {}),
    "zoom": ("next_page_token", {}, {"next_page_token": "", "users": TWO}, {}),
    "salesforce": ("q", {"q": "SELECT"}, {"totalSize": 2, "done": True, "records": TWO}, {}),
    "relay": ("first after", {}, {"nodes": TWO, "pageInfo": {"endCursor": "e", "hasNextPage": False}}, {}),
    "intercom, one page": ("starting_after per_page", {}, {"data": TWO, "pages": {"page": 1, "per_page": 20, "total_pages": 1}}, {}),
    "facebook, beside nothing": ("after limit", {"after": "A"}, {"data": [], "paging": {"cursors": {"before": "B", "after": "C"}}}, {}),
    "marketo": ("nextPageToken batchSize", {"nextPageToken": "a"}, {"success": True, "nextPageToken": "b", "moreResult": False}, {}),
    "couch, beside nothing": ("bookmark limit", {"bookmark": "b1"}, {"docs": [], "bookmark": "b2"}, {}),
    "cloudwatch": ("nextToken limit", {"nextToken": "f/1"}, {"events": [], "nextForwardToken": "f/1"}, {}),
    "scim without an echo": ("startIndex count", {}, {"schemas": ["urn"], "totalResults": 2, "Resources": TWO}, {}),
    "an index from wherever": ("startIndex count", {}, {"items": TWO, "totalItems": 2}, {}),
    "an empty page": ("page per_page", {"page": 7}, {"items": []}, {}),
    "an empty list": ("offset limit", {}, [], {}),
    "a page beyond the last": ("page per_page", {"page": 7}, {"items": TWO, "page": 3, "total_pages": 3}, {}),
    "the same cursor again": ("cursor", {"cursor": "c"}, {"items": TWO, "next_cursor": "c"}, {}),
    "auth0": ("page per_page", {"page": 2, "per_page": 2}, {"start": 4, "limit": 2, "length": 2, "total": 6, "users": TWO}, {}),
    "a page of items that are counted by page": ("page per_page", {"page": 5, "per_page": 2}, {"items": TWO[:1], "page": 5, "page_count": 1, "total_count": 9}, {}),
    "a flag as text": ("page", {"page": 2}, {"items": TWO, "has_more": "false"}, {}),
    "an object": ("page per_page", {}, {"id": 1, "name": "x"}, {}),
    "an object with lists": ("id", {}, {"id": 1, "tags": ["a"], "lines": TWO, "total": 500}, {}),
    "an object with a list of its own": ("id", {}, {"id": 1, "refunds": {"data": [], "has_more": False, "total_count": 0}}, {}),
    "a text": ("page", {}, "hello", {}),
    "nothing": ("page", {}, None, {}),
    "a list without pages": ("q", {}, TWO, {}),
}  # fmt: skip


@pytest.mark.parametrize("api", LAST)
def test_nothing_follows_the_last_page_of(api: str) -> None:
    names, given, data, headers = LAST[api]
    assert more(names, given, data, headers) is None


UNKNOWN: dict[str, tuple[str, dict[str, Any], Any, dict[str, str], dict[str, Any] | None]] = {
    "a full page, and nobody says": ("page per_page", {"per_page": 2}, TWO, {}, {"page": 2}),
    "pages of a length that nobody told": ("page", {"page": 4}, {"items": TWO}, {}, {"page": 5}),
    "a full page of offsets": ("offset limit", {"limit": 2, "offset": 4}, {"data": TWO}, {}, {"offset": 6}),
    "as many as it may be at most": ("page per_page", {"per_page": 500}, TWO * 50, {}, {"page": 2, "per_page": 100}),
    "a full page after an id": ("starting_after limit", {"limit": 2}, {"data": TWO}, {}, {"starting_after": "b"}),
    "itunes": ("offset limit", {"limit": 2}, {"resultCount": 2, "results": TWO}, {}, {"offset": 2}),
    "a limit and nothing else": ("limit", {"limit": 2}, TWO, {}, None),
    "a link that no argument says": ("limit", {}, TWO, {"Link": '<https://x/y?page_info=P&limit=2>; rel="next"'}, None),
    "a cursor that no argument takes": ("q", {}, {"items": TWO, "next_cursor": "c"}, {}, None),
    "salesforce": ("q", {"q": "SELECT"}, {"done": False, "nextRecordsUrl": "/services/data/v58.0/query/01g-2000", "records": TWO}, {}, None),
    "graph, by a token": ("$top", {"$top": 2}, {"value": TWO, "@odata.nextLink": "https://x/y?$top=2&$skiptoken=Z"}, {}, None),
    "a number of items beside fewer items": ("limit", {}, TWO, {"X-Total-Count": "9"}, None),
    "fewer than asked for": ("page per_page", {"per_page": 100}, TWO, {}, {"page": 2, "per_page": 2}),
    "fewer than asked for, later": ("page per_page", {"page": 3, "per_page": 100}, TWO, {}, {"page": 4}),
    "fewer offsets than asked for": ("offset limit", {"limit": 100}, {"data": TWO}, {}, {"offset": 2}),
    "fewer than a range": ("_start _end", {"_start": 0, "_end": 100}, TWO, {}, {"_start": 2, "_end": 102}),
    "fewer after an id": ("starting_after limit", {"limit": 100}, {"data": TWO}, {}, {"starting_after": "b"}),
    "fewer than a limit and nothing else": ("limit", {"limit": 100}, TWO, {}, None),
    "fewer, chosen out of a whole page": ("page per_page q", {"per_page": 100, "q": "x"}, TWO, {}, {"page": 2}),
    "a cursor beside an empty page that no argument takes": ("limit", {}, {"items": [], "next_cursor": "c"}, {}, None),
    "a whole page, and a total that may be the page's": ("page limit", {"limit": 2}, {"data": TWO, "total": 2}, {}, {"page": 2}),
    "an id that may be a date": ("after limit", {"limit": 2}, TWO, {}, None),
    "a page number that may not grow": ("page", {"page": 9}, {"data": TWO, "has_more": True}, {}, None),
}  # fmt: skip


@pytest.mark.parametrize("api", UNKNOWN)
def test_what_is_not_known_is_said(api: str) -> None:
    names, given, data, headers, leads = UNKNOWN[api]
    schemas: dict[str, Any] = {"page": {"type": "integer", "maximum": 9}} if "may not grow" in api else {}
    found = more(names, given, data, headers, **schemas)
    assert found is not None
    assert isinstance(found["unknown"], str)
    assert found.get("next") == leads


@pytest.mark.parametrize(
    ("names", "items", "leads"),
    [
        ("after before limit", "ab", {"after": "b"}),
        ("after before limit", "ba", {"before": "a"}),
        ("after limit", "ba", None),
        ("before limit", "ba", {"before": "a"}),
        ("before limit", "a", {"before": "a"}),
        ("after before limit", "a", None),
        ("after before limit", "bca", None),
    ],
)
def test_an_id_leads_on_where_the_description_takes_one_and_the_items_are_in_its_order(
    names: str, items: str, leads: dict[str, Any] | None
) -> None:
    said: dict[str, Any] = {"type": "string", "description": "A date or the ID of an action"}
    taken: dict[str, Any] = {name: said for name in ("after", "before") if name in names}
    page = [{"id": one} for one in items]
    found = more("limit", {"limit": len(page)}, page, **taken)
    assert found is not None
    assert found.get("next") == leads
    assert "unknown" in found
    if leads:  # the way back of a cursor goes the other way
        assert more("limit", {"limit": len(page)}, {"data": page, "has_more": False}, **taken) is None


def test_elasticsearch_goes_on_after_what_the_last_hit_was_sorted_by() -> None:
    sort: dict[str, Any] = {"search_after": {"type": "array"}}
    hits = [{"_id": "a", "sort": [1, "a"]}, {"_id": "b", "sort": [2, "b"]}]
    page = {"hits": {"total": {"value": 2, "relation": "eq"}, "hits": hits}}
    assert more("size", {"size": 2}, page, method="POST", **sort)["next"] == {"search_after": [2, "b"]}
    unsorted = {"hits": {"total": {"value": 9, "relation": "eq"}, "hits": [{"_id": "a"}]}}
    assert set(more("size", {"size": 1}, unsorted, method="POST", **sort)) == {"unknown"}


SIZES: dict[str, dict[str, Any]] = {
    "schema": {"maximum": 100},
    "GitHub": {"description": "The number of results per page (max 100). For more, see [pagination](https://x)."},
    "maximum is": {"description": "How many. The maximum is 1,000."},
    "maximum value": {"description": "Maximum value: 250"},
    "up to": {"description": "Up to 200 items come back."},
    "between": {"description": "Limit on the number of objects, between 1 and 100."},
    "a range": {"description": "Page size [1-100]"},
    "dots": {"description": "(1..100)"},
    "at most": {"description": "At most `100`, at most 100 in fact"},
    "not exceed": {"description": "Must not exceed 100."},
    "a sign": {"description": "An integer <= 100"},
    "behind": {"description": "Default 20, 100 max."},
}


@pytest.mark.parametrize("said", SIZES.values(), ids=SIZES)
def test_a_short_page_is_the_last_where_the_description_allows_as_many_as_were_asked_for(said: dict[str, Any]) -> None:
    size = {"type": "integer", **said}
    assert more("page", {"per_page": 100}, TWO, per_page=size) is None
    assert more("page", {"page": 3, "per_page": 100}, TWO, per_page=size) is None
    assert more("offset", {"limit": 100}, {"data": TWO}, limit=size) is None
    assert more("starting_after", {"limit": 100}, {"data": TWO}, limit=size) is None
    # A filter may leave less of a page.
    assert set(more("page q", {"per_page": 100, "q": "x"}, TWO, per_page=size) or {}) == {"next", "unknown"}
    assert more("page sort", {"per_page": 100, "sort": "x"}, TWO, per_page=size) is None
    # Asked for more than it allows, an API gives what it likes.
    asked = more("page", {"per_page": 5000}, TWO, per_page=size)
    assert set(asked or {}) == {"next", "unknown"}


@pytest.mark.parametrize(
    "text", ["How many.", "Default 20.", "The maximum page", "In 2 formats", "Maximum length of the text is long", "ISO 8601"]
)
def test_other_words_of_a_description_promise_no_page(text: str) -> None:
    size = {"type": "integer", "description": text}
    assert set(more("page", {"per_page": 20}, TWO, per_page=size) or {}) == {"next", "unknown"}


@pytest.mark.parametrize(
    ("data", "headers"),
    [
        ({"data": TWO, "per_page": 100}, {}),
        ({"data": TWO, "meta": {"page": 1, "limit": 100}}, {}),
        (TWO, {"X-Per-Page": "100"}),
        ({"data": TWO, "total": 2}, {}),
        ({"data": TWO, "has_more": False}, {}),
        ({"data": TWO, "next": None}, {}),
    ],
    ids=str,
)
def test_a_short_page_is_the_last_where_the_answer_says_how_long_its_pages_are(data: Any, headers: dict[str, str]) -> None:
    assert more("page per_page", {"per_page": 100}, data, headers) is None


# In a body a link only turns pages, and these name something else.
TURNED_BY_OTHERS = {"fhir"}


@pytest.mark.parametrize("api", sorted(NEXT.keys() - TURNED_BY_OTHERS))
def test_arguments_in_a_body_lead_on_as_those_in_a_query(api: str) -> None:
    names, given, data, headers, leads = NEXT[api]
    found = more(names, given, data, headers, method="POST", **described(api))
    assert found is not None
    assert found["next"] == leads


def test_a_page_that_can_not_be_counted_from_zero_is_counted_from_one() -> None:
    said: dict[str, Any] = {"page": {"type": "integer", "minimum": 0}}
    page = {"items": TWO, "total": 5}
    assert more("per_page", {"page": 2, "per_page": 2}, page, **said) == {"next": {"page": 3}}
    assert more("per_page", {"page": 2, "per_page": 2}, {"items": TWO[:1], "total": 5}, **said) is None


def test_a_link_that_no_argument_says_does_not_lead_on_from_an_empty_page() -> None:
    for items in (TWO, []):
        found = more("page per_page", {"page": 3, "per_page": 2}, {"items": items, "next": "https://x/y?ticket=7"})
        assert found == ({"next": {"page": 4}} if items else None)


def test_what_changes_something_has_no_pages() -> None:
    for method in ("PUT", "PATCH", "DELETE"):
        binding = HttpBinding(method, "/things", parameters=(Parameter("page", "page", "query"),))
        changing = ActionModel(slug="X_PUT", app="x", validation={"properties": {"page": {}}}, binding=binding)
        assert page_of(httpx.Headers({"Link": LINK}), TWO, changing, {}) is None


def test_a_link_that_leads_back_is_not_followed() -> None:
    page = {"items": TWO, "next": "https://x/y?page=1"}
    assert set(more("page per_page", {"page": 3}, page) or {}) == {"unknown"}
    assert more("page per_page", {"page": 3}, {**page, "items": []}) is None
    assert more("page per_page", {"page": 3, "per_page": 2}, {**page, "total_count": 6}) is None
    assert more("page per_page", {"page": 3, "per_page": 2}, {**page, "total_count": 8}) == {"next": {"page": 4}}
    assert set(more("offset limit", {"offset": 4}, {"items": TWO, "next": "https://x/y?offset=2"}) or {}) == {"unknown"}


@pytest.mark.parametrize("leads", [{"next_cursor": "c2"}, {"has_more": True}, {"next": "https://x/y?page=4"}], ids=str)
def test_an_empty_page_that_leads_on_says_that_it_is_empty(leads: dict[str, Any]) -> None:
    found = more("page cursor" if "next_cursor" in leads else "page", {"page": 3}, {"items": [], **leads})
    assert found is not None
    assert found["hint"].startswith("This page is empty")
    assert "next" in found


@pytest.mark.parametrize("leads", [{"has_more": True}, {"next": "https://x/y?page=4"}], ids=str)
def test_a_page_beyond_the_last_item_leads_nowhere_whatever_else_is_said(leads: dict[str, Any]) -> None:
    beyond = {"items": [], "total_count": 4, **leads}
    assert more("page per_page", {"page": 3, "per_page": 2}, beyond) is None
    assert more("page per_page", {}, {**beyond, "total_count": 0}) is None
    assert "next" in more("page per_page", {"page": 3, "per_page": 2}, {**beyond, "total_count": 9})


def test_a_request_that_an_answer_repeats_is_no_list_of_items() -> None:
    empty = {"queries": {"request": [{"totalResults": "0", "count": 0, "startIndex": 1}]}}
    assert more("start num", {}, empty) is None


@pytest.mark.parametrize(
    ("text", "leads"), [("items per page", {"page": 2}), ("", {"page": 2}), ("How many to skip", {"offset": 2})]
)
def test_an_offset_beside_a_page_is_a_size_unless_it_skips(text: str, leads: dict[str, Any]) -> None:
    offset = {"type": "integer", "description": text}
    found = more("page", {"offset": 2} if "page" in leads else {"offset": 0}, {"result": TWO}, offset=offset)
    assert found is not None
    assert found["next"] == leads


def test_a_whole_page_without_a_word_is_not_said_to_be_the_last() -> None:
    weaviate = {"objects": TWO, "totalResults": 2}
    assert set(more("after limit", {"limit": 2}, weaviate) or {}) == {"unknown"}
    assert set(more("pageToken maxResults", {"maxResults": 2}, {"items": TWO}) or {}) == {"unknown"}
    assert set(more("cursor limit", {}, TWO) or {}) == {"unknown"}  # a bare list has no place for a cursor
    # An API that was asked with a cursor gives another where there is more.
    assert more("pageToken maxResults", {"maxResults": 2, "pageToken": "t"}, {"items": TWO}) is None
    assert more("cursor limit", {}, TWO, {"Link": '<https://x/y>; rel="self"'}) is None


def test_strings_have_pages_too() -> None:
    page = {"total": 9, "count": 2, "data": {"openid": ["a", "b"]}, "next_openid": "b"}
    assert more("next_openid", {}, page) == {"next": {"next_openid": "b"}}
    assert more("next_openid", {"next_openid": "z"}, {"total": 9, "count": 0, "next_openid": ""}) is None
    assert set(more("q", {}, {"values": ["a", "b"], "has_more": True}) or {}) == {"unknown"}
    assert more("q", {}, {"id": 7, "tags": ["a", "b"]}) is None


@pytest.mark.parametrize("given", [{}, {"page": 1}])
def test_a_first_page_that_is_shorter_than_asked_for_is_not_taken_for_the_second(given: dict[str, Any]) -> None:
    page = {"items": [{"id": n} for n in range(3)], "total_count": 7}
    assert more("page per_page", {"per_page": 4, **given}, page) == {"next": {"page": 2, "per_page": 3}}


@pytest.mark.parametrize("says", [{"size": 4, "totalPages": 2}, {"size": 4}, {"totalPages": 2}])
def test_a_short_page_of_an_api_that_says_how_long_pages_are_is_the_second_of_two(says: dict[str, int]) -> None:
    """Spring counts from 0: the page 1 of 4 that holds the fifth of five items is the last."""
    page = {"content": [{"id": 5}], "page": {"number": 1, "totalElements": 5, **says}}
    assert "next" not in (more("page size", {"page": 1, "size": 4}, page) or {})
