"""Names that people guess or remember wrongly are answered with those that they mean, by the shipped apps' actions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from composio import ComposioToolSet
from composio.embedded import EmbeddedBackend
from composio.errors import ActionNotFound

GUESSED = {
    "GITHUB_STAR_REPOSITORY": "GITHUB_STAR_A_REPOSITORY_FOR_THE_AUTHENTICATED_USER",
    "GITHUB_OPEN_ISSUE": "GITHUB_CREATE_AN_ISSUE",
    "GITHUB_NEW_PULL_REQUEST": "GITHUB_CREATE_A_PULL_REQUEST",
    "GITHUB_MERGE_PR": "GITHUB_MERGE_A_PULL_REQUEST",
    "GMAIL_SEND_MAIL": "GMAIL_SEND_EMAIL",
    "HUBSPOT_ADD_CONTACT": "HUBSPOT_CREATE_CONTACT",
    "JIRA_NEW_TICKET": "JIRA_CREATE_ISSUE",
    "TRELLO_NEW_CARD": "TRELLO_CREATE_CARD",
    "AIRTABLE_INSERT_ROW": "AIRTABLE_CREATE_RECORD",
    "LINEAR_NEW_ISSUE": "LINEAR_CREATE_LINEAR_ISSUE",
}


@pytest.mark.parametrize(("guessed", "meant"), GUESSED.items())
def test_a_guessed_name_is_answered_with_what_it_means(
    described: Callable[[str], Any], home: Path, guessed: str, meant: str
) -> None:
    described(guessed.partition("_")[0].lower())  # compiles the app once for all tests
    backend = EmbeddedBackend(home=home)
    try:
        with pytest.raises(ActionNotFound) as caught:
            ComposioToolSet(backend=backend).execute_action(guessed, {})
    finally:
        backend.close()
    assert caught.value.suggestions[0] == meant
