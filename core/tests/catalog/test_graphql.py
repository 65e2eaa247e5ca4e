"""GraphQL schemas: what they become, and that a real GraphQL server agrees with what is sent."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import graphql
import jsonschema_rs
import pytest

from composio import ComposioToolSet
from composio.catalog.catalog import Catalog
from composio.catalog.importers import Imported
from composio.catalog.importers.graphql import load, outline
from composio.embedded import EmbeddedBackend
from composio.errors import ConfigurationError, SpecError
from composio.model.action import GraphqlOperation, Server
from composio.testing.exchange import Request, Response
from composio.testing.loopback import Loopback
from tests.peers.described import binding, stored

Open = Callable[..., Catalog]

SDL = '''
"""When something happened."""
scalar DateTime
scalar JSON

enum Size { SMALL  LARGE @deprecated(reason: "none left")  HUGE }

interface Named { id: ID!  name: String }

type Person implements Named {
  id: ID!
  name: String
  email: String
  friends(first: Int, after: String): PersonConnection
  bestFriend: Person
  secret(key: String!): String
  old: String @deprecated
}
type PageInfo { hasNextPage: Boolean!  endCursor: String }
type PersonEdge { cursor: String!  node: Person }
type PersonConnection { totalCount: Int!  edges: [PersonEdge]  pageInfo: PageInfo! }

type Robot implements Named { id: ID!  name: String  battery: Float!  size: Int }
type Toy { id: ID!  size: Size!  owner: Person  parts: [Toy!]!  by: Named }
union Found = Person | Robot | Toy

input Range { from: Int = 1, to: Int! }
input Filter { and: [Filter!]  size: Size = SMALL  made: Range  tags: [String!]  extra: JSON }
input MakeToy { size: Size!  owner: ID  filter: Filter }
type MadeToy { toy: Toy  clientMutationId: String }

type Query {
  "One toy."
  toy(id: ID!): Toy
  people(first: Int = 10, after: String): PersonConnection!
  find(filter: Filter, since: DateTime, limit: Int! = 5): [Found!]!
  named(id: ID!): Named
  count: Int!
  echo(selection: String!): Person
  odd(value: JSON): JSON
  fail: Toy
}
type Mutation {
  makeToy(input: MakeToy!): MadeToy @deprecated(reason: "use a shop")
  toy(id: ID!, size: Size): Toy
}
type Subscription { toys: Toy }
'''


def schema() -> graphql.GraphQLSchema:
    return graphql.build_schema(SDL)


@pytest.fixture(params=["sdl", "introspection", "introspection answer"])
def document(request: pytest.FixtureRequest) -> Any:
    if request.param == "sdl":
        return SDL
    found = graphql.introspection_from_schema(schema())
    return found if request.param == "introspection" else {"data": found}


def by_slug(found: Any) -> dict[str, Imported]:
    return {i.action.slug: i for i in found}


def operation(imported: Imported) -> GraphqlOperation:
    body = binding(imported).body
    assert body is not None
    assert body.graphql is not None
    return body.graphql


@pytest.fixture
def toys(make: Any) -> dict[str, Imported]:
    return by_slug(load(SDL, make.definition(base_url="https://toys.test/graphql")))


def test_each_query_and_mutation_is_an_action(make: Any, document: Any) -> None:
    found = by_slug(load(document, make.definition(base_url="https://toys.test/graphql")))
    queries = ["TOY_QUERY", "PEOPLE", "FIND", "NAMED", "COUNT", "ECHO", "ODD", "FAIL"]
    assert sorted(found) == sorted(f"TOYS_{name}" for name in (*queries, "MAKE_TOY", "TOY_MUTATION"))
    toy = found["TOYS_TOY_QUERY"].action
    assert (toy.description, toy.tags, toy.deprecated) == ("One toy.", ("query",), False)
    make_toy = found["TOYS_MAKE_TOY"].action
    assert (make_toy.tags, make_toy.deprecated) == (("mutation",), True)
    for imported in found.values():
        assert imported.warnings == ()
        assert binding(imported).servers == (Server("https://toys.test/graphql"),)
        assert (binding(imported).method, binding(imported).path) == ("POST", "")
        assert stored(imported.action) == imported.action


def test_an_operation_is_named_by_its_field_in_an_integration_file(make: Any) -> None:
    found = by_slug(
        load(SDL, make.definition(base_url="https://t.test", important=("makeToy",), aliases={"TOYS_BUILD": "makeToy"}))
    )
    assert [slug for slug, i in found.items() if i.action.important] == ["TOYS_MAKE_TOY"]
    assert "TOYS_BUILD" in found["TOYS_MAKE_TOY"].action.aliases


def test_arguments_are_schemas(make: Any, document: Any) -> None:
    found = by_slug(load(document, make.definition(base_url="https://toys.test/graphql")))
    shown = found["TOYS_FIND"].action.parameters
    assert shown.required == []
    assert shown.properties["limit"] == {"type": "integer", "default": 5}
    assert shown.properties["since"] == {"type": "string", "description": "DateTime: When something happened."}
    filters = shown.properties["filter"]["properties"]
    assert filters["size"] == {"type": "string", "enum": ["SMALL", "HUGE", "LARGE"], "default": "SMALL"}
    assert filters["made"]["properties"]["from"] == {"type": "integer", "default": 1}
    assert filters["made"]["required"] == ["to"]
    assert filters["tags"] == {"type": "array", "items": {"type": "string"}}
    assert "type" not in filters["extra"]
    assert '"$ref"' not in json.dumps(shown)
    validate = jsonschema_rs.validator_for(dict(found["TOYS_FIND"].action.validation)).is_valid
    assert validate({"filter": {"and": [{"and": [{"size": "HUGE", "extra": {"a": [1]}}]}]}})
    assert not validate({"filter": {"and": [{"and": [{"size": "TINY"}]}]}})
    assert not validate({"filter": {"sizes": "HUGE"}})
    assert found["TOYS_MAKE_TOY"].action.parameters.required == ["input"]


def test_a_variable_is_required_where_its_argument_is_and_has_no_default(toys: dict[str, Imported]) -> None:
    assert operation(toys["TOYS_FIND"]).head == (
        "query find($filter: Filter, $since: DateTime, $limit: Int) { find(filter: $filter, since: $since, limit: $limit)"
    )
    assert operation(toys["TOYS_TOY_MUTATION"]).head == "mutation toy($id: ID!, $size: Size) { toy(id: $id, size: $size)"
    assert operation(toys["TOYS_COUNT"]) == GraphqlOperation("count", "query count { count")


def test_every_default_selection_is_valid(toys: dict[str, Imported]) -> None:
    for imported in toys.values():
        found = operation(imported)
        assert graphql.validate(schema(), graphql.parse(f"{found.head} {found.selection} }}")) == []


def test_the_main_fields_are_asked_for_bounded(toys: dict[str, Imported]) -> None:
    toy = operation(toys["TOYS_TOY_QUERY"]).selection
    person = "{ id name email bestFriend { id name email } }"
    assert (
        toy
        == f"{{ id size owner {person} by {{ __typename id name ... on Person {{ email }} ... on Robot {{ battery size }} }} }}"
    )
    people = operation(toys["TOYS_PEOPLE"]).selection
    assert people.startswith("{ totalCount pageInfo { hasNextPage endCursor } edges { node { id name email bestFriend {")
    found = operation(toys["TOYS_FIND"]).selection
    # `size` is of another type in each, and one answer can't hold both.
    assert found == "{ __typename ... on Person { id name email } ... on Toy { id size } ... on Robot { id name battery } }"


def test_a_choice_is_offered_where_there_is_one_and_takes_nobodys_name(toys: dict[str, Imported]) -> None:
    assert operation(toys["TOYS_COUNT"]).choice == ""
    assert toys["TOYS_ODD"].action.parameters.properties.keys() == {"value"}
    echo = toys["TOYS_ECHO"]
    assert operation(echo).choice == "selection_"
    assert echo.action.parameters.properties["selection"] == {"type": "string"}
    assert "fields of Person" in echo.action.parameters.properties["selection_"]["description"]


def test_an_endpoint_keeps_its_slash(make: Any) -> None:
    [count] = [i for i in load(SDL, make.definition(base_url="https://t.test/graphql/")) if i.action.slug == "TOYS_COUNT"]
    assert binding(count).path == "/"


def test_other_names_for_the_root_types_are_followed(make: Any) -> None:
    sdl = "schema { query: Asks }\ntype Asks { a: Int }\ntype Mutation { b: Int }"
    assert list(by_slug(load(sdl, make.definition(base_url="https://t.test")))) == ["TOYS_A"]


def test_directives_that_nobody_declared_are_no_matter(make: Any) -> None:
    sdl = 'type Query @key(fields: "id") { a: Int @auth(role: ADMIN) }'
    assert list(by_slug(load(sdl, make.definition(base_url="https://t.test")))) == ["TOYS_A"]


def test_a_part_of_a_federation_may_only_extend(make: Any) -> None:
    sdl = "extend type Query { a: Int }\nextend type Query { b: Toy }\ntype Toy { id: ID }\nextend type Toy { name: String }"
    found = by_slug(load(sdl, make.definition(base_url="https://t.test")))
    assert list(found) == ["TOYS_A", "TOYS_B"]
    assert operation(found["TOYS_B"]).selection == "{ id name }"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("type Query { a: }", "line 1, column 17: not a GraphQL schema: Syntax Error"),
        ("type Query { a: Missing }", "not a whole GraphQL schema: .*Unknown type.*Missing"),
        ("type Toy { a: Int }", "no queries and no mutations"),
        ("type Query { a: " + "[" * 50_000 + "Int", "nested too deeply|not a GraphQL schema"),
        ('{"data": {"__schema": {}}}', "not a whole GraphQL schema"),
        ('{"__schema": {"types": [7], "queryType": {"name": "Query"}}}', "not a whole GraphQL schema"),
        ('{"data": {"__schema": null}, "errors": []}', "introspection may be switched off"),
    ],
)
def test_what_is_no_schema_is_one_message(open_catalog: Open, tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "toys.graphql"
    file.write_text(text)
    catalog = open_catalog({})
    with pytest.raises(SpecError, match=rf"toys\.graphql: .*({message})"):
        catalog.add("toys", str(file), base_url="https://toys.test/graphql")
    assert catalog.apps() == []


def test_a_schema_of_endless_text_is_refused(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("composio.catalog.importers.graphql._TOKENS", 50)
    with pytest.raises(SpecError, match=r"not a GraphQL schema: .*more than 50 tokens"):
        list(load(SDL, make.definition()))


def test_where_the_api_is_must_be_said(open_catalog: Open, tmp_path: Path) -> None:
    file = tmp_path / "toys.graphql"
    file.write_text(SDL)
    with pytest.raises(SpecError, match=r"toys\.graphql: GraphQL .* does not say where its API is.*--base-url"):
        open_catalog({}).add("toys", str(file))


def test_without_the_library_the_line_that_installs_it_is_said(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "graphql", None)
    with pytest.raises(ConfigurationError, match=r'pip install "opencomposio-core\[graphql\]"'):
        list(load(SDL, make.definition()))


def test_credentials_may_be_given_and_need_not(toys: dict[str, Imported]) -> None:
    assert all(binding(i).public for i in toys.values())
    assert outline(SDL)["components"]["securitySchemes"] == {"token": {"type": "http", "scheme": "bearer"}}


# -- a real server --------------------------------------------------------------------------------------------------------

ADA = {"__typename": "Person", "id": "1", "name": "Ada", "email": "ada@toys.test"}


class Root:
    """Resolvers of the schema above."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []

    def toy(self, _info: Any, id: str, size: str | None = None) -> dict[str, Any]:
        return {"id": id, "size": size or "SMALL", "owner": ADA, "parts": [], "by": ADA}

    def people(self, _info: Any, first: int, after: str | None = None) -> dict[str, Any]:
        page = {"hasNextPage": first < 99, "endCursor": after or "next"}
        return {"totalCount": first, "edges": [{"cursor": "c", "node": ADA}], "pageInfo": page}

    def find(self, _info: Any, limit: int, **given: Any) -> list[dict[str, Any]]:
        self.asked.append({"limit": limit, **given})
        return [ADA, {"__typename": "Robot", "id": "2", "name": "R", "battery": 0.5}]

    def odd(self, _info: Any, value: Any = None) -> Any:
        return value

    def fail(self, _info: Any) -> dict[str, Any]:
        raise ValueError("out of toys")

    def makeToy(self, _info: Any, input: dict[str, Any]) -> dict[str, Any]:
        self.asked.append(input)
        return {"toy": self.toy(None, "9", input["size"]), "clientMutationId": None}


@pytest.fixture
def root() -> Root:
    return Root()


@pytest.fixture
def server(root: Root) -> Iterator[Loopback]:
    known = schema()

    def respond(request: Request) -> Response:
        if (request.method, request.target) != ("POST", "/graphql"):
            return Response.of_json({"message": f"nothing at {request.method} {request.target}"}, 404)
        if request.headers.get("authorization") not in {None, "Bearer good"}:
            return Response.of_json({"errors": [{"message": "Bad credentials"}]}, 401)
        sent = json.loads(request.body)
        result = graphql.graphql_sync(
            known, sent["query"], root, variable_values=sent["variables"], operation_name=sent["operationName"]
        )
        return Response.of_json(result.formatted)

    with Loopback(respond) as running:
        yield running


def embedded(toolset: ComposioToolSet) -> EmbeddedBackend:
    assert isinstance(toolset.backend, EmbeddedBackend)
    return toolset.backend


@pytest.fixture
def toolset(server: Loopback, tmp_path: Path) -> Iterator[ComposioToolSet]:
    file = tmp_path / "toys.graphql"
    file.write_text(SDL)
    with ComposioToolSet(home=tmp_path / "home") as found:
        embedded(found).catalog.add("toys", str(file), base_url=f"{server.url}/graphql")
        yield found


def test_a_query_brings_its_data(toolset: ComposioToolSet) -> None:
    result = toolset.execute_action("TOYS_TOY_QUERY", {"id": 7})
    assert result["error"] is None
    toy = result["data"]["toy"]
    assert (toy["id"], toy["size"]) == ("7", "SMALL")
    assert toy["by"] == ADA
    people = toolset.execute_action("TOYS_PEOPLE", {"after": "x"})["data"]["people"]
    assert (people["totalCount"], people["pageInfo"]["endCursor"]) == (10, "x")
    assert toolset.execute_action("TOYS_FIND", {})["data"]["find"][1] == {
        "__typename": "Robot",
        "id": "2",
        "name": "R",
        "battery": 0.5,
    }


def test_arguments_arrive_as_what_they_are_defaults_included(toolset: ComposioToolSet, root: Root) -> None:
    given = {"size": "HUGE", "made": {"to": 9}, "tags": ['"'], "extra": {"a": None}, "and": [{"and": []}]}
    assert toolset.execute_action("TOYS_FIND", {"filter": given, "since": "2026-01-01"})["error"] is None
    nested = [{"and": [], "size": "SMALL"}]
    expected = {**given, "made": {"from": 1, "to": 9}, "and": nested}
    assert root.asked == [{"limit": 5, "filter": expected, "since": "2026-01-01"}]
    assert toolset.execute_action("TOYS_ODD", {"value": {"deep": [1, "x"]}})["data"] == {"odd": {"deep": [1, "x"]}}


def test_a_mutation_does_it(toolset: ComposioToolSet, root: Root) -> None:
    result = toolset.execute_action("TOYS_MAKE_TOY", {"input": {"size": "HUGE", "owner": "1"}})
    assert result["data"]["makeToy"]["toy"]["size"] == "HUGE"
    assert root.asked == [{"size": "HUGE", "owner": "1"}]


def test_a_choice_decides_what_comes_back(toolset: ComposioToolSet) -> None:
    result = toolset.execute_action("TOYS_TOY_QUERY", {"id": "7", "selection": "owner { secret: name }"})
    assert result["data"] == {"toy": {"owner": {"secret": "Ada"}}}
    wrong = toolset.execute_action("TOYS_TOY_QUERY", {"id": "7", "selection": "{ nmae }"})
    assert not wrong["successful"]
    assert "Cannot query field 'nmae' on type 'Toy'" in wrong["error"]
    broken = toolset.execute_action("TOYS_TOY_QUERY", {"id": "7", "selection": "{ id } } mutation { makeToy"})
    assert not broken["successful"]
    assert "selection" in broken["error"]


def test_errors_are_an_unsuccessful_result_with_partial_data(toolset: ComposioToolSet) -> None:
    assert dict(toolset.execute_action("TOYS_FAIL", {})) == {
        "successful": False,
        "data": {"fail": None},
        "error": "fail: out of toys",
    }


def test_a_token_goes_along_and_is_never_said(toolset: ComposioToolSet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOYS_TOKEN", "good")
    assert toolset.execute_action("TOYS_COUNT", {})["error"] is not None  # null for Int!, and no word about credentials
    monkeypatch.setenv("TOYS_TOKEN", "bad-secret")
    refused = toolset.execute_action("TOYS_TOY_QUERY", {"id": "7"})
    assert not refused["successful"]
    assert "Bad credentials" in refused["error"]
    assert "bad-secret" not in json.dumps(refused)


def test_the_schema_is_kept_as_it_came_and_read_again(toolset: ComposioToolSet, tmp_path: Path) -> None:
    kept = tmp_path / "home" / "apps" / "toys" / "schema.graphql"
    assert kept.read_text() == SDL
    embedded(toolset).catalog.update(["toys"])
    assert toolset.execute_action("TOYS_TOY_QUERY", {"id": "7"})["successful"]


def test_where_a_list_goes_on_is_said_and_only_there(toolset: ComposioToolSet) -> None:
    # Of 99 and more the server says that nothing follows.
    def more(**arguments: Any) -> Any:
        return toolset.execute_action("TOYS_PEOPLE", arguments).more

    assert more(first=3) == {"next": {"after": "next"}}
    assert more(first=99) is None
