"""Descriptions of other kinds than OpenAPI that hold anything at all: read as far as they go, or refused in one message."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from composio.catalog.importers import discovery, graphql, swagger
from composio.errors import SpecError

KEYS = {
    swagger: (
        *("paths", "/a", "/{b}", "get", "post", "parameters", "responses", "200", "schema", "definitions", "A", "properties"),
        *("$ref", "in", "name", "type", "items", "collectionFormat", "consumes", "produces", "required", "host", "schemes"),
        *("securityDefinitions", "flow", "scopes", "discriminator", "x-nullable", "examples", "allOf", "security", "enum"),
    ),
    discovery: (
        *("resources", "methods", "a", "path", "id", "httpMethod", "parameters", "location", "type", "repeated", "enum"),
        *("enumDescriptions", "enumDeprecated", "default", "request", "response", "$ref", "schemas", "properties", "scopes"),
        *("mediaUpload", "protocols", "simple", "accept", "auth", "oauth2", "annotations", "required", "variant", "map"),
    ),
}
TEXTS = (
    *(
        "body",
        "formData",
        "query",
        "path",
        "array",
        "object",
        "string",
        "file",
        "GET",
        "POST",
        "#/definitions/A",
        "A",
        "#/a",
        "me",
    ),
    *("a/{b}", "{+name}", "{", "csv", "multi", "true", "1", "application/json", "multipart/form-data", "https", "oauth2", ""),
)


def anything(keys: tuple[str, ...]) -> st.SearchStrategy[Any]:
    leaves = (
        st.none()
        | st.booleans()
        | st.integers(-9, 9)
        | st.floats(allow_nan=False)
        | st.sampled_from(TEXTS)
        | st.text(max_size=4)
    )
    return st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(keys), inner, max_size=5),
        max_leaves=30,
    )


@pytest.mark.parametrize("importer", [swagger, discovery])
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_whatever_it_holds_it_is_read_or_refused(make: Any, importer: Any, data: st.DataObject) -> None:
    keys = KEYS[importer]
    document = data.draw(st.dictionaries(st.sampled_from(keys), anything(keys), max_size=8))
    node = data.draw(st.dictionaries(st.sampled_from(keys), anything(keys), max_size=8))
    if importer is swagger:
        document = {"paths": {"/a/{b}": {"post": node}}, **document}
    else:
        document = {"methods": {"a": {"path": "a/{+b}", "httpMethod": "POST", **node}}, **document}
    try:
        found = list(importer.load(document, make.definition()))
        importer.outline(document)
    except SpecError:
        return
    assert len({i.action.slug for i in found}) == len(found)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    document=st.text(alphabet='type Query{a:Int!}[]()=$@&|"#\n', max_size=60)
    | st.dictionaries(st.just("__schema"), anything(("types", "queryType", "name", "fields", "kind", "args")), min_size=1)
)
def test_what_only_looks_like_a_graphql_schema_is_refused(make: Any, document: Any) -> None:
    try:
        found = list(graphql.load(document, make.definition(base_url="https://toys.test")))
    except SpecError:
        return
    assert found
