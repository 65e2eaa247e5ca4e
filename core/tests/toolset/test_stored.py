"""``save_tools`` and ``load_tools``: what a web app keeps between the request that shows tools and the one that runs calls."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from composio import ComposioToolSet
from composio.errors import InvalidRequest
from composio.toolset.offers import Tools
from composio.toolset.stored import dump, load

Little = Any  # the fixture's class lives in conftest.py, which tests can't import
SECRET = "a secret of the web app's"
SEND = {"name": "SLACK_SEND", "arguments": {"text": "hi"}, "id": "call_1"}
GET = {"name": "GITHUB_GET_USER", "arguments": {}, "id": "call_2"}


def first_request(little: Little, **options: Any) -> str:
    toolset: ComposioToolSet[Any] = ComposioToolSet(backend=little)
    return toolset.save_tools(toolset.get_tools("SLACK_SEND", entity_id="alice"), **options)


@pytest.mark.parametrize("secret", [None, SECRET, SECRET.encode()])
def test_another_toolset_runs_what_was_stored_as_the_same_entity_and_nothing_else(little: Little, secret: Any) -> None:
    stored = first_request(little, secret=secret)
    second: ComposioToolSet[Any] = ComposioToolSet(backend=little)
    tools = second.load_tools(stored, secret=secret)
    assert [tool["name"] for tool in tools] == ["SLACK_SEND"]
    sent, refused = second.handle_tool_calls([SEND, GET], tools=tools)
    assert sent["data"]["entity_id"] == "alice"
    assert not refused["successful"]
    # What was loaded counts as handed out by this toolset too.
    assert [result["successful"] for result in second.handle_tool_calls([SEND, GET])] == [True, False]


@pytest.mark.anyio
async def test_loading_has_an_asynchronous_twin(little: Little) -> None:
    second: ComposioToolSet[Any] = ComposioToolSet(backend=little)
    tools = await second.aload_tools(first_request(little, secret=SECRET), secret=SECRET, processors={"pre": {}})
    (result,) = await second.ahandle_tool_calls(SEND, tools=tools)
    assert result["data"]["entity_id"] == "alice"


def test_tools_of_several_fetches_keep_their_entities_and_options(little: Little) -> None:
    first: ComposioToolSet[Any] = ComposioToolSet(backend=little, entity_id="own")
    tools = first.get_tools("GITHUB_GET_USER") + first.get_tools(
        "SLACK_SEND",
        entity_id="alice",
        connected_account_id="conn_1",
        max_result_chars=500,
        check_connected_accounts=False,
    )
    stored = first.save_tools(tools)
    assert [(group.actions, group.whose.entity_id, group.max_result_chars) for group in load(stored)] == [
        (("GITHUB_GET_USER",), "own", None),
        (("SLACK_SEND",), "alice", 500),
    ]
    loaded = ComposioToolSet(backend=little).load_tools(stored)
    assert loaded.offers["SLACK_SEND"].whose == tools.offers["SLACK_SEND"].whose
    assert loaded.offers["SLACK_SEND"].options == tools.offers["SLACK_SEND"].options


def test_what_is_stored_holds_no_credential(little: Little) -> None:
    toolset: ComposioToolSet[Any] = ComposioToolSet(backend=little)
    toolset.add_auth("slack", [{"name": "Authorization", "value": "Bearer xoxb-secret", "in_": "header"}])
    assert "xoxb" not in toolset.save_tools(toolset.get_tools("SLACK_SEND"))


def test_a_toolset_of_somebody_else_refuses_them(little: Little) -> None:
    other: ComposioToolSet[Any] = ComposioToolSet(backend=little, entity_id="bob")
    with pytest.raises(InvalidRequest, match="another entity than 'bob'"):
        other.load_tools(first_request(little))


def forged(**changes: Any) -> str:
    group = {"actions": ["GITHUB_GET_USER"], "entity_id": "bob", "connected_account_id": None, "max_result_chars": None}
    return json.dumps({"v": 1, "tools": [{**group, **changes}]})


def unsigned() -> str:
    header = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').rstrip(b"=").decode()
    return f"{header}.{base64.urlsafe_b64encode(forged().encode()).rstrip(b'=').decode()}."


def test_what_was_not_signed_with_the_secret_is_refused(little: Little) -> None:
    toolset: ComposioToolSet[Any] = ComposioToolSet(backend=little)
    good = first_request(little, secret=SECRET)
    head, body, signature = good.split(".")
    wrong = [
        first_request(little, secret="another secret of theirs"),
        first_request(little),
        forged(),
        unsigned(),
        f"{head}.{base64.urlsafe_b64encode(forged().encode()).rstrip(b'=').decode()}.{signature}",
        # The app's own tokens under the same secret are not ours.
        jwt.encode({"v": 1, "tools": []}, SECRET.ljust(32), algorithm="HS256"),
        "",
        good[:-4],
    ]
    for stored in wrong:
        with pytest.raises(InvalidRequest, match="not signed with this secret"):
            toolset.load_tools(stored, secret=SECRET)
    assert body not in str(wrong[-1][-4:])


def test_what_is_signed_says_so_where_the_secret_is_missing(little: Little) -> None:
    with pytest.raises(InvalidRequest, match="pass the secret="):
        ComposioToolSet(backend=little).load_tools(first_request(little, secret=SECRET))


def test_stored_tools_expire(little: Little, monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now - 3600)
    stored = first_request(little, secret=SECRET, expires_in=600)
    monkeypatch.undo()
    with pytest.raises(InvalidRequest, match="expired; call get_tools again"):
        ComposioToolSet(backend=little).load_tools(stored, secret=SECRET)
    assert ComposioToolSet(backend=little).load_tools(first_request(little, secret=SECRET, expires_in=600), secret=SECRET)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"secret": "short"}, "at least 16"),
        ({"expires_in": 60}, "needs secret="),
        ({"secret": SECRET, "expires_in": 0}, "above 0"),
    ],
)
def test_what_would_not_be_safe_is_refused(little: Little, options: dict[str, Any], says: str) -> None:
    with pytest.raises(InvalidRequest, match=says) as caught:
        first_request(little, **options)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    "stored",
    [
        None,
        5,
        b"{}",
        "{}",
        "[]",
        "null",
        "a.b",
        "[" * 100_000,
        '{"v": 1}',
        '{"v": 1, "tools": {}, "x": 1}'.replace("{}", "5"),
        forged(actions="GITHUB_GET_USER"),
        forged(actions=[5]),
        forged(entity_id=5),
        forged(max_result_chars="1"),
        forged(connected_account_id=[]),
    ],
)
def test_what_is_no_stored_list_is_refused(little: Little, stored: Any) -> None:
    with pytest.raises(InvalidRequest, match="load_tools"):
        ComposioToolSet(backend=little).load_tools(stored)


def test_another_version_is_refused(little: Little) -> None:
    with pytest.raises(InvalidRequest, match="another version"):
        ComposioToolSet(backend=little).load_tools('{"v": 2, "tools": []}')


def test_only_a_list_from_get_tools_can_be_saved(little: Little) -> None:
    toolset: ComposioToolSet[Any] = ComposioToolSet(backend=little)
    with pytest.raises(InvalidRequest, match="the same list object"):
        toolset.save_tools(list(toolset.get_tools("SLACK_SEND")))
    assert toolset.load_tools(toolset.save_tools(Tools())) == []


@given(
    st.text()
    | st.recursive(
        st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    ).map(json.dumps)
)
def test_nothing_that_is_stored_raises_otherwise(stored: str) -> None:
    for secret in (None, SECRET):
        try:
            load(stored, secret)
        except InvalidRequest:
            continue
        assert dump([], None) in stored
