"""What ``composio`` offers by name; adding or removing a name is a decision, so it is pinned here."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import composio
from composio import errors, exports

PUBLIC = [
    "RETRY",
    "Action",
    "ActionModel",
    "ActionType",
    "App",
    "AppModel",
    "AppType",
    "Composio",
    "ComposioToolSet",
    "CustomAuthObject",
    "CustomAuthParameter",
    "LogLevel",
    "ParamPlacement",
    "Shell",
    "Tag",
    "TagType",
    "ToolResult",
    "Trigger",
    "TriggerType",
    "WorkspaceConfigType",
    "WorkspaceFactory",
    "WorkspaceType",
    "action",
    "from_run",
]
# What a toolset of one framework does without.
OURS_ALONE = {"RETRY", "ActionModel", "AppModel", "Composio", "ComposioToolSet", "WorkspaceConfigType", "WorkspaceFactory"}
EVERY_PLUGINS = [name for name in PUBLIC if name not in OURS_ALONE]


def test_the_public_names_are_these() -> None:
    assert composio.__all__ == PUBLIC
    assert dir(composio) == sorted([*PUBLIC, "__version__"])


def test_every_plugin_exports_these() -> None:
    assert exports.__all__ == EVERY_PLUGINS
    assert all(getattr(exports, name) is getattr(composio, name) for name in EVERY_PLUGINS)


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_name_loads(name: str) -> None:
    assert getattr(composio, name) is not None


def test_other_names_are_no_attributes() -> None:
    with pytest.raises(AttributeError, match="Nothing"):
        composio.Nothing  # noqa: B018 - the access is the test


@pytest.mark.parametrize(
    ("module", "name", "home"),
    [
        ("composio.client", "Composio", "composio"),
        ("composio.client.collections", "CustomAuthParameter", "composio"),
        ("composio.client.collections", "ParamPlacement", "composio"),
        ("composio.client", "Action", "composio"),
        ("composio.client", "App", "composio"),
        ("composio.client", "Tag", "composio"),
        ("composio.client", "Trigger", "composio"),
        ("composio.client.enums", "Action", "composio"),
        ("composio.client.enums", "App", "composio"),
        ("composio.client.enums", "Tag", "composio"),
        ("composio.client.enums", "Trigger", "composio"),
        ("composio.tools", "ComposioToolSet", "composio"),
        ("composio.tools", "action", "composio"),
        ("composio.tools.toolset", "ComposioToolSet", "composio"),
    ],
)
def test_v07s_import_paths_lead_to_the_same_objects(module: str, name: str, home: str) -> None:
    assert getattr(importlib.import_module(module), name) is getattr(importlib.import_module(home), name)


@pytest.mark.parametrize("module", ["composio.client.exceptions", "composio.exceptions"])
def test_v07s_errors_are_ours(module: str) -> None:
    old = importlib.import_module(module)
    assert all(issubclass(getattr(old, name), errors.ComposioError) for name in old.__all__)


def test_every_error_of_v0_7_can_be_imported_and_families_catch_their_members() -> None:
    old = importlib.import_module("composio.exceptions")
    families = {
        "ComposioSDKError": old.__all__,
        "EnumError": ["InvalidEnum", "EnumStringNotFound", "EnumMetadataNotFound"],
        "FileError": ["ErrorUploadingFile", "ErrorDownloadingFile", "SDKFileNotFoundError"],
        "LockFileError": ["InvalidLockFile", "VersionSelectionError"],
        "ResourceError": ["NoItemsFound", "IntegrationError", "ConnectedAccountError"],
        "ConnectedAccountError": ["ConnectedAccountNotFoundError", "InvalidConnectedAccount"],
        "EntityIDError": ["InvalidEntityIdError"],
        "SchemaError": ["InvalidSchemaError"],
        "TriggerError": ["TriggerSubscriptionError", "InvalidTriggerFilters"],
    }
    for family, members in families.items():
        assert all(issubclass(getattr(old, name), getattr(old, family)) for name in members), family
    assert issubclass(old.SDKTimeoutError, TimeoutError)
    assert issubclass(old.SDKFileNotFoundError, FileNotFoundError)


def test_v07s_pattern_of_connecting_whoever_is_not_connected_yet_works() -> None:
    from composio.client.exceptions import NoItemsFound
    from composio.constants import DEFAULT_ENTITY_ID
    from composio.exceptions import ApiKeyError, ApiKeyNotProvidedError, EnumStringNotFound

    with pytest.raises(NoItemsFound) as none:
        raise errors.ConnectionNotFound("github", "Nobody connected it.")
    assert none.value.message == str(none.value) == "Nobody connected it."
    assert issubclass(errors.IntegrationNotFound, NoItemsFound)
    assert issubclass(errors.ActionNotFound, EnumStringNotFound)
    assert issubclass(ApiKeyNotProvidedError, ApiKeyError)
    assert DEFAULT_ENTITY_ID == "default"


def test_every_error_is_in_the_tree_that_the_docstring_draws() -> None:
    drawn = errors.__doc__ or ""
    assert [name for name in errors.__all__ if name not in drawn and name not in {"Problem", "nearest"}] == []


def test_importing_the_toolset_loads_nothing_heavy() -> None:
    heavy = ["pydantic", "httpx", "anyio", "docstring_parser", "jsonschema_rs", "sqlite3", "yaml", "jinja2", "asyncio"]
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; from composio import *; print([m for m in sys.argv[1:] if m in sys.modules])",
            *heavy,
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.strip() == "[]"


TYPED = """
from typing import Any, Callable, Coroutine
from typing_extensions import assert_type
from composio import Action, Composio, ComposioToolSet, ToolResult, action
from composio.model.call import ToolResults
from composio.client import ConnectionRequest, Entity
from composio.model.app import AppModel
from composio.model.connection import Connection, Integration
from composio.toolset import ComposioToolSet as Base

@action
def add(a: int, b: int = 2) -> int:
    return a + b

@action(toolname="later")
async def later(a: str) -> str:
    return a

class Plugin(Base[bytes]):
    adapter = "somewhere:Adapter"

assert_type(add(1), int)
waiting: Coroutine[Any, Any, str] = later("x")
assert_type(ComposioToolSet().get_tools("X")[0], dict[str, Any])
toolset = Plugin(entity_id="ada")
assert_type(toolset.get_tools([Action.GITHUB_GET_USER, add, "x"])[0], bytes)
assert_type(toolset.get_apps(), list[AppModel])
assert_type(toolset.execute_action(add, {"a": 1}), ToolResult)
assert_type(toolset.handle_tool_calls(object()), ToolResults)
assert_type(toolset.handle_tool_calls(object())[0], ToolResult)
assert_type(toolset.get_entity("ada"), Entity)
assert_type(toolset.create_integration(Action.GITHUB), Integration)
assert_type(toolset.initiate_connection(app="github").wait_until_active(toolset.client), Connection)
assert_type(toolset.get_entity().initiate_connection(app_name="github"), ConnectionRequest)
assert_type(toolset.get_connected_accounts(), list[Connection])
assert_type(Composio().connected_accounts.get("conn_1"), Connection)
assert_type(Composio().connected_accounts.get(entity_ids=["ada"], active=True), list[Connection])
assert_type(toolset.client.integrations.get(), list[Integration])

async def main() -> None:
    assert_type(await toolset.aget_apps(), list[AppModel])
    assert_type((await toolset.aget_tools(apps="github"))[0], bytes)

toolset.find_actions_by_use_case(use_case=5)  # wrong: use_case
add("x")  # wrong: a
toolset.execute_action(5)  # wrong: action
toolset.initiate_connection(app="github", redirect=1)  # wrong: redirect
"""


def test_types_are_what_users_will_see(tmp_path: Path) -> None:
    pytest.importorskip("mypy", reason="mypy is a development tool; types can't be checked without it")
    (tmp_path / "uses.py").write_text(TYPED)
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--cache-dir", str(tmp_path / "cache"), "uses.py"],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        cwd=tmp_path,
    )
    wrong = [number for number, line in enumerate(TYPED.splitlines(), 1) if "# wrong" in line]
    reported = sorted({int(line.split(":")[1]) for line in done.stdout.splitlines() if ": error:" in line})
    assert reported == wrong, done.stdout + done.stderr
