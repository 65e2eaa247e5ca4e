"""Apps of v0.7 that are not here."""

from __future__ import annotations

import pytest

from composio.former.apps import explain_missing


@pytest.mark.parametrize("name", ["BLACKBOARD", "blackboard", "BLACKBOARD_CREATE_COURSE", " Blackboard "])
def test_an_app_of_v07_that_is_not_here_says_how_to_add_it(name: str) -> None:
    said = explain_missing(name)
    assert "BLACKBOARD was an app of v0.7" in said
    assert "composio apps add blackboard --spec" in said


@pytest.mark.parametrize("name", ["", "GITHUB_CREATE_AN_ISSUE", "BLACKBOARDS_LIST", "MY_ZOHO_MAIL", "_"])
def test_other_names_are_none_of_its_business(name: str) -> None:
    assert explain_missing(name) == ""


def test_the_longest_name_is_meant() -> None:
    assert explain_missing("BREX_STAGING_LIST_CARDS").startswith("BREX_STAGING was")
