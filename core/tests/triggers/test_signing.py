"""Standard Webhooks: the published library is the judge, and receivers get a helper."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

import composio
from composio import triggers
from composio.errors import InvalidRequest, SignatureRefused
from composio.triggers.signing import new_secret, sign

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = b'{"test": 2432232314}'


def test_the_specifications_example_is_signed_the_same() -> None:
    assert sign("msg_p5jXN8AQM9LWM0D4loKWxJek", BODY, [SECRET], now=1614265330.9) == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


@given(st.binary(min_size=24, max_size=64), st.dictionaries(st.text(), st.text() | st.integers() | st.booleans(), max_size=4))
def test_the_published_library_accepts_what_is_signed(key: bytes, payload: dict[str, object]) -> None:
    import base64

    body = json.dumps(payload).encode()
    secret = "whsec_" + base64.b64encode(key).decode()
    assert Webhook(secret).verify(body, sign("evt_1", body, [secret], now=time.time())) == payload


def test_the_published_library_accepts_either_secret_while_they_change() -> None:
    former, current = new_secret(), new_secret()
    headers = sign("evt_1", BODY, [current, former], now=time.time())
    assert headers["webhook-signature"].count("v1,") == 2
    for secret in (former, current):
        assert Webhook(secret).verify(BODY, headers) == json.loads(BODY)
        assert triggers.verify(headers, BODY, secret) == json.loads(BODY)
    with pytest.raises(WebhookVerificationError):
        Webhook(new_secret()).verify(BODY, headers)


def test_what_the_published_library_signs_is_accepted() -> None:
    from datetime import UTC, datetime

    at = datetime.now(tz=UTC)
    headers = {
        "Webhook-Id": "msg_1",
        "Webhook-Timestamp": str(int(at.timestamp())),
        "Webhook-Signature": f"v2,xyz {Webhook(SECRET).sign('msg_1', at, BODY.decode())} v1a,abc",
    }
    assert triggers.verify(headers, BODY.decode(), SECRET) == {"test": 2432232314}
    assert composio.triggers.verify(list(headers.items()), BODY, [new_secret(), SECRET]) == {"test": 2432232314}


@pytest.mark.parametrize("gone", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_a_delivery_without_one_of_its_headers_is_refused(gone: str) -> None:
    headers = {name: value for name, value in sign("e", BODY, [SECRET], now=1000).items() if name != gone}
    with pytest.raises(SignatureRefused):
        triggers.verify(headers, BODY, SECRET, now=1000)


def test_a_delivery_that_was_changed_or_is_late_is_refused() -> None:
    headers = sign("e", BODY, [SECRET], now=1000)
    assert triggers.verify(headers, BODY, SECRET, now=1300)
    assert triggers.verify(headers, BODY, SECRET, now=2000, tolerance=1000)
    for changed in ({"webhook-id": "f"}, {"webhook-timestamp": "1001"}, {"webhook-signature": "v1,AAAA"}):
        with pytest.raises(SignatureRefused):
            triggers.verify({**headers, **changed}, BODY, SECRET, now=1000)
    for now in (1301, 699):
        with pytest.raises(SignatureRefused, match="too"):
            triggers.verify(headers, BODY, SECRET, now=now)
    with pytest.raises(SignatureRefused):
        triggers.verify(headers, BODY + b" ", SECRET, now=1000)
    with pytest.raises(SignatureRefused, match="no secret"):
        triggers.verify(headers, BODY, "", now=1000)
    with pytest.raises(SignatureRefused, match="not base64") as refused:
        triggers.verify(headers, BODY, "whsec_not/base64!", now=1000)
    assert "not/base64" not in str(refused.value)


def test_a_signed_body_that_is_no_json_is_refused() -> None:
    with pytest.raises(SignatureRefused, match="not JSON"):
        triggers.verify(sign("e", b"hello", [SECRET], now=1000), b"hello", SECRET, now=1000)


@pytest.mark.parametrize("event_id", ["", "a.b", "a b", "a\n", "é"])
def test_an_id_that_would_make_the_signature_ambiguous_is_refused(event_id: str) -> None:
    with pytest.raises(InvalidRequest, match="id"):
        sign(event_id, BODY, [SECRET], now=1)


@pytest.mark.parametrize("secrets", [[], ["whsec_c2hvcnQ="], ["whsec_###"], [""]])
def test_a_secret_that_is_none_is_refused_and_not_shown(secrets: list[str]) -> None:
    with pytest.raises(InvalidRequest) as error:
        sign("e", BODY, secrets, now=1)
    assert "c2hvcnQ" not in str(error.value)


def test_the_package_names_what_it_has() -> None:
    assert {"verify", "new_secret"} <= set(dir(triggers))
    with pytest.raises(AttributeError, match="nothing"):
        _ = triggers.nothing
