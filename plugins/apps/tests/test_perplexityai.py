"""A question to Perplexity as v0.7 asked it, against the API's description."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def test_a_question_is_asked_in_plain_words(described: Callable[[str], Any]) -> None:
    api = described("perplexityai")
    api.run("PERPLEXITYAI_PERPLEXITY_AI_SEARCH", userContent="Who won?", systemContent="In a word", search_recency_filter="day")
    request = api.upstream.requests[-1]
    assert (request.method, request.path) == ("POST", "/v1/sonar")
    assert request.body == {
        "model": "sonar",
        "messages": [{"role": "system", "content": "In a word"}, {"role": "user", "content": "Who won?"}],
        "search_recency_filter": "day",
    }
    api.run("PERPLEXITYAI_PERPLEXITY_AI_SEARCH", userContent="Why?", model="sonar-pro", max_tokens=50, temperature=0)
    assert api.upstream.requests[-1].body == {
        "model": "sonar-pro",
        "messages": [{"role": "user", "content": "Why?"}],
        "max_tokens": 50,
        "temperature": 0,
    }
