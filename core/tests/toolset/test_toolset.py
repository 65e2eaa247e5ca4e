"""The toolset: definitions, tools, direct calls, credentials, options."""

from __future__ import annotations

import datetime
import enum
import inspect
import json
from typing import Any

import pytest
from pydantic import BaseModel

from composio import Action, ActionModel, App, ComposioToolSet, CustomAuthParameter, action
from composio.errors import (
    ActionNotFound,
    AppNotFound,
    ConfigurationError,
    ConnectionNotFound,
    InvalidRequest,
    ProcessorError,
)
from composio.framework import FrameworkAdapter, Invoke, ToolSpec
from composio.model.action import JsonSchema
from composio.model.app import AppModel
from composio.schema.dialect import Dialect

Little = Any  # the fixture's class lives in conftest.py, which tests can't import


@pytest.fixture
def toolset(little: Little, over: Any) -> ComposioToolSet[dict[str, Any]]:
    return ComposioToolSet(backend=over(little))


def names(tools: list[dict[str, Any]]) -> list[str]:
    return [tool["name"] for tool in tools]


# Definitions


def test_an_app_alone_gives_its_important_actions(toolset: ComposioToolSet[Any]) -> None:
    assert names(toolset.get_tools(apps=[App.GITHUB])) == ["GITHUB_GET_USER", "GITHUB_LIST_ISSUES"]
    assert names(toolset.get_tools(apps="github", limit=1)) == ["GITHUB_GET_USER"]


def test_v07s_older_forms_work(toolset: ComposioToolSet[Any]) -> None:
    assert names(toolset.get_actions([Action.GITHUB_GET_USER])) == ["GITHUB_GET_USER"]
    for tools in (toolset.get_actions("GITHUB_GET_USER", "ada"), toolset.get_tools(["GITHUB_GET_USER"], None, None, "ada")):
        assert tools.offers["GITHUB_GET_USER"].entity_id == "ada"


def test_tags_choose_among_an_apps_actions(toolset: ComposioToolSet[Any]) -> None:
    assert names(toolset.get_tools(apps=[App.GITHUB], tags=["Issues"])) == ["GITHUB_LIST_ISSUES"]
    assert names(toolset.get_tools(apps=[App.GITHUB], tags="Issues")) == ["GITHUB_LIST_ISSUES"]


@pytest.mark.parametrize(
    "actions",
    [
        [Action.GITHUB_GET_USER],
        "GITHUB_GET_USER",
        ["github_get_user"],
        (Action("github_get_user"),),
        Action.GITHUB_GET_USER,
    ],
)
def test_an_action_is_named_however_it_suits(toolset: ComposioToolSet[Any], actions: Any) -> None:
    assert names(toolset.get_tools(actions=actions)) == ["GITHUB_GET_USER"]
    assert names(toolset.get_tools(actions)) == ["GITHUB_GET_USER"]


def test_actions_keep_their_order_and_come_once(toolset: ComposioToolSet[Any]) -> None:
    tools = toolset.get_tools(actions=[Action.SLACK_SEND, Action.GITHUB_GET_USER, "slack_send"])
    assert names(tools) == ["SLACK_SEND", "GITHUB_GET_USER"]


def test_a_definition_can_be_passed_for_its_name(toolset: ComposioToolSet[Any]) -> None:
    schema = toolset.get_action("GITHUB_GET_USER")
    assert names(toolset.get_tools(actions=[schema])) == ["GITHUB_GET_USER"]
    assert toolset.execute_action(schema, {"login": "ada"})["successful"]


def test_functions_are_tools_by_themselves_and_by_name(toolset: ComposioToolSet[Any]) -> None:
    @action
    def add_numbers(a: int, b: int) -> int:
        """Adds."""
        return a + b

    @action(toolname="calculator_multiply")
    def multiply(a: int, b: int) -> int:
        """Multiplies."""
        return a * b

    tools = toolset.get_tools(actions=[Action.GITHUB_GET_USER, add_numbers, "calculator_multiply"])
    assert names(tools) == ["GITHUB_GET_USER", "add_numbers", "calculator_multiply"]
    assert tools[1]["description"] == "Adds."
    assert names(toolset.get_tools(actions=add_numbers)) == ["add_numbers"]
    done = toolset.execute_action(add_numbers, {"a": 1, "b": 2})
    assert done["data"] == 3 or done["data"]["action"] == "add_numbers"  # a server's client runs it itself


def test_a_plain_function_is_told_what_it_lacks(toolset: ComposioToolSet[Any]) -> None:
    def plain(a: int) -> int:
        return a

    with pytest.raises(InvalidRequest, match="plain is a plain function; put @action on it"):
        toolset.get_tools(actions=[plain])  # type: ignore[list-item]  # the mistake that is tested


@pytest.mark.parametrize("wrong", [[5], 5, {"actions": 1}, [None]])
def test_what_is_no_action_is_refused(toolset: ComposioToolSet[Any], wrong: Any) -> None:
    with pytest.raises(InvalidRequest, match=r"An action is|takes a list"):
        toolset.get_tools(actions=wrong)


def test_asking_for_nothing_says_how_to_ask(toolset: ComposioToolSet[Any]) -> None:
    with pytest.raises(InvalidRequest, match=r"actions=.*apps=.*tags="):
        toolset.get_tools()


def test_an_unknown_action_names_the_nearest(toolset: ComposioToolSet[Any]) -> None:
    with pytest.raises(ActionNotFound, match="GITHUB_GET_USER"):
        toolset.get_tools(actions=["GITHUB_GET_USR"])


def test_definitions_ask_for_a_connection_unless_told_not_to(toolset: ComposioToolSet[Any], little: Little) -> None:
    little.connected = {"github"}
    assert [a.slug for a in toolset.get_action_schemas(apps=[App.GITHUB], limit=1)] == ["GITHUB_GET_USER"]
    with pytest.raises(ConnectionNotFound, match="slack of somebody"):
        toolset.get_action_schemas(apps=[App.SLACK], entity_id="somebody")
    (found,) = toolset.get_action_schemas(apps=[App.SLACK], check_connected_accounts=False)
    assert json.loads(json.dumps(found.model_dump()))["name"] == "SLACK_SEND"
    toolset.add_auth(App.SLACK, [CustomAuthParameter(name="Authorization", value="x")])
    assert toolset.get_action_schemas(apps=[App.SLACK])


def test_custom_tools_need_no_connection(toolset: ComposioToolSet[Any]) -> None:
    @action
    def local(a: int) -> int:
        return a

    assert toolset.get_action_schemas(actions=[local])[0].slug == "local"


def test_apps_are_listed_and_found(toolset: ComposioToolSet[Any]) -> None:
    assert [app.key for app in toolset.get_apps()] == ["github", "slack"]
    app = toolset.get_app(App.GITHUB)
    assert isinstance(app, AppModel)
    assert toolset.get_app(app) == app
    with pytest.raises(AppNotFound):
        toolset.get_app("nowhere")
    with pytest.raises(InvalidRequest, match="An app is"):
        toolset.get_app("")


def test_actions_are_found_by_tag_and_by_use_case(toolset: ComposioToolSet[Any]) -> None:
    assert toolset.find_actions_by_tags(App.GITHUB, tags=["Issues"]) == [Action.GITHUB_LIST_ISSUES]
    assert toolset.find_actions_by_tags(tags="chat") == [Action.SLACK_SEND]
    assert toolset.find_actions_by_use_case(use_case="list issues") == [Action.GITHUB_LIST_ISSUES]
    assert toolset.find_actions_by_use_case(use_case="send", apps=[App.SLACK]) == [Action.SLACK_SEND]
    assert toolset.find_actions_by_use_case(App.GITHUB, use_case="send") == []
    steps = toolset.find_actions_by_use_case(use_case="list all issues and then send them", advanced=True, limit=2)
    assert steps == [Action.GITHUB_LIST_ISSUES, Action.SLACK_SEND]


def test_tools_are_had_by_use_case(toolset: ComposioToolSet[Any]) -> None:
    def names(**selection: Any) -> list[str]:
        return [a.slug for a in toolset.get_action_schemas(check_connected_accounts=False, **selection)]

    assert names(use_case="send", apps=[App.SLACK]) == ["SLACK_SEND"]
    assert names(use_case="list", limit=1) == ["GITHUB_LIST_ISSUES"]
    assert names(use_case="send", apps=[App.GITHUB]) == []
    assert len(toolset.get_tools(use_case="list issues")) == 1
    with pytest.raises(InvalidRequest, match="not with tags"):
        toolset.get_tools(use_case="list", tags=["Issues"])


# Tools


def test_tools_are_a_plain_list_of_plain_dicts(toolset: ComposioToolSet[Any]) -> None:
    tools = toolset.get_tools(actions="GITHUB_GET_USER")
    assert isinstance(tools, list)
    assert json.loads(json.dumps(tools)) == [
        {
            "name": "GITHUB_GET_USER",
            "description": "Does GITHUB_GET_USER.",
            "parameters": {"type": "object", "properties": {"login": {"type": "string"}}, "required": ["login"]},
        }
    ]


def test_a_schema_processor_changes_what_a_model_sees_and_nothing_else(toolset: ComposioToolSet[Any]) -> None:
    def simplify(schema: dict[str, Any]) -> dict[str, Any]:
        schema["parameters"]["properties"].pop("ts")
        schema["description"] = "Sends."
        return schema

    (tool,) = toolset.get_tools(actions="SLACK_SEND", processors={"schema": {Action.SLACK_SEND: simplify}})
    assert tool["description"] == "Sends."
    assert list(tool["parameters"]["properties"]) == tool["parameters"]["required"] == ["channel", "text"]
    (plain,) = toolset.get_tools(actions="SLACK_SEND")
    assert plain["parameters"]["required"] == ["channel", "text", "ts"]


def test_a_toolsets_schema_processors_run_first(little: Little) -> None:
    def say(word: str) -> Any:
        return lambda schema: {**schema, "description": f"{schema['description']} {word}"}

    toolset: ComposioToolSet[Any] = ComposioToolSet(backend=little, processors={"schema": {App.SLACK: say("one")}})
    (tool,) = toolset.get_tools(actions="SLACK_SEND", processors={"schema": {"SLACK_SEND": say("two")}})
    assert tool["description"] == "Does SLACK_SEND. one two"


def test_a_schema_processor_that_loses_the_parameters_is_named(toolset: ComposioToolSet[Any]) -> None:
    with pytest.raises(ProcessorError, match=r"SLACK_SEND.*`parameters` as NoneType"):
        toolset.get_tools(actions="SLACK_SEND", processors={"schema": {"SLACK_SEND": lambda schema: {}}})


class Narrow(FrameworkAdapter[tuple[ToolSpec, Invoke]]):
    name = "narrow"
    dialect = Dialect(name_limit=12, description_limit=20, identifiers=True)

    def wrap(self, spec: ToolSpec, invoke: Invoke) -> tuple[ToolSpec, Invoke]:
        return spec, invoke


def test_an_adapters_dialect_is_kept_to(little: Little) -> None:
    long = ActionModel(
        slug="GITHUB_DO_SOMETHING_LONG",
        app="github",
        description="words and more words and more",
        parameters=JsonSchema(type="object", properties={"from": {"type": "string"}}, required=["from"]),
        binding=little.known[0].binding,
    )
    little.known = (long,)
    toolset: ComposioToolSet[Any] = ComposioToolSet(backend=little)
    toolset.adapter = Narrow()
    toolset.codec = None
    ((spec, invoke),) = toolset.get_tools(actions="GITHUB_DO_SOMETHING_LONG")
    assert len(spec.name) <= 12
    assert spec.description == "words and more…"
    assert spec.parameters.required == ["from_"]
    assert invoke({"from": "x"}).tool == spec.name
    with pytest.raises(InvalidRequest, match="runs its tools itself"):
        toolset.handle_tool_calls([])


class Gathering(FrameworkAdapter[list[str]]):
    name = "gathering"

    def wrap(self, spec: ToolSpec, invoke: Invoke) -> list[str]:
        return [spec.name]

    def gather(self, tools: list[list[str]]) -> list[list[str]]:
        return [[name for tool in tools for name in tool]]


def test_an_adapter_may_put_several_actions_into_one_tool(little: Little) -> None:
    toolset: ComposioToolSet[Any] = ComposioToolSet(backend=little)
    toolset.adapter = Gathering()
    tools = toolset.get_tools(actions=["GITHUB_GET_USER", "SLACK_SEND"])
    assert tools == [["GITHUB_GET_USER", "SLACK_SEND"]]
    assert set(tools.offers) == {"GITHUB_GET_USER", "SLACK_SEND"}


def test_two_tools_of_one_name_are_refused(toolset: ComposioToolSet[Any]) -> None:
    def make(where: str) -> Any:
        def same(a: int) -> int:
            return a

        same.__module__ = where
        return action(same)

    with pytest.raises(InvalidRequest, match=r"'same': one:.*and two:"):
        toolset.get_tools(actions=[make("one"), make("two")])


# Direct calls


def test_a_direct_call_returns_the_documented_dict(toolset: ComposioToolSet[Any]) -> None:
    result = toolset.execute_action(action=Action.GITHUB_GET_USER, params={"login": "ada"})
    assert dict(result) == {
        "successful": True,
        "data": {"action": "GITHUB_GET_USER", "arguments": {"login": "ada"}, "entity_id": "default"},
        "error": None,
    }


def test_who_calls_is_the_calls_word_or_the_toolsets(little: Little) -> None:
    toolset: ComposioToolSet[Any] = ComposioToolSet(backend=little, entity_id="ada")
    assert toolset.execute_action("GITHUB_GET_USER")["data"]["entity_id"] == "ada"
    assert toolset.execute_action("GITHUB_GET_USER", entity_id="bob")["data"]["entity_id"] == "bob"
    toolset.execute_action("GITHUB_GET_USER", connected_account_id="conn_1", metadata={"a": 1}, session_id="s")
    assert little.seen[-1].who.connected_account_id == "conn_1"


@pytest.mark.parametrize(
    ("params", "said"),
    [({...}, "a dict of the action's parameters, not set.*is a set"), ("{}", "not str"), ([("a", 1)], "not list")],
)
def test_params_that_are_no_dict_are_refused(toolset: ComposioToolSet[Any], params: Any, said: str) -> None:
    with pytest.raises(InvalidRequest, match=said):
        toolset.execute_action("GITHUB_GET_USER", params)


class Colour(enum.Enum):
    RED = "red"


@pytest.mark.parametrize("over", ["embedded"], indirect=True)  # bytes go to a server as files
def test_params_may_hold_what_python_callers_have_at_hand(toolset: ComposioToolSet[Any]) -> None:
    class Item(BaseModel):
        at: datetime.date
        note: str | None = None

    params = {"items": [Item(at=datetime.date(2024, 5, 1))], "colour": Colour.RED, "pair": (1, 2), "raw": b"\xff"}
    result = toolset.execute_action("GITHUB_GET_USER", params)
    assert result["data"]["arguments"] == {
        "items": [{"at": "2024-05-01", "note": None}],
        "colour": "red",
        "pair": [1, 2],
        "raw": b"\xff",
    }
    assert params["colour"] is Colour.RED, "the caller's own dict stays as it was"


def test_positions_are_those_of_v07(toolset: ComposioToolSet[Any], little: Little) -> None:
    toolset.execute_action("GITHUB_GET_USER", {}, None, "bob", "conn_1", None)
    assert (little.seen[-1].entity_id, little.seen[-1].who.connected_account_id) == ("bob", "conn_1")


@pytest.mark.parametrize("limit", ["5", -1, 2.5, True])
def test_a_limit_that_is_no_number_of_tools_is_refused(toolset: ComposioToolSet[Any], limit: Any) -> None:
    with pytest.raises(InvalidRequest, match="limit is how many"):
        toolset.get_tools(apps="github", limit=limit)


def test_add_auth_takes_one_parameter_or_several(toolset: ComposioToolSet[Any], little: Little) -> None:
    one = CustomAuthParameter("Authorization", "Bearer ghp_1")
    for given in (one, [one], (one,), {"name": "Authorization", "value": "Bearer ghp_1", "in": "header"}):
        toolset.add_auth("github", given)
        toolset.execute_action("GITHUB_GET_USER")
        assert little.seen[-1].who.app_auth["github"].parameters == (one,)
    wrong: Any
    for wrong in ("Bearer ghp_1", 5):
        with pytest.raises(InvalidRequest, match="takes a list of CustomAuthParameter"):
            toolset.add_auth("github", wrong)


def test_a_sentence_instead_of_params_is_refused(toolset: ComposioToolSet[Any]) -> None:
    with pytest.raises(InvalidRequest, match="params"):
        toolset.execute_action("GITHUB_GET_USER", text="get ada")


def test_a_mistake_of_the_caller_raises(toolset: ComposioToolSet[Any]) -> None:
    with pytest.raises(ActionNotFound):
        toolset.execute_action("GITHUB_NOTHING")


def test_processors_of_a_direct_call_are_the_toolsets_and_its_own(little: Little) -> None:
    def put(key: str) -> Any:
        return lambda inputs: {**inputs, key: list(inputs)}

    toolset: ComposioToolSet[Any] = ComposioToolSet(backend=little, processors={"pre": {App.GITHUB: put("toolset")}})
    toolset.get_tools("GITHUB_GET_USER", processors={"pre": {"GITHUB_GET_USER": put("tools")}})
    own = toolset.execute_action("GITHUB_GET_USER", {"a": 1}, processors={"pre": {"GITHUB_GET_USER": put("call")}})
    assert own["data"]["arguments"] == {"a": 1, "toolset": ["a"], "call": ["a", "toolset"]}
    assert toolset.execute_action("GITHUB_GET_USER", {"a": 1})["data"]["arguments"] == {"a": 1, "toolset": ["a"]}


def test_credentials_travel_with_calls_and_never_show(toolset: ComposioToolSet[Any], little: Little) -> None:
    secret = CustomAuthParameter(name="Authorization", value="Bearer s3cret")
    toolset.add_auth(App.GITHUB, [secret])
    toolset.execute_action("GITHUB_GET_USER", auth={"parameters": [{"name": "k", "value": "v3ry", "in_": "query"}]})
    (call,) = little.seen
    assert call.who.app_auth["github"].parameters == (secret,)
    assert call.who.auth.parameters[0].value == "v3ry"
    assert "s3cret" not in repr(call)
    assert "v3ry" not in repr(call)
    assert "s3cret" not in repr(vars(toolset))


def test_a_request_is_made_of_what_v07_passed(toolset: ComposioToolSet[Any], little: Little) -> None:
    result = toolset.execute_request(
        "/repos/{owner}/topics",
        "get",
        parameters=[
            {"name": "owner", "value": "a/b", "in": "path"},
            {"name": "page", "value": 2, "in": "query"},
            CustomAuthParameter(name="X-Trace", value="t", in_="header"),
        ],
        app=App.GITHUB,
        connection_id="conn_1",
    )
    assert result["data"] == {"endpoint": "/repos/a%2Fb/topics"}
    (request,) = little.requests
    assert (request.method, request.query, request.headers) == ("GET", {"page": 2}, {"X-Trace": "t"})
    assert request.who.connected_account_id == "conn_1"
    toolset.execute_request("/x", parameters={"q": "all"}, app="github", body={"a": 1}, method="POST")
    assert (little.requests[-1].query, little.requests[-1].body) == ({"q": "all"}, {"a": 1})


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "app=App.GITHUB"),
        ({"app": "github", "parameters": [{"name": "x"}]}, '"name": ..., "value"'),
        ({"app": "github", "parameters": [{"name": "x", "value": 1, "in": "path"}]}, r"no \{x\}"),
        ({"app": "github", "parameters": [{"name": "x", "value": 1, "in": "cookie"}]}, "auth="),
    ],
)
def test_a_request_that_cannot_be_made_is_explained(toolset: ComposioToolSet[Any], options: Any, said: str) -> None:
    with pytest.raises(InvalidRequest, match=said):
        toolset.execute_request("/x", **options)


# Options


def test_making_a_toolset_does_nothing() -> None:
    with ComposioToolSet(api_key="a key", entity_id="ada") as toolset:
        assert vars(toolset._owner)["_backend"] is None


@pytest.mark.parametrize("options", [{"base_url": "https://user:pass@host"}, {}])
def test_a_server_without_a_key_or_an_address_is_refused_rather_than_ignored(
    options: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not options:
        monkeypatch.setenv("COMPOSIO_BASE_URL", "https://user:pass@host")
    with pytest.raises(ConfigurationError, match="server's address alone") as caught:
        ComposioToolSet(api_key="key", **options)
    assert "pass" not in str(caught.value).replace("password", "")
    monkeypatch.setenv("COMPOSIO_BASE_URL", "https://tools.example")
    with pytest.raises(ConfigurationError, match="without an API key"):
        ComposioToolSet()


def test_a_key_alone_stays_embedded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMPOSIO_API_KEY", "key")
    ComposioToolSet()


def test_v07s_options_are_taken_refused_or_corrected() -> None:
    ComposioToolSet(logging_level="DEBUG", lock=False, output_in_file=False, workspace_id=None, metadata={})
    with pytest.raises(TypeError, match="Did you mean entity_id"):
        ComposioToolSet(entityid="x")
    with pytest.raises(InvalidRequest, match="entity_id"):
        ComposioToolSet(entity_id="")


def test_a_backend_that_was_lent_stays_open(little: Little) -> None:
    with ComposioToolSet(backend=little) as toolset:
        toolset.get_apps()
    assert little.closed == 0


@pytest.mark.anyio
async def test_every_method_has_an_asynchronous_twin_that_does_the_same(little: Little) -> None:
    async with ComposioToolSet(backend=little) as toolset:
        assert names(await toolset.aget_tools("GITHUB_GET_USER")) == ["GITHUB_GET_USER"]
        assert [a.slug for a in await toolset.aget_action_schemas(actions="SLACK_SEND", check_connected_accounts=False)]
        assert (await toolset.aget_action("SLACK_SEND")).slug == "SLACK_SEND"
        assert len(await toolset.aget_apps()) == 2
        assert (await toolset.aget_app("github")).key == "github"
        assert await toolset.afind_actions_by_tags(tags="chat") == [Action.SLACK_SEND]
        assert await toolset.afind_actions_by_use_case(use_case="send") == [Action.SLACK_SEND]
        assert (await toolset.aexecute_action("SLACK_SEND", {"text": "x"}))["successful"]
        assert (await toolset.aexecute_request("/x", app="github"))["successful"]
        assert (await toolset.ahandle_tool_calls({"name": "GITHUB_GET_USER", "arguments": {}}))[0]["successful"]


def test_twins_have_the_same_signature() -> None:
    methods = dict(inspect.getmembers(ComposioToolSet, inspect.isfunction))
    twins = [name for name in methods if name.startswith("a") and name[1:] in methods]
    assert len(twins) == 46
    for name in twins:
        waiting, awaiting = inspect.signature(methods[name[1:]]), inspect.signature(methods[name])
        assert list(waiting.parameters.values()) == list(awaiting.parameters.values()), name
        assert methods[name[1:]].__name__ == name[1:]


def test_a_subclass_that_overrides_the_asynchronous_form_changes_both(little: Little) -> None:
    class Fewer(ComposioToolSet[Any]):
        async def aget_apps(self, no_auth: bool | None = None, include_local: bool = True) -> list[AppModel]:
            return (await super().aget_apps())[:1]

    assert [app.key for app in Fewer(backend=little).get_apps()] == ["github"]
