"""Requests that prove themselves, and all the ways in which they don't."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from composio.errors import SignatureRefused
from composio.triggers.signatures.check import check
from composio.triggers.signatures.incoming import Incoming
from composio.triggers.signatures.rules import mistakes_of, rules_from
from tests.peers.signed import BODY, KINDS, NOW, SECRET, URL, Kind, b64, headers_of, key_pair, mac

by_name = {kind.name: kind for kind in KINDS}


def ask(kind: Kind, request: Incoming, secrets: list[str] | None = None, *, now: float = NOW) -> None:
    check(rules_from(kind.rule), request, [kind.secret] if secrets is None else secrets, now=now, values=kind.values)


def _header(change: Callable[[str], str]) -> Callable[[Kind], Incoming]:
    return lambda kind: headers_of(kind.request(), lambda name, value: iter([(name, change(value))]))


def _place(kind: Kind, text: str) -> Incoming:
    """The request with ``text`` wherever its proof was."""
    request = headers_of(kind.request(), lambda name, _: iter([(name, text)]))
    return replace(request, url=request.url.replace(SECRET, text), body=request.body.replace(SECRET.encode(), text.encode()))


FORGED: dict[str, Callable[[Kind], Incoming]] = {
    "nothing": lambda kind: Incoming(url=URL),
    "no proof": lambda kind: Incoming.of({}, b'{"n": 1}', url=URL),
    "empty": lambda kind: _place(kind, ""),
    "blank": lambda kind: _place(kind, "   "),
    "not a signature": lambda kind: _place(kind, "undefined"),
    "null": lambda kind: _place(kind, "null"),
    "outside ASCII": lambda kind: _place(kind, "sïgnature\u2028"),
    "very long": lambda kind: _place(kind, "v1=" + "a" * 20_000),
    "many": lambda kind: _place(kind, ",".join(["v1=" + "ab" * 32] * 40)),
    "zeros": lambda kind: _place(kind, "0" * 64),
    "cut": lambda kind: replace(
        _header(lambda value: value[:-3])(kind),
        body=kind.body.replace(SECRET.encode(), SECRET[:-3].encode()) if not kind.covers_body else kind.body,
        url=kind.url.replace(SECRET, SECRET[:-3]),
    ),
    "longer": lambda kind: replace(
        _header(lambda value: f"{value}A")(kind),
        body=kind.body.replace(SECRET.encode(), f"{SECRET}A".encode()) if not kind.covers_body else kind.body,
        url=kind.url.replace(SECRET, f"{SECRET}A"),
    ),
}


MALFORMED = {"nothing", "empty", "blank", "outside ASCII", "very long", "many", "cut", "longer"}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_genuine_request_is_accepted(kind: Kind) -> None:
    assert mistakes_of(rules_from(kind.rule)[0]) == []
    ask(kind, kind.request())


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
@pytest.mark.parametrize("how", FORGED)
def test_a_forged_request_is_refused(kind: Kind, how: str) -> None:
    with pytest.raises(SignatureRefused) as refused:
        ask(kind, FORGED[how](kind))
    assert kind.secret not in str(refused.value)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_another_secret_or_none_is_refused(kind: Kind) -> None:
    for secrets in ([], [""], [kind.other]):
        with pytest.raises(SignatureRefused) as refused:
            ask(kind, kind.request(), secrets)
        assert kind.other not in str(refused.value)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.covers_body], ids=lambda kind: kind.name)
def test_a_changed_body_is_refused(kind: Kind) -> None:
    genuine = kind.request()
    for body in (genuine.body + b"1", genuine.body[:-1], b"", genuine.body.replace(b"1", b"2"), b"\x00" + genuine.body):
        with pytest.raises(SignatureRefused):
            ask(kind, replace(genuine, body=body))


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.timed], ids=lambda kind: kind.name)
def test_a_replayed_or_early_request_is_refused(kind: Kind) -> None:
    for now in (NOW + 700, NOW + 86_400, NOW - 700, 0):
        with pytest.raises(SignatureRefused):
            ask(kind, kind.request(), now=now)


def test_a_time_in_the_body_is_checked_too() -> None:
    kind = by_name["time in the body"]
    for now in (NOW + 61, NOW - 61):
        with pytest.raises(SignatureRefused, match="too"):
            ask(kind, kind.request(), now=now)


@pytest.mark.parametrize("text", ["", "now", "-1", "1e9", "1700000000.5", "١٧٠٠٠٠٠٠٠٠", "0x10", "9" * 30, "1700000000 1"])
def test_a_time_that_is_none_is_refused(text: str) -> None:
    kind = by_name["slack"]
    signed = mac(SECRET, f"v0:{text}:".encode() + BODY).hex()
    with pytest.raises(SignatureRefused):
        ask(kind, Incoming.of({"X-Sig": f"v0={signed}", "X-Time": text}, BODY))


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.request().headers[1:]], ids=lambda kind: kind.name)
def test_a_header_that_stands_there_twice_is_refused(kind: Kind) -> None:
    twice = headers_of(kind.request(), lambda name, value: iter([(name, value), (name.upper(), value)]))
    with pytest.raises(SignatureRefused, match="2 times"):
        ask(kind, twice)


def test_a_token_twice_in_the_address_is_refused() -> None:
    kind = by_name["token in the address"]
    with pytest.raises(SignatureRefused, match="2 times"):
        ask(kind, replace(kind.request(), url=f"{kind.url}&token=x"))


def _vectors(kind: Kind) -> Iterator[tuple[str, Incoming, list[str], float]]:
    """Requests of a kind that must not be accepted: what each of them is, the secrets, and the time."""
    genuine, own = kind.request(), [kind.secret]
    for how in FORGED:
        yield "malformed" if how in MALFORMED else "forged", FORGED[how](kind), own, NOW
    for secrets in ([], [""], [kind.other]):
        yield "forged", genuine, secrets, NOW
    if kind.covers_body:
        for body in (genuine.body + b"1", genuine.body[:-1], b"", genuine.body.replace(b"1", b"2")):
            yield "forged", replace(genuine, body=body), own, NOW
    if kind.timed:
        yield "replayed", genuine, own, NOW + 86_400
        yield "late", genuine, own, NOW + 700
        yield "early", genuine, own, NOW - 700
    if genuine.headers[1:]:
        twice = headers_of(genuine, lambda name, value: iter([(name, value), (name.upper(), value)]))
        yield "malformed", twice, own, NOW


def test_of_hundreds_of_vectors_over_all_kinds_none_is_accepted() -> None:
    counted, accepted = Counter[str](), list[tuple[str, str]]()
    for kind in KINDS:
        ask(kind, kind.request())  # each of them is refused for what was changed
        for what, request, secrets, now in _vectors(kind):
            counted[what] += 1
            try:
                ask(kind, request, secrets, now=now)
            except SignatureRefused:
                continue
            accepted.append((kind.name, what))
    assert accepted == []
    assert counted.keys() == {"forged", "malformed", "replayed", "late", "early"}
    assert min(counted.values()) >= 10
    assert counted.total() >= 400


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_both_secrets_hold_while_they_change(kind: Kind) -> None:
    ask(kind, kind.request(), [kind.other, kind.secret])
    ask(kind, kind.request(), [kind.secret, kind.other])


@given(data=st.data())
def test_no_flipped_byte_of_what_is_signed_is_accepted(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(KINDS))
    request = kind.request()
    headers = [name for name, _ in request.headers if name != "content-type"]
    places = [*headers, *(["body"] if kind.covers_body or not headers else [])]
    place = data.draw(st.sampled_from(places))
    bit = 1 << data.draw(st.integers(0, 6))
    if place == "body":
        spot = data.draw(st.integers(0, len(request.body) - 1))
        body = bytearray(request.body)
        body[spot] ^= bit
        if kind.name == "token in the address" or (
            kind.name == "client state" and SECRET.encode() in changed_state(bytes(body))
        ):
            return  # of these only the token is proof
        changed = replace(request, body=bytes(body))
    else:
        value = dict(request.headers)[place]
        spot = data.draw(st.integers(0, len(value) - 1))
        other = value[:spot] + chr(ord(value[spot]) ^ bit) + value[spot + 1 :]
        if _means_the_same(kind, place, value, other, spot):
            return
        changed = replace(request, headers=tuple((name, other if name == place else given) for name, given in request.headers))
    with pytest.raises(SignatureRefused):
        ask(kind, changed)


def changed_state(body: bytes) -> bytes:
    """The client state as a reader of JSON sees it."""
    try:
        return str(json.loads(body).get("clientState")).encode()
    except ValueError:
        return b""


def _means_the_same(kind: Kind, place: str, value: str, other: str, spot: int) -> bool:
    """Parts of a header that prove nothing: a scheme's case, signatures of other versions and of former secrets."""
    if other.strip() == value.strip() or (place == "authorization" and other.lower() == value.lower() and spot < 7):
        return True
    if kind.name == "stripe":
        return value.index(",v0=") < spot < value.index(",v1=")
    return kind.name == "several signatures" and spot <= value.index(",")


@given(st.dictionaries(st.text(max_size=20), st.text(max_size=50), max_size=5), st.binary(max_size=200), st.text(max_size=60))
def test_whatever_comes_in_is_refused_and_never_breaks(headers: dict[str, str], body: bytes, url: str) -> None:
    for kind in KINDS:
        named = {**headers, "x-sig": url, "authorization": url}
        request = Incoming.of({name.lower(): value for name, value in named.items()}, body, url=URL)
        with pytest.raises(SignatureRefused):
            ask(kind, request)


def test_the_first_rule_that_a_request_has_a_proof_for_decides() -> None:
    rules = rules_from([{"kind": "hmac", "header": "X-New"}, {"kind": "token", "header": "X-Old"}])
    check(rules, Incoming.of({"X-Old": SECRET}, BODY), [SECRET], now=NOW)
    check(rules, Incoming.of({"X-New": mac(SECRET, BODY).hex()}, BODY), [SECRET], now=NOW)
    with pytest.raises(SignatureRefused):
        check(rules, Incoming.of({"X-New": "0" * 64, "X-Old": SECRET}, BODY), [SECRET], now=NOW)
    with pytest.raises(SignatureRefused, match="X-New or header X-Old"):
        check(rules, Incoming.of({}, BODY), [SECRET], now=NOW)


def test_every_notification_of_a_batch_must_have_the_client_state() -> None:
    rules = rules_from({"kind": "token", "field": "value[].clientState"})

    def said(body: bytes) -> None:
        check(rules, Incoming.of({}, body), [SECRET], now=NOW)

    state = f'"clientState":"{SECRET}"'
    said(f'{{"value":[{{{state}}},{{{state},"x":1}}]}}'.encode())
    for body in (
        b'{"value":[]}',
        b'{"value":{}}',
        b"{}",
        b"[]",
        f'{{"value":[{{{state}}},{{}}]}}'.encode(),
        f'{{"value":[{{{state}}},{{"clientState":"x"}}]}}'.encode(),
        f'{{"value":[{{{state}}},7]}}'.encode(),
        b'{"value":[{"clientState":true}]}',
        b'{"value":[{"clientState":["' + SECRET.encode() + b'"]}]}',
        b"[" * 100_000,
        b'{"value":NaN}',
        b"\xff\xfe",
    ):
        with pytest.raises(SignatureRefused):
            said(body)


def test_an_unsigned_body_beside_a_signed_address_is_refused() -> None:
    kind = by_name["form"]
    signature = b64(mac(SECRET, URL.encode(), "sha1"))
    check(rules_from(kind.rule), Incoming.of({"X-Sig": signature}, b"", url=URL), [SECRET], now=NOW)
    with pytest.raises(SignatureRefused, match="does not cover the body"):
        ask(kind, Incoming.of({"X-Sig": signature, "content-type": "application/json"}, b'{"a":1}', url=URL))


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        ({"exp": None}, "ends"),
        ({"exp": "soon"}, "number"),
        ({"exp": True}, "number"),
        ({"exp": float("nan")}, "ended"),
        ({"nbf": NOW + 600}, "yet"),
        ({"iss": "https://evil.example"}, "issuer"),
        ({"aud": "https://other.example"}, "audience"),
        ({"aud": None}, "audience"),
        ({"email": "other@example.com"}, "email"),
        ({"email_verified": "true"}, "email_verified"),
        ({"email_verified": 1}, "email_verified"),
    ],
)
def test_a_token_that_says_something_else_is_refused(claims: dict[str, Any], why: str) -> None:
    kind = by_name["OpenID token"]
    token = dict(kind.request().headers)["authorization"].removeprefix("Bearer ")
    said = {**jwt.decode(token, options={"verify_signature": False}), **claims}
    said = {name: value for name, value in said.items() if value is not None}
    again = jwt.encode(said, key_pair("rsa")[0], "RS256", headers={"kid": "k1"})
    with pytest.raises(SignatureRefused, match=why):
        ask(kind, Incoming.of({"Authorization": f"Bearer {again}"}, BODY, url=URL))


def test_a_token_signed_by_nobody_or_with_the_public_key_as_a_secret_is_refused() -> None:
    kind = by_name["OpenID token"]
    token = dict(kind.request().headers)["authorization"].removeprefix("Bearer ")
    claims = jwt.decode(token, options={"verify_signature": False})
    pem = key_pair("rsa")[1]
    head = b64(b'{"alg":"HS256","typ":"JWT"}').rstrip("=")
    payload = token.split(".")[1]
    confused = (
        f"{head}.{payload}.{b64(mac(pem, f'{head}.{payload}'.encode())).rstrip('=').translate(str.maketrans('+/', '-_'))}"
    )
    for forged in (jwt.encode(claims, None, "none"), confused, "a.b.c", f"{token}x"):  # type: ignore[arg-type] # no key
        for secrets in ([kind.secret], [pem]):
            with pytest.raises(SignatureRefused):
                ask(kind, Incoming.of({"Authorization": f"Bearer {forged}"}, BODY, url=URL), secrets)


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        ({"kind": "hmac"}, "header"),
        ({"kind": "hmac", "header": "X", "field": "y"}, "header"),
        ({"kind": "hmac", "header": "X", "over": "{bdy}"}, "over"),
        ({"kind": "hmac", "header": "X", "over": "{header.}"}, "over"),
        ({"kind": "hmac", "header": "X", "over": "{secret}{body}"}, "over"),
        ({"kind": "hash", "header": "X"}, "over"),
        ({"kind": "hmac", "header": "X", "over": "{timestamp}{body}"}, "timestamp"),
        ({"kind": "hmac", "header": "X", "timestamp": {"header": "T"}}, "over"),
        ({"kind": "hmac", "header": "X", "over": "{timestamp}{body}", "timestamp": {"part": "t="}}, "separator"),
        ({"kind": "hmac", "header": "X", "over": "{timestamp}{body}", "timestamp": {}}, "timestamp"),
        ({"kind": "hmac", "header": "X", "over": "{url}", "timestamp": {"field": "t"}}, "over"),
        ({"kind": "token"}, "header"),
        ({"kind": "token", "header": "X", "query": "y"}, "header"),
    ],
)
def test_a_rule_that_proves_nothing_is_a_mistake(rule: dict[str, Any], field: str) -> None:
    assert field in [where for where, _ in mistakes_of(rules_from(rule)[0])]
