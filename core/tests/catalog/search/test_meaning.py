"""What people say and what APIs call it."""

from __future__ import annotations

import pytest

from composio.catalog.search.meaning import is_about_asker, is_weak, kind_of_request, other_words, phrases
from composio.catalog.search.rank import Question
from composio.catalog.search.stems import stem


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("get rid of the old entries", "delete"),
        ("give a buyer their money back", "refund"),
        ("sign three people up", "subscribe"),
        ("hand the ticket over to Paula", "assign"),
        ("let Bob edit the file", "permission"),
    ],
)
def test_verbs_mean_something_else_with_what_stands_behind_them(text: str, means: str) -> None:
    meant, used = phrases(text)
    assert stem(means) in meant
    assert used


def test_words_that_are_far_apart_or_in_another_order_are_no_phrase() -> None:
    assert phrases("sign the contract that the lawyers wrote for us and look it up")[0] == [
        *map(stem, ("search", "find", "get"))
    ]
    assert phrases("up to you whether to sign") == ([], set())


def test_a_phrase_says_which_kind_of_operation_is_asked_for() -> None:
    assert kind_of_request("get rid of it") == "delete"
    assert kind_of_request("get it") == "read"


def test_verbs_that_say_little_count_less_than_what_is_done_to_what() -> None:
    words = Question.of("put a row into the table").words
    assert is_weak(stem("put"))
    assert words["put"] < words["row"]
    assert stem("record") in other_words(["row"])


@pytest.mark.parametrize(
    ("text", "is_meant"),
    [
        ("Get my GitHub username", True),
        ("show my profile", True),
        ("who am I on Slack", True),
        ("fetch my user info", True),
        ("update my profile picture", False),
        ("list my repositories", False),
        ("get a user's profile", False),
        ("my order was lost", False),
    ],
)
def test_who_asks_is_told_from_what_they_have(text: str, is_meant: bool) -> None:
    assert is_about_asker(text) is is_meant
    assert (Question.of(text).words.get(stem("authenticated")) == 1.0) is is_meant


@pytest.mark.parametrize(
    ("text", "is_sent"),
    [
        ("email the customer that the parcel is late", True),
        ("please text my boss", True),
        ("Mail Sam the report", True),
        ("ping everyone on call", True),
        ("email addresses of all subscribers", False),
        ("message history of a channel", False),
        ("text of the last message", False),
        ("read the email the customer sent", False),
    ],
)
def test_what_is_sent_says_so_where_a_task_begins_with_it_as_with_a_verb(text: str, is_sent: bool) -> None:
    assert ("send" in phrases(text)[0]) is is_sent
    assert not is_sent or kind_of_request(text) == "create"
