"""Steps of a task: where they part, what they refer to, and whether what one answers is what the next one takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from composio.catalog.catalog import Catalog
from composio.catalog.search.feeds import endpoint_of, feeds
from composio.catalog.search.steps import refers_back, split_steps

Open = Callable[..., Catalog]


@pytest.mark.parametrize(
    ("first", "then", "is_fed"),
    [
        ("GET /repos/{owner}/{repo}/pulls", "PUT /repos/{owner}/{repo}/pulls/{number}/merge", True),
        ("GET /repos/{owner}/{repo}/pulls", "POST /repos/{owner}/{repo}/merges", False),
        ("POST /user/repos", "PUT /repos/{owner}/{repo}/collaborators/{name}", True),
        ("POST /v2/droplets", "POST /v2/droplets/{droplet_id}/actions", True),
        ("GET /v1/events.json", "GET /v1/events/{id}/guests.json", True),
        ("POST /conversations.create", "POST /conversations.invite", True),
        ("POST /conversations.create", "POST /chat.postMessage", False),
        ("GET gmail.users.messages.list", "POST gmail.users.messages.modify", True),
        ("GET gmail.users.messages.list", "GET gmail.users.messages.list", False),
        ("GET gmail.users.messages.list", "GET gmail.users.drafts.list", False),
        ("function shop.actions:find", "GET /boxes/{id}", False),
        ("GET /", "GET /{id}", False),
    ],
)
def test_an_action_feeds_what_takes_an_id_of_its_things(first: str, then: str, *, is_fed: bool) -> None:
    assert feeds(1, endpoint_of(first, ""), endpoint_of(then, "")) is is_fed


def test_an_action_feeds_those_whose_ids_it_finds() -> None:
    assert feeds(7, endpoint_of("function shop.actions:find", ""), endpoint_of("POST rpc.do", "3 7"))
    assert not feeds(8, endpoint_of("function shop.actions:find", ""), endpoint_of("POST rpc.do", "3 7"))


@pytest.mark.parametrize(
    ("step", "refers"),
    [
        ("merge the newest", True),
        ("send the first to Kim", True),
        ("close the oldest, please", True),
        ("send the first draft to Kim", False),
        ("list the latest releases", False),
    ],
)
def test_a_step_that_says_which_one_refers_to_what_was_found(step: str, *, refers: bool) -> None:
    assert refers_back(step) is refers


@pytest.mark.parametrize("verb", ["void", "retry", "acknowledge", "reboot", "suspend", "approve", "reject"])
def test_a_step_may_begin_with_any_common_verb(verb: str) -> None:
    assert split_steps(f"list the invoices and {verb} the first") == ["list the invoices", f"{verb} the first"]


def test_the_newest_is_one_of_what_the_step_before_lists(open_catalog: Open, make: Any) -> None:
    by_number = [{"name": "number", "in": "path", "required": True, "schema": {"type": "string"}}]
    paths = {
        "/pulls": {"get": make.operation("List pull requests")},
        "/pulls/{number}/merge": {"put": make.operation("Merge a pull request", parameters=by_number)},
        "/merges": {"put": make.operation("Merge a branch")},
    }
    found = open_catalog({"code": make.document(paths)}).chain("list the pull requests and merge the newest", ["code"])
    assert found == ["CODE_LIST_PULL_REQUESTS", "CODE_MERGE_A_PULL_REQUEST"]


def test_a_step_of_which_the_named_app_knows_no_word_is_another_app_s(open_catalog: Open, make: Any) -> None:
    chat = {
        "/test": {"get": make.operation("Probe", description="Check the weather of the network.")},
        "/send": {"post": make.operation("Send a message to a channel")},
    }
    sky = {"/now": {"get": make.operation("Current weather", description="Check it for a city.")}}
    catalog = open_catalog({"chatter": make.document(chat), "sky": make.document(sky)})
    found = catalog.chain("check the weather in Berlin and send it to a channel on Chatter", ["chatter", "sky"])
    assert found == ["SKY_CURRENT_WEATHER", "CHATTER_SEND_A_MESSAGE_TO_A_CHANNEL"]


def test_a_quoted_title_names_no_app_beside_one_that_is_named(open_catalog: Open, make: Any) -> None:
    boards = {
        "/boards": {"post": make.operation("Create a board")},
        "/lists": {"post": make.operation("Add a list to a board")},
    }
    tasks = {"/lists": {"post": make.operation("Create a list")}}
    catalog = open_catalog({"kanban": make.document(boards), "to_do": make.document(tasks)})
    found = catalog.chain('create a board in Kanban, then add a list "To do" to it', ["kanban", "to_do"])
    assert found == ["KANBAN_CREATE_A_BOARD", "KANBAN_ADD_A_LIST_TO_A_BOARD"]
