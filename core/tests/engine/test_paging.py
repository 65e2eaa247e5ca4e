"""Next pages, as the arguments of the action that was called."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from composio.engine.paging.page import page_of
from composio.engine.paging.signs import items_in
from composio.engine.trim import trim
from composio.model.action import ActionModel, Body, HttpBinding, Parameter
from composio.model.call import Outcome


def action(*names: str, posted: tuple[str, ...] = ()) -> ActionModel:
    integers = {"page", "per_page", "limit", "startAt", "start", "maxResults"}
    schema = {"properties": {n: {"type": "integer" if n in integers else "string"} for n in (*names, *posted)}}
    body = Body("application/json", "json", {n: n for n in posted}) if posted else None
    parameters = tuple(Parameter(n, n, "query") for n in names)
    return ActionModel(
        slug="X_LIST", app="x", validation=schema, binding=HttpBinding("GET", "/", parameters=parameters, body=body)
    )


def more(data: Any, *names: str, link: str = "", posted: tuple[str, ...] = (), headers: Any = None, **given: Any) -> Any:
    sent = {**({"link": link} if link else {}), **(headers or {})}
    page = page_of(httpx.Headers(sent), data, action(*names, posted=posted), given)
    return page.more if page else None


def test_githubs_link_header() -> None:
    link = '<https://api.github.com/x?per_page=2&page=3>; rel="next", <https://api.github.com/x?per_page=2&page=9>; rel="last"'
    assert more([1], "page", "per_page", link=link, page=2, per_page=2) == {"next": {"page": 3}, "last": {"page": 9}}


def test_a_total_beside_it_is_told() -> None:
    assert more([1], "page", link="<?page=2>; rel=next", headers={"x-total-count": "99"}) == {"next": {"page": 2}, "total": 99}
    assert more([1], "page", headers={"x-total-count": "1"}) is None


def test_credentials_and_unknown_parameters_of_a_link_are_not_shown() -> None:
    link = '<https://x/y?access_token=secret&page=2&after=zz>; rel="next"'
    assert more([1], "page", link=link) == {"next": {"page": 2}}
    assert set(more([1], "limit", link=link)) == {"unknown"}


def test_a_credential_that_is_a_parameter_of_the_action_stays_hidden() -> None:
    link = httpx.Headers({"link": '<https://x/y?key=sk-1&other=sk-2&page=2>; rel="next"'})
    found = page_of(link, [1], action("key", "other", "page"), {}, hidden={"key"}, secrets=lambda: ["sk-2"])
    assert found is not None
    assert found.more == {"next": {"page": 2}}


@pytest.mark.parametrize(
    ("data", "names", "given", "leads"),
    [
        ({"items": [], "nextPageToken": "t"}, ("pageToken",), {}, {"pageToken": "t"}),
        ({"next_page_token": "t"}, ("page_token",), {}, {"page_token": "t"}),
        ({"response_metadata": {"next_cursor": "c="}}, ("cursor", "limit"), {}, {"cursor": "c="}),
        ({"has_more": True, "next_cursor": "n"}, ("start_cursor", "page_size"), {}, {"start_cursor": "n"}),
        ({"has_more": True, "data": [{"id": "a"}, {"id": "b"}]}, ("starting_after", "limit"), {}, {"starting_after": "b"}),
        (
            {"value": [], "@odata.nextLink": "https://x/y?$skiptoken=S&$top=5"},
            ("$skiptoken", "$top"),
            {},
            {"$skiptoken": "S", "$top": "5"},
        ),
        ({"paging": {"cursors": {"after": "a"}}}, ("after",), {}, {"after": "a"}),
        ({"links": {"next": "https://x/y?page=4"}}, ("page",), {"page": 3}, {"page": 4}),
        ({"_links": {"next": {"href": "/y?start=25"}}}, ("start",), {}, {"start": 25}),
        ({"next_page": {"offset": "o", "path": "/x"}}, ("offset",), {}, {"offset": "o"}),
        ({"next": "https://x/y?page=2"}, ("page",), {}, {"page": 2}),
        ({"meta": {"page": 1, "total_pages": 3}}, ("page",), {}, {"page": 2}),
        ({"startAt": 0, "maxResults": 50, "total": 120, "issues": []}, ("startAt", "maxResults"), {}, {"startAt": 50}),
        ({"pageInfo": {"endCursor": "e", "hasNextPage": True}}, ("after", "first"), {}, {"after": "e"}),
    ],
)
def test_cursors_and_links_in_the_body(data: Any, names: tuple[str, ...], given: dict[str, Any], leads: dict[str, Any]) -> None:
    found = more(data, *names, **given)
    is_empty = [] in data.values()
    assert found is not None
    assert found.pop("hint", "").startswith("This page is empty") is is_empty
    assert found == {"next": leads}


def test_stripes_way_back_goes_on_backwards() -> None:
    page = {"has_more": True, "data": [{"id": "a"}, {"id": "b"}]}
    assert more(page, "starting_after", "ending_before", ending_before="c") == {"next": {"ending_before": "a"}}
    assert more(page, "starting_after", "ending_before") == {"next": {"starting_after": "b"}}


def test_cursors_go_into_bodies_too() -> None:
    assert more({"has_more": True, "next_cursor": "n"}, posted=("start_cursor",)) == {"next": {"start_cursor": "n"}}


@pytest.mark.parametrize(
    ("data", "names", "given"),
    [
        ({"response_metadata": {"next_cursor": ""}}, ("cursor",), {}),
        ({"has_more": False, "data": [{"id": "a"}], "next_cursor": None}, ("starting_after", "cursor"), {}),
        ({"pageInfo": {"endCursor": "e", "hasNextPage": False}}, ("after",), {}),
        ({"isLast": True, "nextPageToken": "t"}, ("pageToken",), {}),
        ({"nextPageToken": "t"}, ("q",), {}),
        ({"nextPageToken": "t"}, ("pageToken",), {"pageToken": "t"}),
        ({"startAt": 100, "maxResults": 50, "total": 120}, ("startAt", "maxResults"), {}),
        ({"meta": {"page": 3, "total_pages": 3}}, ("page",), {}),
        ({"name": "x"}, ("page",), {}),
        ([], ("limit",), {"limit": 2}),
        ("text", ("page",), {}),
    ],
)
def test_the_last_page_and_what_no_argument_can_say_lead_nowhere(data: Any, names: tuple[str, ...], given: Any) -> None:
    assert more(data, *names, **given) is None


NAMES = (
    "next prev links link meta page pages paging cursor cursors after offset start size limit total count has_more last data items"
    " next_page nextLink next_cursor total_pages number current_page last_page hits value relation rel href url continue"
)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 10**20)
    | st.floats()
    | st.text()
    | st.sampled_from(["?page=2", "/x?cursor=a&page=-1"]),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(NAMES.split()) | st.text(), inner),
    max_leaves=40,
)
GIVEN = st.dictionaries(st.sampled_from(["page", "per_page", "limit", "start", "cursor", "starting_after"]), JSON)


@settings(max_examples=300)
@given(JSON, st.text(), GIVEN)
def test_nothing_that_an_upstream_sends_raises(data: Any, link: str, given_: dict[str, Any]) -> None:
    printable = "".join(c for c in link if c.isprintable()).encode("ascii", "ignore").decode()
    asked = action("page", "per_page", "limit", "start", "cursor", "starting_after", "ending_before")
    for header in (
        printable,
        f'<{printable}>; rel="next"',
        '<?page=3>; title="a, \\"b"; rel="next"',
        "<" * 5000,
        "<a>;" * 5000,
    ):
        headers = httpx.Headers({"link": header, "x-next-page": printable, "x-pagination": f"{{{printable}"})
        page = page_of(headers, data, asked, given_)
        if page is not None:
            found = trim(Outcome(successful=True, data=data, more=page.more), 400, page)
            assert len(found.outcome.result().to_json()) <= 400
            for kept in (-1, 0, 1, 2, 5):
                page.rest(kept)
                page.smaller(kept)


def test_quoted_commas_several_links_and_relations_are_told_apart() -> None:
    header = (
        '<https://x/y?page=1>; title="a, <b>; rel=\\"next\\""; rel="first prev", </y?page=3>;rel=next; type="text/html",'
        ' <https://x/y?page=9>; rel="alternate last"; hreflang=de'
    )
    assert more([1], "page", link=header, page=2) == {"next": {"page": 3}, "last": {"page": 9}}


def test_a_link_of_something_else_is_not_followed() -> None:
    found = more([{}], "page", "per_page", link='<?page=7>; rel="next"; anchor="#foo"', page=2, per_page=5)
    assert found["next"] == {"page": 3}
    assert "unknown" in found


NESTED = st.recursive(
    st.none() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abitems", max_size=5), inner, max_size=3),
    max_leaves=12,
)


@given(NESTED)
def test_wherever_objects_are_found_in_a_list_an_answer_is_a_page(data: Any) -> None:
    found = items_in(data)
    if found and found.items and isinstance(found.items[0], dict):
        page = page_of(httpx.Headers(), data, action("id"), {})
        assert page is not None
        assert (page.path, page.items) == (found.path, found.items)


@pytest.mark.parametrize("name", ["page", "page[number]", "cursor", "vidOffset", "limit"])
def test_an_argument_about_pages_makes_an_answer_without_a_list_one(name: str) -> None:
    assert page_of(httpx.Headers(), {"next_cursor": "c"}, action(name), {}) is not None


def test_an_answer_without_a_list_to_a_call_without_pages_is_none() -> None:
    assert page_of(httpx.Headers(), {"id": 1, "next_cursor": "c", "who": {"name": "x"}}, action("id"), {}) is None


FIELDS = st.sampled_from(
    [
        *(
            "id",
            "name",
            "request",
            "requests",
            "next",
            "next_page",
            "nextPageToken",
            "links",
            "_links",
            "link",
            "continue",
            "paging",
        ),
        *("has_more", "hasMore", "is_last", "last", "total", "total_things", "things", "count", "thing_count", "page", "pages"),
        *(
            "cursor",
            "endCursor",
            "startCursor",
            "token",
            "offset",
            "limit",
            "end",
            "chunk",
            "previous",
            "first",
            "response_metadata",
        ),
        *("next_sync_token", "scroll_id", "resume_key", "after", "openid", "next_openid", "d", "value", "hasPreviousPage"),
    ]
)
SAID = st.recursive(
    st.sampled_from(["", "abc", "7", 0, 7, True, False, None, "https://api.example.com/things?page=3"]),
    lambda inner: st.one_of(st.dictionaries(FIELDS, inner, max_size=4), st.lists(inner, max_size=2)),
    max_leaves=12,
)
HEADS = st.dictionaries(
    st.sampled_from(
        ["link", "x-total", "x-next-page", "content-range", "x-pagination", "x-has-more", "etag", "date", "x-page"]
    ),
    st.sampled_from(["3", "true", '{"next": 3}', "items 0-9/50", '<https://api.example.com/things?page=3>; rel="next"', ""]),
    max_size=3,
)
TAKEN = st.lists(
    st.sampled_from(["page", "limit", "offset", "cursor", "after", "openid", "next_openid", "q"]), max_size=3, unique=True
)


@settings(max_examples=300)
@given(data=st.dictionaries(FIELDS, SAID, max_size=5), heads=HEADS, taken=TAKEN)
def test_what_follows_is_the_same_whether_the_answer_is_to_be_trimmed_or_not(
    data: dict[str, Any], heads: dict[str, str], taken: list[str]
) -> None:
    """An answer that is not to be trimmed is looked at less closely."""
    asked, headers = action(*taken), httpx.Headers(heads)
    trimmed, whole = (page_of(headers, data, asked, {}, trims=trims) for trims in (True, False))
    assert (trimmed.more if trimmed else None) == (whole.more if whole else None)
