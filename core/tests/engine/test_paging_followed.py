"""Whoever follows ``more["next"]`` to its end sees every item exactly once: every style, with and without trimming."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from composio import ComposioToolSet
from composio.embedded import EmbeddedBackend
from composio.testing import FakeTransport

# How an API says that there is more: in so many words, by counting, by a link or a cursor, or not at all.
EVIDENCE = ("more", "total", "pages", "link", "body link", "header", "nothing")
# Where the items are in an answer.
SHAPES = ("items", "deep", "bare")


@dataclass(frozen=True)
class Style:
    """One way to ask for pages: the names of the arguments, and what they count from."""

    turn: str
    size: str
    kind: str
    first: int = 0
    place: str = "query"
    declared: dict[str, Any] = field(default_factory=dict)
    default: int = 7
    verb: str = "List"

    @property
    def name(self) -> str:
        """The operation's, which is nobody else's and is not shortened."""
        return f"{self.verb} way {STYLES.index(self)}"

    @property
    def label(self) -> str:
        letters = "".join(c if c.isalnum() else " " for c in f"{self.verb} {self.turn} {self.size} {self.kind} {self.first}")
        return f"{letters} {self.place}"


ONE = {"minimum": 1}
STYLES = [
    Style("page", "per_page", "page", 1),
    Style("page", "per_page", "page", 1, declared={"default": 1}, default=5),
    Style("page", "size", "page", 0, declared={"default": 0}),
    Style("pageNumber", "pageSize", "page", 0, declared={"description": "Zero-based page index (0..N)"}),
    Style("page[number]", "page[size]", "page", 1),
    Style("page_no", "limit", "page", 1, place="body", verb="Search"),
    Style("currentPage", "pageSize", "page", 1, place="nested"),
    Style("offset", "limit", "offset"),
    Style("skip", "take", "offset", place="body", verb="Query"),
    Style("start", "limit", "offset"),
    Style("from", "size", "offset", place="body", verb="Run"),
    Style("startAt", "maxResults", "offset"),
    Style("$skip", "$top", "offset"),
    Style("page[offset]", "page[limit]", "offset"),
    Style("startIndex", "count", "offset", 1, declared=ONE),
    Style("startIndex", "itemsPerPage", "offset", 1, declared={"description": "The 1-based index of the first result."}),
    Style("startIndex", "maxResults", "offset"),
    Style("offset", "limit", "offset", place="nested"),
    Style("cursor", "limit", "cursor"),
    Style("pageToken", "maxResults", "cursor"),
    Style("page[after]", "page[size]", "cursor"),
    Style("start_cursor", "page_size", "cursor", place="body", verb="Query"),
    Style("after", "limit", "cursor", place="body", verb="Do"),
    Style("NextToken", "MaxItems", "cursor", place="body"),
    Style("Marker", "MaxKeys", "cursor"),
    Style("starting_after", "limit", "id"),
    Style("after_id", "limit", "id"),
]
COUNTED = [style for style in STYLES if style.kind in ("page", "offset")]
LED = [style for style in STYLES if style.kind not in ("page", "offset")]


def described(style: Style) -> tuple[str, dict[str, Any]]:
    turn = {"type": "integer" if style.kind in ("page", "offset") else "string", **style.declared}
    size = {"type": "integer", "minimum": 1, **({"default": style.default} if style.default != 7 else {})}
    properties = {style.turn: turn, style.size: size, "q": {"type": "string"}}
    node: dict[str, Any] = {"summary": style.name, "responses": {"200": {"description": "ok"}}}
    if style.place == "query":
        node["parameters"] = [{"name": name, "in": "query", "schema": schema} for name, schema in properties.items()]
        return "get", node
    if style.place == "nested":
        node["parameters"] = [{"name": "paging", "in": "query", "schema": {"type": "object", "properties": properties}}]
        return "get", node
    schema = {"type": "object", "properties": properties}
    node["requestBody"] = {"content": {"application/json": {"schema": schema}}}
    return "post", node


@dataclass
class Api:
    """A server of one list.

    ``most`` is the longest page that it gives, ``echo`` whether it repeats where a page is. Of each page it gives only the items
    whose id ``every`` divides.
    """

    style: Style = STYLES[0]
    items: list[dict[str, Any]] = field(default_factory=list)
    evidence: str = "more"
    echo: bool = False
    most: int = 1000
    shape: str = "items"
    every: int = 1
    requests: int = 0

    def answer(self, request: httpx.Request) -> tuple[int, Any, dict[str, str]]:
        self.requests += 1
        style, total = self.style, len(self.items)
        asked = dict(parse_qsl(request.url.query.decode()))
        asked |= json.loads(request.content or b"{}")
        size = min(int(asked.get(style.size, style.default)), self.most)
        at = asked.get(style.turn)
        if style.kind == "page":
            number = style.first if at is None else int(at)
            start = (number - style.first) * size
        elif style.kind == "offset":
            number = style.first if at is None else int(at)
            start = number - style.first
        else:
            number, start = 0, 0 if at is None else int(str(at).removeprefix("c"))
            start += style.kind == "id" and at is not None
        page = self.items[start : start + size]
        end = start + len(page)
        page = [item for item in page if int(item["id"]) % self.every == 0]
        body: dict[str, Any] = {}
        headers: dict[str, str] = {}
        if self.echo:
            body["paging"] = {style.turn.strip("$"): number, style.size.strip("$"): size}
        self._say(body, headers, asked, end, total, size, number)
        if self.shape == "bare" and not body:
            return 200, page, headers
        beside = {f"fact_{n}": {"text": "y" * 40} for n in range(9)}
        found = {"items": page, **body} if self.shape != "deep" else {"ok": True, **beside, "result": {"items": page, **body}}
        return 200, found, headers

    def _say(
        self,
        body: dict[str, Any],
        headers: dict[str, str],
        asked: Mapping[str, Any],
        end: int,
        total: int,
        size: int,
        number: int,
    ) -> None:
        style = self.style
        is_more = end < total
        if style.kind == "cursor":
            link = f"/x?{httpx.QueryParams({style.size: size, style.turn: f'c{end}'})}"
            if self.evidence == "link":
                headers["Link"] = f'<{link}>; rel="next"' if is_more else '</x?a=1>; rel="first"'
            elif self.evidence == "body link":
                body["links"] = {"self": "/x", "next": link if is_more else None}
            elif is_more or self.evidence in ("more", "total"):
                body["next_cursor"] = f"c{end}" if is_more else None
            if self.evidence == "more":
                body["has_more"] = is_more
            return
        if self.evidence == "more":
            body["has_more"] = is_more
        elif self.evidence == "total":
            body["total_count"] = total
        elif self.evidence == "header":
            headers["X-Total-Count"] = str(total)
        elif self.evidence == "pages":
            body["meta"] = {"total_pages": -(-total // size)}
        elif self.evidence in ("link", "body link"):
            step = 1 if style.kind == "page" else size
            query = str(httpx.QueryParams({**asked, style.turn: number + step}))
            if self.evidence == "link":
                headers["Link"] = f'</x?{query}>; rel="next"' if is_more else '</x?a=1>; rel="first"'
            else:
                body["links"] = {"self": "/x", "next": f"https://elsewhere.example/x?{query}" if is_more else None}


@pytest.fixture(scope="module")
def api() -> Api:
    return Api()


@pytest.fixture(scope="module")
def toolset(api: Api, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ComposioToolSet[Any]]:
    home = tmp_path_factory.mktemp("home")
    paths: dict[str, Any] = {}
    for number, style in enumerate(STYLES):
        method, node = described(style)
        paths[f"/{number}/things"] = {method: {**node, "operationId": f"op{number}"}}
    description = {
        "openapi": "3.0.3",
        "info": {"title": "T", "version": "1"},
        "servers": [{"url": "https://api.example.com"}],
        "paths": paths,
    }
    (home / "lists.json").write_text(json.dumps(description))
    backend = EmbeddedBackend(home=home, transport=FakeTransport(lambda request: api.answer(request)))
    backend.catalog.add("lists", str(home / "lists.json"))
    with ComposioToolSet(backend=backend) as made:
        yield made
    backend.close()


def slug(style: Style) -> str:
    return "_".join(["LISTS", *style.name.upper().split()])


def items_of(data: Any) -> Any:
    return data if isinstance(data, list) else items_of(data["result"]) if "result" in data else data["items"]


def followed(toolset: ComposioToolSet[Any], style: Style, params: dict[str, Any], limit: int | None) -> list[int]:
    """The ids of all items, in the order in which they were shown."""
    seen: list[int] = []
    for _ in range(400):
        result = toolset.execute_action(slug(style), params, auth=[], max_result_chars=limit)
        assert result["successful"], result
        assert limit is None or len(result.to_json()) <= limit
        seen += [item["id"] for item in items_of(result["data"])]
        if not result.more or "next" not in result.more:
            return seen
        params = {**params, **result.more["next"]}
    raise AssertionError(f"no end: {seen[:50]} {params}")


def start(style: Style, size: int | None, begun: bool) -> dict[str, Any]:
    params = {style.size: size} if size else {}
    if begun and style.kind in ("page", "offset"):
        params[style.turn] = style.first
    return {"paging": params} if style.place == "nested" else params


LENGTHS = st.lists(st.integers(0, 300) | st.integers(0, 20), max_size=46)
LIMITS = st.none() | st.integers(400, 2500)
# Longest pages, which an API need not tell.
MOST = st.sampled_from([1000, 1000, 10, 25, 4, 3, 7, 1])
QUICK = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.parametrize("style", COUNTED, ids=lambda style: style.label)
@QUICK
@given(
    lengths=LENGTHS,
    size=st.none() | st.integers(1, 20),
    limit=LIMITS,
    evidence=st.sampled_from(EVIDENCE),
    echo=st.booleans(),
    begun=st.booleans(),
    most=MOST,
    shape=st.sampled_from(SHAPES),
)
def test_pages_that_are_counted_give_every_item_exactly_once(
    toolset: ComposioToolSet[Any],
    api: Api,
    style: Style,
    lengths: list[int],
    size: int | None,
    limit: int | None,
    evidence: str,
    echo: bool,
    begun: bool,
    most: int,
    shape: str,
) -> None:
    items = [{"id": n, "text": "x" * length} for n, length in enumerate(lengths)]
    vars(api).update(vars(Api(style, items, evidence, echo, most, shape)))
    assert followed(toolset, style, start(style, size, begun), limit) == list(range(len(items)))


@pytest.mark.parametrize("style", LED, ids=lambda style: style.label)
@QUICK
@given(
    lengths=LENGTHS,
    size=st.none() | st.integers(1, 20),
    limit=LIMITS,
    evidence=st.sampled_from(EVIDENCE),
    most=MOST,
    shape=st.sampled_from(SHAPES),
)
def test_pages_that_a_cursor_leads_to_give_every_item_exactly_once(
    toolset: ComposioToolSet[Any],
    api: Api,
    style: Style,
    lengths: list[int],
    size: int | None,
    limit: int | None,
    evidence: str,
    most: int,
    shape: str,
) -> None:
    items = [{"id": f"{n}" if style.kind == "id" else n, "text": "x" * length} for n, length in enumerate(lengths)]
    if style.verb == "Do" or (style.kind == "id" and evidence != "nothing"):
        evidence = "more"  # elsewhere nothing tells that `after` takes a cursor, or a POST only reads
    vars(api).update(vars(Api(style, items, evidence, most=most, shape=shape)))
    assert [int(n) for n in followed(toolset, style, start(style, size, False), limit)] == list(range(len(items)))


@pytest.mark.parametrize(
    "style", [one for one in STYLES if one.kind in ("page", "offset", "id")], ids=lambda style: style.label
)
def test_a_page_that_is_cut_short_in_silence_is_not_called_the_last(
    toolset: ComposioToolSet[Any], api: Api, style: Style
) -> None:
    items = [{"id": f"{n}" if style.kind == "id" else n} for n in range(100)]
    vars(api).update(vars(Api(style, items, "nothing", most=37)))
    first = toolset.execute_action(slug(style), start(style, 100, False), auth=[])
    assert len(items_of(first["data"])) == 37
    assert first.more is not None
    assert "an empty page is the end" in first.more["unknown"]
    assert [int(n) for n in followed(toolset, style, start(style, 100, False), None)] == list(range(100))


@pytest.mark.parametrize("style", [one for one in STYLES if one.kind == "page"], ids=lambda style: style.label)
def test_items_that_are_chosen_out_of_whole_pages_come_exactly_once(
    toolset: ComposioToolSet[Any], api: Api, style: Style
) -> None:
    vars(api).update(vars(Api(style, [{"id": n} for n in range(50)], "nothing", every=3)))
    given = start(style, 10, False)
    named = {"paging": {**given["paging"], "q": "x"}} if style.place == "nested" else {**given, "q": "x"}
    assert followed(toolset, style, named, None) == [n for n in range(50) if n % 3 == 0]


SDL = """
type Query {
  "Things with a cursor each."
  edged(first: Int = 7, after: String): ThingConnection!
  "Things alone."
  plain(first: Int = 7, after: String): Things!
}
type ThingConnection { edges: [ThingEdge!]!  pageInfo: PageInfo! }
type ThingEdge { cursor: String!  node: Thing! }
type Things { nodes: [Thing!]!  pageInfo: PageInfo!  totalCount: Int! }
type Thing { id: Int!  text: String! }
type PageInfo { hasNextPage: Boolean!  endCursor: String }
"""


@dataclass
class Graph:
    """A GraphQL server of one list."""

    items: list[dict[str, Any]] = field(default_factory=list)

    def answer(self, request: httpx.Request) -> Any:
        sent = json.loads(request.content)
        first, after = sent["variables"].get("first", 7), sent["variables"].get("after")
        start = 0 if after is None else int(after[1:])
        page, end = self.items[start : start + first], min(start + first, len(self.items))
        info = {"hasNextPage": end < len(self.items), "endCursor": f"c{end}" if page else None}
        edges = [{"cursor": f"c{start + n + 1}", "node": item} for n, item in enumerate(page)]
        found: dict[str, dict[str, Any]] = {"edged": {"edges": edges}, "plain": {"nodes": page, "totalCount": len(self.items)}}
        return {"data": {sent["operationName"]: {**found[sent["operationName"]], "pageInfo": info}}}


@pytest.fixture(scope="module")
def graph() -> Graph:
    return Graph()


@pytest.fixture(scope="module")
def graphs(graph: Graph, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ComposioToolSet[Any]]:
    home = tmp_path_factory.mktemp("home")
    (home / "graph.graphql").write_text(SDL)
    backend = EmbeddedBackend(home=home, transport=FakeTransport(lambda request: graph.answer(request)))
    backend.catalog.add("graph", str(home / "graph.graphql"), base_url="https://api.example.com/graphql")
    with ComposioToolSet(backend=backend) as made:
        yield made
    backend.close()


@pytest.mark.parametrize("name", ["edged", "plain"])
@QUICK
@given(lengths=LENGTHS, first=st.none() | st.integers(1, 20), limit=LIMITS)
def test_a_graphql_connection_gives_every_item_exactly_once(
    graphs: ComposioToolSet[Any], graph: Graph, name: str, lengths: list[int], first: int | None, limit: int | None
) -> None:
    graph.items = [{"id": n, "text": "x" * length} for n, length in enumerate(lengths)]
    params: dict[str, Any] = {"first": first} if first else {}
    seen: list[int] = []
    for _ in range(100):
        result = graphs.execute_action(f"GRAPH_{name.upper()}", params, auth=[], max_result_chars=limit)
        assert result["successful"], result
        found = result["data"][name]
        seen += [edge["node"]["id"] for edge in found["edges"]] if name == "edged" else [one["id"] for one in found["nodes"]]
        if not result.more or "next" not in result.more:
            break
        params |= result.more["next"]
    assert seen == list(range(len(lengths)))
