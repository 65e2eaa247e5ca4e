"""What is stored shows nowhere: not in the database, logs, errors, reprs or tracebacks, whatever providers do with it."""

from __future__ import annotations

import asyncio
import functools
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from composio import ComposioToolSet, action
from composio.embedded import EmbeddedBackend
from composio.errors import ComposioError
from composio.model.connection import Connection, NewConnection, NewIntegration
from composio.store.store import Store
from composio.vault.keys import MasterKeys
from composio.vault.vault import Vault
from tests.peers.acme import Provider, came_back
from tests.peers.secrets import Sweep

MASTER = "11" * 32
CLIENT = "operator-secret"  # as the fixture sets it
CODE, API_KEY, OWN, REFRESH = (f"planted-{name}-9f8e7d6c5b" for name in ("code", "apikey", "own-client", "refresh"))
TOKENS = [f"{kind}-secret-{number}" for kind in ("access", "refresh") for number in range(1, 9)]


@pytest.fixture
def sweep() -> Iterator[Sweep]:
    with Sweep(MASTER, CLIENT, CODE, API_KEY, OWN, *TOKENS).listening() as one:
        yield one


@pytest.fixture
def toolset(backend: EmbeddedBackend) -> ComposioToolSet[Any]:
    return ComposioToolSet[Any](backend=backend, entity_id="alice")


@pytest.fixture
def closed(backend: EmbeddedBackend, home: Path, sweep: Sweep, provider: Provider) -> Callable[[], list[str]]:
    """Ends everything and gives the hits, those in the home's files and in what every type prints included."""

    def end() -> list[str]:
        # What the flow made up itself.
        sweep.plant(*(form[name] for _, form in provider.calls for name in ("code_verifier",) if name in form))
        sweep.show(backend=backend, accounts=backend.accounts, engine=backend.engine)
        backend.close()
        sweep.files(home)
        assert any(where == "file accounts.sqlite3" for where, _ in sweep.seen)
        assert sweep.records > 10
        return sweep.hits()

    return end


def connected(toolset: ComposioToolSet[Any]) -> Connection:
    started = toolset.initiate_connection(app="acme")
    return toolset.complete_connection(came_back(started.redirectUrl, CODE))


def echo(*more: str) -> Callable[[dict[str, str]], Any]:
    """A token endpoint that says all it knows."""

    def answer(form: dict[str, str]) -> Any:
        said = json.dumps([form, *more])
        return 400, {"error": "invalid_request", "error_description": said, "error_uri": said}

    return answer


BROKEN: dict[str, Callable[[dict[str, str]], Any]] = {
    "refuses": echo(),
    "dead grant": lambda form: (400, {"error": "invalid_grant", "error_description": json.dumps(form)}),
    "wrong client": lambda form: (401, {"error": "invalid_client", "error_description": json.dumps(form)}),
    "strange code": lambda form: (400, {"error": form.get("refresh_token") or form.get("code")}),
    "page": lambda form: (500, f"<html><title>{form}</title><body>{form}</body></html>"),
    "text": lambda form: (200, f"token={form}"),
    "no token": lambda form: (200, {"refresh_token": "x", "was": form}),
    "bad token": lambda form: (200, {"access_token": f"{form}\n"}),
    "redirect": lambda form: (302, "", {"location": f"https://x.example/?{form}"}),
    "timeout": lambda form: httpx.ReadTimeout("late"),
    "reset": lambda form: httpx.ReadError("reset"),
    "headers": lambda form: (500, {}, {"x-echo": str(form), "www-authenticate": str(form)}),
}


@pytest.mark.parametrize("broken", BROKEN)
def test_a_connection_that_is_not_made(
    broken: str, toolset: ComposioToolSet[Any], provider: Provider, sweep: Sweep, closed: Callable[[], list[str]]
) -> None:
    started = toolset.initiate_connection(app="acme", auth_config={"client_id": "mine", "client_secret": OWN})
    provider.answer = BROKEN[broken]
    error = sweep.attempt("complete", lambda: toolset.complete_connection(came_back(started.redirectUrl, CODE)))
    assert isinstance(error, ComposioError)
    sweep.attempt("again", lambda: toolset.complete_connection(came_back(started.redirectUrl, CODE)))
    sweep.attempt("call", lambda: toolset.execute_action("ACME_GET_ME"))
    sweep.attempt("wait", lambda: started.wait_until_active(timeout=0.05))
    for one in toolset.get_connected_accounts(active=False):
        sweep.show(connection=one)
    sweep.show(request=started)
    assert closed() == []


def test_a_user_who_says_no(toolset: ComposioToolSet[Any], sweep: Sweep, closed: Callable[[], list[str]]) -> None:
    started = toolset.initiate_connection(app="acme")
    url = came_back(started.redirectUrl, CODE, error="access_denied", error_description=f"no {CODE}")
    assert isinstance(sweep.attempt("denied", lambda: toolset.complete_connection(url)), ComposioError)
    assert isinstance(
        sweep.attempt("foreign", lambda: toolset.complete_connection(url.replace("state=", "state=x"))), ComposioError
    )
    assert closed() == []


@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize("broken", BROKEN)
def test_a_token_that_is_not_renewed(
    broken: str,
    asynchronous: bool,
    toolset: ComposioToolSet[Any],
    provider: Provider,
    sweep: Sweep,
    closed: Callable[[], list[str]],
) -> None:
    one = connected(toolset)
    provider.answer = BROKEN[broken]
    provider.tokens.clear()  # the API answers 401 from now on

    def call() -> Any:
        if not asynchronous:
            return toolset.execute_action("ACME_GET_ME")

        async def later() -> Any:
            try:
                return await toolset.aexecute_action("ACME_GET_ME")
            finally:
                await toolset.backend.clients.aclose()  # type: ignore[attr-defined]  # the embedded backend has it

        return asyncio.run(later())

    sweep.attempt("call", call)
    assert isinstance(sweep.attempt("refresh", lambda: toolset.refresh_connection(one.id)), ComposioError)
    sweep.attempt("call again", call)
    sweep.attempt("check", lambda: toolset.client.connected_accounts.check(one.id))
    sweep.attempt("delete", lambda: toolset.delete_connection(one.id))
    assert closed() == []


@pytest.mark.parametrize("status", [200, 401, 403, 404, 429, 500])
def test_an_api_that_says_back_what_it_was_sent(
    status: int,
    toolset: ComposioToolSet[Any],
    provider: Provider,
    sweep: Sweep,
    closed: Callable[[], list[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one = connected(toolset)
    toolset.initiate_connection(app="keyed", connected_account_params={"api_key": API_KEY})

    def api(request: httpx.Request) -> Any:
        said = str(dict(request.headers))
        return (200, {"fine": True}) if status == 200 else (status, {"message": said, "errors": [said]}, {"x-echo": said})

    monkeypatch.setattr(provider, "api", api)
    for name in ("ACME_GET_ME", "KEYED_LIST_THINGS"):
        result = sweep.attempt(name, functools.partial(toolset.execute_action, name))
        assert result["successful"] is (status == 200)
    sweep.attempt("request", lambda: toolset.execute_request("/me", app="keyed"))
    sweep.attempt("check", lambda: toolset.client.connected_accounts.check(one.id))
    sweep.attempt("refresh", lambda: toolset.refresh_connection(one.id))
    assert closed() == []


VALUES: dict[str, dict[str, Any]] = {
    "a field's name in another spelling": {"apikey": API_KEY},
    "an unknown field": {"api_key": "x", "secret_of_mine": API_KEY},
    "a dict for a text": {"api_key": {"value": API_KEY}},
    "a list for a text": {"api_key": [API_KEY]},
    "a control character": {"api_key": f"{API_KEY}\x00"},
    "missing": {"subdomain": API_KEY},
}


@pytest.mark.parametrize("wrong", VALUES)
def test_values_that_can_not_be_used(
    wrong: str, toolset: ComposioToolSet[Any], sweep: Sweep, closed: Callable[[], list[str]]
) -> None:
    connected(toolset)
    values = VALUES[wrong]
    tries: dict[str, Callable[[], Any]] = {
        "initiate": lambda: toolset.initiate_connection(app="desk", connected_account_params=values),
        "entity": lambda: toolset.get_entity().initiate_connection("desk", connected_account_params=values),
        "client": lambda: toolset.client.connected_accounts.initiate(app="desk", params=values),
        "async": lambda: asyncio.run(toolset.ainitiate_connection(app="desk", connected_account_params=values)),
        "integration": lambda: toolset.create_integration("desk", "API_KEY", values),
        "integration by name": lambda: toolset.create_integration("desk", auth_mode="API_KEY", auth_config=values),
    }
    for name, work in tries.items():
        result = sweep.attempt(name, work)
        if isinstance(result, Exception):
            assert isinstance(result, ComposioError), result
    toolset.create_integration("desk", "API_KEY", {"partner": OWN})
    request = toolset.initiate_connection(app="desk")
    sweep.attempt("save", lambda: request.save_user_access_data(field_inputs=values))
    sweep.attempt("not a dict", lambda: toolset.initiate_connection(app="desk", connected_account_params=API_KEY))  # type: ignore[arg-type]  # a mistake
    assert closed() == []


@pytest.mark.parametrize(
    "fields",
    [
        {"subdomain": f"{API_KEY}/evil#", "api_key": "x"},
        {"subdomain": "acme", "api_key": f"{API_KEY}\r\nX: y"},
        {"subdomain": "acme", "api_key": f"{API_KEY}é"},
        {"subdomain": "acme.invalid", "api_key": API_KEY},
    ],
)
def test_a_stored_value_that_no_request_can_carry(
    fields: dict[str, str],
    toolset: ComposioToolSet[Any],
    provider: Provider,
    sweep: Sweep,
    closed: Callable[[], list[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(provider, "api", lambda _request: (200, {}))
    toolset.create_integration("desk", "API_KEY", {"partner": OWN})
    sweep.attempt("initiate", lambda: toolset.initiate_connection(app="desk", connected_account_params=fields))
    sweep.attempt("call", lambda: toolset.execute_action("DESK_GET_ME"))
    sweep.attempt("request", lambda: toolset.execute_request("/me", app="desk"))
    assert closed() == []


def test_a_custom_tool_that_fails(
    toolset: ComposioToolSet[Any], provider: Provider, sweep: Sweep, closed: Callable[[], list[str]]
) -> None:
    @action(toolname="acme")
    def fails(execute_request: Any, auth: Any) -> str:
        """Ask and fail."""
        execute_request("/me")
        raise RuntimeError("of its own")

    connected(toolset)
    assert sweep.attempt("tool", lambda: toolset.execute_action(fails))["error"] == "RuntimeError: of its own"
    provider.tokens.clear()
    provider.answer = BROKEN["dead grant"]
    sweep.attempt("tool without a grant", lambda: toolset.execute_action(fails))
    assert closed() == []


def test_what_public_objects_print(
    backend: EmbeddedBackend, toolset: ComposioToolSet[Any], home: Path, sweep: Sweep, closed: Callable[[], list[str]]
) -> None:
    one = connected(toolset)
    integration = toolset.create_integration("desk", "API_KEY", {"partner": OWN})
    request = toolset.initiate_connection(app="keyed", connected_account_params={"api_key": API_KEY})
    entry = backend.accounts._entry(one.id)
    context = backend.accounts._tokens.context(entry)
    credentials = backend.accounts._tokens.credentials(context.app, entry)
    keys = MasterKeys(lambda: home, {"COMPOSIO_ENCRYPTION_KEY": MASTER})
    sweep.show(
        toolset=toolset,
        tools=toolset.get_tools(apps=["keyed"]),
        client=toolset.client,
        entity=toolset.get_entity(),
        integration=integration,
        integrations=toolset.get_integrations(),
        request=request,
        connection=one,
        connection_with_values=toolset.client.connected_accounts.info(one.id),
        stored=toolset.get_connected_accounts(active=False),
        entry=entry,
        context=context,
        credentials=credentials,
        new_integration=NewIntegration(app="x", config={"client_secret": OWN}),
        new_connection=NewConnection(entity_id="x", values={"api_key": API_KEY}, config={"client_secret": OWN}),
        keys=keys,
        vault=Vault(keys),
        store=Store(lambda: home / "accounts.sqlite3"),
    )
    assert toolset.client.connected_accounts.info(one.id).values["access_token"] in TOKENS  # it is there, and hidden
    assert closed() == []


def test_a_database_under_another_master_key(
    home: Path,
    provider: Provider,
    toolset: ComposioToolSet[Any],
    sweep: Sweep,
    closed: Callable[[], list[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from composio.testing import FakeTransport

    connected(toolset)
    monkeypatch.setenv("COMPOSIO_ENCRYPTION_KEY", "22" * 32)
    sweep.plant("22" * 32)
    other = EmbeddedBackend(home=home, transport=FakeTransport(provider))
    another = ComposioToolSet[Any](backend=other, entity_id="alice")
    assert isinstance(sweep.attempt("call", lambda: another.execute_action("ACME_GET_ME")), ComposioError)
    sweep.attempt("connect", lambda: connected(another))
    other.close()
    assert closed() == []


def test_the_sweep_finds_what_is_there(tmp_path: Path) -> None:
    """Each of its ways to look has seen a secret once."""
    sweep = Sweep(API_KEY)
    held = {"api_key": API_KEY}

    def raising() -> None:
        raise ValueError(held["api_key"])

    with sweep.listening():
        httpx.Client(transport=httpx.MockTransport(lambda _request: httpx.Response(200))).get(f"https://a.example/?k={API_KEY}")
    sweep.attempt("error", raising)
    sweep.attempt("local", lambda: json.loads("{", object_hook=functools.partial(print, API_KEY)))
    sweep.show(held=held)
    (tmp_path / "file").write_bytes(b"\x00" + API_KEY.encode())
    sweep.files(tmp_path)
    for shift in range(3):
        import base64

        sweep.look(f"base64 {shift}", base64.b64encode(b"user:"[:shift] + API_KEY.encode() + b":x").decode())
    found = {hit.partition(":")[0] for hit in sweep.hits()}
    assert found >= {"log httpx", "error error", "traceback error", "traceback local", "repr held", "file file"}
    assert found >= {f"base64 {shift}" for shift in range(3)}
