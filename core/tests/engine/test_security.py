"""Which credentials serve which operation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from composio.engine.blocking import drive
from composio.engine.credentials import Wanted, choose, fits, narrow
from composio.errors import ConnectedAccountNotFound, ConnectionNotFound
from composio.model.app import AppModel, AuthField, AuthScheme
from composio.model.auth import CustomAuth, CustomAuthParameter
from composio.model.call import Who
from composio.model.credentials import Credentials
from tests.peers.records import Records

KEY = AuthScheme("key", "API_KEY", (AuthField("key", env=("X_KEY",)),), security=("key",))
TENANT = AuthScheme("tenant", "API_KEY", (AuthField("tenant", env=("X_TENANT",)),), security=("tenant",))
PAIR = AuthScheme("pair", "API_KEY", (*KEY.fields, *TENANT.fields), security=("key", "tenant"))
BEARER = AuthScheme("bearer", "BEARER_TOKEN", (AuthField("token", env=("X_TOKEN",)),), security=("bearer",))
ANY = AuthScheme("mine", "API_KEY", (AuthField("mine", env=("X_MINE",)),))
APP = AppModel(key="x", name="X", auth_schemes=(BEARER, KEY, PAIR))
MINE = CustomAuth((CustomAuthParameter("Authorization", "Bearer mine"),))


def connected(scheme: AuthScheme, number: int = 1) -> Credentials:
    one = Records.connection(f"conn_{number}", entity_id="alice", app="x", auth_mode=scheme.auth_mode, scheme=scheme.name)
    return Credentials("connection", scheme=scheme, values={f.name: "v" for f in scheme.fields}, connection=one)


class Stored:
    """Alice's connections, newest first."""

    def __init__(self, *schemes: AuthScheme) -> None:
        self.known = [connected(scheme, number) for number, scheme in enumerate(schemes)]
        self.asked = 0

    def why(self, app: str, entity_id: str) -> tuple[str, str] | None:
        return None

    async def renewed(self, credentials: Credentials, io: Any) -> Credentials | None:
        return None

    async def find(
        self,
        app: AppModel,
        entity_id: str,
        connected_account_id: str | None,
        io: Any,
        *,
        any_entity: bool = False,
        fresh: bool = True,
        fits: Callable[[AuthScheme], bool] = lambda _: True,
    ) -> Credentials | None:
        self.asked += 1
        if connected_account_id is not None:
            found = [one for one in self.known if one.connection and one.connection.id == connected_account_id]
            if not found:
                raise ConnectedAccountNotFound(connected_account_id)
            return found[0]
        mine = self.known if entity_id == "alice" else []
        return next((one for one in mine if one.scheme is not None and fits(one.scheme)), None)


def chosen(wanted: Wanted, stored: Stored | None = None, app: AppModel = APP, **given: Any) -> Credentials:
    defaults: dict[str, Any] = {
        "connections": stored,
        "environ": {},
        "io": None,
        "wanted": wanted,
        "public": wanted is not None and (not wanted or () in wanted),
    }
    acting = {name: given.pop(name) for name in Who.__dataclass_fields__ if name in given}
    return drive(choose(app, Who(**{"entity_id": "alice", **acting}), **{**defaults, **given}))


@pytest.mark.parametrize(
    ("scheme", "wanted", "expected"),
    [
        (KEY, None, True),
        (KEY, (("key",),), True),
        (KEY, (("bearer",), ("key",)), True),
        (KEY, (("bearer",),), False),
        (KEY, (("key", "tenant"),), False),
        (PAIR, (("key", "tenant"),), True),
        (PAIR, (("key",),), True),
        (KEY, (), False),
        (KEY, ((),), False),
        (ANY, (("bearer",),), True),
    ],
)
def test_a_scheme_serves_what_asks_for_no_more_than_it_stands_for(scheme: AuthScheme, wanted: Wanted, expected: bool) -> None:
    assert fits(scheme, wanted) is expected


def test_the_newest_connection_that_serves_the_operation_is_used() -> None:
    stored = Stored(BEARER, KEY)
    assert chosen((("key",),), stored).scheme is KEY
    assert chosen((("bearer",), ("key",)), stored).scheme is BEARER
    assert chosen(None, stored).scheme is BEARER


def test_where_only_another_is_connected_the_error_names_what_is_needed() -> None:
    with pytest.raises(
        ConnectionNotFound, match=r"takes key, and the connection conn_0 of 'alice' is made with bearer"
    ) as caught:
        chosen((("key",),), Stored(BEARER))
    assert "composio add x -e alice --auth-mode key" in str(caught.value)
    with pytest.raises(ConnectionNotFound, match="no scheme"):
        chosen((("certificate",),), Stored(BEARER))


def test_a_named_connection_is_exact_and_no_other_takes_its_place() -> None:
    with pytest.raises(ConnectionNotFound, match="takes key"):
        chosen((("key",),), Stored(BEARER, KEY), connected_account_id="conn_0")
    assert chosen((("key",),), Stored(BEARER, KEY), connected_account_id="conn_1").scheme is KEY


def test_what_wants_no_credentials_gets_none_and_a_named_connection_is_still_the_entitys_own() -> None:
    stored = Stored(BEARER)
    assert chosen((), stored).origin == "none"
    assert stored.asked == 0
    assert chosen((), stored, connected_account_id="conn_0").origin == "none"
    with pytest.raises(ConnectedAccountNotFound):
        chosen((), stored, connected_account_id="conn_of_bob")
    assert chosen((), stored, auth=MINE).custom is MINE


def test_what_may_do_without_is_signed_where_there_is_what_it_takes() -> None:
    wanted: Wanted = ((), ("key",))
    assert chosen(wanted, Stored(KEY)).scheme is KEY
    assert chosen(wanted, Stored(BEARER)).origin == "none"
    assert chosen(wanted, Stored()).origin == "none"
    assert chosen(wanted, Stored(), entity_id="default", environ={"X_KEY": "k"}).values == {"key": "k"}


def test_the_environment_supplies_what_the_operation_takes() -> None:
    both = {"X_KEY": "k", "X_TOKEN": "t"}
    assert chosen((("key",),), Stored(), entity_id="default", environ=both).values == {"key": "k"}
    with pytest.raises(ConnectionNotFound, match="set X_KEY in the environment") as caught:
        chosen((("key",),), Stored(), entity_id="default", environ={"X_TOKEN": "t"})
    assert "--auth-mode key" in str(caught.value)
    assert "X_TOKEN" not in str(caught.value)


def test_only_the_parts_that_the_operation_asks_for_are_sent() -> None:
    assert narrow(APP, connected(PAIR), (("key",),)).scheme is KEY
    assert narrow(APP, connected(PAIR), (("key", "tenant"),)).scheme is PAIR
    assert narrow(APP, connected(PAIR), None).scheme is PAIR
    assert narrow(APP, connected(ANY), (("key",),)).scheme is ANY
    # Without a scheme for the part alone, all of it goes: the API was trusted with it.
    assert narrow(replace(APP, auth_schemes=(PAIR,)), connected(PAIR), (("key",),)).scheme is PAIR
