"""Trello's own actions: cards by the names that people see, against the API's description."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

BOARD, TODO, DOING, CARD = (f"{number:024x}" for number in (11, 21, 22, 31))
ADA, BOB = f"{41:024x}", f"{42:024x}"
BOARDS = [{"id": BOARD, "name": "Roadmap"}, {"id": f"{12:024x}", "name": "Home"}]
LISTS = [{"id": TODO, "name": "To do"}, {"id": DOING, "name": "Doing"}]
LABELS = [{"id": "a1", "name": "urgent", "color": "red"}, {"id": "a2", "name": "", "color": "green"}]
MEMBERS = [{"id": ADA, "fullName": "Ada L", "username": "ada"}, {"id": BOB, "fullName": "Bob M", "username": "bob"}]
CARDS: list[dict[str, Any]] = [
    {
        "id": CARD,
        "name": "Fix the login",
        "desc": "It breaks on **Safari**",
        "idList": DOING,
        "idMembers": [ADA],
        "labels": [{"name": "urgent", "color": "red"}],
        "due": "2026-12-10T09:00:00.000Z",
        "dueComplete": False,
        "closed": False,
        "shortUrl": "https://trello.com/c/aBcD1234",
        "idBoard": BOARD,
    },
    {"id": f"{32:024x}", "name": "Write docs", "desc": "", "idList": TODO, "idMembers": [], "labels": [], "due": None},
]


@pytest.fixture
def api(described: Callable[[str], Any]) -> Any:
    """Trello with one board that has two lists, two labels, two members and two cards."""
    trello = described("trello")
    for slug, answer in (
        ("TRELLO_GET_MEMBERS_BOARDS_BY_ID_MEMBER", BOARDS),
        ("TRELLO_GET_BOARDS_LISTS_BY_ID_BOARD", LISTS),
        ("TRELLO_GET_BOARDS_LABELS_BY_ID_BOARD", LABELS),
        ("TRELLO_GET_BOARDS_MEMBERS_BY_ID_BOARD", MEMBERS),
        ("TRELLO_GET_BOARDS_CARDS_BY_ID_BOARD", CARDS),
        ("TRELLO_GET_CARDS_BY_ID_CARD", CARDS[0]),
    ):
        trello.upstream.reply(slug, json=answer)
    return trello


def test_a_card_is_made_by_names(api: Any) -> None:
    api.run(
        "TRELLO_CREATE_CARD",
        board="roadmap",
        list_name=" to do",
        name="Ship it",
        description="**Now**",
        due="2026-12-24",
        labels=["Urgent", "green"],
        members=["@ada", "Bob M"],
        position="top",
    )
    request = api.upstream.requests[-1]
    assert (request.method, request.path) == ("POST", "/1/cards")
    assert request.body == {
        "idList": TODO,
        "name": "Ship it",
        "desc": "**Now**",
        "due": "2026-12-24",
        "pos": "top",
        "idLabels": "a1,a2",
        "idMembers": f"{ADA},{BOB}",
    }


def test_names_that_mean_nothing_are_told_with_those_that_do(api: Any) -> None:
    made = {"board": "Roadmap", "list_name": "To do", "name": "x"}
    assert "no board 'Work'; there are: 'Roadmap', 'Home'" in api.refused("TRELLO_CREATE_CARD", **{**made, "board": "Work"})
    assert "no list 'Done'; there are: 'To do', 'Doing'" in api.refused("TRELLO_CREATE_CARD", **{**made, "list_name": "Done"})
    assert "no label 'blue'; there are: 'urgent', 'green'" in api.refused("TRELLO_CREATE_CARD", **made, labels=["blue"])
    assert "no member 'Eve'; there are: 'Ada L', 'Bob M'" in api.refused("TRELLO_CREATE_CARD", **made, members=["Eve"])
    assert {request.method for request in api.upstream.requests} == {"GET"}


def test_a_name_that_several_have_is_an_error_with_their_ids(api: Any) -> None:
    twins = [{"id": f"{number:024x}", "name": "Bug"} for number in (51, 52)]
    api.upstream.reply("TRELLO_GET_SEARCH", json={"cards": twins})
    error = api.refused("TRELLO_ADD_COMMENT", card="bug", text="Seen")
    assert f"name of several cards; give an id: Bug is {twins[0]['id']}, Bug is {twins[1]['id']}" in error


@pytest.mark.parametrize("card", [CARD, "https://trello.com/c/aBcD1234/12-fix-the-login", "Fix the login"])
def test_a_card_is_commented_by_id_address_or_name(api: Any, card: str) -> None:
    api.upstream.reply("TRELLO_GET_SEARCH", json={"cards": [CARDS[0]]})
    api.run("TRELLO_ADD_COMMENT", card=card, text="Done in **1.2**")
    request = api.upstream.requests[-1]
    assert request.path == f"/1/cards/{'aBcD1234' if 'https' in card else CARD}/actions/comments"
    assert request.body == {"text": "Done in **1.2**"}


def test_a_card_moves_to_a_list_by_its_name(api: Any) -> None:
    api.run("TRELLO_MOVE_CARD", card="Fix the login", board="Roadmap", to_list="To do")
    request = api.upstream.requests[-1]
    assert (request.method, request.path, request.body) == ("PUT", f"/1/cards/{CARD}", {"idList": TODO})
    api.run("TRELLO_MOVE_CARD", card=CARD, to_list="Doing", to_board="https://trello.com/b/aaaaBBBB/home", position="bottom")
    assert api.upstream.requests[-1].body == {"idList": DOING, "idBoard": "aaaaBBBB", "pos": "bottom"}


def test_a_card_is_changed(api: Any) -> None:
    api.run("TRELLO_EDIT_CARD", card=CARD, name="Fix it", done=True, archived=False, due="", members=[])
    request = api.upstream.requests[-1]
    assert request.body == {"dueComplete": "true", "closed": "false", "name": "Fix it", "due": "", "idMembers": ""}
    assert "nothing to change" in api.refused("TRELLO_EDIT_CARD", card=CARD)


def test_cards_are_found_in_the_names_that_people_see(api: Any) -> None:
    found = api.run("TRELLO_FIND_CARDS", board="Roadmap", words="safari login", label="red", limit=5)
    assert found == {"cards": [], "total": 0}
    found = api.run("TRELLO_FIND_CARDS", board="Roadmap", words="safari login", label="urgent", member="ada")
    assert found["cards"] == [
        {
            "id": CARD,
            "name": "Fix the login",
            "description": "It breaks on **Safari**",
            "list": "Doing",
            "labels": ["urgent"],
            "members": ["Ada L"],
            "due": "2026-12-10T09:00:00.000Z",
            "done": False,
            "archived": False,
            "url": "https://trello.com/c/aBcD1234",
        }
    ]
    assert api.run("TRELLO_FIND_CARDS", board="Roadmap", list_name="to do")["total"] == 1
    assert api.run("TRELLO_FIND_CARDS", board="Roadmap", due_before="2026-12-10")["total"] == 0
    assert api.run("TRELLO_FIND_CARDS", board="Roadmap", due_before="2026-12-11", limit=1)["total"] == 1
    assert "no list 'Done'" in api.refused("TRELLO_FIND_CARDS", board="Roadmap", list_name="Done")


def test_a_card_is_read_with_checklists_and_comments(api: Any) -> None:
    checklists = [
        {"name": "Steps", "checkItems": [{"name": "Test", "state": "complete"}, {"name": "Ship", "state": "incomplete"}]}
    ]
    comments = [{"memberCreator": {"fullName": "Ada L"}, "date": "2026-12-01T00:00:00.000Z", "data": {"text": "On it"}}]
    api.upstream.reply("TRELLO_GET_CARDS_BY_ID_CARD", json={**CARDS[0], "checklists": checklists, "actions": comments})
    card = api.run("TRELLO_GET_CARD", card=CARD)
    assert (card["list"], card["members"]) == ("Doing", ["Ada L"])
    assert card["checklists"] == [{"name": "Steps", "items": [{"name": "Test", "done": True}, {"name": "Ship", "done": False}]}]
    assert card["comments"] == [{"by": "Ada L", "date": "2026-12-01T00:00:00.000Z", "text": "On it"}]


def test_a_checklist_is_added_and_ticked_off(api: Any) -> None:
    api.upstream.reply("TRELLO_ADD_CARDS_CHECKLISTS_BY_ID_CARD", json={"id": "c1"})
    api.upstream.reply("TRELLO_ADD_CHECKLISTS_CHECK_ITEMS_BY_ID_CHECKLIST", json={"id": "i1"})
    made = api.run("TRELLO_ADD_CHECKLIST", card=CARD, items=["Test", "Ship"], name="Steps")
    assert made == {"id": "c1", "name": "Steps", "items": [{"id": "i1", "name": "Test"}, {"id": "i1", "name": "Ship"}]}
    there = [
        {"id": "c1", "name": "Steps", "checkItems": [{"id": "i1", "name": "Test"}]},
        {"id": "c2", "name": "More", "checkItems": [{"id": "i2", "name": "Test"}]},
    ]
    api.upstream.reply("TRELLO_GET_CARDS_CHECKLISTS_BY_ID_CARD", json=there)
    assert "several items" in api.refused("TRELLO_CHECK_ITEM", card=CARD, item="test")
    api.run("TRELLO_CHECK_ITEM", card=CARD, item="test", checklist="more", done=False)
    request = api.upstream.requests[-1]
    assert (request.method, request.path) == ("PUT", f"/1/cards/{CARD}/checkItem/i2")
    assert request.query == {"state": ["incomplete"]}


def test_what_a_checklist_has_before_an_error_is_told(api: Any) -> None:
    api.upstream.reply("TRELLO_ADD_CARDS_CHECKLISTS_BY_ID_CARD", json={"id": "c1"})
    slug = "TRELLO_ADD_CHECKLISTS_CHECK_ITEMS_BY_ID_CHECKLIST"
    api.upstream.reply(slug, json={"id": "i1"}, times=1)
    api.upstream.reply(slug, status=403, json={"message": "too many items"})
    error = api.refused("TRELLO_ADD_CHECKLIST", card=CARD, items=["Test", "Ship"])
    assert "checklist c1 was made with the first 1 of 2 items, then: " in error


def test_a_board_is_shown(api: Any) -> None:
    board = api.run("TRELLO_SHOW_BOARD", board="https://trello.com/b/aaaaBBBB")
    assert board["id"] == "aaaaBBBB"
    assert [(one["name"], one["cards"]) for one in board["lists"]] == [("To do", 1), ("Doing", 1)]
    assert (board["labels"], board["members"]) == (LABELS, MEMBERS)
