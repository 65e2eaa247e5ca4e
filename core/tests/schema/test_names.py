"""Names are deterministic, unique and accepted by the strictest provider."""

from __future__ import annotations

import keyword
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composio.schema.dialect import PLAIN, PORTABLE_KEY, Dialect
from composio.schema.names import action_slug, property_aliases, slugify, tool_name

IDENTIFIERS = Dialect(identifiers=True)
SLUG = re.compile(r"[A-Z][A-Z0-9_]*")


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("List public events for a user", "LIST_PUBLIC_EVENTS_FOR_A_USER"),
        ("Re-run a workflow", "RE_RUN_A_WORKFLOW"),
        ("Get GitHub meta information", "GET_GITHUB_META_INFORMATION"),
        ("Get project's sender email", "GET_PROJECT_S_SENDER_EMAIL"),
        ("Get project’s sender email", "GET_PROJECT_S_SENDER_EMAIL"),
        ("List plans (stubbed)", "LIST_PLANS_STUBBED"),
        ("Get comments by IDs", "GET_COMMENTS_BY_IDS"),
        ("chat_postMessage", "CHAT_POST_MESSAGE"),
        ("issues/create", "ISSUES_CREATE"),
        ("calendar.acl.list", "CALENDAR_ACL_LIST"),
        ("PostCustomersCustomer", "POST_CUSTOMERS_CUSTOMER"),
        ("getHTTPServerIDs", "GET_HTTP_SERVER_IDS"),
        ("listV2Users", "LIST_V2_USERS"),
        ("Créer un café", "CREER_UN_CAFE"),
        ("  ...  ", ""),
        ("列出", ""),
    ],
)
def test_slugify_names_as_users_know_them(text: str, slug: str) -> None:
    assert slugify(text) == slug


def test_a_short_slug_is_its_own_long_form() -> None:
    assert action_slug("github", "Create an issue") == ("GITHUB_CREATE_AN_ISSUE", "GITHUB_CREATE_AN_ISSUE")


def test_a_long_slug_is_cut_with_a_hash_and_keeps_its_long_form() -> None:
    text = "Add a repository to the list of repositories allowed to use self-hosted runners"
    slug, long = action_slug("github", text)
    assert len(slug) <= 64
    assert slug == action_slug("github", text)[0]
    assert long == "GITHUB_" + slugify(text)
    assert slug != action_slug("github", text + " in an organization")[0]


@given(st.text(), st.text())
def test_every_slug_is_valid(app: str, text: str) -> None:
    for name in action_slug(app, text):
        assert SLUG.fullmatch(name)
    assert len(action_slug(app, text)[0]) <= 64


@given(st.text(alphabet="ABC_", min_size=1, max_size=100), st.integers(min_value=1, max_value=80))
def test_a_tool_name_keeps_its_limit(slug: str, limit: int) -> None:
    assert len(tool_name(slug, limit)) <= limit


def test_hostile_properties_become_portable() -> None:
    long = "x" * 70
    aliases = property_aliases(["$top", "page[size]", long, "title", "kind-of", "a.b", "from", "$", ""])
    assert aliases["$top"] == "top"
    assert aliases["page[size]"] == "page_size"
    assert aliases["title"] == "title"
    assert aliases["kind-of"] == "kind-of"
    assert aliases["from"] == "from"
    assert len(aliases[long]) <= 64
    assert len(set(aliases.values())) == len(aliases)


def test_a_real_name_is_never_taken_by_an_alias() -> None:
    aliases = property_aliases(["$top", "top", "top$"])
    assert aliases["top"] == "top"
    assert len(set(aliases.values())) == 3


def test_identifiers_avoid_keywords_and_self() -> None:
    aliases = property_aliases(["from", "self", "class", "kind-of", "2fa", "_id", "config"], IDENTIFIERS)
    assert aliases == {
        "from": "from_",
        "self": "self_",
        "class": "class_",
        "kind-of": "kind_of",
        "2fa": "n2fa",
        "_id": "id",
        "config": "config",
    }


def test_a_pattern_that_allows_nothing_is_said() -> None:
    with pytest.raises(ValueError, match="allows no name"):
        property_aliases(["$top"], Dialect(key_pattern="^$"))


@given(st.lists(st.text() | st.sampled_from(["$top", "top", "@top", "from", "from_", "self"])))
def test_aliases_are_unique_valid_and_do_not_depend_on_order(names: list[str]) -> None:
    for dialect in (PLAIN, IDENTIFIERS, Dialect(key_pattern="^[a-z0-9_]{1,20}$")):
        aliases = property_aliases(names, dialect)
        assert set(aliases) == set(names)
        assert len(set(aliases.values())) == len(aliases)
        assert aliases == property_aliases(reversed(names), dialect)
        for shown in aliases.values():
            assert re.fullmatch(dialect.key_pattern, shown)
            if dialect.identifiers:
                assert shown.isidentifier()
                assert not keyword.iskeyword(shown)


def test_names_that_fit_stay() -> None:
    assert re.fullmatch(PORTABLE_KEY, "owner")
    assert property_aliases(["owner", "repo"]) == {"owner": "owner", "repo": "repo"}
