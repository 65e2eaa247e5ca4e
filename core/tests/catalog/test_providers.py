"""What a provider publishes of itself becomes the logins of an added app."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from composio.catalog.catalog import Catalog
from composio.catalog.definition import SpecSource
from composio.catalog.importers.providers import Published, published
from composio.catalog.sources.discovery import Discovery
from composio.catalog.sources.fetch import fetch as real_fetch
from composio.errors import SourceUnavailable, SpecError
from composio.model.app import AppModel, Provenance

Open = Callable[..., Catalog]
WELL_KNOWN = "https://id.test/realms/toys/.well-known/openid-configuration"
METADATA: dict[str, Any] = {
    "issuer": "https://id.test/realms/toys",
    "authorization_endpoint": "https://id.test/realms/toys/authorize",
    "token_endpoint": "https://id.test/realms/toys/token",
    "revocation_endpoint": "https://id.test/realms/toys/revoke",
    "response_types_supported": ["code", "id_token"],
    "scopes_supported": ["openid", "email", "toys:read"],
    "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
}


class Site:
    """Answers by URL; ``asked`` has what was fetched, with whether it was guarded."""

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {WELL_KNOWN: METADATA}
        self.asked: list[tuple[str, bool]] = []

    def fetch(self, source: SpecSource, **more: Any) -> Any:
        if source.kind != "url":
            return real_fetch(source, **more)
        self.asked.append((source.url, source.guarded))
        answer = self.answers.get(source.url)
        if answer is None:
            raise SourceUnavailable("The API description is not available.", [f"url:{source.url}: answered 404"])
        data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        return SimpleNamespace(data=data, provenance=Provenance(f"url:{source.url}"))


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Site:
    monkeypatch.setattr(
        "composio.catalog.sources.references.is_private", lambda host: host.startswith(("10.", "169.254.", "127."))
    )
    return Site()


def described(make: Any, scheme: Mapping[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    oidc = {"type": "openIdConnect", "openIdConnectUrl": WELL_KNOWN} if scheme is None else scheme
    found: dict[str, Any] = make.document({"/toys": {"get": make.operation("List toys", security=[{"sso": ["toys:read"]}])}})
    return {**found, "components": {"securitySchemes": {"sso": oidc}}, **more}


def add(open_catalog: Open, site: Site, tmp_path: Path, document: Any, **more: Any) -> tuple[AppModel, list[str]]:
    file = tmp_path / "toys.json"
    file.write_text(json.dumps(document))
    catalog = open_catalog({}, fetch=site.fetch, **more)
    return catalog.add("toys", str(file)), catalog.warnings("toys")


def test_openid_connect_gets_the_code_flow_that_its_provider_publishes(
    open_catalog: Open, site: Site, make: Any, tmp_path: Path
) -> None:
    app, notes = add(open_catalog, site, tmp_path, described(make))
    assert [(one.name, one.auth_mode, one.security) for one in app.auth_schemes] == [
        ("sso", "OAUTH2", ("sso",)),
        ("sso_token", "BEARER_TOKEN", ("sso",)),
    ]
    assert app.auth_schemes[0].extra == {
        "authorization_url": "https://id.test/realms/toys/authorize",
        "token_url": "https://id.test/realms/toys/token",
        "revocation_url": "https://id.test/realms/toys/revoke",
        "default_scopes": ["openid", "toys:read"],
        "available_scopes": ["openid", "email", "toys:read"],
    }
    assert site.asked == [(WELL_KNOWN, True)]
    assert notes == []


@pytest.mark.parametrize(
    ("named", "asked"),
    [
        ("https://id.test/realms/toys", ["https://id.test/realms/toys", WELL_KNOWN]),
        ("https://id.test/realms/toys/", ["https://id.test/realms/toys/", WELL_KNOWN]),
        (f"  {WELL_KNOWN}", [WELL_KNOWN]),
        ("https://{host}/realms/toys/.well-known/openid-configuration", [WELL_KNOWN]),
        ("/.well-known/openid-configuration", ["https://id.test/.well-known/openid-configuration"]),
    ],
    ids=["the issuer", "with a slash", "blanks", "a variable of the server", "relative to the API"],
)
def test_the_metadata_is_found_however_the_description_names_it(
    open_catalog: Open, site: Site, make: Any, tmp_path: Path, named: str, asked: list[str]
) -> None:
    site.answers["https://id.test/.well-known/openid-configuration"] = METADATA
    servers = [{"url": "https://{host}", "variables": {"host": {"default": "id.test"}}}]
    document = described(make, {"type": "openIdConnect", "openIdConnectUrl": named}, servers=servers)
    app, _ = add(open_catalog, site, tmp_path, document)
    assert app.auth_schemes[0].auth_mode == "OAUTH2"
    assert [url for url, _ in site.asked] == asked


@pytest.mark.parametrize("scheme", [{}, {"flows": {}}, {"openIdConnectUrl": WELL_KNOWN}])
def test_oauth_metadata_of_openapi_3_2_is_read_as_well(
    open_catalog: Open, site: Site, make: Any, tmp_path: Path, scheme: dict[str, Any]
) -> None:
    app, _ = add(open_catalog, site, tmp_path, described(make, {"type": "oauth2", "oauth2MetadataUrl": WELL_KNOWN, **scheme}))
    assert [one.auth_mode for one in app.auth_schemes] == ["OAUTH2", "BEARER_TOKEN"]
    assert app.auth_schemes[0].extra["default_scopes"] == ["toys:read"]


def test_flows_of_the_description_need_nobody_to_be_asked(open_catalog: Open, site: Site, make: Any, tmp_path: Path) -> None:
    flow = {"authorizationUrl": "https://own.test/a", "tokenUrl": "https://own.test/t", "scopes": {}}
    scheme = {"type": "oauth2", "oauth2MetadataUrl": WELL_KNOWN, "flows": {"authorizationCode": flow}}
    app, _ = add(open_catalog, site, tmp_path, described(make, scheme))
    assert app.auth_schemes[0].extra["token_url"] == "https://own.test/t"
    assert site.asked == []


@pytest.mark.parametrize(
    ("url", "answer", "why"),
    [
        (WELL_KNOWN, None, "answered 404"),
        (WELL_KNOWN, b"<html>Sign in</html>", "no discovery document"),
        (WELL_KNOWN, b"[" * 100_000, "no discovery document"),
        (WELL_KNOWN, [METADATA], "no discovery document"),
        (WELL_KNOWN, {"issuer": "https://id.test"}, "names no token_endpoint"),
        (WELL_KNOWN, {**METADATA, "authorization_endpoint": "http://id.test/a"}, "no endpoints with https://"),
        (WELL_KNOWN, {**METADATA, "response_types_supported": ["id_token"]}, "offers no flow"),
        (WELL_KNOWN, {**METADATA, "token_endpoint_auth_methods_supported": ["private_key_jwt"]}, "private_key_jwt only"),
        (WELL_KNOWN, {**METADATA, "require_pushed_authorization_requests": True}, "RFC 9126"),
        (WELL_KNOWN, {**METADATA, "token_endpoint": "https://10.1.2.3/token"}, "token_endpoint can't be used: private"),
        ("http://id.test/.well-known/openid-configuration", METADATA, "no address with https://"),
        ("https://{tenant}.id.test/.well-known/openid-configuration", METADATA, "a part to fill in"),
        ("https://169.254.169.254/.well-known/openid-configuration", METADATA, "private network"),
        ("https://10.0.0.1/", METADATA, "private network"),
        ("https://[bad/", METADATA, "no address with https://"),
        ("", METADATA, "openIdConnectUrl is missing"),
        (7, METADATA, "openIdConnectUrl is missing"),
    ],
)
def test_what_cannot_be_had_leaves_the_token_and_says_why(
    open_catalog: Open, site: Site, make: Any, tmp_path: Path, url: Any, answer: Any, why: str
) -> None:
    site.answers = {WELL_KNOWN: answer} if answer is not None else {}

    def judge(address: str, _by: str) -> str:
        return "private" if "//10." in address else ""

    scheme = {"type": "openIdConnect", "openIdConnectUrl": url}
    app, [note] = add(open_catalog, site, tmp_path, described(make, scheme), judge=judge)
    assert [(one.name, one.auth_mode) for one in app.auth_schemes] == [("sso", "BEARER_TOKEN")]
    assert note.startswith("securitySchemes.sso: OpenID Connect is offered as a token to paste, as ")
    assert why in note
    assert "--auth oauth2:AUTHORIZATION_URL,TOKEN_URL" in note
    assert all("169.254" not in asked and "//10." not in asked for asked, _ in site.asked)


def test_a_login_stays_while_its_provider_cannot_be_asked(open_catalog: Open, site: Site, make: Any, tmp_path: Path) -> None:
    """Connections are made with it, and would be lost for a provider's bad day."""
    add(open_catalog, site, tmp_path, described(make))
    site.answers.clear()
    app, notes = add(open_catalog, site, tmp_path, described(make))
    assert [one.name for one in app.auth_schemes] == ["sso", "sso_token"]
    assert app.auth_schemes[0].extra["token_url"] == "https://id.test/realms/toys/token"
    assert "answered 404" in notes[0]


def test_only_so_many_providers_are_asked(open_catalog: Open, site: Site, make: Any, tmp_path: Path) -> None:
    many = {
        f"sso{n}": {"type": "openIdConnect", "openIdConnectUrl": f"https://id{n}.test/.well-known/openid-configuration"}
        for n in range(40)
    }
    _, notes = add(open_catalog, site, tmp_path, described(make, components={"securitySchemes": many}))
    assert len(site.asked) == 4
    assert "names more than 4 providers" in notes[-1]


def test_this_machine_is_asked_for_a_description_of_this_machine(site: Site, tmp_path: Path) -> None:
    here = "http://127.0.0.1:8080/.well-known/openid-configuration"
    site.answers[here] = METADATA

    def read(source: SpecSource) -> bytes:
        data: bytes = site.fetch(source).data
        return data

    assert Discovery(SpecSource(kind="file", path="toys.json"), None, read)(here) == METADATA
    assert site.asked == [(here, False)]
    with pytest.raises(SpecError, match="private network"):
        Discovery(SpecSource(kind="url", url="https://toys.test/openapi.json"), None, read)(here)
    assert Discovery(SpecSource(kind="url", url="https://toys.test/openapi.json"), "http://127.0.0.1:8080", read)(here)


@pytest.mark.parametrize(
    ("changed", "settings"),
    [
        ({}, {}),
        ({"token_endpoint_auth_methods_supported": None}, {"token_request_auth_method": "basic"}),
        ({"token_endpoint_auth_methods_supported": ["client_secret_basic"]}, {"token_request_auth_method": "basic"}),
        ({"token_endpoint_auth_methods_supported": ["none"]}, {}),
        ({"code_challenge_methods_supported": ["plain", "S256"]}, {}),
        ({"code_challenge_methods_supported": ["plain"]}, {"pkce": False}),
        ({"authorization_response_iss_parameter_supported": True}, {"issuer": "https://id.test/realms/toys"}),
        ({"authorization_response_iss_parameter_supported": True, "issuer": "https://id.test/{tenantid}/v2.0"}, {}),
        (
            {"scopes_supported": ["offline_access"], "prompt_values_supported": ["none", "consent"]},
            {"authorization_params": {"prompt": "consent"}},
        ),
    ],
)
def test_what_endpoints_want_is_set(changed: dict[str, Any], settings: dict[str, Any]) -> None:
    metadata = {name: value for name, value in {**METADATA, **changed}.items() if name != "revocation_endpoint"}
    found = published(metadata, openid=True)
    assert isinstance(found, Published)
    assert found.settings == settings


def test_a_login_asks_for_what_lets_it_be_renewed() -> None:
    found = published({**METADATA, "scopes_supported": ["openid", "offline_access"]}, openid=True)
    assert isinstance(found, Published)
    assert found.always == ("openid", "offline_access")


def test_devices_and_clients_of_their_own_get_what_is_published_for_them() -> None:
    device = "urn:ietf:params:oauth:grant-type:device_code"
    metadata = {**METADATA, "device_authorization_endpoint": "https://id.test/d"}
    grants = ["authorization_code", "client_credentials", device]
    found = published({**metadata, "grant_types_supported": grants}, openid=True)
    assert isinstance(found, Published)
    assert list(found.flows) == ["authorizationCode", "deviceAuthorization", "clientCredentials"]
    found = published(metadata, openid=True)
    assert isinstance(found, Published)
    assert list(found.flows) == ["authorizationCode"]
