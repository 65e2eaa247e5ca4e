"""The fake upstream answers from a description, checks what it receives, and can be told to fail."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from composio.engine.arguments import route
from composio.engine.build import Target, build
from composio.engine.files import attach
from composio.errors import ActionNotFound
from composio.model.action import (
    ActionModel,
    Body,
    GraphqlOperation,
    HttpBinding,
    JsonSchema,
    MediaUpload,
    Parameter,
    PartEncoding,
    Server,
)
from composio.model.response import DeclaredResponse
from composio.testing import FakeUpstream

USER = {"type": "object", "properties": {"login": {"type": "string"}, "id": {"type": "integer"}}, "required": ["login", "id"]}


def operation(
    slug: str,
    method: str,
    path: str,
    properties: dict[str, Any],
    *,
    parameters: tuple[Parameter, ...] = (),
    body: Body | None = None,
    required: tuple[str, ...] = (),
) -> ActionModel:
    schema = {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}
    binding = HttpBinding(method, path, (Server("https://api.example.com/v1"),), parameters, body)
    return ActionModel(slug=slug, app="example", parameters=JsonSchema(schema), validation=schema, binding=binding)


def query(name: str, **more: Any) -> Parameter:
    return Parameter(name, name, "query", **more)


STRINGS = {"type": "array", "items": {"type": "string"}}
NUMBERS = {"type": "array", "items": {"type": "integer"}}
RANGE = {
    "type": "object",
    "properties": {"from": {"type": "integer"}, "to": {"type": "integer"}},
    "additionalProperties": False,
}

GET_USER = operation(
    "EXAMPLE_GET_USER",
    "GET",
    "/users/{user id}",
    {"user id": {"type": "integer"}},
    parameters=(Parameter("user id", "user id", "path", style="simple", explode=False, required=True),),
    required=("user id",),
)
GET_ME = operation("EXAMPLE_GET_ME", "GET", "/users/me", {})
SEARCH = operation(
    "EXAMPLE_SEARCH",
    "GET",
    "/search",
    {
        "q": {"type": "string"},
        "ids": NUMBERS,
        "tags": STRINGS,
        "piped": STRINGS,
        "range": RANGE,
        "page": {"type": "integer", "maximum": 9},
        "either": {"oneOf": [{"type": "boolean"}, {"type": "array", "items": {"type": "integer"}}]},
        "X-Trace": {"type": "string"},
        "session": {"type": "string"},
    },
    parameters=(
        query("q"),
        query("ids"),
        query("tags", explode=False),
        query("piped", style="pipeDelimited", explode=False),
        query("range", style="deepObject"),
        query("page"),
        query("either"),
        Parameter("X-Trace", "X-Trace", "header", style="simple", explode=False),
        Parameter("session", "session", "cookie"),
    ),
)
CREATE = operation(
    "EXAMPLE_CREATE",
    "POST",
    "/things",
    {"title": {"type": "string"}, "body_self": {"type": "integer"}},
    body=Body("application/json", "json", {"title": "title", "body_self": "self"}, required=True),
    required=("title",),
)
CHARGE = operation(
    "EXAMPLE_CHARGE",
    "POST",
    "/charges",
    {
        "amount": {"type": "integer"},
        "metadata": {"type": "object", "additionalProperties": {"type": "string"}},
        "expand": STRINGS,
    },
    body=Body(
        "application/x-www-form-urlencoded",
        "form",
        {"amount": "amount", "metadata": "metadata", "expand": "expand"},
        encoding={"metadata": PartEncoding(style="deepObject", explode=True)},
    ),
    required=("amount",),
)
UPLOAD = operation(
    "EXAMPLE_UPLOAD",
    "POST",
    "/files",
    {"file": {"type": "string"}, "meta": {"type": "object", "properties": {"n": {"type": "integer"}}}},
    body=Body("multipart/form-data", "multipart", {"file": "file", "meta": "meta"}, required=True),
)
PUT_LIST = operation("EXAMPLE_PUT_LIST", "PUT", "/list", {"body": NUMBERS}, body=Body("application/json", "json", whole="body"))
PAGEABLE = {
    "type": "object",
    "properties": {"page": {"type": "integer"}, "size": {"type": "integer"}, "sort": STRINGS, "ids": NUMBERS},
}
LIST_PAGE = operation("EXAMPLE_LIST_PAGE", "GET", "/paged", {"pageable": PAGEABLE}, parameters=(query("pageable"),))
ALL = [GET_USER, GET_ME, SEARCH, CREATE, CHARGE, UPLOAD, PUT_LIST, LIST_PAGE]


def declared(action: ActionModel) -> list[DeclaredResponse]:
    if action is GET_ME:
        return [
            DeclaredResponse(status=401, media_type="application/json", example={"message": "no"}, has_example=True),
            DeclaredResponse(
                status=200, media_type="application/json", example={"login": "octocat", "id": 1}, has_example=True
            ),
        ]
    return [DeclaredResponse(status=200, media_type="application/json", schema=USER)]


@pytest.fixture
def api() -> Iterator[FakeUpstream]:
    with FakeUpstream([(action, declared(action)) for action in ALL]) as served:
        yield served


@pytest.fixture
def client(api: FakeUpstream) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=api.url, trust_env=False, timeout=5) as opened:
        yield opened


def test_the_descriptions_own_example_is_the_answer(api: FakeUpstream, client: httpx.Client) -> None:
    assert client.get("/users/me").json() == {"login": "octocat", "id": 1}
    assert [r.slug for r in api.requests] == ["EXAMPLE_GET_ME"]


def test_without_an_example_the_answer_is_made_up_from_the_schema_and_always_the_same(client: httpx.Client) -> None:
    first, second = client.get("/users/7").json(), client.get("/users/7").json()
    assert first == second
    assert isinstance(first["id"], int)


def test_the_base_path_of_the_described_server_may_stay_or_go(client: httpx.Client) -> None:
    assert client.get("/v1/users/me").json()["login"] == client.get("/users/me").json()["login"]


def test_an_encoded_slash_stays_in_its_segment(api: FakeUpstream, client: httpx.Client) -> None:
    client.get("/users/me%2Frepos")
    assert api.requests[0].slug == "EXAMPLE_GET_USER"
    assert "integer" in api.violations[0]


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="[{", exclude_categories=("Cc", "Cs")), min_size=1, max_size=9)


@given(
    st.fixed_dictionaries(
        {"page": st.integers(0, 99)},
        optional={"sort": st.lists(TEXTS, min_size=1), "ids": st.lists(st.integers(), min_size=1), "size": st.integers(1, 9)},
    )
)
def test_lists_in_an_exploded_query_object_arrive_item_by_item(pageable: dict[str, Any]) -> None:
    api = FakeUpstream([(LIST_PAGE, declared(LIST_PAGE))])
    assert isinstance(LIST_PAGE.binding, HttpBinding)
    request = build(LIST_PAGE, LIST_PAGE.binding, {"pageable": pageable}, Target(base_url="https://x.example"))
    assert [text for name, text in request.url.params.multi_items() if name == "sort"] == pageable.get("sort", [])
    with httpx.Client(transport=api.transport()) as client:
        client.send(request)
    assert api.violations == []
    assert api.requests[0].arguments == {"pageable": pageable}


def test_every_style_of_parameter_comes_back_as_its_argument(api: FakeUpstream, client: httpx.Client) -> None:
    target = "/search?q=a%26b&ids=1&ids=2&tags=x,y&piped=a|b&range[from]=1&range[to]=2&page=3&either=5&either=6"
    response = client.get(target, headers={"X-Trace": "t", "Cookie": "session=s"})
    assert response.status_code == 200, response.text
    assert api.requests[0].arguments == {
        "q": "a&b",
        "ids": [1, 2],
        "tags": ["x", "y"],
        "piped": ["a", "b"],
        "range": {"from": 1, "to": 2},
        "page": 3,
        "either": [5, 6],
        "X-Trace": "t",
        "session": "s",
    }


@pytest.mark.parametrize(
    ("target", "what"),
    [
        ("/search?page=ten", "page"),
        ("/search?page=10", "page"),
        ("/search?ids=1&ids=b", "ids"),
        ("/search?range[from]=x", "range"),
        ("/search?typo=1", "query typo"),
        ("/users/abc", "user id"),
    ],
)
def test_what_does_not_fit_the_description_is_a_422_that_says_where(
    api: FakeUpstream, client: httpx.Client, target: str, what: str
) -> None:
    response = client.get(target)
    assert response.status_code == 422
    assert what in response.json()["errors"][0]
    assert api.violations


def test_a_json_body_is_checked_under_its_wire_names(api: FakeUpstream, client: httpx.Client) -> None:
    assert client.post("/things", json={"title": "ü", "self": 1}).status_code == 200
    assert api.requests[0].arguments == {"title": "ü", "body_self": 1}
    for bad in ({"title": 1}, {"self": 1}, ["title"]):
        assert client.post("/things", json=bad).status_code == 422
    assert client.post("/things", content=b"{", headers={"content-type": "application/json"}).status_code == 422
    assert client.post("/things", content=b'{"title":"a"}', headers={"content-type": "text/plain"}).status_code == 422
    assert client.post("/things").status_code == 422
    assert client.request("GET", "/users/me", json={"a": 1}).status_code == 422


def test_forms_nest_by_brackets_and_keep_their_types(api: FakeUpstream, client: httpx.Client) -> None:
    form = b"amount=5&metadata[order]=6&metadata[a%20b]=c&expand=x&expand=y"
    sent = client.post("/charges", content=form, headers={"content-type": "application/x-www-form-urlencoded"})
    assert sent.status_code == 200, sent.text
    assert api.requests[0].arguments == {"amount": 5, "metadata": {"order": "6", "a b": "c"}, "expand": ["x", "y"]}
    indexed = client.post("/charges", data={"amount": "5", "expand[0]": "x"})
    assert api.requests[1].arguments == {"amount": 5, "expand": ["x"]}, indexed.text


def test_multipart_parts_come_back_as_properties(api: FakeUpstream, client: httpx.Client) -> None:
    files = {"file": ("a.txt", b"hello", "text/plain"), "meta": (None, b'{"n": 1}', "application/json")}
    assert client.post("/files", files=files).status_code == 200
    assert api.requests[0].arguments == {"file": "hello", "meta": {"n": 1}}


def test_a_body_that_is_one_argument(api: FakeUpstream, client: httpx.Client) -> None:
    assert client.put("/list", json=[1, 2]).status_code == 200
    assert api.requests[0].arguments == {"body": [1, 2]}
    assert client.put("/list", json=["a"]).status_code == 422


def test_a_path_or_method_that_is_not_described_names_the_nearest(client: httpx.Client) -> None:
    missing, wrong = client.get("/serch"), client.delete("/search")
    assert (missing.status_code, "/search" in missing.json()["message"]) == (404, True)
    assert (wrong.status_code, "GET" in wrong.json()["message"]) == (405, True)


def test_scripted_replies_run_out_and_then_the_usual_answer_is_back(api: FakeUpstream, client: httpx.Client) -> None:
    api.reply("example_get_me", status=429, json={"message": "slow down"}, headers={"Retry-After": "1"}, times=2)
    answers = [client.get("/users/me") for _ in range(3)]
    assert [a.status_code for a in answers] == [429, 429, 200]
    assert answers[0].headers["retry-after"] == "1"
    api.reply("EXAMPLE_GET_ME", text="<html>oops</html>")
    api.reply("EXAMPLE_GET_ME", text="")
    assert client.get("/users/me").text == ""
    api.reset()
    assert client.get("/users/me").json()["login"] == "octocat"


def test_an_unknown_slug_in_a_script_is_named(api: FakeUpstream) -> None:
    with pytest.raises(ActionNotFound, match="EXAMPLE_GET_ME"):
        api.reply("EXAMPLE_GET_MEE")


def expect_failures(api: FakeUpstream, client: httpx.Client) -> None:
    """Each way in which a connection breaks raises what a real one would."""
    api.reply(reset=True, times=1)
    with pytest.raises(httpx.ReadError):
        client.get("/users/me")
    api.reply(truncated=True, times=1)
    with pytest.raises(httpx.RemoteProtocolError):
        client.get("/users/me")
    api.reply(delay=5, times=1)
    with pytest.raises(httpx.ReadTimeout):
        client.get("/users/me", timeout=0.05)


def test_broken_connections_reach_the_client(api: FakeUpstream, client: httpx.Client) -> None:
    expect_failures(api, client)
    api.reply(status=302, headers={"Location": f"{api.url}/users/1"}, times=1)
    assert client.get("/users/me", follow_redirects=True).url.path == "/users/1"


def test_a_required_credential_is_asked_for(api: FakeUpstream, client: httpx.Client) -> None:
    api.require(header="Authorization", value="Bearer right")
    assert client.get("/users/me").status_code == 401
    assert client.get("/users/me", headers={"Authorization": "Bearer of-somebody-else"}).status_code == 401
    assert client.get("/users/me", headers={"Authorization": "Bearer right"}).status_code == 200
    assert "right" not in repr(api.requests[-1])
    api.reset()
    api.require(query="api_key")
    assert client.get("/users/me").status_code == 401
    assert client.get("/users/me?api_key=x").status_code == 200


def test_answers_held_together_prove_that_requests_were_concurrent(api: FakeUpstream) -> None:
    api.reply("EXAMPLE_GET_ME", together=3)

    async def all_three() -> list[int]:
        async with httpx.AsyncClient(base_url=api.url, trust_env=False) as client:
            return [r.status_code for r in await asyncio.gather(*(client.get("/users/me") for _ in range(3)))]

    assert asyncio.run(all_three()) == [200, 200, 200]


def test_a_client_that_leaves_is_noticed(api: FakeUpstream) -> None:
    api.reply("EXAMPLE_GET_ME", delay=30)

    async def give_up(client: httpx.AsyncClient) -> None:
        task = asyncio.create_task(client.get("/users/me"))
        while not api.requests:  # noqa: ASYNC110 - the other side is a thread
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    async def over_loopback() -> None:
        async with httpx.AsyncClient(base_url=api.url, trust_env=False) as client:
            await give_up(client)

    asyncio.run(over_loopback())
    deadline = time.monotonic() + 5
    while not api.abandoned_requests and time.monotonic() < deadline:
        time.sleep(0.01)
    assert [r.path for r in api.abandoned_requests] == ["/users/me"]

    api.requests.clear()

    async def in_memory() -> None:
        async with httpx.AsyncClient(base_url="http://x", transport=api.transport()) as client:
            await give_up(client)

    asyncio.run(in_memory())
    assert len(api.abandoned_requests) == 2


def test_the_transport_is_the_same_api_without_a_server(api: FakeUpstream) -> None:
    with httpx.Client(base_url="https://api.example.com/v1", transport=api.transport()) as client:
        assert client.get("/users/me").json()["login"] == "octocat"
        expect_failures(api, client)


def test_closing_leaves_no_thread_behind() -> None:
    before = threading.active_count()
    with FakeUpstream([(GET_ME, declared(GET_ME))]) as api, httpx.Client(trust_env=False) as client:
        client.get(f"{api.url}/users/me")
    assert threading.active_count() == before
    with pytest.raises(RuntimeError, match="start"):
        _ = api.url


DISCOVERY_FILE = ActionModel(
    slug="EXAMPLE_MAKE_FILE",
    app="example",
    validation={
        "type": "object",
        "properties": {"parent": {"type": "string"}, "name": {"type": "string"}, "file": {"type": "string"}},
        "required": ["parent"],
        "additionalProperties": False,
    },
    binding=HttpBinding(
        "POST",
        "/{parent}/files",
        (Server("https://api.example.com/v1"),),
        (Parameter("parent", "parent", "path", style="reserved", explode=False, required=True),),
        Body("application/json", "json", properties={"name": "name"}),
        upload=MediaUpload(
            "file",
            HttpBinding(
                "POST",
                "/upload/v1/{parent}/files",
                (Server("https://api.example.com/v1"),),
                (
                    Parameter("parent", "parent", "path", style="reserved", explode=False, required=True),
                    Parameter("$uploadType", "uploadType", "query"),
                ),
                Body("multipart/related", "related", properties={"name": "name", "file": "file"}, files=("file",)),
                defaults={"$uploadType": "multipart"},
                beside="v1",
            ),
        ),
    ),
)


@pytest.mark.parametrize("arguments", [{"name": "a"}, {"name": "a", "file": "data:text/plain,hello"}])
def test_a_value_with_slashes_and_an_upload_beside_the_base_url_are_understood(arguments: dict[str, Any]) -> None:
    given = {"parent": "folders/a b/c", **arguments}
    with FakeUpstream([(DISCOVERY_FILE, list)]) as api:
        action = route(DISCOVERY_FILE, given)
        assert isinstance(action.binding, HttpBinding)
        assert action.binding.body is not None
        attached = attach(action.slug, action.binding.body, given, None, 1_000)
        request = build(action, action.binding, attached, Target(base_url=api.url))
        request.read()
        answer = httpx.request(request.method, request.url, headers=dict(request.headers), content=request.content)
        assert answer.status_code == 204, answer.text
        [call] = api.requests
        assert call.arguments == {**given, **({"file": "hello"} if "file" in given else {})}
        assert not call.violations


def read_back(action: ActionModel, arguments: dict[str, Any], others: tuple[ActionModel, ...] = ()) -> dict[str, Any]:
    """What the double reads out of the request that is built for ``arguments``."""
    assert isinstance(action.binding, HttpBinding)
    request = build(action, action.binding, arguments, Target("https://api.example.com"))
    with FakeUpstream([(one, []) for one in (*others, action)]) as api, httpx.Client(transport=api.transport()) as client:
        client.send(request)
        [received] = api.requests
    assert (received.slug, received.violations) == (action.slug, ())
    return dict(received.arguments)


def test_an_object_beside_another_type_is_read_where_it_is_spread_over_the_query() -> None:
    page = {"oneOf": [{"type": "integer"}, {"type": "object", "properties": {"size": {"type": "integer"}}}]}
    action = operation("EXAMPLE_LIST", "GET", "/things", {"page": page}, parameters=(query("page"),))
    assert read_back(action, {"page": {"size": 5}}) == {"page": {"size": 5}}
    assert read_back(action, {"page": 2}) == {"page": 2}


def test_the_only_item_of_an_exploded_list_may_hold_a_delimiter() -> None:
    sorting = {"type": "object", "properties": {"key": {"type": "string"}, "value": {"enum": ["Asc", "Desc"]}}}
    properties = {"by": {"type": ["array", "null"], "items": sorting}}
    action = operation("EXAMPLE_LIST", "GET", "/things", properties, parameters=(query("by"),))
    assert read_back(action, {"by": [{"key": "a", "value": "Asc"}]}) == {"by": [{"key": "a", "value": "Asc"}]}


def test_a_parameter_with_a_bracket_in_its_name_is_not_part_of_another() -> None:
    properties = {"filter": {"type": "string"}, "filter[id]": {"type": "string"}}
    action = operation("EXAMPLE_LIST", "GET", "/things", properties, parameters=(query("filter"), query("filter[id]")))
    assert read_back(action, {"filter": "a", "filter[id]": "b"}) == {"filter": "a", "filter[id]": "b"}


def test_a_form_that_is_one_text_is_read_as_it_is() -> None:
    body = Body("application/x-www-form-urlencoded", "form", whole="body")
    action = operation("EXAMPLE_SEND", "POST", "/things", {"body": {"type": "string"}}, body=body)
    assert read_back(action, {"body": "q=1&r=2"}) == {"body": "q=1&r=2"}


def test_a_verb_at_the_end_of_a_path_is_no_part_of_a_name() -> None:
    name = Parameter("name", "name", "path", style="reserved", explode=False, required=True)
    thing = Parameter("thing", "thing", "path", style="simple", explode=False, required=True)
    get = operation("EXAMPLE_GET", "GET", "/v1/long/things/{thing}", {"thing": {"type": "string"}}, parameters=(thing,))
    action = operation("EXAMPLE_CHECK", "GET", "/v1/{name}:check", {"name": {"type": "string"}}, parameters=(name,))
    assert read_back(action, {"name": "long/things/one"}, (get,)) == {"name": "long/things/one"}
    assert read_back(get, {"thing": "one"}, (action,)) == {"thing": "one"}


def test_two_names_with_slashes_are_told_apart_by_their_patterns() -> None:
    names = [Parameter(name, name, "path", style="reserved", explode=False, required=True) for name in ("to", "what")]
    patterns = {"to": "^organizations/[^/]+$", "what": "^billingAccounts/[^/]+$"}
    properties = {name: {"type": "string", "pattern": pattern} for name, pattern in patterns.items()}
    action = operation("EXAMPLE_MOVE", "GET", "/v1/{to}/{what}:move", properties, parameters=tuple(names))
    assert read_back(action, {"to": "organizations/a", "what": "billingAccounts/b"}) == {
        "to": "organizations/a",
        "what": "billingAccounts/b",
    }


def test_a_long_pattern_that_is_no_name_s_is_looked_at_once() -> None:
    name = Parameter("name", "name", "path", style="reserved", explode=False, required=True)
    pattern = {"type": "string", "pattern": f"^{'organizations' * 100}/.*$"}  # took two to the power of its length
    action = operation("EXAMPLE_GET", "GET", "/v1/{name}", {"name": pattern}, parameters=(name,))
    said = f"{'organizations' * 100}/a"
    assert read_back(action, {"name": said}) == {"name": said}


def test_lists_in_a_list_that_is_one_value_come_back() -> None:
    pair = {"type": "array", "items": {"type": "integer"}}
    action = operation(
        "EXAMPLE_LIST", "GET", "/r", {"by": {"type": "array", "items": pair}}, parameters=(query("by", explode=False),)
    )
    assert read_back(action, {"by": [[7, 78]]}) == {"by": [[7, 78]]}
    assert read_back(action, {"by": [[7, 78], [80, 2]]}) == {"by": [[7, 78], [80, 2]]}


def graphql(name: str) -> ActionModel:
    asked = GraphqlOperation(name, f"query {name}($id: ID!) {{ {name}(id: $id)", "{ id }", "selection")
    body = Body("application/json", "graphql", {"id": "id"}, required=True, graphql=asked)
    properties = {"id": {"type": "string"}, "selection": {"type": "string"}}
    return operation(f"EXAMPLE_{name.upper()}", "POST", "", properties, body=body, required=("id",))


def test_graphql_operations_are_told_apart_by_what_they_ask_for() -> None:
    board, team = graphql("board"), graphql("team")
    assert read_back(board, {"id": "1"}, (team,)) == {"id": "1"}
    assert read_back(team, {"id": "2"}, (board,)) == {"id": "2"}
    with FakeUpstream([(board, [])]) as api:
        answer = httpx.post(api.url, json={"query": "query other { other { id } }", "operationName": "other"})
        assert answer.status_code == 422
        [received] = api.requests
    assert received.violations[0].endswith("it does not ask for board)")
