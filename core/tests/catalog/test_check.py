"""``check_integration``: every mistake at once, and none where the file loads."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

import composio_apps
from composio.catalog.sources import integration
from composio.catalog.sources.integration import check_integration, load_integration
from composio.errors import IntegrationFileError

BAD = """
name: Example
uniqe_key: example
unique_key: example
colour: blue
categories: crm
aliases: {OTHER_X: a, lower: b}
spec: {npm: a, pip: b, version: "1", path: ../x}
auth_schemes:
  - auth_mode: OAUTH
  - auth_mode: OAUTH2
    token_url: ftp://example.com
    grant_type: device_code
  - auth_mode: API_KEY
    name: one
    fields: [{name: api_key}, {name: api_key}, {nam: x}]
  - auth_mode: API_KEY
    name: two
    fields: [{name: key}]
    proxy:
      headers: {A: "{{ky}}", B: "{{ key", C: "{{ key | nofilter }}"}
  - auth_mode: OAUTH2
    name: two
    authorization_url: https://example.com/a
    token_url: "https://{{subdoman}}.example.com/t"
    authorization_params: {team: "{{tem}}"}
    token_response_metadata: [team.id, team_id, access_token]
    fields: [{name: subdomain}]
"""


def test_every_mistake_is_told_with_what_was_expected(tmp_path: Path) -> None:
    file = tmp_path / "integration.yaml"
    file.write_text(BAD, "utf-8")
    found = {error.field: error.problem for error in check_integration(tmp_path)}
    expected = {
        "uniqe_key": "unknown field. Did you mean 'unique_key'?",
        "colour": "unknown field.",
        "categories": "expected a list (- item), got 'crm'",
        "aliases.lower": "expected an action name in upper case",
        "spec": "names npm and pip; keep one",
        "spec.path": "expected a path inside the package",
        "auth_schemes[0].auth_mode": "'OAUTH' is not one of OAUTH2, OAUTH1",
        "auth_schemes[1].token_url": "expected a URL that begins with https://, or a template",
        "auth_schemes[1].device_authorization_url": "is missing; expected where device codes are had",
        "auth_schemes[2].fields[2].nam": "unknown field. Did you mean 'name'?",
        "auth_schemes[2].fields[2].name": "is missing",
        "auth_schemes[3].proxy.headers.A": "uses {{ky}}, which is not a field of this scheme. Did you mean 'key'?",
        "auth_schemes[3].proxy.headers.B": "is not a valid template",
        "auth_schemes[3].proxy.headers.C": "No filter named 'nofilter'",
        "auth_schemes[4].name": "'two' is already the name of another scheme",
        "auth_schemes[4].token_url": "Did you mean 'subdomain'?",
        "auth_schemes[4].authorization_params.team": "Did you mean 'team_id'?",
        "auth_schemes[4].token_response_metadata[1]": "'team_id' is already in the list",
        "auth_schemes[4].token_response_metadata[2]": "'access_token' is the name of a field already",
    }
    assert {field: problem for field, problem in found.items() if expected.get(field, "~") not in problem} == {}
    assert found.keys() == expected.keys()
    assert all(error.file == str(file) for error in check_integration(file))


def test_all_that_is_wrong_as_yaml_is_told_by_line(tmp_path: Path) -> None:
    file = tmp_path / "integration.yaml"
    file.write_text("name: &n A\nunique_key: *n\nname: B\n1: x\ndocs: 2020-01-01\n", "utf-8")
    found = [(error.field, error.problem) for error in check_integration(file)]
    assert [where for where, _ in found] == [
        "line 1, column 7",
        "line 3, column 1",
        "line 4, column 1",
        "line 5, column 7",
    ]
    assert all(told in problem for told, (_, problem) in zip(["alias", "line 1", "is not text", "quotes"], found, strict=True))


@pytest.mark.parametrize("text", ["", "- a", "name: [", "name: A"])
def test_what_cannot_be_loaded_has_a_mistake(tmp_path: Path, text: str) -> None:
    (tmp_path / "integration.yaml").write_text(text, "utf-8")
    assert check_integration(tmp_path)
    with pytest.raises(IntegrationFileError):
        load_integration(tmp_path)


def test_a_description_that_is_not_there_is_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "integration.yaml").write_text("name: A\nunique_key: a\nspec: {file: api.json}\n", "utf-8")
    (error,) = check_integration(tmp_path)
    assert (error.field, "there is no file 'api.json'" in error.problem) == ("spec.file", True)
    (tmp_path / "api.json").write_text("{}", "utf-8")
    assert check_integration(tmp_path) == []


@pytest.mark.parametrize(
    "file", sorted(Path(composio_apps.__path__[0]).glob("*/integration.yaml")), ids=lambda f: f.parent.name
)
def test_our_own_apps_have_none(file: Path) -> None:
    assert check_integration(file) == []


def test_the_published_schema_is_valid_and_says_what_its_keywords_are_for() -> None:
    published = integration.schema()
    jsonschema_rs.meta.validate(published)
    assert json.loads(Path(integration.__file__).with_name("integration.schema.json").read_text("utf-8")) == published


SCHEMES = st.lists(
    st.fixed_dictionaries(
        {"auth_mode": st.sampled_from(["OAUTH2", "OAUTH1", "API_KEY", "BASIC", "AWS_SIGV4", "NOPE", 1])},
        optional={
            "name": st.sampled_from(["a", "b", ""]),
            "token_url": st.sampled_from(["https://x.example.com", "{{base}}/t", "x", None]),
            "fields": st.lists(st.fixed_dictionaries({}, optional={"name": st.sampled_from(["base", "x y", 3])}), max_size=2),
            "proxy": st.fixed_dictionaries({}, optional={"headers": st.dictionaries(st.text("ab"), st.text("{}ab |"))}),
            "default_scopes": st.lists(st.text(max_size=2), max_size=2),
        },
    ),
    max_size=3,
)


@given(schemes=SCHEMES)
def test_checking_and_loading_agree(tmp_path_factory: pytest.TempPathFactory, schemes: list[object]) -> None:
    file = tmp_path_factory.mktemp("app") / "integration.yaml"
    file.write_text(json.dumps({"name": "A", "unique_key": "a", "auth_schemes": schemes}), "utf-8")
    found = check_integration(file)
    if not found:
        assert load_integration(file).app.key == "a"
        return
    with pytest.raises(IntegrationFileError) as caught:
        load_integration(file)
    assert str(caught.value) in {str(error) for error in found}


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text("{}%aB1_ .:/", max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from([*integration.schema()["properties"], *integration.schema()["$defs"]["scheme"]["properties"]]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(data=ANYTHING)
def test_whatever_a_file_holds_each_mistake_is_told_and_none_breaks_the_check(
    tmp_path_factory: pytest.TempPathFactory, data: object
) -> None:
    file = tmp_path_factory.mktemp("app") / "integration.yaml"
    file.write_text(json.dumps(data), "utf-8")
    assert all(error.field and error.problem for error in check_integration(file))
