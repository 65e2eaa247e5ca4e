"""Results cut to a length: always JSON, never longer, and saying what was left out and how to get it."""

from __future__ import annotations

import json
import time
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from composio.engine import trim as trimming
from composio.engine.paging.page import page_of
from composio.engine.trim import trim
from composio.model.action import ActionModel, HttpBinding, Parameter
from composio.model.call import Outcome

TEXTS = ("cursor", "starting_after", "ending_before", "after", "fields")


def action(*names: str) -> ActionModel:
    parameters = tuple(Parameter(n, n, "query") for n in names)
    schema = {"properties": {n: {"type": "string" if n in TEXTS else "integer"} for n in names}}
    return ActionModel(slug="X_LIST", app="x", validation=schema, binding=HttpBinding("GET", "/", parameters=parameters))


def trimmed(data: Any, limit: int, *names: str, **arguments: Any) -> tuple[Any, Any]:
    """Data and note of the text that a model reads."""
    page = page_of(httpx.Headers(), data, action(*names), arguments)
    outcome = trim(Outcome(successful=True, data=data, more=page.more if page else None), limit, page).outcome
    text = outcome.result().to_json()
    assert len(text) <= limit
    shown = json.loads(text)
    assert set(shown) == {"successful", "data", "error"}
    assert set(outcome.result()) == {"successful", "data", "error"}
    return outcome.data, outcome.more


ITEMS = [{"id": f"id_{n}", "n": n, "text": "x" * 80} for n in range(100)]


def test_what_fits_is_left_alone() -> None:
    outcome = Outcome(successful=True, data=ITEMS)
    assert trim(outcome, 1_000_000).outcome is outcome


@pytest.mark.parametrize(
    ("names", "given", "leads"),
    [
        (("page", "per_page"), {}, lambda kept: {"per_page": kept, "page": 2}),
        (("offset", "limit"), {"offset": 40}, lambda kept: {"offset": 40 + kept}),
        (("startAt", "maxResults"), {}, lambda kept: {"startAt": kept}),
        (("starting_after", "limit"), {}, lambda kept: {"starting_after": f"id_{kept - 1}"}),
    ],
)
def test_the_rest_of_a_list_has_its_arguments(names: tuple[str, ...], given: dict[str, Any], leads: Any) -> None:
    data, note = trimmed(ITEMS, 3000, *names, **given)
    assert 10 < note["shown"] == len(data) < 100
    assert data == ITEMS[: len(data)]
    assert (note["of"], note["next"]) == (100, leads(len(data)))
    assert note["hint"] == "For the other items call again with `next` merged into the arguments."


def test_a_list_that_is_read_backwards_is_not_read_on_forwards() -> None:
    _, note = trimmed(ITEMS, 3000, "starting_after", "ending_before", "limit", ending_before="id_999")
    assert "next" not in note
    assert "Ask for less: fewer items (limit=" in note["hint"]


def test_smaller_pages_begin_at_what_was_left_out_on_a_later_page_too() -> None:
    data, note = trimmed(ITEMS, 3000, "page", "per_page", page=3, per_page=100)
    size, page = note["next"]["per_page"], note["next"]["page"]
    assert size * (page - 1) == 200 + len(data)


def test_a_list_that_can_not_be_paged_says_how_to_ask_for_less() -> None:
    data, note = trimmed({"total": 100, "items": ITEMS}, 3000, "limit", "fields")
    assert data["total"] == 100
    assert note["shown"] == len(data["items"])
    assert note["hint"].endswith(f"Ask for less: fewer items (limit={len(data['items'])}) or fewer fields (fields).")
    assert "next" not in note


def test_long_texts_are_shortened_before_items_go() -> None:
    data, note = trimmed([{"n": n, "body": "y" * 5000} for n in range(10)], 8000, "page", "per_page")
    assert [item["n"] for item in data] == list(range(10))
    assert data[0]["body"].endswith("… (4600 more characters)")
    assert note["hint"].startswith("Long parts were shortened to fit.")


def test_a_single_text_uses_all_the_room() -> None:
    data, _ = trimmed("z" * 50_000, 4000)
    assert len(data) > 3500
    assert data.endswith("more characters)")


def test_of_an_object_with_too_many_properties_the_first_ones_stay() -> None:
    crowded = {"id": 1, "name": "octo", **{f"url_{n}": f"https://api.example.com/{n}/" + "u" * 40 for n in range(90)}}
    data, _ = trimmed([crowded], 1500)
    assert list(data[0])[:4] == ["id", "name", "url_0", "url_1"]
    assert len(data[0]) > 8


def test_the_next_page_stays_known_where_all_of_this_one_is_shown() -> None:
    data, note = trimmed([{"t": "y" * 9000}] * 3, 4000, "page")
    assert (len(data), note["next"]) == (3, {"page": 2})


def test_a_failures_data_and_error_are_trimmed_too() -> None:
    failed = trim(Outcome(successful=False, data={"a": "x" * 9000}, error="no" * 3000), 1000).outcome
    assert len(failed.result().to_json()) <= 1000
    assert str(failed.error).startswith("nono")


def test_what_json_does_not_have_becomes_null_in_a_models_text() -> None:
    shown = Outcome(successful=True, data={"a": float("nan"), "b": [float("inf")], "c": 1.5}).result().to_json()
    assert json.loads(shown, parse_constant=pytest.fail)["data"] == {"a": None, "b": [None], "c": 1.5}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=60,
)
GROWN = st.builds(lambda value, times: [value] * times, JSON, st.integers(0, 60)) | st.dictionaries(
    st.text(), st.builds(lambda text, times: text * times, st.text(), st.integers(0, 400)), max_size=40
)


@settings(max_examples=300)
@given(JSON | GROWN, st.integers(400, 3000))
def test_any_data_becomes_json_within_the_limit(data: Any, limit: int) -> None:
    trimmed(data, limit, "page", "per_page")


@given(JSON | GROWN)
def test_sizes_are_those_of_the_text_however_it_is_cut_into_pieces(data: Any) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trimming, "_BATCH", 3)
        assert trimming._size(data) == len(json.dumps(data, ensure_ascii=False, default=str))


def test_a_long_list_is_never_written_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python's encoder lets no other thread run before its end."""
    longest: list[int] = []
    written = json.dumps

    def dumps(value: Any, **options: Any) -> str:
        text = written(value, **options)
        longest.append(len(text))
        return text

    items = [{"id": n, "text": "x" * 100} for n in range(20_000)]
    monkeypatch.setattr("composio.engine.trim.json.dumps", dumps)
    trimmed({"ok": True, "result": {"items": items}}, 2000, "page", "per_page")
    assert max(longest) < 200_000


@pytest.mark.parametrize(
    "data",
    [
        "\0" * 10_000,
        "\\" * 10_000,
        {"k" * 5000: 1},
        {f"k{n}": n for n in range(5000)},
        10**4000,
        [[[[["x" * 9000]]]]],
        {"a": {"b": {"c": ITEMS}}},
        [{"deep": ITEMS}] * 20,
    ],
    ids=range(8),
)
def test_awkward_data_fits_too(data: Any) -> None:
    for limit in (400, 1000, 5000):
        trimmed(data, limit)


def test_large_data_is_trimmed_in_no_time() -> None:
    large = [{"id": n, "nested": {"text": "x" * 500, "list": list(range(50))}} for n in range(10_000)]
    started = time.process_time()
    trimmed(large, 20_000, "page", "per_page")
    assert time.process_time() - started < 5


@pytest.mark.parametrize("name", ["id", "_id", "uuid", "key", "sid"])
@pytest.mark.parametrize("wrap", [lambda item: item, lambda item: {"customer": item}], ids=["plain", "wrapped"])
def test_a_part_of_each_item_keeps_its_id_whatever_that_is_called(name: str, wrap: Any) -> None:
    items = [wrap({"text": "x" * n * 20, name: f"item_{n}", "source": {f"field_{m}": m for m in range(9)}}) for n in range(9)]
    data = {"items": items, "next_cursor": "c2", **{f"about_{n}": "y" * 30 for n in range(9)}}
    for limit in (400, 450, 700, 1200) if "customer" not in items[0] else (700, 1200):
        shown, more = trimmed(data, limit, "cursor")
        assert [(item.get("customer") or item)[name] for item in shown["items"]] == [f"item_{n}" for n in range(9)]
        assert more["next"] == {"cursor": "c2"}


def test_an_elasticsearch_hit_that_is_shortened_keeps_its_id() -> None:
    hit = {"_index": "i" * 90, "_score": 1.0, "_source": {f"field_{n}": "x" * 90 for n in range(40)}, "_id": "h" * 60}
    shown, _ = trimmed({"hits": {"total": {"value": 1}, "hits": [hit]}}, 400, "from", "size")
    assert shown["hits"]["hits"][0]["_id"] == "h" * 60


@pytest.mark.parametrize("own", [0, 7, "a"])
def test_a_short_id_stays_in_what_is_left_of_a_single_item(own: Any) -> None:
    for limit in range(400, 470, 3):
        shown, _ = trimmed({"items": [{"id": own, "text": "x" * 900}, {"id": 1, "text": "y" * 900}]}, limit, "page", "per_page")
        assert shown["items"][0]["id"] == own
