"""A host that a tenant named is guarded all the way from the stored connection to the socket; a developer's is not."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from composio import ComposioToolSet
from composio.embedded import EmbeddedBackend
from composio.errors import ConfigurationError, TokenRequestFailed
from composio.testing.exchange import Request, Response
from composio.testing.loopback import Loopback
from tests.peers.acme import came_back, write_app

HOST: dict[str, Any] = {
    "auth_mode": "API_KEY",
    "fields": [{"name": "site", "description": "Your address."}, {"name": "api_key", "description": "Your key."}],
    "proxy": {"base_url": "{{site}}", "headers": {"X-Api-Key": "{{api_key}}"}},
}
OAUTH: dict[str, Any] = {
    "auth_mode": "OAUTH2",
    "fields": [{"name": "site", "description": "Your address."}],
    "authorization_url": "{{site}}/authorize",
    "token_url": "{{site}}/token",
    "revocation_url": "{{site}}/revoke",
    "proxy": {"base_url": "{{site}}"},
}


class Site:
    """A server inside the network. ``seen`` has what arrived."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def __call__(self, request: Request) -> Response:
        self.seen.append(f"{request.method} {request.path}")
        if request.path == "/away":
            return Response(302, {"location": request.headers["x-goal"]})
        if request.path == "/token":
            return Response.of_json({"access_token": "t", "refresh_token": "r", "expires_in": 3600})
        return Response.of_json({"fine": True})


@pytest.fixture
def site() -> Site:
    return Site()


@pytest.fixture
def server(site: Site) -> Iterator[Loopback]:
    with Loopback(site) as running:
        yield running


@pytest.fixture
def home(bare_home: Path) -> Path:
    write_app(bare_home, "hosted", HOST)
    write_app(bare_home, "oauth", OAUTH)
    return bare_home


def toolset(home: Path, **more: Any) -> Iterator[ComposioToolSet[Any]]:
    backend = EmbeddedBackend(home=home, **more)
    yield ComposioToolSet[Any](backend=backend)
    backend.close()


@pytest.fixture
def shut(home: Path) -> Iterator[ComposioToolSet[Any]]:
    yield from toolset(home)


@pytest.fixture
def opened(home: Path, server: Loopback) -> Iterator[ComposioToolSet[Any]]:
    yield from toolset(home, egress_allow=[server.url.removeprefix("http://")])


async def executed(one: ComposioToolSet[Any]) -> Any:
    try:
        return await one.aexecute_action("HOSTED_GET_ME")
    finally:
        await one.backend.clients.aclose()  # type: ignore[attr-defined]  # the embedded backend has it


def test_a_tenants_host_inside_the_network_is_not_reached(shut: ComposioToolSet[Any], server: Loopback, site: Site) -> None:
    shut.initiate_connection(app="hosted", connected_account_params={"site": server.url, "api_key": "k"})
    for result in (
        shut.execute_action("HOSTED_GET_ME"),
        asyncio.run(executed(shut)),
        shut.execute_request("/anything", app="hosted"),
    ):
        assert not result["successful"]
        assert "not on the public internet" in str(result["error"])
        assert f"COMPOSIO_EGRESS_ALLOW={server.url.removeprefix('http://')}" in str(result["error"])
    assert site.seen == []


@pytest.mark.parametrize(
    "written", ["http://localhost:{port}", "http://127.1:{port}", "http://2130706433:{port}", "http://[::1]:{port}"]
)
def test_however_it_is_written(shut: ComposioToolSet[Any], server: Loopback, site: Site, written: str) -> None:
    port = server.url.rpartition(":")[2]
    shut.initiate_connection(app="hosted", connected_account_params={"site": written.format(port=port), "api_key": "k"})
    assert not shut.execute_action("HOSTED_GET_ME")["successful"]
    assert site.seen == []


def test_the_allow_list_opens_it(opened: ComposioToolSet[Any], server: Loopback, site: Site) -> None:
    opened.initiate_connection(app="hosted", connected_account_params={"site": server.url, "api_key": "k"})
    assert opened.execute_action("HOSTED_GET_ME")["data"] == {"fine": True}
    assert site.seen == ["GET /me"]


def test_a_developers_host_is_trusted(
    shut: ComposioToolSet[Any], server: Loopback, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = shut.create_integration("hosted", "API_KEY", {"site": server.url})
    shut.initiate_connection(integration_id=made.id, connected_account_params={"api_key": "k"})
    assert shut.execute_action("HOSTED_GET_ME")["successful"]
    shut.initiate_connection(
        app="hosted", entity_id="bob", connected_account_params={"site": "https://x.invalid", "api_key": "k"}
    )
    monkeypatch.setenv("COMPOSIO_HOSTED_BASE_URL", server.url)
    assert shut.execute_action("HOSTED_GET_ME", entity_id="bob")["successful"]
    assert shut.execute_action("HOSTED_GET_ME", auth={"base_url": server.url})["successful"]
    assert len(site.seen) == 3


def test_a_tenants_host_does_not_get_the_developers_client(shut: ComposioToolSet[Any], server: Loopback, site: Site) -> None:
    made = shut.create_integration("oauth", "OAUTH2", {"client_id": "c", "client_secret": "developer's"})
    started = shut.initiate_connection(integration_id=made.id, connected_account_params={"site": server.url})
    with pytest.raises(TokenRequestFailed, match="not on the public internet"):
        shut.complete_connection(came_back(started.redirectUrl))
    assert site.seen == []


def test_with_the_allow_list_it_connects_renews_and_revokes(opened: ComposioToolSet[Any], server: Loopback, site: Site) -> None:
    made = opened.create_integration("oauth", "OAUTH2", {"client_id": "c", "client_secret": "s"})
    started = opened.initiate_connection(integration_id=made.id, connected_account_params={"site": server.url})
    one = opened.complete_connection(came_back(started.redirectUrl))
    opened.refresh_connection(one.id)
    opened.delete_connection(one.id)
    assert site.seen == ["POST /token", "POST /token", "POST /revoke"]


def test_a_wrong_entry_of_the_list_is_said_at_once(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigurationError, match=r"egress_allow: 'http://x' is a URL"):
        EmbeddedBackend(home=home, egress_allow=["http://x"])
    monkeypatch.setenv("COMPOSIO_EGRESS_ALLOW", "10.0.0.0/8, 10.1")
    with pytest.raises(ConfigurationError, match=r"COMPOSIO_EGRESS_ALLOW: '10\.1' is no address or network"):
        EmbeddedBackend(home=home)
