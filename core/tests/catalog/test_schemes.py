"""The schemes that an added app gets for what its description declares."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composio.catalog.importers import discovery, swagger
from composio.catalog.importers.document import Document
from composio.catalog.importers.operations import operations
from composio.catalog.importers.security import Security
from composio.catalog.schemes import declared_schemes

KEY = {"type": "apiKey", "in": "header", "name": "DD-API-KEY"}
APP_KEY = {"type": "apiKey", "in": "header", "name": "DD-APPLICATION-KEY"}
BEARER = {"type": "http", "scheme": "bearer"}
BASIC = {"type": "http", "scheme": "basic"}
SUBSCRIPTION = {"type": "apiKey", "in": "header", "name": "Ocp-Apim-Subscription-Key"}
CODE = {
    "authorizationUrl": "https://id.test/authorize",
    "tokenUrl": "https://id.test/token",
    "scopes": {"read": "", "write": ""},
}
BASE = "https://api.pets.test/v1"


def document(schemes: Any, *securities: Any, **root: Any) -> dict[str, Any]:
    """One operation for each security."""
    paths = {f"/{number}": {"get": {"security": one, "responses": {}}} for number, one in enumerate(securities)}
    return {"openapi": "3.0.3", "components": {"securitySchemes": schemes}, "paths": paths, **root}


def made(schemes: Any, *securities: Any, key: str = "pets", base: str | None = BASE, **root: Any) -> list[dict[str, Any]]:
    found, _ = declared_schemes(key, document(schemes, *securities, **root), base)
    return found


def fields(scheme: dict[str, Any]) -> dict[str, list[str]]:
    return {one["name"]: one.get("env", []) for one in scheme.get("fields", ())}


def test_keys_that_go_together_are_one_scheme_each_with_its_own_field_and_variable() -> None:
    """K01, Datadog: both headers; each used to read the same variable."""
    [found] = made({"apiKeyAuth": KEY, "appKeyAuth": APP_KEY}, [{"apiKeyAuth": [], "appKeyAuth": []}])
    assert (found["auth_mode"], found["security"]) == ("API_KEY", ["apiKeyAuth", "appKeyAuth"])
    assert fields(found) == {"dd_api_key": ["PETS_DD_API_KEY"], "dd_application_key": ["PETS_DD_APPLICATION_KEY"]}
    assert found["proxy"]["headers"] == {"DD-API-KEY": "{{ dd_api_key }}", "DD-APPLICATION-KEY": "{{ dd_application_key }}"}


def test_plaids_three_headers_read_the_variables_that_its_users_have() -> None:
    names = {"clientId": "PLAID-CLIENT-ID", "secret": "PLAID-SECRET", "plaidVersion": "Plaid-Version"}
    schemes = {name: {"type": "apiKey", "in": "header", "name": wire} for name, wire in names.items()}
    [found] = made(schemes, [{name: [] for name in names}], key="plaid")
    assert fields(found) == {"client_id": ["PLAID_CLIENT_ID"], "secret": ["PLAID_SECRET"], "version": ["PLAID_VERSION"]}


@pytest.mark.parametrize(
    ("other", "mode", "names", "authorization"),
    [
        (BASIC, "BASIC", {"username", "password", "api_key"}, "Basic {{ (username ~ ':' ~ password) | b64encode }}"),
        (BEARER, "BEARER_TOKEN", {"token", "api_key"}, "Bearer {{ token }}"),
        ({"type": "oauth2", "flows": {"authorizationCode": CODE}}, "OAUTH2", {"api_key"}, "Bearer {{ access_token }}"),
    ],
)
def test_a_key_goes_together_with_any_other_way(other: Any, mode: str, names: set[str], authorization: str) -> None:
    found, *_ = made({"other": other, "subscription": SUBSCRIPTION}, [{"other": [], "subscription": []}])
    assert (found["auth_mode"], set(fields(found)), found["security"]) == (mode, names, ["other", "subscription"])
    assert found["proxy"]["headers"] == {"Authorization": authorization, "Ocp-Apim-Subscription-Key": "{{ api_key }}"}


def test_alternatives_stay_alternatives_the_most_used_first() -> None:
    found = made({"a": KEY, "b": BEARER, "c": BASIC}, [{"b": []}, {"a": []}], [{"b": []}])
    assert [one["security"] for one in found] == [["b"], ["a"], ["c"]]


def test_what_is_used_alone_and_together_is_offered_both_ways_and_names_its_field_alike() -> None:
    together, alone = made({"a": KEY, "b": APP_KEY}, [{"a": [], "b": []}], [{"a": [], "b": []}], [{"a": []}])
    assert (together["security"], alone["security"]) == (["a", "b"], ["a"])
    assert set(fields(alone)) == {"dd_api_key"} < set(fields(together))


def test_cookies_that_go_together_share_their_header() -> None:
    cookies = {name: {"type": "apiKey", "in": "cookie", "name": name} for name in ("sid", "csrf")}
    [found] = made(cookies, [{"sid": [], "csrf": []}])
    assert found["proxy"]["headers"] == {"Cookie": "sid={{ sid }}; csrf={{ csrf }}"}


def test_the_same_name_in_two_places_is_one_key_unless_both_are_wanted() -> None:
    places = {place: {"type": "apiKey", "in": place, "name": "api_key"} for place in ("header", "query")}
    assert [set(fields(one)) for one in made(places, [{"header": []}, {"query": []}])] == [{"api_key"}, {"api_key"}]
    [both] = made(places, [{"header": [], "query": []}])
    assert both["proxy"] == {"headers": {"api_key": "{{ header }}"}, "query_params": {"api_key": "{{ query }}"}}
    assert fields(both) == {"header": ["PETS_HEADER"], "query": ["PETS_QUERY"]}


def test_tokens_of_different_operations_have_variables_of_their_own() -> None:
    users, admins = made({"users": BEARER, "admins": BEARER}, [{"users": []}], [{"users": []}], [{"admins": []}])
    assert (fields(users), fields(admins)) == ({"token": ["PETS_TOKEN"]}, {"token": ["PETS_ADMINS_TOKEN"]})
    first, second = made({"users": BEARER, "admins": BEARER}, [{"users": []}, {"admins": []}])
    assert fields(first) == fields(second) == {"token": ["PETS_TOKEN"]}


def test_another_http_scheme_is_its_name_and_a_value() -> None:
    [found] = made({"a": {"type": "http", "scheme": "GenieKey"}}, [{"a": []}])
    assert (found["auth_mode"], found["proxy"]["headers"]) == ("API_KEY", {"Authorization": "GenieKey {{ token }}"})


@pytest.mark.parametrize(
    "scheme", [{"type": "http", "scheme": "digest"}, {"type": "mutualTLS"}, {"type": "http", "scheme": "hmac-sha256"}]
)
def test_what_nothing_here_signs_with_is_said(scheme: Any) -> None:
    found, notes = declared_schemes("pets", document({"odd": scheme}, [{"odd": []}]), BASE)
    assert found == []
    assert len(notes) == 1
    assert "securitySchemes.odd" in notes[0]


# OAuth 2


def test_a_declared_flow_is_offered_with_its_urls_and_scopes_and_a_token_beside_it() -> None:
    """Box: only a token was offered."""
    schemes = {"oauth": {"type": "oauth2", "flows": {"authorizationCode": {**CODE, "refreshUrl": "https://id.test/refresh"}}}}
    flow, token = made(schemes, [{"oauth": ["read"]}, {"oauth": ["write", "read"]}], [{"oauth": ["write"]}])
    assert flow == {
        "name": "oauth",
        "auth_mode": "OAUTH2",
        "security": ["oauth"],
        "authorization_url": "https://id.test/authorize",
        "token_url": "https://id.test/token",
        "refresh_url": "https://id.test/refresh",
        "default_scopes": ["read", "write"],
        "available_scopes": ["read", "write"],
    }
    assert (token["name"], token["auth_mode"], fields(token)) == ("oauth_token", "BEARER_TOKEN", {"token": ["PETS_TOKEN"]})


def test_a_token_that_is_declared_itself_stands_beside_the_flow() -> None:
    """Asana: OAuth or a personal access token."""
    schemes = {"personalAccessToken": BEARER, "oauth2": {"type": "oauth2", "flows": {"authorizationCode": CODE}}}
    found = made(schemes, [{"personalAccessToken": []}, {"oauth2": []}])
    assert [(one["name"], one["auth_mode"]) for one in found] == [("personalAccessToken", "BEARER_TOKEN"), ("oauth2", "OAUTH2")]


@pytest.mark.parametrize(
    ("flow", "grant"),
    [
        ({"clientCredentials": {"tokenUrl": "https://id.test/token", "scopes": {}}}, "client_credentials"),
        (
            {"deviceAuthorization": {"deviceAuthorizationUrl": "https://id.test/device", "tokenUrl": "https://id.test/token"}},
            "device_code",
        ),
    ],
)
def test_other_grants_are_offered_as_well(flow: Any, grant: str) -> None:
    found, _ = made({"oauth": {"type": "oauth2", "flows": flow}}, [{"oauth": []}])
    assert (found["auth_mode"], found["grant_type"], found["token_url"]) == ("OAUTH2", grant, "https://id.test/token")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("/oauth/token", "https://api.pets.test/oauth/token"),
        ("oauth/token", "https://api.pets.test/v1/oauth/token"),
        ("./token", "https://api.pets.test/v1/token"),
        ("../token", "https://api.pets.test/token"),
        ("//id.pets.test/token", "https://id.pets.test/token"),
        (" https://id.pets.test/token ", "https://id.pets.test/token"),
        ("http://127.0.0.1:4000/token", "http://127.0.0.1:4000/token"),
    ],
)
def test_relative_urls_are_below_the_api(given: str, expected: str) -> None:
    found, _ = made({"oauth": {"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": given}}}}, [{"oauth": []}])
    assert found["token_url"] == expected


@pytest.mark.parametrize(
    "given",
    [
        "http://id.pets.test/token",
        "https://",
        "https://user:pw@id.test/token",
        "https://[x/token",
        "javascript:alert(1)",
        "",
        7,
    ],
)
def test_a_flow_whose_secrets_would_go_astray_is_not_offered_and_that_is_said(given: Any) -> None:
    schemes = {"oauth": {"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": given}}}}
    found, notes = declared_schemes("pets", document(schemes, [{"oauth": []}]), BASE)
    assert [one["auth_mode"] for one in found] == ["BEARER_TOKEN"]
    assert "securitySchemes.oauth.clientCredentials.tokenUrl" in notes[0]


def test_a_customers_part_of_an_address_is_a_field() -> None:
    flow = {"authorizationUrl": "https://{shop}.myshop.test/authorize", "tokenUrl": "https://{shop}.myshop.test/token"}
    found, _ = made({"oauth": {"type": "oauth2", "flows": {"authorizationCode": flow}}}, [{"oauth": []}])
    assert found["token_url"] == "https://{{ shop }}.myshop.test/token"
    assert [one["name"] for one in found["fields"]] == ["shop"]


@pytest.mark.parametrize(
    ("name", "expected"), [("OAUTH2", "OAUTH2_bearer_token"), ("basic", "basic_bearer_token"), ("main", "main")]
)
def test_no_scheme_is_called_like_a_mode_that_it_is_not(name: str, expected: str) -> None:
    [found] = made({name: {"type": "oauth2", "flows": {}}}, [{name: []}])
    assert (found["name"], found["auth_mode"]) == (expected, "BEARER_TOKEN")


def test_swaggers_flows_and_those_of_google_are_offered_too() -> None:
    old = {
        "swagger": "2.0",
        "host": "api.pets.test",
        "securityDefinitions": {
            "oauth": {
                "type": "oauth2",
                "flow": "accessCode",
                "authorizationUrl": "https://a.test",
                "tokenUrl": "https://t.test",
            }
        },
        "paths": {"/x": {"get": {"security": [{"oauth": ["x"]}], "responses": {}}}},
    }
    found, _ = declared_schemes("pets", swagger.outline(old), BASE)
    assert [(one["auth_mode"], one.get("default_scopes")) for one in found] == [("OAUTH2", ["x"]), ("BEARER_TOKEN", None)]
    google = {
        "name": "toys",
        "parameters": {"key": {}},
        "auth": {"oauth2": {"scopes": {"https://g.test/toys": {}, "https://g.test/toys.readonly": {}}}},
        "methods": {
            "list": {
                "path": "toys",
                "httpMethod": "GET",
                "scopes": ["https://g.test/toys", "https://g.test/toys.readonly"],
            }
        },
    }
    found, _ = declared_schemes("toys", discovery.outline(google), BASE)
    assert [one["auth_mode"] for one in found] == ["OAUTH2", "BEARER_TOKEN", "API_KEY"]
    assert found[0]["default_scopes"] == ["https://g.test/toys.readonly"]


def test_swaggers_parameters_that_are_credentials_are_schemes() -> None:
    old = {
        "swagger": "2.0",
        "paths": {"/x": {"parameters": [{"name": "X-Api-Key", "in": "header", "type": "string", "required": True}], "get": {}}},
    }
    [found] = declared_schemes("pets", swagger.outline(old), BASE)[0]
    assert found["proxy"]["headers"] == {"X-Api-Key": "{{ api_key }}"}


# Fields keep their names


def test_fields_keep_their_names_when_a_description_grows() -> None:
    before = made({"a": KEY}, [{"a": []}])
    assert set(fields(before[0])) == {"api_key"}
    grown = document({"a": KEY, "b": APP_KEY}, [{"a": []}], [{"b": []}])
    after, _ = declared_schemes("pets", grown, BASE, before)
    assert [set(fields(one)) for one in after] == [{"api_key"}, {"dd_application_key"}]
    # Without what was before, each is called as the API calls it.
    assert [set(fields(one)) for one in declared_schemes("pets", grown, BASE)[0]] == [{"dd_api_key"}, {"dd_application_key"}]


def test_a_name_that_is_taken_is_not_given_twice() -> None:
    before = made({"a": KEY}, [{"a": []}])
    other = {"type": "apiKey", "in": "query", "name": "api_key"}
    after, _ = declared_schemes("pets", document({"b": other, "a": KEY}, [{"a": []}], [{"b": []}]), BASE, before)
    assert [set(fields(one)) for one in after] == [{"api_key"}, {"api_key_2"}]


_NAMES = st.sampled_from(["a", "b", "OAUTH2", "c d", "é"])
_SCHEMES = st.dictionaries(
    _NAMES,
    st.sampled_from(
        [
            KEY,
            APP_KEY,
            BEARER,
            BASIC,
            SUBSCRIPTION,
            {"type": "oauth2", "flows": {"authorizationCode": CODE}},
            {"type": "mutualTLS"},
        ]
    ),
)


@given(_SCHEMES, st.lists(st.lists(st.dictionaries(_NAMES, st.just([]), max_size=3), max_size=3), max_size=4))
def test_whatever_is_declared_makes_schemes_with_names_and_fields_of_their_own(schemes: Any, securities: Any) -> None:
    found = made(schemes, *securities)
    assert len({one["name"] for one in found}) == len(found)
    for one in found:
        names = [field["name"] for field in one.get("fields", ())]
        assert len(set(names)) == len(names)
        variables = [variable for field in one.get("fields", ()) for variable in field.get("env", ())]
        assert len(set(variables)) == len(variables)


IMPLICIT = {"type": "oauth2", "flows": {"implicit": {"authorizationUrl": "https://id.test/old", "scopes": {"read": ""}}}}


def test_an_implicit_flow_gets_the_code_flow_that_the_description_has_elsewhere() -> None:
    """A token that nobody can renew is still offered, behind it."""
    code = {"type": "oauth2", "flows": {"authorizationCode": CODE}}
    login, token, *unused = made({"implicit": IMPLICIT, "code": code}, [{"implicit": ["read"]}])
    assert (login["auth_mode"], login["security"]) == ("OAUTH2", ["implicit"])
    assert (login["authorization_url"], login["token_url"]) == ("https://id.test/authorize", "https://id.test/token")
    assert login["default_scopes"] == ["read"]
    assert (token["auth_mode"], token["security"]) == ("BEARER_TOKEN", ["implicit"])
    assert {one["security"][0] for one in unused} == {"code"}


@pytest.mark.parametrize(
    "code",
    [
        {**CODE, "authorizationUrl": "https://another.test/authorize"},
        {**CODE, "tokenUrl": "http://id.test/token"},
        {"authorizationUrl": 7},
    ],
    ids=["another provider", "in the clear", "no address"],
)
def test_an_implicit_flow_gets_no_login_of_somebody_else(code: dict[str, Any]) -> None:
    other = {"type": "oauth2", "flows": {"authorizationCode": code}}
    found = made({"implicit": IMPLICIT, "code": other}, [{"implicit": ["read"]}])
    assert [one["auth_mode"] for one in found if one["security"] == ["implicit"]] == ["BEARER_TOKEN"]


def test_openid_connect_is_a_token_and_a_note_says_how_to_get_a_login() -> None:
    oidc = {"type": "openIdConnect", "openIdConnectUrl": "https://id.test/.well-known/openid-configuration"}
    [found], notes = declared_schemes("pets", document({"oidc": oidc}, [{"oidc": []}]), BASE)
    assert found["auth_mode"] == "BEARER_TOKEN"
    [note] = notes
    assert "securitySchemes.oidc: OpenID Connect" in note
    assert "--auth oauth2:AUTHORIZATION_URL,TOKEN_URL" in note


@pytest.mark.parametrize("said", [{"a": []}, ["a"], [{"A": []}]], ids=["an object", "names", "another case"])
@pytest.mark.parametrize("place", ["document", "operation"])
def test_security_in_another_shape_is_read_as_what_it_means(said: Any, place: str) -> None:
    """What is not read would let an operation take another scheme's credentials."""
    other = {"type": "apiKey", "in": "header", "name": "Other"}
    found = document({"a": KEY, "b": other}, [{"b": []}], None)
    del found["paths"]["/1"]["get"]["security"]
    (found if place == "document" else found["paths"]["/1"]["get"])["security"] = said
    read = Document(found)
    security = Security(read, listed := list(operations(read)))
    assert [security.alternatives(one) for one in listed] == [(("b",),), (("a",),)]


@pytest.mark.parametrize(
    "root",
    [
        {"securityDefinitions": {"a": KEY}},
        {"components": {"securityDefinitions": {"a": KEY}}},
        {"components": {"securitySchemes": [{"a": KEY}]}},
    ],
    ids=["as in Swagger 2", "halfway", "a list"],
)
def test_schemes_in_another_place_are_found(root: dict[str, Any]) -> None:
    [found], _ = declared_schemes("pets", {**document({}, [{"a": []}]), "components": {}, **root}, BASE)
    assert (found["auth_mode"], found["security"]) == ("API_KEY", ["a"])


@pytest.mark.parametrize("scopes", [{"read": ""}, ["read"]])
def test_a_flow_that_is_said_as_in_swagger_2_is_offered(scopes: Any) -> None:
    flow = {"type": "oauth2", "flow": "accessCode", **CODE, "scopes": scopes}
    found, *_ = made({"a": flow}, [{"a": ["read"]}])
    assert (found["auth_mode"], found["token_url"], found["default_scopes"]) == ("OAUTH2", CODE["tokenUrl"], ["read"])
