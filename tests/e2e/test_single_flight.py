"""A hundred calls in each of two processes, on one expired token of a real provider that rotates refresh tokens."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.peers.burst import Burst, burst, connected, environment, write_app
from tests.peers.oidc import WEB, OidcPeer

RUNS = int(os.environ.get("COMPOSIO_BURSTS", "1"))  # the benchmarks make fifty


def test_the_token_endpoint_is_asked_once_for_everybody(
    tmp_path: Path, oidc: OidcPeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment(WEB).items():
        monkeypatch.setenv(name, value)
    write_app(tmp_path, oidc)
    with connected(tmp_path, oidc) as (backend, connection_id):
        results = [burst(tmp_path, oidc, backend, connection_id) for _ in range(RUNS)]
    assert results == [Burst(token_requests=1, successes=200)] * RUNS
