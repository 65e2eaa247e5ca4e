"""The application: health, ids of requests, and errors before any protocol."""

from __future__ import annotations

import httpx
import pytest


def test_it_says_that_it_lives_and_is_ready(client: httpx.Client) -> None:
    assert client.get("/healthz").json()["status"] == "ok"
    assert client.get("/readyz").json()["status"] == "ready"


def test_a_request_keeps_the_id_that_its_client_gave(client: httpx.Client) -> None:
    assert client.get("/healthz", headers={"x-request-id": "abc-1"}).headers.get_list("x-request-id") == ["abc-1"]


@pytest.mark.parametrize("sent", ["a b", "x" * 129, "<script>"])
def test_an_id_that_could_be_anything_is_replaced(client: httpx.Client, sent: str) -> None:
    assert client.get("/healthz", headers={"x-request-id": sent}).headers["x-request-id"].startswith("req_")


def test_an_unknown_route_is_an_error_of_its_protocol(client: httpx.Client) -> None:
    assert client.get("/api/v1/nothing").json()["status"] == 404
    assert client.get("/api/v3.1/nothing").json()["error"]["code"] == 404
