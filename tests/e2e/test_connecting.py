"""A toolset's users at a real provider: two processes' worth of backends, and a device without a browser."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from composio import ComposioToolSet
from composio.embedded import EmbeddedBackend
from composio.errors import AuthorizationError
from tests.peers.burst import environment, write_app
from tests.peers.oidc import DEVICE, WEB, OidcPeer, PeerClient

Open = Callable[..., ComposioToolSet[Any]]


@pytest.fixture
def opened(tmp_path: Path, oidc: OidcPeer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """A toolset of its own backend over the one home; ``opened(CLIENT, grant_type=...)`` changes the app's scheme first."""
    backends: list[EmbeddedBackend] = []
    write_app(tmp_path, oidc)

    def open_as(client: PeerClient | None = None, **scheme: Any) -> ComposioToolSet[Any]:
        if client is not None:
            for name, value in environment(client).items():
                monkeypatch.setenv(name, value)
            file = tmp_path / "apps" / "peer" / "integration.yaml"
            definition = yaml.safe_load(file.read_text())
            definition["auth_schemes"] = [{**oidc.scheme(client), **scheme}]
            file.write_text(yaml.safe_dump(definition))
        backends.append(EmbeddedBackend(home=tmp_path))
        return ComposioToolSet(backend=backends[-1])

    yield open_as
    for backend in backends:
        backend.close()


def test_one_backend_waits_for_what_another_completes(opened: Open, oidc: OidcPeer) -> None:
    here, there = opened(WEB), opened()
    begun = here.get_entity("alice").initiate_connection(app_name="peer")
    back = oidc.drive_login(str(begun.redirectUrl), user="alice")
    later = threading.Timer(0.2, lambda: there.complete_connection(back, entity_id="alice"))
    later.start()
    active = begun.wait_until_active(client=here.client, timeout=60)
    later.join()
    assert (active.id, active.status) == (begun.connectedAccountId, "ACTIVE")
    assert there.execute_action("PEER_GET_ME", {}, connected_account_id=active.id)["data"]["sub"] == "alice"
    there.delete_connection(active.id)
    assert here.get_connected_accounts(entity_id="alice") == []
    assert oidc.count("/token/revocation") >= 1


def test_a_device_without_a_browser_is_allowed_elsewhere(opened: Open, oidc: OidcPeer) -> None:
    toolset = opened(DEVICE, grant_type="device_code")
    begun = toolset.initiate_connection(app="peer", entity_id="alice")
    assert begun.user_code
    assert begun.user_code in repr(begun)
    with pytest.raises(TimeoutError, match=begun.user_code):
        begun.wait_until_active(timeout=0)
    oidc.drive_device(str(begun.redirect_url).partition("?")[0], begun.user_code)
    assert begun.wait_until_active(timeout=60).status == "ACTIVE"
    assert toolset.execute_action("PEER_GET_ME", {}, entity_id="alice")["data"]["sub"] == "alice"


def test_a_device_that_is_refused_ends_the_waiting(opened: Open, oidc: OidcPeer) -> None:
    begun = opened(DEVICE, grant_type="device_code").initiate_connection(app="peer", entity_id="alice")
    oidc.drive_device(str(begun.redirect_url).partition("?")[0], str(begun.user_code), deny=True)
    with pytest.raises(AuthorizationError) as refused:
        begun.wait_until_active(timeout=60)
    assert not isinstance(refused.value, TimeoutError)
