"""What operations say of credentials: alternatives, what goes together, and parameters that are plainly a credential."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composio.catalog.importers.credentials import is_credential
from composio.catalog.importers.document import Document
from composio.catalog.importers.operations import operations
from composio.catalog.importers.security import Security
from composio.catalog.importers.swagger import load as load_swagger
from composio.model.action import HttpBinding
from tests.peers.described import stored

KEY = {"type": "apiKey", "in": "header", "name": "X-Key"}
TENANT = {"type": "apiKey", "in": "header", "name": "X-Tenant"}
BEARER = {"type": "http", "scheme": "bearer"}
BASIC = {"type": "http", "scheme": "basic"}
OAUTH = {"type": "oauth2", "flows": {}}
ALL = {"key": KEY, "tenant": TENANT, "bearer": BEARER, "basic": BASIC, "oauth": OAUTH, "cert": {"type": "mutualTLS"}}
HEADER = {"name": "X-Api-Key", "in": "header", "required": True, "schema": {"type": "string"}}


def binding(make: Any, node: Any, *, schemes: Any = ALL, **root: Any) -> HttpBinding:
    components = {"securitySchemes": schemes} if schemes else {}
    found = make.load(make.document({"/x": {"get": {**make.operation("Do it"), **node}}}, components=components, **root))
    made = found[0].action.binding
    assert isinstance(made, HttpBinding)
    return made


def taken(make: Any, own: Any, **more: Any) -> Any:
    return binding(make, {"security": own}, **more).security


def test_schemes_of_one_requirement_go_together_and_several_requirements_are_alternatives(make: Any) -> None:
    assert taken(make, [{"key": [], "tenant": []}]) == (("key", "tenant"),)
    assert taken(make, [{"key": []}, {"bearer": []}]) == (("key",), ("bearer",))
    assert taken(make, [{"tenant": [], "key": []}, {"oauth": ["read"]}, {"oauth": ["write"]}]) == (
        ("key", "tenant"),
        ("oauth",),
    )


def test_an_operations_own_security_counts_and_not_the_apis(make: Any) -> None:
    assert taken(make, [{"key": []}], security=[{"bearer": []}]) == (("key",),)
    assert binding(make, {}, security=[{"bearer": []}]).security == (("bearer",),)


@pytest.mark.parametrize(
    ("node", "root", "security", "public"),
    [
        ({"security": []}, [{"bearer": []}], (), True),
        ({"security": [{}]}, [{"bearer": []}], ((),), True),
        ({"security": [{}, {"key": []}]}, None, ((), ("key",)), True),
        ({}, None, None, True),  # declared and asked for nowhere
        ({}, [], None, True),
        ({}, [{"bearer": []}], (("bearer",),), False),
        ({"security": "odd"}, [{"bearer": []}], (("bearer",),), False),
    ],
)
def test_who_needs_no_credentials(make: Any, node: Any, root: Any, security: Any, public: bool) -> None:
    found = binding(make, node, **({} if root is None else {"security": root}))
    assert (found.security, found.public) == (security, public)


def test_a_single_operation_that_is_public_contradicts_nothing(make: Any) -> None:
    """K02: most of a small API may be open to everybody."""
    doc = make.document(
        {f"/{n}": {"get": make.operation(f"Open {n}", security=[])} for n in range(6)} | {"/me": {"get": make.operation("Me")}},
        security=[{"bearer": []}],
        components={"securitySchemes": ALL},
    )
    assert [one.action.binding.public for one in make.load(doc)] == [True] * 6 + [False]


def test_an_app_may_know_that_a_description_is_wrong_in_opening_everything(make: Any) -> None:
    doc = make.document({"/x": {"get": make.operation("X", security=[])}}, security=[{"bearer": []}])
    doc["components"] = {"securitySchemes": ALL}
    [found] = make.load(doc, always_authenticate=True)
    assert (found.action.binding.security, found.action.binding.public) == ((("bearer",),), False)


def test_what_nothing_here_can_send_is_left_out_of_what_goes_together(make: Any) -> None:
    assert taken(make, [{"cert": [], "key": []}]) == (("key",),)
    # Alone it says nothing that could be followed, but not that everybody is let in.
    found = binding(make, {"security": [{"cert": []}]})
    assert (found.security, found.public) == (None, False)
    assert taken(make, [{"unheard_of": []}, {"key": []}]) == (("key",),)


@pytest.mark.parametrize(
    ("node", "kind", "slot"),
    [
        ({"type": "apikey", "in": "Header", "name": "X-Key"}, "apiKey", ("header", "x-key")),
        ({"type": "HTTP", "scheme": "Bearer"}, "bearer", ("header", "authorization")),
        ({"type": "OAuth2", "flows": {}}, "oauth2", ("header", "authorization")),
        ({"type": "basic"}, "basic", ("header", "authorization")),
        ({"type": "bearer"}, "bearer", ("header", "authorization")),
    ],
)
def test_a_scheme_may_be_spelled_otherwise(make: Any, node: Any, kind: str, slot: Any) -> None:
    [one] = Security(Document(make.document({}, components={"securitySchemes": {"one": node}})), []).schemes.values()
    assert (one.kind, one.slot) == (kind, slot)


def test_two_that_go_into_the_same_header_were_meant_as_alternatives(make: Any) -> None:
    assert taken(make, [{"bearer": [], "basic": []}]) == (("bearer",), ("basic",))
    assert taken(make, [{"bearer": [], "oauth": [], "key": []}]) == (("key", "bearer"), ("key", "oauth"))
    twice = {"one": KEY, "two": {**KEY, "name": "x-key"}}
    assert taken(make, [{"one": [], "two": []}], schemes=twice) == (("one",),)


def test_swagger_2_says_the_same(make: Any) -> None:
    doc = {
        "swagger": "2.0",
        "info": {"title": "T", "version": "1"},
        "host": "api.toys.test",
        "security": [{"a": [], "b": []}],
        "securityDefinitions": {"a": KEY, "b": TENANT, "c": {"type": "basic"}},
        "paths": {
            "/x": {"get": {"summary": "X", "responses": {}}},
            "/y": {"get": {"summary": "Y", "responses": {}, "security": [{"c": []}]}},
            "/z": {"get": {"summary": "Z", "responses": {}, "security": []}},
        },
    }
    found = [one.action.binding for one in load_swagger(doc, make.definition())]
    assert [one.security for one in found] == [(("a", "b"),), (("c",),), ()]  # type: ignore[union-attr]  # HTTP


@pytest.mark.parametrize("security", [None, (), ((),), (("a", "b"), ("c",))])
def test_it_is_kept_in_the_catalog_as_it_is(make: Any, security: Any) -> None:
    from dataclasses import replace

    [found] = make.load(make.document({"/x": {"get": make.operation("X")}}))
    action = replace(found.action, binding=replace(found.action.binding, security=security))
    assert stored(action).binding.security == security  # type: ignore[union-attr]  # HTTP


# Parameters that are the credential


def test_a_header_that_is_plainly_the_credential_is_not_offered_and_is_the_scheme(make: Any) -> None:
    found = binding(make, {"parameters": [HEADER, {"name": "q", "in": "query"}]}, schemes=None)
    assert [one.wire for one in found.parameters] == ["q"]
    assert (found.security, found.public) == ((("X-Api-Key",),), False)


def test_an_optional_one_leaves_the_operation_open(make: Any) -> None:
    found = binding(make, {"parameters": [{**HEADER, "required": False}]}, schemes=None)
    assert (found.parameters, found.security, found.public) == ((), (("X-Api-Key",), ()), True)


def test_a_parameter_that_repeats_a_declared_scheme_is_that_scheme(make: Any) -> None:
    repeated = {**HEADER, "name": "x-key"}
    assert binding(make, {"parameters": [repeated]}).security == (("key",),)
    found = binding(make, {"parameters": [repeated], "security": [{"bearer": []}]})
    assert (found.parameters, found.security) == ((), (("key", "bearer"),))


def test_a_required_credential_goes_with_what_is_declared(make: Any) -> None:
    assert binding(make, {"parameters": [HEADER], "security": [{"bearer": []}]}).security == (("bearer", "X-Api-Key"),)
    assert binding(make, {"parameters": [HEADER], "security": []}).security == (("X-Api-Key",),)


def test_authorization_as_a_parameter_is_ignored_where_security_is_declared_and_else_the_scheme(make: Any) -> None:
    parameter = {"name": "Authorization", "in": "header", "required": True, "description": "Bearer and your token"}
    assert binding(make, {"parameters": [parameter], "security": [{"key": []}]}).security == (("key",),)
    assert binding(make, {"parameters": [parameter], "security": []}).security == ()
    assert binding(make, {"parameters": [parameter]}, schemes=None).security == (("Authorization",),)


def test_a_shared_parameter_and_a_paths_count_too(make: Any) -> None:
    doc = make.document(
        {
            "/x": {"parameters": [{"$ref": "#/components/parameters/Key"}], "get": make.operation("X")},
            "/y": {"get": make.operation("Y")},
        },
        components={"parameters": {"Key": HEADER}},
    )
    first, second = make.load(doc)
    assert (first.action.binding.parameters, first.action.binding.security) == ((), (("X-Api-Key",),))
    # Where others ask for it, the one that does not is open.
    assert (second.action.binding.security, second.action.binding.public) == (None, True)


def test_what_belongs_to_a_key_goes_with_it(make: Any) -> None:
    pair = [{**HEADER, "name": name} for name in ("X-App-Id", "X-App-Key", "X-Request-Id")]
    found = binding(make, {"parameters": pair}, schemes=None)
    assert found.security == (("X-App-Key", "X-App-Id"),)
    assert [one.wire for one in found.parameters] == ["X-Request-Id"]


@pytest.mark.parametrize(
    "name",
    re.findall(
        r"\S+",
        "x-api-key X-API-Key api-key apikey API_KEY X-Auth-Token X-Access-Token Authorization X-Authorization PRIVATE-TOKEN Token"
        " X-Shopify-Access-Token X-Figma-Token X-Vault-Token DD-API-KEY Ocp-Apim-Subscription-Key X-RapidAPI-Key X-Functions-Key"
        " X-Redmine-API-Key X-Client-Secret PLAID-SECRET X-ListenAPI-Key X-JWT xi-api-key X-Postmark-Server-Token",
    ),
)
def test_headers_that_are_plainly_credentials(name: str) -> None:
    assert is_credential("header", name, {"schema": {"type": "string"}})


@pytest.mark.parametrize(
    "name",
    re.findall(
        r"\S+",
        "Accept Content-Type X-Request-Id Idempotency-Key X-CSRF-Token X-XSRF-TOKEN X-Next-Token If-Match X-Tenant-Id Notion-Version"
        " X-Page-Token X-Amz-Server-Side-Encryption-Customer-Key X-Partition-Key X-Sync-Token Cache-Key Author X-Client-Id"
        " x-fapi-auth-date X-Upload-Token Surrogate-Key X-Author",
    ),
)
def test_headers_that_are_not(name: str) -> None:
    assert not is_credential("header", name, {"schema": {"type": "string"}})


@pytest.mark.parametrize(
    ("name", "description", "expected"),
    [
        ("api_key", "Your API key.", True),
        ("api_key", "", True),
        ("access_token", "OAuth access token", True),
        ("key", "API key. Identifies your project.", True),
        ("token", "Authentication token with the scope files:read", True),
        ("appid", "Your unique API key", True),
        ("auth_token", "Used to authenticate", True),
        ("key", "The key of the issue", False),
        ("key", "", False),
        ("token", "Pagination token", False),
        ("token", "The access token to revoke", False),
        ("token", "The invitation's token", False),
        ("page_token", "Use the access token's page", False),
        ("api_key", "Filter by the API key that made it", False),
        ("client_secret", "The client secret of the PaymentIntent.", False),
        ("keyword", "API key", False),
        ("q", "Anything, such as an API key", False),
    ],
)
def test_query_parameters_are_credentials_where_they_are_described_as_one(name: str, description: str, expected: bool) -> None:
    assert is_credential("query", name, {"description": description, "schema": {"type": "string"}}) is expected


def test_what_is_no_text_is_no_credential() -> None:
    assert not is_credential("query", "api_key", {"schema": {"type": "boolean"}})
    assert is_credential("cookie", "session_id", {})
    assert not is_credential("cookie", "theme", {})


_ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["", "key", "header", "X-Key", "bearer"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["key", "in", "name", "type", "$ref"]), inner),
    max_leaves=8,
)


@given(_ODD, _ODD, _ODD, _ODD)
def test_no_description_breaks_reading_it(schemes: Any, root: Any, own: Any, parameters: Any) -> None:
    node = {"responses": {}, "security": own, "parameters": parameters}
    doc = Document({"components": {"securitySchemes": schemes}, "security": root, "paths": {"/x": {"get": node}}})
    found = list(operations(doc))
    security = Security(doc, found)
    for one in found:
        alternatives = security.alternatives(one)
        assert alternatives is None or all(name in security.schemes for names in alternatives for name in names)
        assert security.is_public(one) in {True, False}
