"""Every row of docs/migrating-from-v0.7.md: what works, what changed, what is not here."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from composio import RETRY, Action, App, Composio, ComposioToolSet, Tag, WorkspaceFactory, WorkspaceType, action
from composio.embedded import EmbeddedBackend
from composio.errors import AppNotFound, InvalidRequest, NoCounterpartWarning, NotAvailable
from composio.former import absent
from composio.testing import FakeTransport
from tests.peers.acme import KEY, OPEN, write_app

PAGE = Path(__file__).resolve().parents[2] / "docs" / "migrating-from-v0.7.md"
ROWS = [
    line.split("|")[1].strip() for line in PAGE.read_text().splitlines() if line.startswith("| ") and "| v0.7 |" not in line
]
CHECKS: dict[str, Callable[..., None]] = {}
Toolset = ComposioToolSet[Any]


def row(begins: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Registers the check of the row that begins so."""

    def keep(check: Callable[..., None]) -> Callable[..., None]:
        (found,) = [one for one in ROWS if one.startswith(begins)]
        CHECKS[found] = check
        return check

    return keep


@pytest.fixture
def toolset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Toolset]:
    monkeypatch.setenv("COMPOSIO_EGRESS_ALLOW", "*.example")
    monkeypatch.setenv("COMPOSIO_ENCRYPTION_KEY", "33" * 32)
    write_app(tmp_path, "open", OPEN)
    write_app(tmp_path, "keyed", KEY)
    backend = EmbeddedBackend(home=tmp_path, transport=FakeTransport(lambda _: httpx.Response(200, json={"a": 1})))
    before = set(absent._warned)
    absent._warned.clear()
    yield ComposioToolSet(backend=backend)
    absent._warned.clear()
    absent._warned.update(before)
    backend.close()


@pytest.mark.parametrize("said", ROWS)
def test_every_row_is_true(said: str, toolset: Toolset, tmp_path: Path) -> None:
    CHECKS[said](toolset, tmp_path)


def absent_says(use: Callable[[], object], instead: str) -> None:
    with pytest.raises(NotAvailable, match=re.escape(instead)):
        use()


@row("`from composio import ...`")
def names(_toolset: Toolset, _tmp: Path) -> None:
    for module in ("composio", "composio_openai", "composio_langchain"):
        for name in ("Action", "App", "Tag", "Trigger", "WorkspaceType", "action", "ComposioToolSet"):
            assert getattr(importlib.import_module(module), name) is not None
    assert (
        importlib.import_module("composio_langchain.toolset").ComposioToolSet
        is importlib.import_module("composio_langchain").ComposioToolSet
    )


@row("`composio_claude`")
def former_packages(_toolset: Toolset, _tmp: Path) -> None:
    pairs = {
        "composio_claude": "composio_anthropic",
        "composio_gemini": "composio_google",
        "composio_phidata": "composio_agno",
        "composio_pydanticai": "composio_pydantic_ai",
    }
    code = (
        f"import warnings, importlib\nfor old, new in {pairs!r}.items():\n"
        " with warnings.catch_warnings(record=True) as said:\n"
        "  warnings.simplefilter('always'); importlib.import_module(old)\n"
        " print(old, any(new in str(one.message) and one.category is DeprecationWarning for one in said))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.split() == [word for old in pairs for word in (old, "True")]


@row('`result["successfull"]`')
def former_key(toolset: Toolset, _tmp: Path) -> None:
    done = toolset.execute_action("OPEN_GET_ME")
    assert done["successfull"] is True
    assert list(done) == ["successful", "data", "error"]


@row('`result["data"]["response_data"]`')
def former_data(toolset: Toolset, _tmp: Path) -> None:
    done = toolset.execute_action("OPEN_GET_ME")
    assert done["data"]["response_data"] == done["data"] == {"a": 1}


@row("`Action.X.app`")
def lookups(_toolset: Toolset, _tmp: Path) -> None:
    assert (Action.OPEN_GET_ME.app, Action.OPEN_GET_ME.no_auth, Action.KEYED_GET_ME.no_auth) == ("OPEN", True, False)
    assert Action.OPEN_GET_ME in list(App.OPEN.get_actions())
    assert Action.OPEN_GET_ME in list(Action)
    assert Action.OPEN_GET_ME.tags == []


@row("`model.model_dump(exclude_none=True)`")
def dumps(toolset: Toolset, _tmp: Path) -> None:
    model = toolset.get_action("OPEN_GET_ME")
    assert model.model_dump(exclude_none=True)["appName"] == model.dict()["appName"] == "open"
    assert '"appName": "open"' in model.json()


@row("`client.actions.get(action=)`")
def client_actions(toolset: Toolset, _tmp: Path) -> None:
    actions = toolset.client.actions
    assert actions.get(action="OPEN_GET_ME").name == "OPEN_GET_ME"
    assert actions.execute("OPEN_GET_ME", {})["successful"]
    assert actions.search_for_a_task("get me", apps=["open"])[0].app == "open"
    made = toolset.initiate_connection(app="keyed", connected_account_params={"api_key": "k"})
    assert actions.request(made.connectedAccountId, "/me", "GET")["successful"]


@row("`Tag.GITHUB_ISSUES`")
def tags(toolset: Toolset, _tmp: Path) -> None:
    assert Tag.OPEN_IMPORTANT == "OPEN_IMPORTANT"
    everything = toolset.get_action_schemas(apps=["open"], tags=[Tag.DEFAULT])
    assert [one.name for one in everything] == [one.name for one in toolset.get_action_schemas(tags=[Tag.OPEN_IMPORTANT])]


@row('`@action(toolname="math")`')
def shared_toolname(toolset: Toolset, _tmp: Path) -> None:
    @action(toolname="math")
    def add(a: int, b: int) -> int:
        """Adds."""
        return a + b

    @action(toolname="math")
    def multiply(a: int, b: int) -> int:
        """Multiplies."""
        return a * b

    assert [tool["name"] for tool in toolset.get_tools(actions=[add, multiply])] == ["MATH_ADD", "MATH_MULTIPLY"]


@row("`class Mine(ComposioToolSet")
def derived(toolset: Toolset, _tmp: Path) -> None:
    from composio.tools.schema import SchemaType

    class Mine(ComposioToolSet[Any], runtime="mine", description_char_limit=1024):
        schema = SchemaType.OPENAI

    mine = Mine(backend=toolset.backend)
    (found,) = mine.get_action_schemas(actions=["OPEN_GET_ME"])
    shown: Any = mine.schema.format(schema=found.model_dump(exclude_none=True))
    assert shown.model_dump()["function"]["name"] == "OPEN_GET_ME"
    assert mine.validate_entity_id("joe") == "joe"


@row('`processors={"pre"')
def processors(toolset: Toolset, _tmp: Path) -> None:
    done = toolset.execute_action("OPEN_GET_ME", processors={"post": {App.OPEN: lambda _: RETRY}})
    assert len(done["data"]["failed_responses"]) == 3
    toolset.get_tools(actions=["OPEN_GET_ME"], processors={"schema": {App.OPEN: lambda schema: schema}})


@row("`output_in_file=True`")
def files(toolset: Toolset, tmp: Path) -> None:
    with ComposioToolSet(backend=toolset.backend, output_in_file=True, output_dir=tmp / "out") as writing:
        assert Path(writing.execute_action("OPEN_GET_ME")["data"]["file"]).is_relative_to(tmp / "out")


@row("`GOOGLECALENDAR_CREATE_EVENT")
def calendar(_toolset: Toolset, _tmp: Path) -> None:
    from composio_apps.googlecalendar.actions import create_event

    assert {"start_datetime", "event_duration_hour", "attendees"} <= set(create_event.description.parameters.properties)


@row("`entity.initiate_connection(app_name=)`")
def connecting(toolset: Toolset, _tmp: Path) -> None:
    request = toolset.get_entity("joe").initiate_connection(app_name="keyed", connected_account_params={"api_key": "k"})
    assert request.wait_until_active(toolset.client).status == "ACTIVE"


@row("`except ApiKeyNotProvidedError`")
def errors(toolset: Toolset, _tmp: Path) -> None:
    from composio.client.exceptions import NoItemsFound
    from composio.exceptions import ApiKeyNotProvidedError

    assert issubclass(ApiKeyNotProvidedError, Exception)
    with pytest.raises(NoItemsFound):
        toolset.get_entity("nobody").get_connection(app="keyed")


@row("`ComposioToolSet(api_key=...)`")
def key(toolset: Toolset, _tmp: Path) -> None:
    assert ComposioToolSet(api_key="any", backend=toolset.backend).execute_action("OPEN_GET_ME")["successful"]


@row("`ComposioToolSet(workspace_config=")
def workspaces(toolset: Toolset, _tmp: Path) -> None:
    with pytest.warns(NoCounterpartWarning, match="run your agent in a container"):
        config = WorkspaceType.Docker()
    assert ComposioToolSet(workspace_config=config, backend=toolset.backend).execute_action("OPEN_GET_ME")["successful"]


@row("`ComposioToolSet(lockfile=...)`")
def versions(toolset: Toolset, _tmp: Path) -> None:
    ComposioToolSet(lockfile="x.lock", backend=toolset.backend)
    absent_says(lambda: Action.OPEN_GET_ME @ "1_0", "pin that")


@row("a model calls a tool")
def not_offered(toolset: Toolset, _tmp: Path) -> None:
    call = [{"name": "OPEN_GET_ME"}]
    assert not toolset.handle_tool_calls(call)[0]["successful"]
    assert toolset.handle_tool_calls(call, actions=["OPEN_GET_ME"])[0]["successful"]


@row("paths as file arguments")
def uploads(toolset: Toolset, tmp: Path) -> None:
    @action
    def size(file: str, read_file: Any) -> int:
        """Size."""
        return len(read_file("file", file).read())

    (tmp / "x.txt").write_text("hello")
    assert "upload_folder" in (toolset.execute_action(size, {"file": "x.txt"})["error"] or "")
    allowed: Toolset = ComposioToolSet(backend=toolset.backend, upload_folder=tmp)
    assert allowed.execute_action(size, {"file": "x.txt"})["data"] == 5


@row("`account.connectionParams.access_token`")
def secrets(toolset: Toolset, _tmp: Path) -> None:
    made = toolset.initiate_connection(app="keyed", connected_account_params={"api_key": "k"})
    account = toolset.get_connected_account(made.connectedAccountId)
    with pytest.raises(AttributeError, match="info"):
        _ = account.connectionParams.api_key
    assert toolset.client.connected_accounts.info(account.id).connectionParams.api_key == "k"


@row("`custom_tool` data")
def custom(toolset: Toolset, _tmp: Path) -> None:
    @action
    def add(a: int, b: int) -> int:
        """Adds."""
        return a + b

    done = toolset.execute_action(add, {"a": 1, "b": 2})
    assert done["data"] == done["data"]["result"] == 3


@row("handlers for OpenAI's Assistants")
def assistants(toolset: Toolset, _tmp: Path) -> None:
    from composio_openai import ComposioToolSet as OpenAIToolSet

    with pytest.raises(InvalidRequest, match="api='responses'"):
        OpenAIToolSet(backend=toolset.backend).handle_assistant_tool_calls(object())


@row("`GMAIL_FETCH_EMAILS` gave")
def payloads(_toolset: Toolset, _tmp: Path) -> None:
    from composio_apps.gmail.actions import fetch_emails

    assert fetch_emails.description.parameters.properties["include_payload"]["default"] is False


@row("`:param` docstrings")
def bare_functions(toolset: Toolset, _tmp: Path) -> None:
    @action
    def shout(text: str):  # type: ignore[no-untyped-def]  # without the return hint that v0.7 required
        return text.upper()

    assert toolset.execute_action(shout, {"text": "a"})["data"] == "A"


@row("`apps=[App.RAGTOOL]`")
def own_tools(toolset: Toolset, _tmp: Path) -> None:
    for app in (App.RAGTOOL, App.MATHEMATICAL):
        with pytest.raises(AppNotFound, match="@action"):
            toolset.get_tools(apps=[app])


@row("`apps=[App.FILETOOL]`")
def packaged_tools(toolset: Toolset, tmp: Path) -> None:
    from composio_localtools import LocalTools

    off = toolset.execute_action("FILETOOL_LIST_FILES", {})
    assert "local_tools=LocalTools(folder=" in off["error"]
    (tmp / "one.txt").touch()
    named: Toolset = ComposioToolSet(backend=toolset.backend, local_tools=LocalTools(folder=tmp))
    assert ["one.txt", "file"] in named.execute_action(Action.FILETOOL_LIST_FILES, {})["data"]["files"]
    assert {tool["name"] for tool in named.get_tools(apps=[App.SQLTOOL])} == {"SQLTOOL_SQL_QUERY"}
    absent_says(lambda: importlib.import_module("composio.tools.local.filetool").OpenFile(), "opencomposio-localtools")
    absent_says(lambda: importlib.import_module("composio.tools.local").Ragtool(), "by name")


@row("`entity.enable_trigger(app=, trigger_name=, config=)`")
def triggers(toolset: Toolset, _tmp: Path) -> None:
    entity = toolset.get_entity("ada")
    done = entity.enable_trigger(app="schedule", trigger_name="SCHEDULE_TRIGGER", config={"cron": "0 9 * * *"})
    client = Composio(backend=toolset.backend)
    assert [one.id for one in client.active_triggers.get()] == [done["triggerId"]]
    assert client.triggers.disable(id=done["triggerId"])["status"] == "success"
    toolset.create_trigger_listener().stop()


@row("`client.http.get")
def server(toolset: Toolset, _tmp: Path) -> None:
    absent_says(lambda: toolset.client.http.get(url="/v1/apps"), "toolset.execute_request(endpoint, method, app=...)")


@row("`class Mine(LocalAction[...])`")
def local_tools(_toolset: Toolset, _tmp: Path) -> None:
    base = importlib.import_module("composio.tools.base.local")
    absent_says(lambda: type("Mine", (base.LocalAction[int, str],), {}), "`@action`")
    absent_says(lambda: type("Tool", (base.LocalTool,), {}), "`@action`")


@row("`Shell`")
def shells(toolset: Toolset, _tmp: Path) -> None:
    from composio import Shell

    uses: list[Callable[[], object]] = [
        lambda: Shell(),
        lambda: WorkspaceFactory.new(config=None),
        lambda: toolset.workspace,  # type: ignore[attr-defined]  # type checkers refuse it too
    ]
    for use in uses:
        absent_says(use, "run your agent in a container")


@row("`VersionLock`")
def locks(_toolset: Toolset, _tmp: Path) -> None:
    absent_says(lambda: importlib.import_module("composio.tools.toolset").VersionLock(), "pin that")


@row("`client.logs`")
def logs(toolset: Toolset, _tmp: Path) -> None:
    absent_says(lambda: toolset.client.logs, "the hook `observe`")  # type: ignore[attr-defined]  # type checkers refuse it too
