"""Names of actions: readable, of one operation for good, and the same whatever the order of a description."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from composio.catalog.catalog import Catalog
from composio.catalog.importers.openapi import load
from composio.errors import ActionNotFound
from composio.model.action import HttpBinding
from composio.schema.names import SLUG_LIMIT, action_slug

Open = Callable[..., Catalog]
SLUG = re.compile(r"[A-Z][A-Z0-9_]{0,63}")

BOOKS = {"summary": "Create item", "operationId": "books_create"}
FILMS = {"summary": "Create item", "operationId": "films_create"}


def api(make: Any, **paths: Mapping[str, Any]) -> Any:
    """A description whose operations are ``POST /NAME``."""
    return make.document({f"/{name}": {"post": make.operation(**node)} for name, node in paths.items()})


def names(make: Any, doc: Any, **more: Any) -> dict[str, str]:
    """Every name with the path that it leads to; no two actions share one."""
    found: dict[str, str] = {}
    for imported in make.load(doc, **more):
        assert isinstance(imported.action.binding, HttpBinding)
        for name in imported.action.names:
            assert name not in found
            found[name] = imported.action.binding.path
    return found


def slugs(make: Any, doc: Any, **more: Any) -> dict[str, str]:
    return {i.action.binding.path: i.action.slug for i in make.load(doc, **more)}


# -- collisions -----------------------------------------------------------------------------------------------------------


def test_operations_that_share_a_summary_are_all_named_by_their_operation_ids(make: Any) -> None:
    doc = api(make, books=BOOKS, films=FILMS, songs={"summary": "Create item"}, shops={"summary": "Create shop"})
    assert slugs(make, doc) == {
        "/books": "TOYS_BOOKS_CREATE",
        "/films": "TOYS_FILMS_CREATE",
        "/songs": "TOYS_POST_SONGS",
        "/shops": "TOYS_CREATE_SHOP",
    }
    assert "TOYS_CREATE_ITEM" not in names(make, doc)
    assert [i.ambiguous for i in make.load(doc)] == [("TOYS_CREATE_ITEM",)] * 3 + [()]


def test_no_name_depends_on_the_order_of_the_description(make: Any) -> None:
    nodes = {"books": BOOKS, "films": FILMS, "a": {"operationId": "createItem"}, "b": {"summary": "x " * 60}, "c": {}}
    found = [names(make, api(make, **dict(order))) for order in itertools.permutations(nodes.items())]
    assert all(one == found[0] for one in found)


WORDS = st.sampled_from(["Create", "item", "the", "Configuration", "of", "an", "organization", "x" * 20, "列", "(new)", "a.b"])
TEXTS = st.lists(WORDS, max_size=9).map(" ".join)
NODES = st.lists(
    st.tuples(TEXTS, TEXTS.map(lambda text: text.replace(" ", "/")), st.sampled_from(["get", "post"])), min_size=1, max_size=7
)


@settings(deadline=None)
@given(NODES, st.randoms(use_true_random=False))
def test_whatever_operations_are_called_names_are_valid_unique_and_without_order(make: Any, nodes: Any, random: Any) -> None:
    listed = [(f"/{method}/{index}/{'deep/' * index}", method, s, i) for index, (s, i, method) in enumerate(nodes)]

    def described(order: Any) -> Any:
        return make.document({path: {m: make.operation(s, operationId=i)} for path, m, s, i in order})

    found = names(make, described(listed))
    shuffled = random.sample(listed, len(listed))
    assert names(make, described(shuffled)) == found
    assert slugs(make, described(shuffled)) == slugs(make, described(listed))
    assert all(SLUG.fullmatch(slug) for slug in slugs(make, described(listed)).values())


def test_a_name_that_is_two_operations_says_which(open_catalog: Open, make: Any) -> None:
    catalog = open_catalog({"toys": api(make, books=BOOKS, films=FILMS)})
    with pytest.raises(ActionNotFound, match=r"several operations of toys share this name\. Did you mean") as caught:
        catalog.action("toys_create_item")
    assert caught.value.suggestions == ("TOYS_BOOKS_CREATE", "TOYS_FILMS_CREATE")


def test_a_declared_alias_decides_whose_a_shared_name_is(make: Any) -> None:
    doc = api(make, books=BOOKS, films=FILMS)
    found = names(make, doc, aliases={"TOYS_CREATE_ITEM": "films_create"})
    assert found["TOYS_CREATE_ITEM"] == "/films"


def test_an_operation_id_that_several_have_is_no_reference(make: Any) -> None:
    doc = api(make, books={**BOOKS, "operationId": "create"}, films={**FILMS, "operationId": "create"})
    found = make.load(doc, aliases={"TOYS_NEW": "create", "TOYS_NEW_BOOK": "POST /books"})
    assert names(make, doc, aliases={"TOYS_NEW": "create", "TOYS_NEW_BOOK": "POST /books"}) == {
        "TOYS_POST_BOOKS": "/books",
        "TOYS_NEW_BOOK": "/books",
        "TOYS_POST_FILMS": "/films",
    }
    assert [w for i in found for w in i.warnings if "'create'" in w]


def test_a_query_and_a_mutation_of_one_name_both_say_which_they_are(make: Any) -> None:
    graphql = pytest.importorskip("graphql")
    from composio.catalog.importers.graphql import load as load_graphql

    text = "type Query { toy: Int, all: Int } type Mutation { toy: Int }"
    assert graphql.build_schema(text)
    found = list(load_graphql(text, make.definition(base_url="https://toys.test/graphql")))
    assert {i.key: i.action.slug for i in found} == {
        "query toy": "TOYS_TOY_QUERY",
        "query all": "TOYS_ALL",
        "mutation toy": "TOYS_TOY_MUTATION",
    }


# -- length ---------------------------------------------------------------------------------------------------------------

LONG = "Get the allowed actions and reusable workflows of each repository for an enterprise"


@pytest.mark.parametrize(
    ("node", "slug"),
    [
        ({"summary": "Delete a toy. " + LONG}, "TOYS_DELETE_A_TOY"),
        ({"summary": LONG}, "TOYS_GET_ALLOWED_ACTIONS_REUSABLE_WORKFLOWS_EACH_REPO_ENTERPRISE"),
        ({"summary": LONG, "operationId": "getAllowedActions"}, "TOYS_GET_ALLOWED_ACTIONS"),
        (
            {"summary": f"{LONG} {LONG}", "operationId": "list"},
            "TOYS_GET_ALLOWED_ACTIONS_REUSABLE_WORKFLOWS_EACH_REPO_ENTERPRISE",
        ),
        ({"summary": "Note: " + "unlikely " * 9, "operationId": "listToys"}, "TOYS_LIST_TOYS"),
        (
            {"operationId": "createToysToyBoxesBoxLidsLidColoursColourShadesShadeDefault"},
            "TOYS_CREATE_TOY_BOXES_LIDS_COLOURS_SHADES_DEFAULT",
        ),
        ({"summary": "z" * 70}, "TOYS_POST_A"),
    ],
)
def test_a_long_name_is_shortened_so_that_people_can_read_it(make: Any, node: Any, slug: str) -> None:
    action = make.one(make.operation(**node), path="/a").action
    assert action.slug == slug
    text = node.get("summary") or node["operationId"]
    # The long form, and what a name over 64 characters was until now.
    assert set(action_slug("toys", text)) <= action.names


def test_a_hash_is_the_last_resort(make: Any) -> None:
    words = "".join(chr(ord("a") + n) * 9 + "-" for n in range(8))
    [first, second] = make.load(make.document({f"/{words}{n}/{{x}}": {"get": make.operation()} for n in ("", "/")}))
    assert len({first.action.slug, second.action.slug}) == 2
    assert all(len(i.action.slug) <= SLUG_LIMIT for i in (first, second))


def test_a_short_form_is_never_what_another_one_is_known_by(make: Any) -> None:
    shortened = {"summary": "Delete a toy. Or so it seems to those who read further than what is a headline"}
    doc = api(make, a=shortened, b={"summary": "Remove it", "operationId": "deleteAToy"}, c={"summary": "Delete toy"})
    found = names(make, doc)
    assert found["TOYS_DELETE_A_TOY"] == "/b"
    assert slugs(make, doc)["/a"] == "TOYS_POST_A"


def test_googles_ids_go_without_what_each_of_them_begins_with(make: Any) -> None:
    deep = "vision.projects.locations.featureOnlineStores.featureViews.operations"
    doc = api(make, a={"operationId": f"{deep}.list"}, b={"operationId": f"{deep}.get"})
    assert set(slugs(make, doc).values()) == {
        "TOYS_FEATURE_ONLINE_STORES_FEATURE_VIEWS_OPERATIONS_LIST",
        "TOYS_FEATURE_ONLINE_STORES_FEATURE_VIEWS_OPERATIONS_GET",
    }


# -- for good -------------------------------------------------------------------------------------------------------------


class Changing:
    """An app whose description changes between updates of one catalog."""

    def __init__(self, open_catalog: Open, make: Any, tmp_path: Path) -> None:
        self._open, self._make, self._file = open_catalog, make, tmp_path / "specs" / "toys.json"
        self.catalog: Catalog | None = None

    def __call__(self, **paths: Mapping[str, Any]) -> Catalog:
        return self.document(api(self._make, **paths))

    def document(self, doc: Any, more: Mapping[str, Any] | None = None) -> Catalog:
        if self.catalog is None or more is not None:
            self.catalog = self._open({"toys": doc}, {"toys": more or {}})
            self.catalog.tags("toys")
        else:
            self._file.write_text(json.dumps(doc))
            self.catalog.update(["toys"])
        return self.catalog

    def path(self, name: str) -> str:
        assert self.catalog is not None
        binding = self.catalog.action(name).binding
        assert isinstance(binding, HttpBinding)
        return binding.path


@pytest.fixture
def toys(open_catalog: Open, make: Any, tmp_path: Path) -> Changing:
    return Changing(open_catalog, make, tmp_path)


def test_a_new_order_changes_no_name(toys: Changing) -> None:
    toys(books=BOOKS, films=FILMS, shops={"summary": "Create shop"})
    before = {name: toys.path(name) for name in ("TOYS_BOOKS_CREATE", "TOYS_FILMS_CREATE", "TOYS_CREATE_SHOP")}
    toys(shops={"summary": "Create shop"}, films=FILMS, books=BOOKS)
    assert {name: toys.path(name) for name in before} == before


def test_a_name_keeps_its_operation_where_another_one_comes_to_share_it(toys: Changing) -> None:
    toys(books=BOOKS)
    assert toys.path("TOYS_CREATE_ITEM") == "/books"
    catalog = toys(films=FILMS, books=BOOKS)
    assert toys.path("TOYS_CREATE_ITEM") == "/books"
    assert catalog.action("TOYS_CREATE_ITEM").slug == "TOYS_BOOKS_CREATE"
    assert "TOYS_CREATE_ITEM" in catalog.action("TOYS_CREATE_ITEM").aliases
    assert toys.path("TOYS_FILMS_CREATE") == "/films"
    toys(films=FILMS)
    with pytest.raises(ActionNotFound, match=r"until the update of \d{4}-\d\d-\d\d, which no longer has POST /books\. Did"):
        toys.path("TOYS_CREATE_ITEM")
    assert toys.path("TOYS_FILMS_CREATE") == "/films"


def test_a_name_whose_operation_has_gone_is_unknown_and_comes_back_with_it(toys: Changing) -> None:
    toys(books=BOOKS)
    catalog = toys(films=BOOKS)
    for gone in ("TOYS_CREATE_ITEM", "TOYS_BOOKS_CREATE"):
        with pytest.raises(ActionNotFound, match=f"{gone}': it was an action of toys until the update of"):
            catalog.action(gone)
    toys(films=BOOKS)  # the same again: a name stays gone
    with pytest.raises(ActionNotFound, match="POST /books"):
        toys.path("TOYS_CREATE_ITEM")
    toys(films=BOOKS, books=BOOKS)
    assert toys.path("TOYS_CREATE_ITEM") == "/books"
    assert toys.path("TOYS_POST_FILMS") == "/films"


def test_operation_ids_that_change_places_change_no_name(toys: Changing) -> None:
    create, create_1 = {"operationId": "create"}, {"operationId": "create_1"}
    toys(books=create, films=create_1)
    toys(films=create, books=create_1)
    assert (toys.path("TOYS_CREATE"), toys.path("TOYS_CREATE_1")) == ("/books", "/films")
    toys(films=create)
    assert toys.path("TOYS_CREATE_1") == "/films"
    with pytest.raises(ActionNotFound, match="POST /books"):
        toys.path("TOYS_CREATE")


def test_a_new_summary_leaves_the_old_name(toys: Changing) -> None:
    toys(books=BOOKS)
    catalog = toys(books={**BOOKS, "summary": "Add a book"})
    assert catalog.action("TOYS_CREATE_ITEM").slug == "TOYS_ADD_A_BOOK"


def test_an_operation_is_the_same_under_another_parameters_name_and_in_another_version(toys: Changing, make: Any) -> None:
    def described(path: str) -> Any:
        return make.document({path: {"get": make.operation("Get a toy")}, "/v1/x": {"get": make.operation("Get an x")}})

    toys.document(described("/v1beta1/toys/{id}"))
    toys.document(described("/v1beta1/toys/{toy}"))
    assert toys.path("TOYS_GET_A_TOY") == "/v1beta1/toys/{toy}"
    toys.document(described("/v1/toys/{toy}"))
    assert toys.path("TOYS_GET_A_TOY") == "/v1/toys/{toy}"
    both = described("/v2/toys/{toy}")
    both["paths"]["/v3/toys/{toy}"] = {"get": make.operation("Get the toy")}
    toys.document(both)  # nobody knows which of them it is
    with pytest.raises(ActionNotFound, match="no longer has GET /v1/toys"):
        toys.path("TOYS_GET_A_TOY")


def test_a_declaration_is_stronger_than_the_record(toys: Changing, make: Any) -> None:
    doc = api(make, books=BOOKS, films=FILMS)
    toys.document(doc, {"aliases": {"TOYS_NEW": "books_create"}})
    toys.document(doc, {"aliases": {"TOYS_NEW": "films_create"}})
    assert toys.path("TOYS_NEW") == "/films"
    toys.document(doc, {})
    assert toys.path("TOYS_NEW") == "/films"


def test_a_name_of_another_app_stays_that_apps(open_catalog: Open, make: Any, tmp_path: Path) -> None:
    catalog = open_catalog({"toys": api(make, a={"summary": "Shop open"})})
    assert catalog.action("TOYS_SHOP_OPEN").app == "toys"
    file = tmp_path / "shop.json"
    file.write_text(json.dumps(api(make, b={"summary": "Open", "operationId": "openIt"})))
    catalog.add("toys_shop", str(file))
    assert catalog.action("TOYS_SHOP_OPEN").app == "toys"
    assert catalog.action("TOYS_SHOP_OPEN_IT").app == "toys_shop"


def test_adding_again_keeps_the_record_and_removing_forgets_it(open_catalog: Open, make: Any, tmp_path: Path) -> None:
    catalog = open_catalog({})
    file = tmp_path / "pets.json"

    def add(**paths: Any) -> None:
        file.write_text(json.dumps(api(make, **paths)))
        catalog.add("pets", str(file))

    add(books=BOOKS)
    add(films=BOOKS)
    with pytest.raises(ActionNotFound, match="POST /books"):
        catalog.action("PETS_CREATE_ITEM")
    catalog.remove("pets")
    add(films=BOOKS)
    assert catalog.action("PETS_CREATE_ITEM").slug == "PETS_CREATE_ITEM"


def test_an_apps_function_keeps_its_names_and_takes_its_operations(open_catalog: Open, make: Any) -> None:
    from composio.model.action import ActionModel, FunctionBinding

    def function(slug: str) -> ActionModel:
        return ActionModel(slug=slug, app="toys", binding=FunctionBinding("own.module:play"))

    def opened(*actions: ActionModel) -> Catalog:
        more = {"toys": {"actions": "own.module", "defaults": {"round": len(rounds)}}}  # compiled anew each time
        rounds.append(1)
        return open_catalog({"toys": api(make, books=BOOKS)}, more, function_actions=lambda _: list(actions))

    rounds: list[int] = []
    assert isinstance(opened(function("TOYS_CREATE_ITEM")).action("TOYS_CREATE_ITEM").binding, FunctionBinding)
    again = opened(function("TOYS_CREATE_ITEM"))
    assert [a.slug for a in again.select(apps=["toys"], everything=True)] == ["TOYS_CREATE_ITEM"]
    renamed = opened(function("TOYS_PLAY"))
    assert renamed.action("TOYS_CREATE_ITEM").slug == "TOYS_PLAY"
    gone = opened()
    with pytest.raises(ActionNotFound, match=r"which no longer has function own\.module:play"):
        gone.action("TOYS_PLAY")


def test_an_importer_that_knows_no_record_loses_no_names(make: Any) -> None:
    # What other distributions' readers yield has neither a key nor ambiguous names.
    imported = next(iter(load(api(make, books=BOOKS), make.definition())))
    assert (imported.key, imported.ambiguous) == ("POST /books", ())  # type: ignore[union-attr]
