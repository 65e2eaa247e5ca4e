"""Arguments of v0.7 that its programs pass, by name and by position."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from composio import RETRY, Action, App, ComposioToolSet, WorkspaceType, action
from composio.embedded import EmbeddedBackend
from composio.errors import InvalidRequest, NoCounterpartWarning, ProcessorError
from composio.former import absent
from composio.testing import FakeTransport
from tests.peers.acme import KEY, OPEN, write_app

Little = Any  # the fixture's class lives in conftest.py, which tests can't import


@pytest.fixture
def sent() -> list[httpx.Request]:
    return []


@pytest.fixture
def backend(tmp_path: Path, sent: list[httpx.Request], monkeypatch: pytest.MonkeyPatch) -> Iterator[EmbeddedBackend]:
    monkeypatch.setenv("COMPOSIO_EGRESS_ALLOW", "*.example")
    monkeypatch.setenv("COMPOSIO_ENCRYPTION_KEY", "33" * 32)
    write_app(tmp_path, "open", OPEN)
    write_app(tmp_path, "keyed", KEY)

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200, json={"try": len(sent), "path": request.url.path})

    made = EmbeddedBackend(home=tmp_path, transport=FakeTransport(answer))
    yield made
    made.close()


@pytest.fixture(autouse=True)
def unwarned() -> Iterator[None]:
    before = set(absent._warned)
    absent._warned.clear()
    yield
    absent._warned.clear()
    absent._warned.update(before)


def test_a_post_processor_that_returns_retry_has_the_call_made_again(backend: Any, sent: list[httpx.Request]) -> None:
    def until_third(result: dict[str, Any]) -> Any:
        return result if result["data"]["try"] == 3 else RETRY

    toolset: ComposioToolSet[Any] = ComposioToolSet(backend=backend)
    done = toolset.execute_action("OPEN_GET_ME", processors={"post": {App.OPEN: until_third}})
    assert done["data"]["try"] == 3 == len(sent)


@pytest.mark.parametrize(("given", "most"), [({}, 3), ({"max_retries": 1}, 1), ({"max_retries": 5}, 5)])
def test_retrying_ends_after_max_retries(backend: Any, sent: list[httpx.Request], given: Any, most: int) -> None:
    toolset: ComposioToolSet[Any] = ComposioToolSet(backend=backend, **given)
    done = toolset.execute_action("OPEN_GET_ME", processors={"post": {"OPEN_GET_ME": lambda _: RETRY}})
    assert len(sent) == most
    assert not done["successful"]
    assert [one["data"]["try"] for one in done["data"]["failed_responses"]] == list(range(1, most + 1))
    assert "max_retries" in (done["error"] or "")


def test_only_post_processors_can_ask_for_another_try(backend: Any) -> None:
    toolset: ComposioToolSet[Any] = ComposioToolSet(backend=backend)
    with pytest.raises(ProcessorError, match="must return the dict"):
        toolset.execute_action("OPEN_GET_ME", processors={"pre": {"OPEN_GET_ME": lambda _: RETRY}})


@pytest.mark.parametrize("wrong", [0, -1, "3", True])
def test_max_retries_is_a_number_of_tries(wrong: Any, little: Little) -> None:
    with pytest.raises(InvalidRequest, match="max_retries"):
        ComposioToolSet(backend=little, max_retries=wrong)


def test_results_can_go_to_files(backend: Any, tmp_path: Path) -> None:
    toolset: ComposioToolSet[Any] = ComposioToolSet(backend=backend, output_dir=tmp_path / "out", output_in_file=True)
    done = toolset.execute_action("OPEN_GET_ME")
    again = toolset.handle_tool_calls([{"name": "OPEN_GET_ME"}], actions=["OPEN_GET_ME"])[0]
    assert done["data"]["message"] == f"output written to {done['data']['file']}"
    assert done["data"]["file"] != again["data"]["file"]
    written = Path(done["data"]["file"])
    assert written.is_relative_to(tmp_path / "out")
    assert json.loads(written.read_text())["data"]["path"] == "/me"


def test_the_constructor_takes_v0_7s_positions(little: Little, tmp_path: Path) -> None:
    processors = {"pre": {"GITHUB_GET_USER": lambda inputs: {**inputs, "login": "processed"}}}
    toolset: ComposioToolSet[Any] = ComposioToolSet(
        None, None, "ada", None, None, {}, processors, "INFO", tmp_path, False, 1, False, {"github": "c1"}, backend=little
    )
    assert toolset.entity_id == "ada"
    assert toolset.execute_action("GITHUB_GET_USER", {"login": "x"})["data"]["arguments"] == {"login": "processed"}
    assert little.seen[-1].who.app_connections == {"github": "c1"}
    with pytest.raises(TypeError, match="13 arguments by position"):
        ComposioToolSet(*[None] * 14)


def test_a_workspace_is_accepted_with_one_warning(little: Little) -> None:
    with pytest.warns(NoCounterpartWarning) as said:
        _ask_for_workspaces(little)
    assert [str(one.message).partition(" is ")[0] for one in said] == [
        "WorkspaceType.Host()",
        "ComposioToolSet(workspace_id=...)",
    ]


def _ask_for_workspaces(backend: Little) -> None:
    for _ in range(2):
        ComposioToolSet(backend=backend, workspace_config=WorkspaceType.Host(), workspace_id="ws_1")


def test_a_subclass_sets_how_long_descriptions_and_names_may_be(little: Little) -> None:
    class Short(ComposioToolSet[Any], runtime="mine", description_char_limit=6, action_name_char_limit=12):
        pass

    class Shorter(Short):
        pass

    for cls in (Short, Shorter):
        toolset = cls(backend=little)
        (tool,) = toolset.get_tools(actions=[Action.GITHUB_LIST_ISSUES])
        assert len(tool["description"]) <= 6
        assert len(tool["name"]) <= 12
        assert toolset.handle_tool_calls([{"name": tool["name"], "arguments": {}}])[0]["successful"]
        assert toolset.handle_tool_calls([{"name": tool["name"]}], actions=[Action.GITHUB_LIST_ISSUES])[0]["successful"]
    with pytest.raises(TypeError, match="no keyword arguments"):
        type("Wrong", (ComposioToolSet,), {}, nothing=1)


def test_text_is_the_parameter_of_that_name(little: Little) -> None:
    toolset: ComposioToolSet[Any] = ComposioToolSet(backend=little)
    done = toolset.execute_action(Action.SLACK_SEND, {"channel": "c"}, text="hello")
    assert done["data"]["arguments"] == {"channel": "c", "text": "hello"}
    assert toolset.execute_action("SLACK_SEND", {"text": "mine"}, text="hello")["data"]["arguments"]["text"] == "mine"
    with pytest.raises(InvalidRequest, match="GITHUB_GET_USER has no parameter `text`"):
        toolset.execute_action("GITHUB_GET_USER", {"login": "ada"}, text="hello")


def test_schemas_can_leave_defaults_out(little: Little, own_functions: None) -> None:
    @action
    def greet(name: str, default: str = "there", style: str = "formal") -> str:
        """Greet."""
        return f"{style} {default} {name}"

    toolset: ComposioToolSet[Any] = ComposioToolSet(backend=little)
    (shown,) = toolset.get_tools(actions=[greet])
    (bare,) = toolset.get_tools(actions=[greet], skip_default=True)
    assert shown["parameters"]["properties"]["style"]["default"] == "formal"
    assert "default" not in bare["parameters"]["properties"]["style"]
    assert set(bare["parameters"]["properties"]) == {"name", "default", "style"}


def test_apps_can_be_chosen_by_whether_they_need_credentials(backend: Any) -> None:
    toolset: ComposioToolSet[Any] = ComposioToolSet(backend=backend)
    open_, closed = toolset.get_apps(no_auth=True), toolset.get_apps(no_auth=False, include_local=False)
    assert "open" in [app.key for app in open_]
    assert "keyed" in [app.key for app in closed]
    assert len(open_) + len(closed) == len(toolset.get_apps())


def test_a_request_finds_its_app_by_the_connection(backend: Any, sent: list[httpx.Request]) -> None:
    toolset: ComposioToolSet[Any] = ComposioToolSet(backend=backend, entity_id="ada")
    made = toolset.initiate_connection(app="keyed", connected_account_params={"api_key": "k1"})
    assert toolset.execute_request("/me", "GET", connection_id=made.connectedAccountId)["successful"]
    assert sent[-1].headers["x-api-key"] == "k1"
    with pytest.raises(InvalidRequest, match="name the app"):
        toolset.execute_request("/me", "GET")
    other: ComposioToolSet[Any] = ComposioToolSet(backend=backend, entity_id="bob")
    with pytest.raises(Exception, match=made.connectedAccountId):
        other.execute_request("/me", "GET", connection_id=made.connectedAccountId)


def test_expected_params_take_v0_7s_order(backend: Any) -> None:
    toolset: ComposioToolSet[Any] = ComposioToolSet(backend=backend)
    wanted = toolset.get_expected_params_for_user("keyed", "API_KEY")
    assert wanted["auth_scheme"] == "API_KEY"
    assert toolset.get_expected_params_for_user("keyed", "API_KEY", wanted["integration_id"]) == wanted
