"""Lists of real APIs over HTTP, each in its own manner: whoever follows ``more["next"]`` sees every item exactly once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest

from composio import ComposioToolSet
from composio.embedded import EmbeddedBackend
from composio.testing.exchange import Request, Response
from composio.testing.loopback import Loopback

Item = dict[str, Any]
# What was asked, and the items that there are; what is answered, and the headers.
Answer = Callable[[Mapping[str, Any], list[Item]], Any]
INTEGER, TEXT = {"type": "integer"}, {"type": "string"}
SNOWFLAKE = {"type": "string", "format": "snowflake"}


class Refused(Exception):
    """A cursor that this server never gave."""


@dataclass(frozen=True)
class Server:
    """A list in the manner of an API. ``sparse`` ones leave whole pages empty, as a filter does."""

    answer: Answer
    size: str
    properties: Mapping[str, Any]
    method: str = "get"
    sparse: bool = False


SERVERS: dict[str, Server] = {}


def serve(by: str, /, method: str = "get", sparse: bool = False, **properties: Any) -> Callable[[Answer], Answer]:
    """Add a server whose argument ``by`` says how many items a page has."""

    def add(answer: Answer) -> Answer:
        SERVERS[answer.__name__] = Server(answer, by, properties, method, sparse)
        return answer

    return add


def token(place: int) -> str:
    return f"t{place}"


def place_of(value: Any) -> int:
    if value in (None, ""):
        return 0
    if not str(value).startswith("t"):
        raise Refused(value)
    return int(str(value)[1:])


def after(items: list[Item], name: Any) -> int:
    if name in (None, ""):
        return 0
    return next((n + 1 for n, item in enumerate(items) if item["id"] == name), -1)


def cut(items: list[Item], start: int, size: Any, usual: int = 10) -> tuple[list[Item], int | None]:
    """A page, and where the next one begins."""
    end = start + int(size or usual)
    return items[start:end], end if end < len(items) else None


def sparsely(items: list[Item]) -> list[Item]:
    return [item for item in items if item["n"] // 4 % 2]


@serve("limit", sparse=True, cursor=TEXT, limit=INTEGER)
def slack(asked: Mapping[str, Any], items: list[Item]) -> Any:
    page, end = cut(items, place_of(asked.get("cursor")), min(4, int(asked.get("limit", 4))))
    return {"ok": True, "channels": sparsely(page), "response_metadata": {"next_cursor": token(end) if end else ""}}


@serve("Limit", method="post", sparse=True, Limit=INTEGER, ExclusiveStartKey={"type": "object"})
def dynamo(asked: Mapping[str, Any], items: list[Item]) -> Any:
    start = after(items, (asked.get("ExclusiveStartKey") or {}).get("id"))
    page, end = cut(items, start, min(4, int(asked.get("Limit", 4))))
    return {"Items": sparsely(page), **({"LastEvaluatedKey": {"id": page[-1]["id"]}} if end else {})}


@serve("pageSize", sparse=True, pageToken=TEXT, pageSize=INTEGER)
def google(asked: Mapping[str, Any], items: list[Item]) -> Any:
    page, end = cut(items, place_of(asked.get("pageToken")), min(4, int(asked.get("pageSize", 4))))
    shown = sparsely(page)
    return {**({"files": shown} if shown else {}), **({"nextPageToken": token(end)} if end else {})}


@serve("limit", sparse=True, cursor=TEXT, limit=INTEGER)
def square(asked: Mapping[str, Any], items: list[Item]) -> Any:
    page, end = cut(items, place_of(asked.get("cursor")), min(4, int(asked.get("limit", 4))))
    return {"payments": sparsely(page), **({"cursor": token(end)} if end else {})}


@serve("limit", "get", True, **{"from": TEXT, "limit": INTEGER})
def matrix(asked: Mapping[str, Any], items: list[Item]) -> Any:
    start = place_of(asked.get("from"))
    page, end = cut(items, start, min(4, int(asked.get("limit", 4))))
    return {"chunk": sparsely(page), "start": token(start), **({"end": token(end)} if end else {})}


@serve("limit", limit=INTEGER, since=TEXT)
def matrix_rooms(asked: Mapping[str, Any], items: list[Item]) -> Any:
    page, end = cut(items, place_of(asked.get("since")), asked.get("limit"))
    return {"chunk": page, "total_room_count_estimate": len(items), **({"next_batch": token(end)} if end else {})}


@serve("limit", after=TEXT, limit=INTEGER)
def hubspot(asked: Mapping[str, Any], items: list[Item]) -> Any:
    """It may give fewer than it was asked for."""
    page, end = cut(items, place_of(asked.get("after")), max(1, int(asked.get("limit", 10)) - 3))
    return {"results": page, **({"paging": {"next": {"after": token(end)}}} if end else {})}


@serve("per_page", starting_after=TEXT, per_page=INTEGER)
def intercom(asked: Mapping[str, Any], items: list[Item]) -> Any:
    start, size = place_of(asked.get("starting_after")), int(asked.get("per_page", 10))
    page, end = cut(items, start, size)
    told = {"page": start // size + 1, "per_page": size, "total_pages": -(-len(items) // size)}
    return {"data": page, "pages": {**told, **({"next": {"starting_after": token(end)}} if end else {})}}


@serve("PageSize", PageSize=INTEGER, Page=INTEGER, PageToken=TEXT)
def twilio(asked: Mapping[str, Any], items: list[Item]) -> Any:
    """``Page`` alone leads nowhere: the token does."""
    size, number = int(asked.get("PageSize", 10)), int(asked.get("Page", 0))
    page, end = cut(items, place_of(asked.get("PageToken")), size)
    leads = urlencode({"PageSize": size, "Page": number + 1, "PageToken": token(end or 0)})
    return {"calls": page, "page": number, "page_size": size, "next_page_uri": f"/2010/Calls.json?{leads}" if end else None}


@serve("page_size", next_page_token=TEXT, page_size=INTEGER, page_number=INTEGER)
def zoom(asked: Mapping[str, Any], items: list[Item]) -> Any:
    """Page numbers are of the past."""
    page, end = cut(items, place_of(asked.get("next_page_token")), asked.get("page_size"))
    return {"page_number": 1, "total_records": len(items), "next_page_token": token(end) if end else "", "users": page}


@serve("limit", page_token=TEXT, limit=INTEGER, offset=INTEGER)
def databricks(asked: Mapping[str, Any], items: list[Item]) -> Any:
    """So are offsets."""
    page, end = cut(items, place_of(asked.get("page_token")), asked.get("limit"))
    return {"jobs": page, "has_more": end is not None, **({"next_page_token": token(end)} if end else {})}


@serve("pageSize", pageSize=INTEGER, offset=TEXT)
def airtable(asked: Mapping[str, Any], items: list[Item]) -> Any:
    page, end = cut(items, place_of(asked.get("offset")), asked.get("pageSize"))
    return {"records": page, **({"offset": token(end)} if end else {})}


@serve("per_page", pagination=TEXT, per_page=INTEGER, id_after=INTEGER)
def gitlab_by_key(asked: Mapping[str, Any], items: list[Item]) -> Any:
    page, end = cut(items, int(asked.get("id_after", -1)) + 1, asked.get("per_page"))
    leads = urlencode({"pagination": "keyset", "per_page": asked.get("per_page", 10), "id_after": (end or 0) - 1})
    return page, {"Link": f'<https://gitlab.example/x?{leads}>; rel="next"'} if end else {}


@serve("size", "post", size=INTEGER, search_after={"type": "array", "items": {}}, sort={"type": "array", "items": {}})
def elasticsearch(asked: Mapping[str, Any], items: list[Item]) -> Any:
    page, _ = cut(items, (asked.get("search_after") or [-1])[0] + 1, asked.get("size"))
    hits = [{"_id": item["id"], "_source": item, "sort": [item["n"], item["id"]]} for item in page]
    return {"hits": {"total": {"value": len(items), "relation": "eq"}, "hits": hits}}


@serve("limit", limit=INTEGER, before=SNOWFLAKE, after=SNOWFLAKE)
def discord_messages(asked: Mapping[str, Any], items: list[Item]) -> Any:
    return cut(items[::-1], after(items[::-1], asked.get("before")), asked.get("limit"))[0], {}


@serve("limit", limit=INTEGER, after={"type": "string", "description": "the highest user id of the previous page"})
def discord_members(asked: Mapping[str, Any], items: list[Item]) -> Any:
    return cut(items, after(items, asked.get("after")), asked.get("limit"))[0], {}


@serve(
    "searchCriteria[pageSize]", "get", False, **{"searchCriteria[currentPage]": INTEGER, "searchCriteria[pageSize]": INTEGER}
)
def magento(asked: Mapping[str, Any], items: list[Item]) -> Any:
    """Beyond the last page it gives the last one again."""
    size = int(asked.get("searchCriteria[pageSize]", 10))
    number = min(int(asked.get("searchCriteria[currentPage]", 1)), max(1, -(-len(items) // size)))
    return {
        "items": cut(items, (number - 1) * size, size)[0],
        "search_criteria": {"page_size": size},
        "total_count": len(items),
    }


@serve("limit", method="post", page=INTEGER, limit={"type": "integer", "default": 10})
def shopware(asked: Mapping[str, Any], items: list[Item]) -> Any:
    """Its total is that of the page."""
    size = int(asked.get("limit", 10))
    page, _ = cut(items, (int(asked.get("page", 1)) - 1) * size, size)
    return {"total": len(page), "data": page}


@serve("count", startIndex=INTEGER, count=INTEGER)
def scim(asked: Mapping[str, Any], items: list[Item]) -> Any:
    """It counts from 1, and says neither where a page begins nor how long it is."""
    page, _ = cut(items, int(asked.get("startIndex", 1)) - 1, asked.get("count"))
    return {"schemas": ["urn"], "totalResults": len(items), "Resources": page}


@serve("limit", limit=INTEGER, until=INTEGER)
def vercel(asked: Mapping[str, Any], items: list[Item]) -> Any:
    newest = [item for item in items[::-1] if item["n"] + 1000 < int(asked.get("until", 10**9))]
    page, end = cut(newest, 0, asked.get("limit"))
    return {"deployments": page, "pagination": {"count": len(page), "next": page[-1]["n"] + 1000 if end else None}}


@serve("offset", page=INTEGER, offset={"type": "integer", "description": "the number of transactions displayed per page"})
def etherscan(asked: Mapping[str, Any], items: list[Item]) -> Any:
    """Its offset is how many items a page has."""
    size = int(asked.get("offset", 10))
    return {"status": "1", "message": "OK", "result": cut(items, (int(asked.get("page", 1)) - 1) * size, size)[0]}


@serve("num", start=INTEGER, num={"type": "integer", "maximum": 10})
def google_search(asked: Mapping[str, Any], items: list[Item]) -> Any:
    """It counts from 1, and an empty answer has no list but that of the request."""
    start, size = int(asked.get("start", 1)), int(asked.get("num", 10))
    page, end = cut(items, start - 1, size)
    told = {"totalResults": str(len(items)), "count": len(page), "startIndex": start}
    leads = {"nextPage": [{**told, "startIndex": end + 1}]} if end else {}
    return {"queries": {"request": [told], **leads}, **({"items": page} if page else {})}


@serve("page_size", page_index=INTEGER, page_size=INTEGER)
def vonage(asked: Mapping[str, Any], items: list[Item]) -> Any:
    """The first page of its index is 1."""
    number, size = int(asked.get("page_index", 1)), int(asked.get("page_size", 10))
    page, end = cut(items, (number - 1) * size, size)
    links = {"next": {"href": f"/x?{urlencode({'page_index': number + 1, 'page_size': size})}"}} if end else {}
    told = {"count": len(items), "page_size": size, "record_index": (number - 1) * size}
    return {**told, "_links": {"self": {"href": "/x"}, **links}, "_embedded": {"conversations": page}}


@serve("page_size", page_size=INTEGER, after_cursor=TEXT)
def strava_comments(asked: Mapping[str, Any], items: list[Item]) -> Any:
    """Each item has the cursor of what comes after it, and the answer has none."""
    page, _ = cut(items, place_of(asked.get("after_cursor")), asked.get("page_size"))
    return [{**item, "cursor": token(item["n"] + 1)} for item in page], {}


@serve("limit", limit=INTEGER, next_openid=TEXT)
def wechat(asked: Mapping[str, Any], items: list[Item]) -> Any:
    """Its items are ids, and the last page has a next one, too."""
    page, _ = cut(items, after(items, asked.get("next_openid")), asked.get("limit"))
    data = {"data": {"users": [{"id": item["id"]} for item in page]}} if page else {}
    return {"total": len(items), "count": len(page), **data, "next_openid": page[-1]["id"] if page else ""}


@serve("max_results", max_results=INTEGER, last_appid=INTEGER)
def steam(asked: Mapping[str, Any], items: list[Item]) -> Any:
    page, end = cut(items, int(asked.get("last_appid", 0)), asked.get("max_results"))
    return {"response": {"apps": page, **({"have_more_results": True, "last_appid": end} if end else {})}}


@serve("limit", "post", False, limit=INTEGER, offset={"oneOf": [INTEGER, TEXT]})
def qdrant(asked: Mapping[str, Any], items: list[Item]) -> Any:
    """Its offset is the id of an item, of either type."""
    start = next((n for n, item in enumerate(items) if item["id"] == asked.get("offset")), 0)
    if asked.get("offset") is not None and not start:
        raise Refused(asked["offset"])
    page, end = cut(items, start, asked.get("limit"))
    return {"result": {"points": page, "next_page_offset": items[end]["id"] if end else None}, "status": "ok"}


@serve("limit", "get", False, **{"from": TEXT, "limit": INTEGER})
def mollie(asked: Mapping[str, Any], items: list[Item]) -> Any:
    start = after(items, asked["from"]) - 1 if asked.get("from") else 0
    size = int(asked.get("limit", 10))
    page, end = cut(items, start, size)
    leads = {"href": f"/x?{urlencode({'from': items[end]['id'], 'limit': size})}"} if end else None
    return {"count": len(page), "_embedded": {"payments": page}, "_links": {"previous": None, "next": leads}}


@serve("count", "post", count=INTEGER, offset=INTEGER)
def plaid(asked: Mapping[str, Any], items: list[Item]) -> Any:
    """A page of one is shorter than the list beside it."""
    page, _ = cut(items, int(asked.get("offset", 0)), asked.get("count"))
    accounts = [{"account_id": "a"}, {"account_id": "b"}]
    return {"accounts": accounts, "transactions": page, "total_transactions": len(items), "item": {"x": 1}}


@dataclass
class Shop:
    """All servers, with the items that they have at the moment."""

    items: list[Item]

    def respond(self, request: Request) -> Response:
        server = SERVERS[request.path.strip("/")]
        asked: dict[str, Any] = dict(parse_qsl(request.query))
        asked |= json.loads(request.body or b"{}")
        try:
            found = server.answer(asked, self.items)
        except Refused as error:
            return Response.of_json({"message": f"unknown cursor {error}"}, 400)
        data, headers = found if isinstance(found, tuple) else (found, {})
        return Response.of_json(data, headers=headers)


@pytest.fixture(scope="module")
def shop() -> Shop:
    return Shop([])


def described(name: str, server: Server) -> dict[str, Any]:
    node: dict[str, Any] = {"summary": f"Search {name}", "operationId": name, "responses": {"200": {"description": "ok"}}}
    if server.method == "get":
        node["parameters"] = [{"name": key, "in": "query", "schema": one} for key, one in server.properties.items()]
    else:
        schema = {"type": "object", "properties": dict(server.properties)}
        node["requestBody"] = {"content": {"application/json": {"schema": schema}}}
    return {server.method: node}


@pytest.fixture(scope="module")
def toolset(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ComposioToolSet[Any]]:
    home = tmp_path_factory.mktemp("home")
    with Loopback(shop.respond) as running:
        description = {
            "openapi": "3.0.3",
            "info": {"title": "T", "version": "1"},
            "servers": [{"url": running.url}],
            "paths": {f"/{name}": described(name, server) for name, server in SERVERS.items()},
        }
        (home / "shop.json").write_text(json.dumps(description))
        backend = EmbeddedBackend(home=home)
        backend.catalog.add("shop", str(home / "shop.json"))
        with ComposioToolSet(backend=backend) as made:
            yield made
        backend.close()


def ids_in(data: Any) -> list[str]:
    if isinstance(data, list):
        return [one for item in data for one in ids_in(item)]
    if not isinstance(data, Mapping):
        return []
    own = data.get("id", data.get("_id"))
    return (
        [own]
        if own is not None
        else [one for name, value in data.items() if name != "LastEvaluatedKey" for one in ids_in(value)]
    )


@pytest.mark.parametrize("limit", [None, 450, 1500])
@pytest.mark.parametrize("size", [None, 3, 8])
@pytest.mark.parametrize("name", SERVERS)
def test_every_item_of_a_real_apis_list_comes_exactly_once(
    toolset: ComposioToolSet[Any], shop: Shop, name: str, size: int | None, limit: int | None
) -> None:
    server = SERVERS[name]
    for count in (0, 5, 24):
        shop.items = [{"id": f"i{n:03}", "n": n, "text": "x" * (n * 37 % 100)} for n in range(count)]
        wanted = sorted(item["id"] for item in (sparsely(shop.items) if server.sparse else shop.items))
        params = {server.size: size} if size else {}
        seen: list[str] = []
        for _ in range(60):
            result = toolset.execute_action(f"SHOP_SEARCH_{name.upper()}", params, auth=[], max_result_chars=limit)
            assert result["successful"], result
            seen += ids_in(result["data"])
            if not result.more or "next" not in result.more:
                break
            params = {**params, **result.more["next"]}
        assert sorted(seen) == wanted
