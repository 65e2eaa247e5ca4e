"""A property's description does not say again what its name, type and keywords say; what only it says stays."""

from __future__ import annotations

from typing import Any

import pytest

from composio.schema.echoes import drop_echoes


def trim(name: str, schema: dict[str, Any], about: str = "", *, required: bool = False) -> dict[str, Any]:
    whole = {"type": "object", "properties": {name: schema}, "required": [name] if required else []}
    found: dict[str, Any] = drop_echoes(whole, about)["properties"][name]
    return found


@pytest.mark.parametrize(
    ("name", "text", "kept"),
    [
        ("hook_id", "The unique identifier of the hook. As in the `X-Hook` header.", "As in the `X-Hook` header."),
        ("hookId", "The unique identifier of the hook.", None),
        ("repo", "The name of the repository without the `.git` extension.", "Name without the `.git` extension."),
        ("org", "The organization name.", "Name."),
        ("owner", "The account owner of the repository.", "Account owner of the repository."),
        ("name", "The namespace.", "Namespace."),
        ("list_id", "The ID of the source list.", "ID of the source list."),
        ("name", "The new name.", "New name."),
        ("name", "The name (max 64).", "Max 64."),
        ("perPage", "The page size (max 64).", "Page size (max 64)."),
        ("team", "The team (user or bot). Once only.", "User or bot. Once only."),
        ("repo", "The repository (owner/repo).", "owner/repo."),
        ("at", "The at (UTC)", "UTC."),
        ("issue_number", "The number that identifies the issue.", None),
        (
            "issue_number",
            "The number that identifies the issue or the discussion.",
            "Number that identifies the issue or the discussion.",
        ),
        ("x", "The number of results.", "Number of results."),
        ("x", "A or B", "A or B"),
        ("active", "Indicates whether the user is on.", "Whether the user is on."),
        ("x", "Required.", "Required."),
    ],
)
def test_a_sentence_that_the_name_says_goes_and_a_fact_stays(name: str, text: str, kept: str | None) -> None:
    assert trim(name, {"type": "string", "description": text}).get("description") == kept


def test_a_thing_that_the_tool_speaks_of_alone_needs_no_name() -> None:
    text = {"type": "string", "description": "The name of the team."}
    assert "description" not in trim("name", dict(text), "Update a team")
    assert trim("name", dict(text), "Move a user to a team")["description"] == "Name of the team."


def test_what_keywords_say_goes_only_if_they_agree() -> None:
    listed = "The source. Can be one of `github` or `partner`. Default: `github`."
    both = ["github", "partner"]
    assert trim("x", {"enum": both, "default": "github", "description": listed})["description"] == "Source."
    assert "partner" in trim("x", {"enum": ["github"], "description": listed})["description"]
    assert "Default" in trim("x", {"enum": both, "description": listed})["description"]
    assert trim("x", {"description": "Required. Foo."}, required=True)["description"] == "Foo."
    written = "When. This is a timestamp in ISO 8601 format: `YYYY-MM-DDTHH:MM:SSZ`."
    assert trim("x", {"format": "date-time", "description": written})["description"] == "When."
    assert trim("x", {"type": "string", "description": written})["description"] == written


def test_widths_of_numbers_are_for_generators() -> None:
    assert trim("x", {"type": "integer", "format": "int64"}) == {"type": "integer"}


def test_what_a_list_of_values_says_of_itself_goes() -> None:
    text = "The field to sort by."
    assert "description" not in trim("sort", {"enum": ["created", "updated"], "description": text})
    assert trim("sort", {"type": "string", "description": text})["description"] == "Field to sort by."
    assert trim("sort", {"enum": ["a", "b"], "description": "The field of the team to sort by."})["description"]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Whether this is a draft.", None),
        ("Whether the pull request is a draft.", None),
        ("Whether it is no draft.", "Whether it is no draft."),
        ("Whether drafts are shown.", "Whether drafts are shown."),
    ],
)
def test_that_a_flag_says_whether_goes_unless_it_says_more(text: str, kept: str | None) -> None:
    about = "Create a pull request (Legacy)"
    assert trim("draft", {"type": "boolean", "description": text}, about).get("description") == kept
    assert trim("draft", {"type": "string", "description": text}, about)["description"] == text
