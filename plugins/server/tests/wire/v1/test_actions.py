"""Actions on the wire of v0.7: found, run, and sent past."""

from __future__ import annotations

import gzip
import json
from typing import Any

import httpx
import pytest

from composio_server.services.services import Services
from composio_server.wire.v1.listing import is_prepared, prepare
from tests.peers.upstreams import REFUSED, Upstream


def names(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [one["name"] for one in answer.json()["items"]]


def test_nothing_asked_for_is_everything(client: httpx.Client) -> None:
    found = names(client.get("/api/v2/actions"))
    assert len(found) == 18
    assert {"KEYED_GET_ME", "OPENLY_GET_ME", "SIGNED_GET_ME"} <= set(found)


def test_an_action_has_what_both_clients_read(client: httpx.Client) -> None:
    items = client.get("/api/v2/actions").json()["items"]
    one = next(item for item in items if item["name"] == "KEYED_CREATE_A_THING")
    app = client.get("/api/v1/apps/keyed").json()
    assert (one["appName"], one["appKey"], one["appId"]) == (app["key"], app["key"], app["appId"])
    assert "important" in one["tags"]
    assert {"title", "type", "properties", "required"} <= one["parameters"].keys()
    assert {"data", "successful", "error"} == one["response"]["properties"].keys()


def test_references_are_inlined(client: httpx.Client) -> None:
    assert "$ref" not in client.get("/api/v2/actions").text
    one = client.get("/api/v2/actions/KEYED_CREATE_A_THING").json()
    assert one["response"]["properties"]["data"]["properties"]["part"]["properties"] == {"size": {"type": "integer"}}


@pytest.mark.parametrize("asked", ["KEYED", "keyed", "Keyed"])
def test_apps_are_named_without_case(client: httpx.Client, asked: str) -> None:
    found = names(client.get("/api/v2/actions", params={"apps": asked}))
    assert "KEYED_GET_ME" in found
    assert all(one.startswith("KEYED_") for one in found)


def test_names_that_actions_had_are_found_by_app_and_by_name(client: httpx.Client) -> None:
    # Python asks for the app of an action, and picks the action by the name that its program has.
    listed = {one["name"]: one for one in client.get("/api/v2/actions", params={"apps": "keyed"}).json()["items"]}
    assert "important" in listed["KEYED_LIST_THINGS"]["tags"]
    assert listed["KEYED_THINGS_OF_OLD"]["tags"] == ["deprecated"]
    assert client.get("/api/v2/actions/keyed_things_of_old").json()["name"] == "KEYED_THINGS_OF_OLD"
    assert names(client.get("/api/v2/actions", params={"actions": "KEYED_THINGS_OF_OLD"})) == ["KEYED_THINGS_OF_OLD"]
    assert "KEYED_THINGS_OF_OLD" not in names(client.get("/api/v2/actions"))


def test_several_apps_are_one_document(client: httpx.Client) -> None:
    found = names(client.get("/api/v2/actions", params={"apps": "KEYED,OPENLY,KEYED"}))
    assert sorted(found) == sorted({*found})
    assert {one.partition("_")[0] for one in found} == {"KEYED", "OPENLY"}


def test_a_custom_action_among_the_names_is_left_to_its_client(client: httpx.Client) -> None:
    assert names(client.get("/api/v2/actions", params={"actions": "my_own,keyed_get_me"})) == ["KEYED_GET_ME"]


def test_tags_limits_and_tasks_narrow_it(client: httpx.Client) -> None:
    assert names(client.get("/api/v2/actions", params={"apps": "keyed", "limit": "1"})) == ["KEYED_GET_ME"]
    important = names(client.get("/api/v2/actions", params={"apps": "keyed", "filterImportantActions": "true"}))
    assert "KEYED_LOOK_BEHIND" not in important
    assert "OPENLY_LIST_THINGS" in names(client.get("/api/v2/actions", params={"apps": "openly", "useCase": "list things"}))
    assert len(names(client.get("/api/v2/actions", params={"limit": "4"}))) == 4


@pytest.mark.parametrize("limit", ["0", "-1", "x", "1e3", "9" * 30, "\u0663"])
def test_a_limit_that_is_no_number_is_refused(client: httpx.Client, limit: str) -> None:
    answer = client.get("/api/v2/actions", params={"apps": "keyed", "limit": limit})
    assert answer.status_code == 400
    assert "limit is a whole number" in answer.json()["message"]


def test_the_catalog_comes_gzipped_with_an_etag_and_once_only(client: httpx.Client) -> None:
    first = client.get("/api/v2/actions", headers={"accept-encoding": "gzip"})
    assert first.headers["content-encoding"] == "gzip"
    plain = client.get("/api/v2/actions", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.json() == first.json()
    again = client.get("/api/v2/actions", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_the_bytes_are_made_once_per_state_of_the_catalog(client: httpx.Client, services: Services) -> None:
    tag = client.get("/api/v2/actions").headers["etag"]
    folder = services.backends.shared.home.path / "listings"
    file = folder / f"v2-actions.{tag[3:-1]}.json.gz"
    made = file.stat().st_mtime_ns
    assert json.loads(gzip.decompress(file.read_bytes()))["items"]
    assert client.get("/api/v2/actions").headers["etag"] == tag
    assert file.stat().st_mtime_ns == made
    services.backends.shared.catalog.remove("openly")
    changed = client.get("/api/v2/actions")
    assert changed.headers["etag"] != tag
    assert len(changed.json()["items"]) == 12


def test_the_catalog_may_be_made_before_anybody_asks(client: httpx.Client, services: Services) -> None:
    backend = services.backends.shared
    backend.catalog.select(apps=["openly"], everything=True)
    folder = services.backends.shared.home.folder("listings")
    for file in folder.iterdir():
        file.unlink()
    assert not is_prepared(services.listings, backend)
    prepare(services.listings, backend)
    assert is_prepared(services.listings, backend)
    made = {file.name for file in folder.iterdir()}
    assert client.get("/api/v2/actions").json()["items"]
    assert {file.name for file in folder.iterdir()} == made


def test_a_name_in_any_case_and_version(client: httpx.Client) -> None:
    for version in ("latest", "latest:base", "1_0", "v2.3"):
        one = client.get("/api/v2/actions/keyed_get_me", params={"version": version})
        assert one.json()["name"] == "KEYED_GET_ME"
    assert client.get("/api/v2/actions/KEYED_GET_ME", params={"version": "../x"}).status_code == 400


def test_an_unknown_action_is_404_with_a_message(client: httpx.Client) -> None:
    answer = client.get("/api/v2/actions/KEYED_GET_MEE")
    assert (answer.status_code, "appName" in answer.json()) == (404, False)
    assert "KEYED_GET_ME" in answer.json()["message"]


def execute(client: httpx.Client, slug: str, **body: Any) -> httpx.Response:
    return client.post(f"/api/v2/actions/{slug}/execute", json=body)


def test_a_call_runs_with_the_connection_of_its_entity(client: httpx.Client, keyed: str) -> None:
    answer = execute(client, "KEYED_LIST_THINGS", connectedAccountId=keyed, entityId="ada", input={"color": "red"}, text=None)
    assert answer.status_code == 200
    found = answer.json()
    assert (found["successful"], found["successfull"], found["error"]) == (True, True, None)
    assert (found["data"]["who"], found["data"]["query"]) == ("ada-key", "color=red")
    assert found["logId"] == found["log_id"] != ""


def test_a_connection_alone_names_whose_it_is(client: httpx.Client, keyed: str) -> None:
    assert execute(client, "keyed_get_me", connectedAccountId=keyed, input={}, text="").json()["data"]["who"] == "ada-key"


def test_another_entity_does_not_use_it(client: httpx.Client, keyed: str, upstream: Upstream) -> None:
    upstream.seen.clear()
    answer = execute(client, "KEYED_GET_ME", connectedAccountId=keyed, entityId="eve", input={})
    assert answer.status_code == 404
    assert upstream.seen == []


def test_credentials_of_a_call_sign_it(client: httpx.Client) -> None:
    auth = {"parameters": [{"in": "header", "name": "X-Api-Key", "value": "given"}], "body": {}}
    answer = execute(client, "KEYED_GET_ME", connectedAccountId=None, entityId="x", input={}, authConfig=auth)
    assert answer.json()["data"]["who"] == "given"


def test_what_the_app_refuses_is_a_result(client: httpx.Client, keyed: str) -> None:
    answer = execute(client, "KEYED_LOOK_BEHIND", connectedAccountId=keyed, input={})
    assert (answer.status_code, answer.json()["successfull"]) == (200, False)
    assert REFUSED in answer.json()["error"]


def test_arguments_that_do_not_fit_are_a_result_and_reach_nobody(client: httpx.Client, upstream: Upstream) -> None:
    upstream.seen.clear()
    answer = execute(client, "OPENLY_CREATE_A_THING", input={"part": {"size": "many"}})
    assert (answer.status_code, answer.json()["successful"]) == (200, False)
    assert "size" in answer.json()["error"]
    assert upstream.seen == []


def test_without_a_connection_it_says_so(client: httpx.Client) -> None:
    answer = execute(client, "KEYED_GET_ME", entityId="nobody", input={})
    assert answer.status_code == 400
    assert "keyed" in answer.json()["message"]


def test_a_text_alone_needs_a_model_that_is_not_here(client: httpx.Client) -> None:
    answer = client.post("/api/v2/actions/KEYED_GET_ME/execute/get.inputs", json={"text": "x"})
    assert (answer.status_code, "model" in answer.json()["message"]) == (501, True)


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 400),
        (b"no json", 400),
        (b"[1]", 400),
        (b'{"input": []}', 400),
        (b'{"input": ' + b'{"a":' * 10_000 + b"1" + b"}" * 10_001, 400),
        (b'{"connectedAccountId": 7}', 400),
        (b'{"authConfig": {"parameters": [{"in": "nowhere", "name": "a", "value": "b"}]}}', 400),
        (b'{"input": {"a": "' + b"x" * 11_000_000 + b'"}}', 413),
    ],
)
def test_a_body_that_can_not_be_meant_is_refused(client: httpx.Client, content: bytes, status: int) -> None:
    head = {"content-type": "application/json"}
    answer = client.post("/api/v2/actions/OPENLY_GET_ME/execute", content=content, headers=head)
    assert answer.status_code == status, answer.text[:300]
    assert answer.json()["message"]
    assert "Traceback" not in answer.text


def test_a_request_of_ones_own_is_signed(client: httpx.Client, keyed: str) -> None:
    body = {"connectedAccountId": keyed, "endpoint": "/things/{id}", "method": "POST", "body": {"a": 1}}
    parameters = [
        {"in": "query", "name": "q", "value": "1"},
        {"in": "header", "name": "x-more", "value": "2"},
        {"in": "path", "name": "id", "value": "a/b"},
    ]
    answer = client.post("/api/v2/actions/proxy", json={**body, "parameters": parameters})
    found = answer.json()
    assert (answer.status_code, found["successful"], found["data"]["who"]) == (200, True, "ada-key")
    assert (found["data"]["path"], found["data"]["query"]) == ("/things/a%2Fb", "q=1")


@pytest.mark.parametrize("endpoint", ["https://evil.example/", "/../x", ""])
def test_a_request_goes_nowhere_else(client: httpx.Client, keyed: str, endpoint: str, upstream: Upstream) -> None:
    upstream.seen.clear()
    answer = client.post("/api/v2/actions/proxy", json={"connectedAccountId": keyed, "endpoint": endpoint, "method": "GET"})
    assert answer.status_code == 400
    # The client hands this body to its caller, whatever the status.
    assert answer.json()["successful"] is False
    assert answer.json()["error"]
    assert upstream.seen == []


def test_a_task_gives_its_steps(client: httpx.Client) -> None:
    found = client.get("/api/v2/actions/search/advanced", params={"useCase": "list the things", "apps": "OPENLY"}).json()
    assert [one["order"] for one in found["items"]] == list(range(len(found["items"])))
    assert found["items"][0]["actions"] == ["OPENLY_LIST_THINGS"]
    body = client.request("GET", "/api/v2/actions/search/advanced?apps=openly", json={"useCase": "list the things"})
    assert body.json() == found
    assert client.get("/api/v2/actions/search/advanced").status_code == 400


def test_the_short_lists(client: httpx.Client) -> None:
    assert "KEYED_GET_ME" in names(client.get("/api/v2/actions/list/all"))
    assert "KEYED_GET_ME" in client.get("/api/v2/actions/list/enums").text.split("\n")
    assert client.get("/api/v2/actions/list/tags").status_code == 200


def test_a_reader_runs_nothing(reader: httpx.Client, keyed: str) -> None:
    assert reader.get("/api/v2/actions").status_code == 200
    assert execute(reader, "KEYED_GET_ME", connectedAccountId=keyed, input={}).status_code == 403


def test_everything_is_under_a_base_that_is_said_twice(client: httpx.Client) -> None:
    assert names(client.get("/api/api/v2/actions?apps=keyed"))
