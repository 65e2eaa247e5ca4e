"""Stems against the vocabulary that Snowball's English stemmer publishes for its rules."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composio.catalog.search.stems import stem

_KNOWN = """
consign consign consigned consign consigning consign consignment consign consist consist consistency consist consistent consist
consistently consist consisting consist consolation consol console consol conspicuous conspicu conspiracy conspiraci
knack knack knackeries knackeri knaves knave knavish knavish kneeling kneel knelt knelt knights knight knitted knit knots knot
caresses caress ties tie cries cri gas gas gaps gap this this kiwis kiwi agreed agre feed feed luxuriated luxuri hopping hop
hoping hope falling fall dying die cry cri by by say say national nation rationalize ration hopefulness hope
activities activ repositories repositori repository repositori issues issu created creat creating creat creation creation
scheduled schedul organization organiz generate generat generic generic communication communic skies sky news news succeed succeed
"""
_PAIRS = list(zip(_KNOWN.split()[::2], _KNOWN.split()[1::2], strict=True))


@pytest.mark.parametrize(("word", "expected"), _PAIRS)
def test_a_word_has_the_stem_that_snowball_gives_it(word: str, expected: str) -> None:
    assert stem(word) == expected


@pytest.mark.parametrize("word", ["v2", "42", "läuft", "トイ", "a", "", "x" * 10_000])
def test_what_is_not_an_english_word_stays_as_it_is(word: str) -> None:
    assert stem(word) == word


@given(st.text("abcdefghijklmnopqrstuvwxyz", max_size=45))
def test_a_stem_is_never_empty_nor_longer_than_its_word_by_more_than_an_e(word: str) -> None:
    found = stem(word)
    assert bool(found) == bool(word)
    assert len(found) <= len(word) + 1
