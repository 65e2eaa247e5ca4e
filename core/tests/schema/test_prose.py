"""Descriptions keep what helps to fill a tool in, and no text takes long."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composio.schema.prose import clean, concise, join_once, shorten


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ('How many (max 100). For more information, see "[Pages](https://x.test/p)."', "How many (max 100)."),
        ("The size, e.g. 5. To learn more, see the guide. In pixels.", "The size, e.g. 5. In pixels."),
        ("Version 1.2.3 of it.\nSee the [API documentation](https://x.test).", "Version 1.2.3 of it."),
        ("See https://x.test/here", "See https://x.test/here"),
        ("A time as `YYYY-MM-DDTHH:MM:SSZ`. Must be in the past!", "A time as `YYYY-MM-DDTHH:MM:SSZ`. Must be in the past!"),
        ("The token, with its scopes.", "The token, with its scopes."),
        ("One\n- two\n- three", "One\n- two\n- three"),
        ("The owner. The name is not case sensitive.", "The owner."),
        ("The key. Keys are case-sensitive.", "The key. Keys are case-sensitive."),
        ("The name is not case sensitive.", "The name is not case sensitive."),
        ("A text that was\nwrapped by hand:\none\n(two)", "A text that was wrapped by hand:\none (two)"),
    ],
)
def test_a_value_s_text_loses_only_what_points_elsewhere(text: str, kept: str) -> None:
    assert concise(text) == kept


def test_a_tool_s_text_does_not_say_which_token_may_call() -> None:
    text = (
        "Lists comments.\n\nOAuth tokens and personal access tokens (classic) need the `repo` scope to use this endpoint.\n\n"
        "This endpoint supports the following custom media types:\n- **`application/vnd.github.raw+json`**: Returns raw text.\n"
        "Ordered by id."
    )
    assert concise(text, 400, tool=True) == "Lists comments.\nOrdered by id."


def test_a_tool_s_text_does_not_say_whose_plan_has_it_nor_what_comes_back() -> None:
    text = (
        "Gets a branch. Branches are available in public repositories with Free, and in private ones with Pro and Team. This is the "
        "default if you do not pass any specific media type. It is available at once."
    )
    assert concise(text, 400, tool=True) == "Gets a branch. It is available at once."


def test_a_summary_that_the_description_repeats_is_said_once() -> None:
    assert join_once("List assignments for a classroom", "Lists GitHub assignments for a classroom. Only yours.").startswith(
        "Lists"
    )
    assert join_once("Fork a gist", "Public ones only.") == "Fork a gist. Public ones only."
    assert join_once("", "x") == join_once("x", "") == "x"


def test_a_text_ends_with_a_sentence_where_one_fits() -> None:
    assert shorten("One two three. Four five six.", 20) == "One two three."
    assert shorten("One two three four five six", 20) == "One two three four…"


@given(st.text(alphabet="ab .!?\n<>*[]()#&;`'\"-/:_", max_size=300), st.integers(2, 80))
def test_no_text_comes_out_longer_or_unclean(text: str, limit: int) -> None:
    told = concise(text, limit)
    assert len(told) <= limit
    assert bool(told) == bool(clean(text))


@pytest.mark.parametrize(
    "piece",
    [
        "<a ",
        "**a ",
        "[](a",
        "[[",
        "](((",
        "<!--",
        "--><!--",
        "> [!a",
        ". ",
        "a. b",
        "&amp",
        "token ",
        "see ",
        "\n ",
        "# ",
        "--|",
        "-- a\n",
        "https://a",
    ],
)
def test_hostile_texts_take_no_time(piece: str) -> None:
    text = piece * (1_000_000 // len(piece))
    before = time.process_time()
    concise(text, 240, tool=True)
    assert time.process_time() - before < 1


@pytest.mark.parametrize(
    ("text", "limit", "cut"),
    [
        ("One extraordinarily-long-word-that-does-not-end", 20, "One…"),
        ("One two three four", 14, "One two three…"),
        ("One two\nthree-and-more-of-that", 20, "One two…"),
        ("Give it, e.g. as a list of many names", 24, "Give it, e.g. as a list…"),
        ("Is it there? Then it is taken", 18, "Is it there?"),
        ("x" * 40, 10, "x" * 9 + "…"),
        ("日本語の説明はここで切れます", 8, "日本語の説明は…"),
    ],
)
def test_texts_are_cut_at_words(text: str, limit: int, cut: str) -> None:
    assert shorten(text, limit) == cut


@given(st.text(alphabet="ab .!?\n,-", max_size=80), st.integers(2, 60))
def test_no_word_is_cut_that_fits(text: str, limit: int) -> None:
    cut = shorten(text, limit)
    assert len(cut) <= limit
    kept = cut.removesuffix("…").split()
    words = text.split()
    assert kept == words[: len(kept)] or (words and len(words[0]) >= limit)


def test_who_may_call_goes_and_what_is_done_stays() -> None:
    told = "Removes a member. The authenticated user must be an organization owner."
    assert concise(told, tool=True) == "Removes a member."
    mixed = "To remove a member, the authenticated user must have admin permissions."
    assert concise(f"Removes a member. {mixed}", tool=True) == f"Removes a member. {mixed}"


def test_a_wrapped_sentence_goes_as_a_whole() -> None:
    wrapped = "Updates the preference. You can learn more about large files [on our help\nsite](https://x.test). Takes a while."
    assert concise(wrapped, tool=True) == "Updates the preference. Takes a while."
    token = "Encrypts it. You must authenticate using an access\ntoken with the `repo` scope to use this endpoint.\nOnce only."
    assert concise(token, tool=True) == "Encrypts it.\nOnce only."


def test_a_line_behind_an_address_is_a_line_of_its_own() -> None:
    assert concise("A limit. See https://x.test/a\nat most 100 a day") == "A limit.\nat most 100 a day"


@pytest.mark.parametrize("marked", ["`body_text`", "body_text", "`body`, `body_text`, and `body_html`"])
def test_which_representation_comes_back_goes(marked: str) -> None:
    media = f"- **`application/vnd.x.text+json`**: Returns text only. Response will include {marked}."
    assert concise(f"Gets a comment.\n{media}", tool=True) == "Gets a comment."
    fact = "Response will include a list of comments."
    assert concise(f"Gets a comment. {fact}", tool=True) == f"Gets a comment. {fact}"


def test_what_underlines_goes_and_what_it_underlines_stays() -> None:
    table = "| Name | Type |\n| :--- | ---: |\n| a--b | text |"
    assert clean(table) == "| Name | Type |\n| a--b | text |"
    assert clean("Title\n-----\nUse --all, or -a.") == "Title\nUse --all, or -a."
