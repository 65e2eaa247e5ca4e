"""What a log may keep of arguments and answers."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composio.model.redacted import as_log_text, redact

SECRETS = (
    *("password", "api_key", "apiKey", "X-Api-Key", "client_secret", "clientSecret", "access_token", "refreshToken"),
    *("Authorization", "private_key", "PASSWORD", "user_password", "idToken", "Cookie", "secret", "AWSSecretKey", "otp"),
)
PLAIN = (
    *("keywords", "author", "tokens_used", "max_tokens", "next_page_token", "usage", "key", "primary_key", "name"),
    *("secretary", "tokenizer", "total_tokens", "monkey", "authored_by"),
)


@pytest.mark.parametrize("name", SECRETS)
def test_the_value_of_a_secret_is_hidden_wherever_it_lies(name: str) -> None:
    assert redact({"a": [{"b": {name: "hunter2"}}]}) == {"a": [{"b": {name: "***"}}]}


@pytest.mark.parametrize("name", PLAIN)
def test_names_that_only_look_like_a_secret_keep_their_values(name: str) -> None:
    assert redact({name: "value"}) == {name: "value"}


def test_a_secret_that_is_an_object_is_hidden_whole() -> None:
    assert redact({"credentials": {"user": "u", "pin": "1"}}) == {"credentials": "***"}


def test_text_is_cut_at_the_limit_and_nothing_is_kept_for_none() -> None:
    assert as_log_text({"text": "x" * 100}, 20) == '{"text": "xxxxxxxxx…'
    assert as_log_text({"a": 1}, 0) is None
    assert as_log_text(None, 100) is None


def test_what_is_nested_without_end_is_kept_as_far_as_it_is_read() -> None:
    deep: Any = "leaf"
    for _ in range(500):
        deep = [deep]
    text = as_log_text(deep, 10_000)
    assert text is not None
    assert "leaf" not in text


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(JSON, st.sampled_from(SECRETS))
def test_no_secret_is_ever_in_the_text(value: Any, name: str) -> None:
    text = as_log_text({"around": value, "within": [{name: "S3CR3T-sentinel"}]}, 1_000_000)
    assert text is not None
    assert "S3CR3T-sentinel" not in text
    json.loads(text)
