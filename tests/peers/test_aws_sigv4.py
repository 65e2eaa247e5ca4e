"""The scheme AWS_SIGV4 against moto, which computes each signature again and refuses a wrong one."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import httpx
import pytest

from composio.auth import aws_sigv4
from composio.model.app import AuthScheme
from composio.model.secret import SecretValues
from tests.peers.moto import MotoPeer

SCHEME = AuthScheme("aws", "AWS_SIGV4")


def values(peer: MotoPeer, service: str, **more: str) -> SecretValues:
    keys = {"access_key_id": peer.access_key_id, "secret_access_key": peer.secret_access_key}
    return SecretValues({**keys, "region": "us-east-1", "service": service, **more})


def send(
    peer: MotoPeer, service: str, method: str, path: str, *, signed: SecretValues | None = None, **more: Any
) -> httpx.Response:
    request = httpx.Request(method, peer.url + path, **more)
    assert "Authorization" in list(aws_sigv4.sign(request, SCHEME, signed or values(peer, service)))
    with httpx.Client(trust_env=False) as client:
        return client.send(request)


@pytest.fixture(scope="module")
def bucket(moto_server: MotoPeer) -> str:
    assert send(moto_server, "s3", "PUT", "/a-bucket").status_code == 200
    return "/a-bucket"


KEYS = [
    "plain.txt",
    "a folder/with spaces.txt",
    "ünï/✓.txt",
    "plus+and%percent",
    "!*'();:@&=$,[]~",
    "a//b",
    "tilde~dash-dot.under_",
    "?question#hash",
    "%41",
]


@pytest.mark.parametrize("key", KEYS)
def test_an_object_is_stored_and_read_whatever_its_key(moto_server: MotoPeer, bucket: str, key: str) -> None:
    path = f"{bucket}/{quote(key, safe='/')}"
    stored = send(moto_server, "s3", "PUT", path, content=key.encode(), headers={"content-type": "text/plain"})
    assert stored.status_code == 200, stored.text
    assert send(moto_server, "s3", "GET", path).content == key.encode()
    listed = send(moto_server, "s3", "GET", bucket, params={"list-type": "2", "prefix": key, "encoding-type": "url"})
    assert listed.status_code == 200, listed.text
    assert "<KeyCount>1</KeyCount>" in listed.text


@pytest.mark.parametrize(
    "params",
    [{"prefix": "a b+c/ü~*'()"}, {"list-type": "2", "delimiter": "/", "prefix": ""}, [("prefix", "b"), ("marker", "a=&")]],
)
def test_a_query_is_signed_as_it_is_sent(moto_server: MotoPeer, bucket: str, params: Any) -> None:
    answer = send(moto_server, "s3", "GET", bucket, params=params)
    assert answer.status_code == 200, answer.text


def test_a_wrong_secret_a_foreign_key_and_no_signature_are_refused(moto_server: MotoPeer, bucket: str) -> None:
    wrong = values(moto_server, "s3", secret_access_key="not-it")
    refused = send(moto_server, "s3", "GET", bucket, signed=wrong)
    assert (refused.status_code, "SignatureDoesNotMatch" in refused.text) == (403, True)
    foreign = send(moto_server, "s3", "GET", bucket, signed=values(moto_server, "s3", access_key_id="AKIAXXXXXXXXXXXXXXXX"))
    assert (foreign.status_code, "InvalidAccessKeyId" in foreign.text) == (403, True)


def test_what_was_changed_on_the_way_is_refused(moto_server: MotoPeer, bucket: str) -> None:
    request = httpx.Request("PUT", f"{moto_server.url}{bucket}/x", content=b"mine")
    assert list(aws_sigv4.sign(request, SCHEME, values(moto_server, "s3")))
    request.headers["x-amz-date"] = "20200101T000000Z"
    with httpx.Client(trust_env=False) as client:
        assert client.send(request).status_code == 403


def test_json_and_query_services_take_signed_bodies(moto_server: MotoPeer) -> None:
    target = {"x-amz-target": "DynamoDB_20120810.ListTables", "content-type": "application/x-amz-json-1.0"}
    answer = send(moto_server, "dynamodb", "POST", "/", content=b'{"Limit": 10}', headers=target)
    assert (answer.status_code, answer.json()) == (200, {"TableNames": []})
    form = {"Action": "CreateQueue", "QueueName": "q", "Version": "2012-11-05"}
    made = send(moto_server, "sqs", "POST", "/", data=form)
    assert made.status_code == 200, made.text
    text = {"Action": "SendMessage", "MessageBody": "ü & = + ✓", "Version": "2012-11-05"}
    sent = send(moto_server, "sqs", "POST", "/123456789012/q", data=text)
    assert sent.status_code == 200, sent.text
    asked = {"Action": "ReceiveMessage", "Version": "2012-11-05"}
    # By POST: of a GET to such a service moto computes the body's hash from the query.
    assert "ü &amp; = + ✓" in send(moto_server, "sqs", "POST", "/123456789012/q", data=asked).text


def test_temporary_keys_carry_their_token(moto_server: MotoPeer) -> None:
    asked = {"Action": "GetSessionToken", "Version": "2011-06-15"}
    made = send(moto_server, "sts", "POST", "/", data=asked)
    assert made.status_code == 200, made.text
    request = httpx.Request("GET", f"{moto_server.url}/")
    signed = list(aws_sigv4.sign(request, SCHEME, values(moto_server, "s3", session_token="the-token")))
    assert "X-Amz-Security-Token" in signed
    assert "x-amz-security-token" in request.headers["authorization"]
