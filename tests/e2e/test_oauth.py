"""Whole connections with a real provider: browser, device, no user at all; renewed, reused, revoked."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from composio.embedded import EmbeddedBackend
from composio.errors import AuthorizationError, ConnectionNotUsable, InvalidState, TokenRequestFailed
from composio.model.call import ToolCall, Who
from composio.model.connection import ConnectionStarted, NewConnection
from composio.transport.limits import Limits
from tests.peers.burst import environment, write_app
from tests.peers.oidc import DEVICE, MACHINE, NATIVE, POST, WEB, OidcPeer, PeerClient

Open = Callable[..., EmbeddedBackend]


@pytest.fixture
def opened(tmp_path: Path, oidc: OidcPeer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """A backend as a client; ``scheme`` changes how the app connects."""
    backends: list[EmbeddedBackend] = []

    def open_as(client: PeerClient, redirect: bool = True, **scheme: Any) -> EmbeddedBackend:
        for name, value in environment(client).items():
            monkeypatch.setenv(name, value)
        if not redirect:
            monkeypatch.delenv("COMPOSIO_REDIRECT_URI")
            monkeypatch.setenv("COMPOSIO_REDIRECT_PORT", "0")
        write_app(tmp_path, oidc)
        if scheme:
            file = tmp_path / "apps" / "peer" / "integration.yaml"
            definition = yaml.safe_load(file.read_text())
            definition["auth_schemes"][0].update(scheme)
            file.write_text(yaml.safe_dump(definition))
        backends.append(EmbeddedBackend(home=tmp_path))
        return backends[-1]

    yield open_as
    for backend in backends:
        backend.close()


def initiate(backend: EmbeddedBackend, entity: str = "alice") -> ConnectionStarted:
    return backend.run(lambda: backend.accounts.initiate(NewConnection(app="peer", entity_id=entity)))


def me(backend: EmbeddedBackend, entity: str = "alice") -> Any:
    return backend.execute_sync(ToolCall(action="PEER_GET_ME", who=Who(entity_id=entity)))


@pytest.mark.parametrize(("client", "method"), [(WEB, "basic"), (POST, "body")])
def test_two_users_connect_and_act_as_themselves(opened: Open, oidc: OidcPeer, client: PeerClient, method: str) -> None:
    backend = opened(client, token_request_auth_method=method)
    for user in ("alice", "bob"):
        url = oidc.drive_login(str(initiate(backend, user).redirect_url), user=user)
        backend.run(functools.partial(backend.accounts.complete, url, entity_id=user))
    assert me(backend, "alice").data["sub"] == "alice"
    assert me(backend, "bob").data["sub"] == "bob"


def test_a_script_needs_no_web_app(opened: Open, oidc: OidcPeer) -> None:
    """The redirect URI is this machine's own, on any free port, and the browser's request there finishes the connection."""
    backend = opened(NATIVE, redirect=False)
    started = initiate(backend)
    page = httpx.get(oidc.drive_login(str(started.redirect_url)), trust_env=False)
    assert page.status_code == 200
    assert "connected" in page.text
    assert backend.run(lambda: backend.accounts.advance(started.connection.id)).status == "ACTIVE"
    assert me(backend).data["sub"] == "alice"


def test_a_user_who_says_no(opened: Open, oidc: OidcPeer) -> None:
    backend = opened(WEB)
    started = initiate(backend)
    back = oidc.drive_login(str(started.redirect_url), deny=True)
    with pytest.raises(AuthorizationError) as denied:
        backend.run(lambda: backend.accounts.complete(back))
    assert denied.value.code == "access_denied"
    with pytest.raises(InvalidState, match="used before"):
        backend.run(lambda: backend.accounts.complete(back))


def test_a_device_is_connected_from_another_one(opened: Open, oidc: OidcPeer) -> None:
    backend = opened(DEVICE, grant_type="device_code", device_authorization_url=f"{oidc.issuer}/device/auth")
    started = initiate(backend)
    assert started.user_code
    assert backend.run(lambda: backend.accounts.advance(started.connection.id)).status == "INITIATED"
    oidc.drive_device(str(started.redirect_url), started.user_code)
    until = time.monotonic() + 60
    while (one := backend.run(lambda: backend.accounts.advance(started.connection.id))).status != "ACTIVE":
        assert time.monotonic() < until, one
        time.sleep(0.5)
    assert me(backend).data["sub"] == "alice"


def test_a_client_may_act_as_itself(opened: Open) -> None:
    backend = opened(MACHINE, grant_type="client_credentials", default_scopes=["read"])
    assert initiate(backend).connection.status == "ACTIVE"
    assert me(backend).data == {"sub": None, "client_id": MACHINE.client_id, "scope": "read"}


def test_rotated_tokens_follow_each_other_and_deleting_revokes(opened: Open, oidc: OidcPeer) -> None:
    backend = opened(WEB)
    started = initiate(backend)
    one = backend.run(lambda: backend.accounts.complete(oidc.drive_login(str(started.redirect_url))))
    tokens = []
    for _ in range(3):
        backend.run(lambda: backend.accounts.refresh_connection(one.id))
        values = backend.run(lambda: backend.accounts.connection(one.id, values=True)).values
        tokens.append((values["access_token"], values["refresh_token"]))
        assert me(backend).successful
    assert len(set(tokens)) == 3
    backend.run(lambda: backend.accounts.delete_connection(one.id))
    assert not oidc.introspect(tokens[-1][1])["active"]


def test_a_stolen_refresh_token_ends_the_connection_and_says_so(opened: Open, oidc: OidcPeer) -> None:
    """The provider notices the reuse and revokes the whole grant."""
    backend = opened(WEB)
    started = initiate(backend)
    one = backend.run(lambda: backend.accounts.complete(oidc.drive_login(str(started.redirect_url))))
    stolen = backend.run(lambda: backend.accounts.connection(one.id, values=True)).values["refresh_token"]
    backend.run(lambda: backend.accounts.refresh_connection(one.id))
    httpx.post(
        f"{oidc.issuer}/token",
        data={"grant_type": "refresh_token", "refresh_token": stolen},
        auth=(WEB.client_id, WEB.secret),
        trust_env=False,
    )
    with pytest.raises(ConnectionNotUsable, match=r"EXPIRED.*composio add peer -e alice --force"):
        me(backend)
    assert backend.run(lambda: backend.accounts.connection(one.id)).status == "EXPIRED"


def test_short_tokens_are_renewed_as_they_end(opened: Open, oidc: OidcPeer) -> None:
    oidc.settings(ttl={"AccessToken": 2})
    backend = opened(WEB)
    started = initiate(backend)
    backend.run(lambda: backend.accounts.complete(oidc.drive_login(str(started.redirect_url))))
    oidc.clear_log()
    until = time.monotonic() + 60
    while oidc.count("/token", "refresh_token") < 2:
        assert time.monotonic() < until
        assert me(backend).successful
        time.sleep(0.1)
    # Ahead of their end, not for having been refused; on a machine that is held up one may end on its way.
    assert len([one for one in oidc.log() if one["path"] == "/api/me" and one["status"] == 401]) < 2


def test_a_token_endpoint_that_takes_too_long_is_given_up(opened: Open, oidc: OidcPeer) -> None:
    backend = opened(WEB)
    back = oidc.drive_login(str(initiate(backend).redirect_url))
    one = backend.run(lambda: backend.accounts.complete(back))
    late = oidc.drive_login(str(initiate(backend, "bob").redirect_url), user="bob")
    hurried = EmbeddedBackend(home=backend.home, limits=Limits(token_seconds=0.5))
    oidc.settings(delay={"/token": 3})
    try:
        with pytest.raises(TokenRequestFailed, match="did not answer in time"):
            hurried.run(lambda: hurried.accounts.complete(late))
        with pytest.raises(ConnectionNotUsable, match="could not be made"):
            me(hurried, "bob")
        with pytest.raises(TokenRequestFailed, match=r"has not answered in 0\.5 seconds|did not answer in time"):
            hurried.run(lambda: hurried.accounts.refresh_connection(one.id))
    finally:
        hurried.close()
    assert me(backend).successful
    assert "was lost" in str(backend.run(lambda: backend.accounts.connection(one.id)).diagnostic)
