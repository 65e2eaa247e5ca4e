"""Requests of apps whose providers do it their own way: hosts, credentials and headers that only their files declare."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from composio import ComposioToolSet
from composio.auth import oauth2
from composio.auth.flow import FlowContext
from composio.embedded import EmbeddedBackend
from composio.model.secret import SecretValues
from composio.testing import DrivenFlows, FakeTransport


class Upstream:
    """Answers every request with an empty object and remembers the last one."""

    def __init__(self) -> None:
        self.last: httpx.Request | None = None

    def __call__(self, request: httpx.Request) -> Any:
        self.last = request
        return 200, {}


@pytest.fixture(scope="module")
def upstream() -> Upstream:
    return Upstream()


@pytest.fixture(scope="module")
def backend(tmp_path_factory: pytest.TempPathFactory, upstream: Upstream) -> Iterator[EmbeddedBackend]:
    made = EmbeddedBackend(home=Path(tmp_path_factory.mktemp("home")), transport=FakeTransport(upstream))
    yield made
    made.close()


@pytest.fixture(scope="module")
def toolset(backend: EmbeddedBackend) -> ComposioToolSet:
    return ComposioToolSet(backend=backend)


BASIC = "Basic YWRhQGV4YW1wbGUuY29tL3Rva2VuOks="  # ada@example.com/token:K
CALLS: dict[str, tuple[dict[str, str], dict[str, Any], str, dict[str, str]]] = {
    "SALESFORCE_GET_LEAD": (
        {"instance_url": "https://acme.my.salesforce.com", "token": "T"},
        {"id": "00Q"},
        "https://acme.my.salesforce.com/services/data/v62.0/sobjects/Lead/00Q",
        {"authorization": "Bearer T"},
    ),
    "ZENDESK_GET_TICKET": (
        {"subdomain": "acme", "email": "ada@example.com", "api_key": "K"},
        {"ticket_id": 7},
        "https://acme.zendesk.com/api/v2/tickets/7",
        {"authorization": BASIC},
    ),
    "FRESHDESK_VIEW_TICKET": (
        {"domain": "acme", "api_key": "K"},
        {"id": 7},
        "https://acme.freshdesk.com/api/v2/tickets/7",
        {"authorization": "Basic SzpY"},
    ),
    "LINKEDIN_GET_A_POST": (
        {"token": "T"},
        {"postUrn": "urn:li:share:1"},
        "https://api.linkedin.com/rest/posts/urn%3Ali%3Ashare%3A1",
        {"linkedin-version": "202607", "x-restli-protocol-version": "2.0.0"},
    ),
    "DISCORD_GET_CHANNEL": (
        {"token": "T"},
        {"channel_id": "1"},
        "https://discord.com/api/v10/channels/1",
        {"authorization": "Bot T"},
    ),
    "DISCORDBOT_GET_CHANNEL": (
        {"token": "T"},
        {"channel_id": "1"},
        "https://discord.com/api/v10/channels/1",
        {"authorization": "Bot T"},
    ),
    "DROPBOX_READ_FILE": (
        {"token": "T"},
        {"Dropbox-API-Arg": {"path": "/ü.txt"}},
        "https://content.dropboxapi.com/2/files/download",
        {"dropbox-api-arg": '{"path": "/\\u00fc.txt"}'},
    ),
    "GOOGLE_MAPS_TEXT_SEARCH": (
        {"api_key": "K"},
        {"textQuery": "pizza", "X-Goog-FieldMask": "places.id"},
        "https://places.googleapis.com/v1/places:searchText?key=K",
        {"x-goog-fieldmask": "places.id"},
    ),
    "JUNGLESCOUT_RETRIEVE_SHARE_OF_VOICE_DATA": (
        {"api_key_name": "mine", "api_key": "K"},
        {"marketplace": "us", "keyword": "mug"},
        "https://developer.junglescout.com/api/share_of_voice?marketplace=us&keyword=mug",
        {"authorization": "mine:K", "accept": "application/vnd.junglescout.v1+json"},
    ),
    "DYNAMICS365_GET_LEAD": (
        {"host": "acme.crm4.dynamics.com", "token": "T"},
        {"leadid": "00000000-0000-0000-0000-000000000001"},
        "https://acme.crm4.dynamics.com/api/data/v9.2/leads(00000000-0000-0000-0000-000000000001)",
        {"odata-version": "4.0"},
    ),
    "LINEAR_LIST_LINEAR_TEAMS": ({"api_key": "lin"}, {}, "https://api.linear.app/graphql", {"authorization": "lin"}),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_request_goes_where_and_as_the_provider_wants_it(toolset: ComposioToolSet, upstream: Upstream, name: str) -> None:
    fields, arguments, url, headers = CALLS[name]
    toolset.initiate_connection(
        app=name.partition("_")[0].lower().replace("google", "google_maps"), connected_account_params=fields
    )
    toolset.execute_action(name, arguments)
    assert upstream.last is not None
    assert str(upstream.last.url) == url
    assert {key: upstream.last.headers.get(key) for key in headers} == headers


def _context(backend: EmbeddedBackend, app: str, scheme: str, **values: str) -> FlowContext:
    model = backend.catalog.app(app)
    found = next(one for one in model.auth_schemes if one.name == scheme)
    client = SecretValues(client_id="id", client_secret="secret")
    return FlowContext(
        app=model, scheme=found, client=client, values=SecretValues(values), redirect_uri="http://localhost/callback"
    )


def test_salesforce_is_called_where_the_token_answer_says(backend: EmbeddedBackend) -> None:
    context = _context(backend, "salesforce", "salesforce_oauth", login_host="test.salesforce.com", refresh_token="old")
    flows = DrivenFlows()
    answer = {"access_token": "new", "instance_url": "https://acme--dev.sandbox.my.salesforce.com"}
    grant = flows(oauth2.scheme.renew(context), [httpx.Response(200, json=answer)])
    assert grant.values["instance_url"] == "https://acme--dev.sandbox.my.salesforce.com"
    assert str(flows.requests[-1].url) == "https://test.salesforce.com/services/oauth2/token"


def test_salesforce_s_answer_moves_nobody_to_another_s_host(backend: EmbeddedBackend) -> None:
    context = _context(backend, "salesforce", "salesforce_oauth", login_host="login.salesforce.com", refresh_token="old")
    answer = {"access_token": "new", "instance_url": "https://evil.example.com"}
    grant = DrivenFlows()(oauth2.scheme.renew(context), [httpx.Response(200, json=answer)])
    assert grant.values["access_token"] == "new"
    assert "evil.example.com" not in grant.values.get("instance_url", "")


def test_paypal_gives_its_client_a_token_without_a_user(backend: EmbeddedBackend) -> None:
    context = _context(backend, "paypal", "paypal_oauth", host="api-m.sandbox.paypal.com")
    flows = DrivenFlows()
    begun = flows(oauth2.scheme.begin(context, "state"), [httpx.Response(200, json={"access_token": "A", "expires_in": 9})])
    assert begun.grant is not None
    assert begun.grant.values["access_token"] == "A"
    request = flows.requests[-1]
    assert str(request.url) == "https://api-m.sandbox.paypal.com/v1/oauth2/token"
    assert request.headers["authorization"] == "Basic aWQ6c2VjcmV0"
    assert flows.form()["grant_type"] == "client_credentials"


def test_dynamics_asks_for_the_environment_that_the_user_named(backend: EmbeddedBackend) -> None:
    context = _context(backend, "dynamics365", "dynamics365_oauth", host="acme.crm4.dynamics.com")
    begun = DrivenFlows()(oauth2.scheme.begin(context, "state"), [])
    assert begun.redirect_url is not None
    scope = httpx.URL(begun.redirect_url).params["scope"]
    assert scope == "https://acme.crm4.dynamics.com/user_impersonation offline_access"
