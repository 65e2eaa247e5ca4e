"""Whatever is passed where users are connected: a connection, or an error of ours that says what was wrong."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from composio import ComposioToolSet
from composio.embedded import EmbeddedBackend
from composio.errors import ComposioError, UsageError
from composio.testing import FakeTransport
from tests.peers.acme import KEY, OAUTH, Provider, write_app

SECRET = "planted-secret-a1b2c3"


@pytest.fixture(scope="module")
def toolset(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ComposioToolSet[Any]]:
    home: Path = tmp_path_factory.mktemp("any") / "home"
    write_app(home, "both", KEY, OAUTH)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COMPOSIO_ENCRYPTION_KEY", "77" * 32)
        patch.setenv("COMPOSIO_OAUTH_BOTH_CLIENT_ID", "operator")
        patch.setenv("COMPOSIO_REDIRECT_URI", "https://app.example/callback")
        backend = EmbeddedBackend(home=home, transport=FakeTransport(Provider()))
        yield ComposioToolSet(backend=backend)
        backend.close()


texts = st.one_of(st.text(max_size=12), st.sampled_from(["both", "OAUTH2", "API_KEY", "api_key", "https://a.example", "read"]))
junk = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.binary(max_size=4), texts),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)),
    max_leaves=5,
)
ARGUMENTS = [
    *("app", "app_name", "integration_id", "integration", "entity_id", "labels", "scopes", "redirect_url", "redirect_uri"),
    *("auth_scheme", "auth_mode", "auth_config", "connected_account_params"),
]
given_arguments = st.dictionaries(st.sampled_from(ARGUMENTS), junk, max_size=5)


@settings(max_examples=150, deadline=None)
@given(arguments=given_arguments, named=st.booleans())
def test_a_connection_is_begun_or_refused_with_a_reason(
    toolset: ComposioToolSet[Any], arguments: dict[str, Any], named: bool
) -> None:
    asked = {"app": "both", **arguments} if named else arguments
    for begin in (toolset.initiate_connection, toolset.get_entity("alice").initiate_connection):
        begun, reason = None, ""
        try:
            begun = begin(**asked)
        except ComposioError as error:
            reason = str(error)
        if begun is None:
            assert reason
            continue
        assert begun.connectionStatus in {"ACTIVE", "INITIATED"}
        assert begun.connection.app == "both"
        assert toolset.get_connected_account(begun.id).entity_id == begun.connection.entity_id


@settings(max_examples=100, deadline=None)
@given(value=junk, name=st.sampled_from(["api_key", "region", "client_id", "client_secret", "nonsense"]))
def test_what_a_user_filled_in_never_shows_in_what_is_said_of_it(toolset: ComposioToolSet[Any], value: Any, name: str) -> None:
    filled = {"api_key": SECRET, name: value} if name != "api_key" else {"region": SECRET, name: value}
    try:
        begun = toolset.initiate_connection(app="both", auth_scheme="API_KEY", connected_account_params=filled)
        said = f"{begun!r} {begun.connection!r} {begun.model_dump()}"
    except UsageError as error:
        said = f"{error!r} {error}"
    assert SECRET not in said


@settings(max_examples=100, deadline=None)
@given(url=st.one_of(junk, st.builds("https://app.example/callback?state={}&code={}".format, texts, texts)))
def test_a_callback_that_nobody_waits_for_is_refused(toolset: ComposioToolSet[Any], url: Any) -> None:
    with pytest.raises(ComposioError):
        toolset.complete_connection(url)
