"""``load_integration``: what the documented file gives, and what each mistake in it is told."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema_rs
import pytest

from composio.catalog.definition import AppDefinition
from composio.catalog.sources import integration, yamlfile
from composio.catalog.sources.integration import load_integration
from composio.errors import IntegrationFileError
from composio.model.app import AuthField

WHOLE = """
name: Example
unique_key: Example
description: An app.
logo: https://example.com/logo.png
categories: [crm]
docs: https://example.com/docs
auth_schemes:
  - name: by_key
    auth_mode: API_KEY
    fields:
      - name: api_key
        display_name: API Key
        description: Your key.
        type: string
        required: true
        expected_from_customer: true
      - name: instanceUrl
        default: https://example.com
        env: [EXAMPLE_URL, OTHER_URL]
    proxy:
      base_url: "{{instanceUrl}}/v1"
      headers: {Authorization: "{{api_key}}"}
      query_params: {version: "2"}
  - name: by_oauth
    auth_mode: OAUTH2
    authorization_url: https://example.com/authorize
    token_url: https://example.com/token
    default_scopes: [read]
    available_scopes: [read, write]
    authorization_params: {response_type: code}
    token_response_metadata: [team_id]
    proxy:
      headers: {Authorization: "Bearer {{access_token}}", Team: "{{team_id}}"}
get_current_user_endpoint: /me
callback_url: https://example.com/back
proxy:
  base_url: https://api.example.com
  headers: {Accept: application/json}
spec: {npm: "@example/api", version: "1.2.3", path: dist/api.json, url: https://example.com/api.json, license: MIT}
important: [users/get, GET /things]
aliases: {EXAMPLE_ME: users/get}
hide_parameters: [token]
defaults: {userId: me, limit: 10}
actions: example.actions
envelope: {success: ok, error: error}
"""
LEAST = "name: A\nunique_key: a\n"
KEY = """
auth_schemes:
  - auth_mode: API_KEY
    fields: [{name: api_key}]
    proxy: {headers: {X-Key: "{{api_key}}"}}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "integration.yaml"


def load(file: Path, text: str) -> AppDefinition:
    file.write_text(text, "utf-8")
    return load_integration(file)


def mistake(file: Path, text: str) -> tuple[str, str]:
    with pytest.raises(IntegrationFileError) as caught:
        load(file, text)
    assert caught.value.file == str(file)
    return caught.value.field, caught.value.problem


def test_everything_documented_is_read(file: Path) -> None:
    definition = load(file, WHOLE)
    app = definition.app
    assert (app.key, app.name, app.categories, app.base_url) == ("example", "Example", ("crm",), "https://api.example.com")
    assert app.headers == {"Accept": "application/json"}
    assert app.get_current_user_endpoint == "/me"
    assert app.envelope is not None
    assert (app.envelope.success, app.envelope.error) == ("ok", "error")
    by_key, by_oauth = app.auth_schemes
    assert by_key.fields[0] == AuthField("api_key", "API Key", "Your key.", env=("EXAMPLE_API_KEY",))
    assert by_key.fields[1].default == "https://example.com"
    assert by_key.fields[1].env == ("EXAMPLE_URL", "OTHER_URL")
    assert by_key.proxy.base_url == "{{instanceUrl}}/v1"
    assert by_key.proxy.query_params == {"version": "2"}
    assert by_oauth.extra["default_scopes"] == ["read"]
    assert by_oauth.extra["token_response_metadata"] == ["team_id"]
    assert "proxy" not in by_oauth.extra


def test_what_is_ours_is_read(file: Path) -> None:
    definition = load(file, WHOLE)
    assert definition.spec.kind == "npm"
    assert (definition.spec.package, definition.spec.version, definition.spec.path) == (
        "@example/api",
        "1.2.3",
        "dist/api.json",
    )
    assert definition.app.provenance.source == "npm:@example/api@1.2.3"
    assert definition.app.provenance.license == "MIT"
    assert definition.important == ("users/get", "GET /things")
    assert definition.aliases == {"EXAMPLE_ME": "users/get"}
    assert definition.hide == ("token",)
    assert definition.defaults == {"userId": "me", "limit": 10}
    assert definition.actions == "example.actions"
    assert definition.folder == file.parent


def test_a_folder_means_the_file_in_it(file: Path) -> None:
    file.write_text(LEAST, "utf-8")
    definition = load_integration(file.parent)
    assert definition.file == file
    assert definition.spec.kind == "none"
    assert definition.app.no_auth


@pytest.mark.parametrize(
    ("spec", "kind", "path"), [("{file: api.json}", "file", "api.json"), ("{url: 'https://example.com/a'}", "url", "")]
)
def test_a_description_may_be_a_file_or_a_url(file: Path, spec: str, kind: str, path: str) -> None:
    source = load(file, f"{LEAST}spec: {spec}\n").spec
    assert (source.kind, source.path) == (kind, path)


def test_the_published_schema_is_a_valid_one_and_accepts_the_example(file: Path) -> None:
    file.write_text(WHOLE, "utf-8")
    schema = json.loads(Path(integration.__file__).with_name("integration.schema.json").read_text("utf-8"))
    jsonschema_rs.meta.validate(schema)
    assert jsonschema_rs.validator_for(schema).is_valid(yamlfile.read_yaml(file))


def test_a_basic_scheme_that_says_nothing_still_signs(file: Path) -> None:
    (scheme,) = load(file, f"{LEAST}auth_schemes: [{{auth_mode: BASIC}}]\n").app.auth_schemes
    assert scheme.name == "a_basic"
    assert [(f.name, f.env) for f in scheme.fields] == [("username", ("A_USERNAME",)), ("password", ("A_PASSWORD",))]
    assert "b64encode" in scheme.proxy.headers["Authorization"]


def test_a_bearer_scheme_signs_with_its_own_field(file: Path) -> None:
    text = f"{LEAST}auth_schemes: [{{auth_mode: BEARER_TOKEN, fields: [{{name: apiToken}}]}}]\n"
    (scheme,) = load(file, text).app.auth_schemes
    assert [f.env for f in scheme.fields] == [("A_API_TOKEN",)]
    assert scheme.proxy.headers == {"Authorization": "Bearer {{ apiToken }}"}


def test_a_field_that_only_a_template_names_is_added_for_its_mode(file: Path) -> None:
    text = f'{LEAST}auth_schemes: [{{auth_mode: API_KEY, proxy: {{headers: {{X: "{{{{api_key}}}}"}}}}}}]\n'
    (scheme,) = load(file, text).app.auth_schemes
    assert [f.name for f in scheme.fields] == ["api_key"]


def test_oauth_fields_have_no_environment_variable_by_themselves(file: Path) -> None:
    text = f"{LEAST}auth_schemes: [{{auth_mode: OAUTH2, authorization_url: 'https://x/a', token_url: 'https://x/t', fields: [{{name: site}}]}}]\n"
    assert load(file, text).app.auth_schemes[0].fields[0].env == ()


def test_the_files_proxy_reaches_every_scheme_and_a_schemes_own_wins(file: Path) -> None:
    text = f"{LEAST}proxy: {{headers: {{x-key: 'shared {{{{api_key}}}}', Team: '{{{{api_key}}}}'}}, query_params: {{v: '1'}}}}{KEY}"
    (scheme,) = load(file, text).app.auth_schemes
    assert scheme.proxy.headers == {"Team": "{{api_key}}", "X-Key": "{{api_key}}"}
    assert scheme.proxy.query_params == {"v": "1"}


def test_a_proxy_without_schemes_applies_to_an_app_without_credentials(file: Path) -> None:
    app = load(file, f"{LEAST}proxy: {{query_params: {{format: json}}}}\n").app
    assert app.no_auth
    assert app.auth_schemes[0].proxy.query_params == {"format": "json"}


@pytest.mark.parametrize(
    ("text", "field", "told"),
    [
        ("name: A", "unique_key", "is missing"),
        ("unique_key: a", "name", "is missing"),
        (LEAST + "categorys: [x]", "categorys", "Did you mean 'categories'?"),
        (LEAST + "categories: crm", "categories", "expected a list (- item), got 'crm'"),
        (LEAST + "description: 7", "description", "expected text, got 7; put it in quotes"),
        (LEAST + "proxy: x", "proxy", "expected a mapping (name: value), got 'x'"),
        (LEAST + "proxy:", "proxy", "got nothing"),
        (LEAST + "proxy: {base_url: example.com}", "proxy.base_url", "begins with http:// or https://"),
        ("name: ''\nunique_key: a", "name", "must not be empty"),
        ("name: A\nunique_key: a-b", "unique_key", "got 'a-b'"),
        (LEAST + "auth_schemes: [{}]", "auth_schemes[0].auth_mode", "is missing"),
        (
            LEAST + "auth_schemes: [{auth_mode: OAUTH}]",
            "auth_schemes[0].auth_mode",
            "'OAUTH' is not one of OAUTH2, OAUTH1, API_KEY",
        ),
        (LEAST + "auth_schemes: [{auth_mode: BASICS}]", "auth_schemes[0].auth_mode", "did you mean BASIC?"),
        (LEAST + "auth_schemes: [{auth_mode: OAUTH2}]", "auth_schemes[0].token_url", "is missing"),
        (
            LEAST + "auth_schemes: [{auth_mode: API_KEY, fields: [{nam: x}]}]",
            "auth_schemes[0].fields[0].nam",
            "Did you mean 'name'?",
        ),
        (
            LEAST + "auth_schemes: [{auth_mode: API_KEY, fields: [{name: x}, {name: y, type: strin}]}]",
            "auth_schemes[0].fields[1].type",
            "did you mean string?",
        ),
        (
            LEAST + "auth_schemes: [{auth_mode: API_KEY, fields: [{name: x, required: 'yes'}]}]",
            "auth_schemes[0].fields[0].required",
            "expected true or false, got 'yes'",
        ),
        (
            LEAST + "auth_schemes: [{auth_mode: API_KEY, fields: [{name: x}, {name: x}]}]",
            "auth_schemes[0].fields[1].name",
            "already the name of another field",
        ),
        (
            LEAST + "auth_schemes: [{name: n, auth_mode: API_KEY}, {name: n, auth_mode: BASIC}]",
            "auth_schemes[1].name",
            "already the name of another scheme",
        ),
        (LEAST + KEY.replace("{{api_key}}", "{{api_kye}}"), "auth_schemes[0].proxy.headers.X-Key", "Did you mean 'api_key'?"),
        (LEAST + KEY.replace("{{api_key}}", "{{api_key"), "auth_schemes[0].proxy.headers.X-Key", "is not a valid template"),
        (
            LEAST + KEY.replace("{{api_key}}", "{{api_key|nope}}"),
            "auth_schemes[0].proxy.headers.X-Key",
            "No filter named 'nope'",
        ),
        (LEAST + "proxy: {headers: {A: '{{token}}'}}", "proxy.headers.A", "not a field of this scheme. Known: none"),
        (LEAST + "spec: {license: MIT}", "spec", "needs one of npm, pip, file, url"),
        (LEAST + "spec: {npm: x, version: '1'}", "spec.path", "a spec with `npm` needs `version` and `path`"),
        (LEAST + "spec: {npm: x, version: 1.0, path: a}", "spec.version", "put it in quotes"),
        (LEAST + "spec: {npm: '--help', version: '1', path: a}", "spec.npm", "an npm package name"),
        (LEAST + "spec: {npm: x, version: '^1', path: a}", "spec.version", "one exact version"),
        (LEAST + "spec: {npm: x, version: '1', path: ../a}", "spec.path", "a path inside the package"),
        (LEAST + "spec: {npm: x, pip: y, version: '1', path: a}", "spec", "names npm and pip; keep one"),
        (LEAST + "spec: {file: a, path: b}", "spec.path", "`file` already is the path"),
        (LEAST + "spec: {url: 'https://x/y', path: b}", "spec.path", "a URL has no further path"),
        (LEAST + "spec: {url: 'ftp://x/y'}", "spec.url", "begins with http:// or https://"),
        (LEAST + "aliases: {A_b: x}", "aliases.A_b", "an action name in upper case"),
        (LEAST + "aliases: {B_X: x}", "aliases.B_X", "must begin with A_"),
        (LEAST + "important: [x, y, x]", "important[2]", "'x' is already in the list"),
        (LEAST + "actions: ../evil.py", "actions", "a module name"),
        (LEAST + "envelope: {success: ok}", "envelope.error", "is missing"),
    ],
)
def test_a_mistake_is_told_with_its_field_and_what_was_expected(file: Path, text: str, field: str, told: str) -> None:
    where, problem = mistake(file, text)
    assert where == field
    assert told in problem


@pytest.mark.parametrize(
    ("text", "field", "told"),
    [
        ("", "file", "is empty"),
        ("# nothing", "file", "is empty"),
        ("- a\n- b", "file", "expected a mapping (name: value) at the top, got list"),
        ("just text", "file", "expected a mapping"),
        ("name: [1", "line 2, column 1", "is not valid YAML"),
        ("name: A\n\tx: 1", "line 2, column 1", "is not valid YAML"),
        ("name: A\nname: B", "line 2, column 1", "it is already on line 1"),
        ("name: &a [x]\ndocs: *a", "line 1, column 7", "alias"),
        ("name: 2020-01-01", "line 1, column 7", "put dates in quotes"),
        ("name: !!python/object:os.system x", "line 1, column 7", "leave the tag out"),
        ("name: !!binary aGk=", "line 1, column 7", "leave the tag out"),
        ("1: x", "line 1, column 1", "is not text"),
        ("name: A\n---\nname: B", "line 2, column 1", "is not valid YAML"),
        ("name: *unknown", "line 1, column 7", "is not valid YAML"),
        ("name: \x00", "file", "is not valid YAML"),
    ],
)
def test_what_is_not_plain_yaml_is_refused_with_its_line(file: Path, text: str, field: str, told: str) -> None:
    where, problem = mistake(file, text)
    assert where == field
    assert told in problem


def test_a_yaml_bomb_costs_nothing(file: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]
    assert "alias" in mistake(file, "\n".join(lines))[1]


def test_deep_nesting_is_an_error_and_no_crash(file: Path) -> None:
    mistake(file, "name: " + "[" * 5000 + "]" * 5000)


def test_a_huge_number_is_an_error(file: Path) -> None:
    assert "can't be read" in mistake(file, "name: " + "9" * 10_000)[1]


def test_a_file_that_is_too_large_is_refused(file: Path) -> None:
    assert "bytes" in mistake(file, "#" * (yamlfile.LIMIT + 1))[1]


def test_a_file_that_is_not_utf_8_is_refused(file: Path) -> None:
    file.write_bytes(b"name: \xff")
    with pytest.raises(IntegrationFileError, match="byte 6: is not UTF-8"):
        load_integration(file)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(IntegrationFileError, match=r"integration\.yaml: file: can't be read: No such file"):
        load_integration(tmp_path)


def test_what_the_file_says_for_all_schemes_goes_to_those_that_have_a_flow(file: Path) -> None:
    oauth = "{auth_mode: OAUTH2, authorization_url: 'https://x/a', token_url: 'https://x/t'%s}"
    own = oauth % ", name: own, callback_url: 'https://x/b', token_response_metadata: []"
    shared = "callback_url: https://x/c\ntoken_response_metadata: [team.id]\n"
    text = f"{LEAST}{shared}auth_schemes: [{oauth % ''}, {own}, {{auth_mode: BASIC}}]\n"
    first, second, basic = load(file, text).app.auth_schemes
    assert (first.extra["callback_url"], first.extra["token_response_metadata"]) == ("https://x/c", ["team.id"])
    assert (second.extra["callback_url"], second.extra["token_response_metadata"]) == ("https://x/b", [])
    assert basic.extra == {}


URLS = ", request_url: 'https://x/r', authorization_url: 'https://x/a', token_url: 'https://x/t'"


@pytest.mark.parametrize(
    ("mode", "more", "names"),
    [
        ("BASIC", "", ["username", "password"]),
        ("API_KEY", "", ["api_key"]),
        ("API_KEY", ", fields: [{name: key}]", ["key"]),
        ("BEARER_TOKEN", "", ["token"]),
        ("BASIC_WITH_JWT", ", token_url: 'https://x/t'", ["username", "password"]),
        ("GOOGLE_SERVICE_ACCOUNT", "", ["service_account_json", "subject"]),
        ("AWS_SIGV4", "", ["access_key_id", "secret_access_key", "session_token", "region", "service"]),
        ("AWS_SIGV4", ", fields: [{name: region, default: eu-west-1}]", ["region", "access_key_id", "secret_access_key"]),
        ("OAUTH1", URLS, []),
        ("OAUTH1", f"{URLS}, signature_method: RSA-SHA1", ["private_key"]),
    ],
)
def test_fields_that_a_mode_needs_are_there_with_words_for_people(file: Path, mode: str, more: str, names: list[str]) -> None:
    (scheme,) = load(file, f"{LEAST}auth_schemes: [{{auth_mode: {mode}{more}}}]\n").app.auth_schemes
    assert [field.name for field in scheme.fields][: len(names)] == names
    assert all(field.display_name and field.description for field in scheme.fields if field.name not in {"key", "region"})


def test_several_descriptions_have_names(file: Path) -> None:
    text = """
spec:
  - {pip: toys-crm, version: "1", path: toys_crm/openapi.json, name: crm, license: MIT}
  - {npm: toys, version: "2", path: [spec/chat.json, spec/video.v1.json], include: ["/v1/**"], exclude: [admin_*]}
  - {url: "https://toys.test/api/old.yaml", base_url: "https://old.toys.test"}
"""
    definition = load(file, LEAST + text)
    assert [(spec.kind, spec.name, spec.path) for spec in definition.specs] == [
        ("pip", "crm", "toys_crm/openapi.json"),
        ("npm", "chat", "spec/chat.json"),
        ("npm", "video.v1", "spec/video.v1.json"),
        ("url", "old", ""),
    ]
    assert definition.specs[2].include == ("/v1/**",)
    assert definition.specs[2].exclude == ("admin_*",)
    assert definition.specs[3].base_url == "https://old.toys.test"
    assert definition.app.provenance.source == "pip:toys-crm@1, npm:toys@2, https://toys.test/api/old.yaml"
    assert definition.app.provenance.version == "1, 2"


@pytest.mark.parametrize(
    ("spec", "field", "problem"),
    [
        ("[]", "spec", "must not be empty"),
        ("[{npm: a, version: '1', path: []}]", "spec[0].path", "must not be empty"),
        ("[{npm: a, version: '1', path: x.json}, 7]", "spec[1]", "expected a mapping"),
        ("[{npm: a, version: '1', path: x.json}, {nmp: b}]", "spec[1].nmp", "Did you mean 'npm'"),
        ("[{npm: a, version: '1', path: a/x.json}, {npm: b, version: '1', path: b/X.json}]", "spec[1].name", "'X'"),
        (
            "[{npm: a, version: '1', path: a/x.json}, {npm: a, version: '1', path: ../b.json}]",
            "spec[1].path",
            "inside the package",
        ),
        ("{npm: a, version: '1', path: [a.json, b.json], url: 'https://a.test'}", "spec.url", "is one description"),
        ("{npm: a, version: '1', reader: mcparmory, path: x}", "spec.reader", "belongs to a spec with `pip`"),
        ("{pip: a, version: '1', reader: mcparmory, path: x}", "spec.path", "not used with `reader`"),
        ("{pip: a, version: '1', reader: mcparmary}", "spec.reader", "did you mean mcparmory"),
        ("{pip: a, reader: mcparmory}", "spec.version", "is missing"),
        ("{pip: a, version: '1'}", "spec.path", "is missing"),
        ("{file: a.json, sha256: '" + "0" * 64 + "'}", "spec.sha256", "`npm` or `pip`"),
        ("{npm: a, version: '1', path: a.json, sha256: abc}", "spec.sha256", "64 digits"),
        ("{npm: a, version: '1', path: a.json, include: /a}", "spec.include", "expected a list"),
        ("{npm: a, version: '1', path: a.json, include: [/a, /a]}", "spec.include[1]", "already in the list"),
    ],
)
def test_a_mistake_in_one_of_several_descriptions_says_which(file: Path, spec: str, field: str, problem: str) -> None:
    with pytest.raises(IntegrationFileError) as caught:
        load(file, f"{LEAST}spec: {spec}\n")
    assert caught.value.field == field
    assert problem in caught.value.problem
    assert (field, caught.value.problem) in [(one.field, one.problem) for one in integration.check_integration(file)]
