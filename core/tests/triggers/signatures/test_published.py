"""Vendors' published examples hold, and hold no more once anything of them is changed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from composio.errors import SignatureRefused
from composio.triggers.signatures.check import check
from composio.triggers.signatures.incoming import Incoming
from composio.triggers.signatures.rules import mistakes_of, rules_from
from tests.peers.published_signatures import PUBLISHED, Published


def ask(case: Published, *, now: float = 0.0) -> None:
    request = Incoming.of(case.headers, case.body, url=case.url)
    check(rules_from(case.rule), request, [case.secret], now=case.now + now)


@pytest.mark.parametrize("case", PUBLISHED, ids=lambda case: case.name)
def test_a_published_signature_holds(case: Published) -> None:
    assert mistakes_of(rules_from(case.rule)[0]) == []
    ask(case)


@pytest.mark.parametrize("case", PUBLISHED, ids=lambda case: case.name)
def test_a_published_signature_does_not_hold_for_something_else(case: Published) -> None:
    key = (
        case.secret[:10] + ("B" if case.secret[10] != "B" else "C") + case.secret[11:]
        if len(case.secret) > 10
        else "x" + case.secret
    )
    for other in (
        replace(case, body=case.body.replace(b"1", b"2", 1).replace(b"o", b"p", 1).replace(b"va", b"vb", 1)),
        replace(case, secret=key),
    ):
        with pytest.raises(SignatureRefused):
            ask(other)
    if "timestamp" in case.rule:
        for late in (601, -601, 1e9):
            with pytest.raises(SignatureRefused, match="too"):
                ask(case, now=late)
