"""Amazon's signatures, computed a second time as its documentation says. moto's verdict is elsewhere."""

from __future__ import annotations

import hashlib
import hmac
import logging
import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, unquote

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from composio.auth import aws_sigv4
from composio.errors import ConfigurationError
from composio.model.app import AuthScheme
from composio.model.secret import SecretValues

SCHEME = AuthScheme("aws", "AWS_SIGV4")
VALUES = SecretValues(access_key_id="AKIDEXAMPLE", secret_access_key="planted-secret-key")


def sign(method: str, url: str, *, values: SecretValues = VALUES, **more: Any) -> httpx.Request:
    request = httpx.Request(method, url, **more)
    assert "Authorization" in list(aws_sigv4.sign(request, SCHEME, values))
    return request


def expected(request: httpx.Request, path: str) -> str:
    """The signature by the book: "Create a signed AWS API request" of the IAM User Guide. ``path`` is the canonical one."""
    scope, headers = (
        request.headers["authorization"].partition(f"{name}=")[2].partition(",")[0] for name in ("Credential", "SignedHeaders")
    )
    _, day, region, service, _ = scope.split("/")
    pairs = sorted(part.partition("=")[::2] for part in request.url.query.decode().split("&") if part)
    body = request.headers.get("x-amz-content-sha256") or hashlib.sha256(request.read()).hexdigest()
    lines = [request.method, path, "&".join(f"{k}={v}" for k, v in pairs)]
    lines += [f"{name}:{' '.join(request.headers[name].split())}" for name in headers.split(";")]
    canonical = "\n".join([*lines, "", headers, body])
    parts = ["AWS4-HMAC-SHA256", request.headers["x-amz-date"], scope.partition("/")[2]]
    text = "\n".join([*parts, hashlib.sha256(canonical.encode()).hexdigest()])
    key = b"AWS4" + VALUES["secret_access_key"].encode()
    for one in (day, region, service, "aws4_request", text):
        key = hmac.new(key, one.encode(), hashlib.sha256).digest()
    return key.hex()


def signature(request: httpx.Request) -> str:
    return str(request.headers["authorization"].partition("Signature=")[2])


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=12)


@settings(deadline=None)  # the first one loads botocore
@given(key=TEXT, name=TEXT, value=TEXT, body=st.binary(max_size=20))
def test_s3_encodes_a_path_once(key: str, name: str, value: str, body: bytes) -> None:
    raw = quote(key, safe="")
    request = sign("PUT", f"https://bucket.s3.eu-west-1.amazonaws.com/x{raw}", params={name: value}, content=body)
    path = quote(unquote(request.url.raw_path.decode().partition("?")[0]), safe="/-_.~")
    assert signature(request) == expected(request, path)
    assert request.url.params.multi_items() == [(name, value)]
    assert unquote(path) == f"/x{key}"


@settings(deadline=None)
@given(part=TEXT, name=TEXT, value=TEXT)
def test_other_services_encode_it_twice(part: str, name: str, value: str) -> None:
    request = sign("GET", f"https://lambda.eu-west-1.amazonaws.com/x{quote(part, safe='')}/y", params={name: value})
    assert signature(request) == expected(request, quote(request.url.raw_path.decode().partition("?")[0], safe="/-_.~"))


@pytest.mark.parametrize(
    ("host", "scope"),
    [
        ("sqs.eu-west-1.amazonaws.com", "eu-west-1/sqs"),
        ("s3.amazonaws.com", "us-east-1/s3"),
        ("my-bucket.s3.us-gov-west-1.amazonaws.com", "us-gov-west-1/s3"),
        ("s3-accesspoint.eu-central-1.amazonaws.com", "eu-central-1/s3"),
        ("iam.amazonaws.com", "us-east-1/iam"),
    ],
)
def test_region_and_service_are_read_from_the_host_where_nobody_says_them(host: str, scope: str) -> None:
    assert f"/{scope}/aws4_request" in sign("GET", f"https://{host}/").headers["authorization"]
    values = VALUES | {"region": "ap-south-1", "service": "es"}
    assert "/ap-south-1/es/aws4_request" in sign("GET", f"https://{host}/", values=values).headers["authorization"]


def test_temporary_keys_send_their_token_and_it_is_signed() -> None:
    request = sign("GET", "https://sqs.eu-west-1.amazonaws.com/", values=VALUES | {"session_token": "planted-session-token"})
    assert request.headers["x-amz-security-token"] == "planted-session-token"
    assert "x-amz-security-token" in request.headers["authorization"]
    assert signature(request) == expected(request, "/")


def test_only_what_nobody_changes_on_the_way_is_signed() -> None:
    headers = {"x-amz-target": "A.B", "content-type": "application/json", "accept": "a/b", "user-agent": "me", "x-other": "1"}
    request = sign("POST", "https://dynamodb.eu-west-1.amazonaws.com/", headers=headers, content=b"{}")
    assert "SignedHeaders=content-type;host;x-amz-date;x-amz-target," in request.headers["authorization"]
    assert signature(request) == expected(request, "/")


def test_signing_twice_replaces_the_first_signature() -> None:
    request = sign("PUT", "https://b.s3.eu-west-1.amazonaws.com/k", content=b"x")
    list(aws_sigv4.sign(request, SCHEME, VALUES))
    assert signature(request) == expected(request, "/k")


class Pieces(httpx.SyncByteStream):
    def __init__(self) -> None:
        self.reads = 0

    def __iter__(self) -> Iterator[bytes]:
        self.reads += 1
        yield b"large "
        yield b"file"


@pytest.mark.parametrize(
    ("url", "hash_", "reads"),
    [
        ("https://b.s3.eu-west-1.amazonaws.com/k", "UNSIGNED-PAYLOAD", 0),
        ("http://b.s3.eu-west-1.amazonaws.com/k", hashlib.sha256(b"large file").hexdigest(), 1),
    ],
)
def test_a_file_on_its_way_to_s3_is_read_only_where_nothing_else_protects_it(url: str, hash_: str, reads: int) -> None:
    pieces = Pieces()
    request = sign("PUT", url, stream=pieces, headers={"host": httpx.URL(url).host})
    assert request.headers["x-amz-content-sha256"] == hash_
    assert pieces.reads == reads
    assert signature(request) == expected(request, "/k")


@pytest.mark.parametrize("name", ["access_key_id", "secret_access_key"])
def test_a_missing_key_is_named(name: str) -> None:
    values = SecretValues({k: v for k, v in VALUES.items() if k != name})
    with pytest.raises(ConfigurationError, match=f"aws: needs a value for '{name}'"):
        sign("GET", "https://s3.amazonaws.com/", values=values)


def test_without_botocore_the_command_that_brings_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "botocore.auth", None)
    with pytest.raises(ConfigurationError, match=r"pip install 'opencomposio-core\[aws\]'"):
        sign("GET", "https://s3.amazonaws.com/")


def test_nothing_secret_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        sign("GET", "https://s3.amazonaws.com/", values=VALUES | {"session_token": "planted-session-token"})
    assert not any("planted" in message for message in caplog.messages)
    assert not any(record.name == "botocore.auth" for record in caplog.records)
