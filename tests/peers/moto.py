"""moto's server on loopback: Amazon's services in memory, which check signatures and permissions once they are told to."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest

__all__ = ["MotoPeer", "moto_server"]

_ALL = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'


@dataclass(frozen=True)
class MotoPeer:
    """``url`` serves every service; the keys are those of a user who may do everything, and sign or are refused."""

    url: str
    access_key_id: str
    secret_access_key: str


@pytest.fixture(scope="session")
def moto_server() -> Iterator[MotoPeer]:
    """The services. A process has one such server: what moto keeps, users and whether they must sign, belongs to all of them."""
    # moto reads what it needs from the environment, and botocore looks for credentials there.
    os.environ.setdefault("MOTO_IAM_LOAD_MANAGED_POLICIES", "false")
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    try:
        key = _user(url)
        yield MotoPeer(url, *key)
    finally:
        _authorized(url, float("inf"))
        server.stop()


def _user(url: str) -> tuple[str, str]:
    """Make a user while nobody needs a signature; from then on everybody does."""
    _iam(url, Action="CreateUser", UserName="tester")
    _iam(url, Action="PutUserPolicy", UserName="tester", PolicyName="all", PolicyDocument=_ALL)
    made = _iam(url, Action="CreateAccessKey", UserName="tester")
    _authorized(url, 0)
    return _between(made, "AccessKeyId"), _between(made, "SecretAccessKey")


def _iam(url: str, **form: str) -> str:
    scope = "AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=x"
    data = {"Version": "2010-05-08", **form}
    answer = httpx.post(url, data=data, headers={"Authorization": scope, "Host": "iam.amazonaws.com"}, trust_env=False)
    return answer.raise_for_status().text


def _authorized(url: str, after: float) -> None:
    httpx.post(f"{url}/moto-api/reset-auth", content=str(after), trust_env=False).raise_for_status()


def _between(text: str, tag: str) -> str:
    return text.partition(f"<{tag}>")[2].partition("<")[0]
