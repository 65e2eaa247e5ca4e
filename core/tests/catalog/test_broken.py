"""A mistake in an integration.yaml is told with its file and field whenever that app is used; other apps go on working."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from composio import ComposioToolSet
from composio.embedded import EmbeddedBackend
from composio.errors import ActionNotFound, AppNotFound, IntegrationFileError
from composio.plugin.manager import PluginManager
from composio.testing import FakeTransport
from tests.peers.acme import KEY, OAUTH, OPEN, Provider, write_app

Use = Callable[[ComposioToolSet[Any]], Any]
WRONG = {**KEY, "auth_mode": "API_KEYS"}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("COMPOSIO_ENCRYPTION_KEY", "11" * 32)
    home = tmp_path / "home"
    write_app(home, "acme", WRONG)
    write_app(home, "other", OPEN)
    # The folder's name is not the app's key here.
    write_app(home, "crm", WRONG, unique_key="acme_crm")
    return home


@pytest.fixture
def toolset(home: Path) -> Iterator[ComposioToolSet[Any]]:
    backend = EmbeddedBackend(home=home, transport=FakeTransport(Provider()))
    yield ComposioToolSet[Any](backend=backend)
    backend.close()


USES: dict[str, Use] = {
    "execute": lambda t: t.execute_action("ACME_GET_ME", {}),
    "execute, in lower case": lambda t: t.execute_action("acme_get_me", {}),
    "tools of the app": lambda t: t.get_tools(apps=["acme"], check_connected_accounts=False),
    "a tool by name": lambda t: t.get_tools(actions=["ACME_GET_ME"], check_connected_accounts=False),
    "schemas": lambda t: t.get_action_schemas(actions=["ACME_GET_ME"], check_connected_accounts=False),
    "an app": lambda t: t.get_app("Acme"),
    "schemes": lambda t: t.get_auth_schemes("acme"),
    "search": lambda t: t.find_actions_by_use_case("acme", use_case="who am I"),
    "a request": lambda t: t.execute_request("/me", app="acme"),
    "connect": lambda t: t.initiate_connection(app="acme", connected_account_params={"api_key": "k"}),
    "an integration": lambda t: t.create_integration("acme", "API_KEY", {}),
    "the entity's way": lambda t: t.get_entity("alice").initiate_connection("acme"),
}


@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_a_mistake_in_the_file_is_told_with_file_and_field_whenever_the_app_is_used(
    toolset: ComposioToolSet[Any], home: Path, use: Use
) -> None:
    with pytest.raises(IntegrationFileError, match=r"'API_KEYS' is not one of .*; did you mean API_KEY\?") as caught:
        use(toolset)
    assert caught.value.file == str(home / "apps" / "acme" / "integration.yaml")
    assert caught.value.field == "auth_schemes[0].auth_mode"


def test_an_app_whose_folder_is_called_otherwise_is_known_by_both_names(toolset: ComposioToolSet[Any], home: Path) -> None:
    for name in ("ACME_CRM_GET_ME", "CRM_GET_ME"):
        with pytest.raises(IntegrationFileError) as caught:
            toolset.execute_action(name, {})
        assert caught.value.file == str(home / "apps" / "crm" / "integration.yaml")


def test_other_apps_go_on_working_and_other_names_stay_unknown(toolset: ComposioToolSet[Any]) -> None:
    assert toolset.execute_action("OTHER_GET_ME", {})["successful"]
    assert [app.key for app in toolset.get_apps() if app.key in {"acme", "other", "acme_crm", "crm"}] == ["other"]
    with pytest.raises(ActionNotFound):
        toolset.execute_action("OTHER_NO_SUCH_THING", {})
    with pytest.raises(ActionNotFound):
        toolset.execute_action("ACMEX_GET_ME", {})
    with pytest.raises(AppNotFound):
        toolset.get_app("acmex")


def test_a_file_that_is_no_yaml_or_not_readable_is_told_too(toolset: ComposioToolSet[Any], home: Path) -> None:
    for content in (b"name: [", b"", b"\xff\xfe", b"- a\n", b"name: &x Acme\nunique_key: *x\n"):
        (home / "apps" / "acme" / "integration.yaml").write_bytes(content)
        toolset.backend.catalog._compiled.forget("acme")  # type: ignore[attr-defined]  # as a new process reads it
        with pytest.raises(IntegrationFileError, match=r"acme/integration\.yaml: "):
            toolset.execute_action("ACME_GET_ME", {})


def test_connections_of_other_apps_are_listed_beside_those_of_a_broken_one(home: Path) -> None:
    backend = EmbeddedBackend(home=home, transport=FakeTransport(Provider()))
    write_app(home, "acme", {**OAUTH, "name": "acme_oauth"})
    toolset = ComposioToolSet[Any](backend=backend)
    toolset.create_integration("acme", "OAUTH2", {"client_id": "c"})
    toolset.create_integration("other", "NO_AUTH")
    backend.close()
    write_app(home, "acme", WRONG)
    backend = EmbeddedBackend(home=home, transport=FakeTransport(Provider()))
    assert {one.app for one in ComposioToolSet[Any](backend=backend).get_integrations()} == {"acme", "other"}
    backend.close()


def test_a_broken_app_of_a_package_is_told_as_well(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    from composio.plugin import builtin, hookimpl

    write_app(tmp_path, "brought", WRONG)

    class Plugin:
        @hookimpl
        def register_apps(self, register: Any) -> None:
            register(tmp_path / "apps" / "brought")

    manager = PluginManager([])
    manager.register(builtin, "builtin")
    manager.register(Plugin(), "plugin")
    backend = EmbeddedBackend(home=tmp_path / "home", plugin_manager=manager)
    toolset = ComposioToolSet[Any](backend=backend)
    for use in (lambda: toolset.execute_action("BROUGHT_GET_ME", {}), lambda: toolset.get_app("brought")):
        with pytest.raises(IntegrationFileError, match=r"brought/integration\.yaml: auth_schemes\[0\]\.auth_mode"):
            use()
    backend.close()
    assert "this app is left out" in caplog.text
