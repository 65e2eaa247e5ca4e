"""Questions of providers are answered, and nobody else's."""

from __future__ import annotations

import json
from typing import Any

import pytest

from composio.errors import SignatureRefused
from composio.triggers.signatures.handshake import Reply, answer_handshake, handshakes_from
from composio.triggers.signatures.incoming import Incoming
from composio.triggers.signatures.rules import rules_from
from tests.peers.signed import NOW, SECRET, URL, b64, mac

SIGNED = {
    "kind": "hmac",
    "header": "X-Sig",
    "prefix": "v0=",
    "over": "v0:{timestamp}:{body}",
    "timestamp": {"header": "X-Time"},
}
SLACK = {"kind": "echo", "field": "challenge", "when": {"type": "url_verification"}, "signed": True}
ZOOM = {
    "kind": "sign",
    "field": "payload.plainToken",
    "when": {"event": "endpoint.url_validation"},
    "signed": True,
    "reply": "plainToken",
    "signed_reply": "encryptedToken",
}
ASANA = {"kind": "keep", "header": "X-Hook-Secret"}
META = {
    "kind": "echo",
    "method": "GET",
    "query": "hub.challenge",
    "when": {"hub.mode": "subscribe"},
    "token": "hub.verify_token",
}
CRC = {
    "kind": "sign",
    "method": "GET",
    "query": "crc_token",
    "signed_reply": "response_token",
    "encoding": "base64",
    "prefix": "sha256=",
}


def ask(handshake: dict[str, Any], request: Incoming, secrets: tuple[str, ...] = (SECRET,)) -> Reply | None:
    return answer_handshake(handshakes_from(handshake), rules_from(SIGNED), request, secrets, now=NOW)


def signed(body: bytes, secret: str = SECRET) -> Incoming:
    headers = {"X-Sig": f"v0={mac(secret, f'v0:{NOW}:'.encode() + body).hex()}", "X-Time": str(NOW)}
    return Incoming.of(headers, body, url=URL)


def got(query: str = "", method: str = "GET") -> Incoming:
    return Incoming.of({}, b"", method=method, url=f"https://hooks.example.com/in?{query}")


def test_slacks_challenge_is_echoed_where_it_is_signed() -> None:
    body = b'{"token":"t","challenge":"3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P","type":"url_verification"}'
    reply = ask(SLACK, signed(body))
    assert reply is not None
    assert reply.body == b"3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P"
    assert dict(reply.headers)["x-content-type-options"] == "nosniff"
    with pytest.raises(SignatureRefused):
        ask(SLACK, signed(body, "another"))
    with pytest.raises(SignatureRefused):
        ask(SLACK, Incoming.of({}, body))


def test_an_event_is_no_question() -> None:
    for body in (b'{"type":"event_callback","challenge":"x"}', b"[]", b"not JSON", b'{"type":"url_verification"}', b""):
        assert ask(SLACK, Incoming.of({}, body)) is None
    assert ask(META, got("hub.mode=unsubscribe&hub.challenge=1")) is None
    assert ask(ASANA, Incoming.of({}, b"{}")) is None
    assert ask(META, got("", "POST")) is None


def test_zooms_token_is_signed_only_where_zoom_asks() -> None:
    body = b'{"payload":{"plainToken":"qgg8vlvZRS6UYooatFL8Aw"},"event":"endpoint.url_validation"}'
    reply = ask(ZOOM, signed(body))
    assert reply is not None
    expected = mac(SECRET, b"qgg8vlvZRS6UYooatFL8Aw").hex()
    assert json.loads(reply.body) == {"plainToken": "qgg8vlvZRS6UYooatFL8Aw", "encryptedToken": expected}
    with pytest.raises(SignatureRefused):
        ask(ZOOM, signed(body, "x"))


def test_nobody_gets_a_signature_of_a_body_by_asking_for_one_of_a_token() -> None:
    reply = ask(CRC, got("crc_token=abc-123"))
    assert reply is not None
    assert json.loads(reply.body) == {"response_token": f"sha256={b64(mac(SECRET, b'abc-123'))}"}
    for token in ("%7B%22a%22%3A1%7D", "v0%3A1%3Ax", "", "x" * 600, "a%00b", "a%20b"):
        with pytest.raises(SignatureRefused, match="challenge"):
            ask(CRC, got(f"crc_token={token}"))
    with pytest.raises(SignatureRefused, match="secret"):
        ask(CRC, got("crc_token=abc"), ())


def test_asanas_secret_is_kept_once() -> None:
    reply = ask(ASANA, Incoming.of({"X-Hook-Secret": "b537207f20cbfa02357cf448134da559"}, b"{}"), ())
    assert reply is not None
    assert reply.headers == (("X-Hook-Secret", "b537207f20cbfa02357cf448134da559"),)
    assert reply.secret == "b537207f20cbfa02357cf448134da559"
    assert "b537207" not in repr(reply).replace(str(reply.headers), "")
    with pytest.raises(SignatureRefused, match="already"):
        ask(ASANA, Incoming.of({"X-Hook-Secret": "mine-now"}, b"{}"))


def test_metas_challenge_needs_the_token_that_was_agreed() -> None:
    reply = ask(META, got(f"hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token={SECRET}"))
    assert reply is not None
    assert reply.body == b"1158201444"
    for query in ("hub.mode=subscribe&hub.challenge=1&hub.verify_token=x", "hub.mode=subscribe&hub.challenge=1"):
        with pytest.raises(SignatureRefused, match=r"hub\.verify_token"):
            ask(META, got(query))


def test_a_challenge_in_the_address_is_echoed_as_text() -> None:
    graph = {"kind": "echo", "query": "validationToken"}
    request = Incoming.of({}, b"", url="https://h.example.com/?validationToken=Validation%3A+Testing+client+%3Cb%3E")
    reply = ask(graph, request)
    assert reply is not None
    assert reply.body == b"Validation: Testing client <b>"
    assert dict(reply.headers) == {"content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff"}
    dropbox = ask({"kind": "echo", "method": "GET", "query": "challenge"}, got("challenge=abc"))
    assert dropbox is not None
    assert dropbox.body == b"abc"
    for bad in ("challenge=", "challenge=" + "a" * 3000, "challenge=a%0d%0ab", "challenge=%C3%A9"):
        with pytest.raises(SignatureRefused):
            ask({"kind": "echo", "method": "GET", "query": "challenge"}, got(bad))


def test_a_head_request_is_answered() -> None:
    assert ask({"kind": "ok", "method": "HEAD"}, got(method="HEAD")) == Reply()
    assert ask({"kind": "ok", "method": "HEAD"}, got(method="POST")) is None


def test_a_challenge_in_json_comes_back_as_json() -> None:
    reply = ask({"kind": "echo", "field": "challenge", "reply": "challenge"}, Incoming.of({}, b'{"challenge": "abc"}'))
    assert reply is not None
    assert json.loads(reply.body) == {"challenge": "abc"}
