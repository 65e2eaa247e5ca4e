"""Names, selections, tags and sentences over compiled apps."""

from __future__ import annotations

import json
import os
import pickle
import threading
from collections.abc import Callable, Iterable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from composio.catalog.catalog import Catalog
from composio.catalog.definition import AppDefinition, SpecSource
from composio.errors import ActionNotFound, AppNotFound, InvalidRequest, NothingFound, SourceUnavailable, SpecError, TagNotFound
from composio.model.action import ActionModel, FunctionBinding, JsonSchema
from composio.model.app import AppModel, Provenance
from composio.model.names import Action, App, Tag

Open = Callable[..., Catalog]


@pytest.fixture
def toys(make: Any) -> dict[str, Any]:
    toy = {"type": "object", "properties": {"name": {"type": "string"}, "next": {"$ref": "#/components/schemas/Toy"}}}
    answer = {
        "200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Toy"}, "example": {"name": "Bär"}}}}
    }
    paths = {
        "/toys": {
            "get": make.operation("List toys", operationId="toys/list", tags=["Toys"], responses=answer),
            "post": make.operation(
                "Create a toy", tags=["Toys"], requestBody=make.body({"properties": {"name": {"type": "string"}}})
            ),
        },
        "/boxes": {"get": make.operation("List boxes", tags=["big boxes"], description="Shows the containers.")},
        "/boxes/{id}": {"delete": make.operation("Delete a box", tags=["big boxes"], deprecated=True)},
    }
    return dict(make.document(paths, components={"schemas": {"Toy": toy}}))


@pytest.fixture
def tools(make: Any) -> dict[str, Any]:
    return dict(make.document({"/hammers": {"get": make.operation("List hammers", tags=["Tools"])}}))


# -- names ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["TOYS_LIST_TOYS", "toys_list_toys", " Toys_List_Toys ", "TOYS_TOYS_LIST", Action("toys_list_toys")]
)
def test_an_action_resolves_by_slug_and_alias_in_any_case(open_catalog: Open, toys: Any, name: str) -> None:
    action = open_catalog({"toys": toys}).action(name)
    assert (action.slug, action.app, action.tags) == ("TOYS_LIST_TOYS", "toys", ("Toys",))


def test_what_was_read_back_is_what_was_compiled(open_catalog: Open, toys: Any, make: Any) -> None:
    defaults = {"name": "Bär"}
    catalog = open_catalog({"toys": toys}, {"toys": {"defaults": defaults}})
    for imported in make.load(toys, defaults=defaults):
        found = catalog.action(imported.action.slug)
        assert found.validation == imported.action.validation
        assert found.parameters == imported.action.parameters
        assert found.binding == imported.action.binding
        assert found.aliases == imported.action.aliases
        assert found.description == imported.action.description


def test_the_app_with_the_longest_key_owns_a_name(open_catalog: Open, make: Any) -> None:
    drive = make.document({"/f": {"get": make.operation("List files")}})
    plain = make.document({"/d": {"get": make.operation("Drive list files")}, "/m": {"get": make.operation("Drive maps")}})
    catalog = open_catalog({"google": plain, "google_drive": drive})
    assert catalog.action("GOOGLE_DRIVE_LIST_FILES").app == "google_drive"
    assert catalog.action("GOOGLE_DRIVE_MAPS").app == "google"


def test_only_the_app_that_is_asked_for_is_compiled(open_catalog: Open, toys: Any) -> None:
    catalog = open_catalog({"toys": toys, "broken": {"openapi": "3.0.0"}})
    catalog.action("TOYS_LIST_TOYS")
    assert [(a.key, a.compiled, a.actions, a.important) for a in catalog.apps()] == [
        ("broken", False, 0, 0),
        ("toys", True, 4, 3),
    ]
    with pytest.raises(SpecError, match="broken"):
        catalog.action("BROKEN_X")


def test_the_state_changes_with_what_is_compiled_and_with_nothing_else(open_catalog: Open, toys: Any) -> None:
    first = open_catalog({"toys": toys, "more": toys})
    empty = first.state()
    first.select(apps=["toys"], everything=True)
    one = first.state()
    again = open_catalog({"toys": toys, "more": toys})
    assert again.state() == one
    again.select(apps=["more"], everything=True)
    assert len({empty, one, first.state()}) == 3
    assert first.state() == again.state()


def test_a_walk_gives_every_action_and_keeps_none(open_catalog: Open, toys: Any) -> None:
    catalog = open_catalog({"toys": toys})
    walked = list(catalog.walk("toys"))
    assert not catalog._read._actions
    assert walked == catalog.select(apps=["toys"], everything=True)


def test_an_unknown_action_names_the_nearest_ones(open_catalog: Open, toys: Any) -> None:
    catalog = open_catalog({"toys": toys})
    with pytest.raises(ActionNotFound) as caught:
        catalog.action("TOYS_LIST_TOIS")
    assert caught.value.suggestions[0] == "TOYS_LIST_TOYS"
    assert len(caught.value.suggestions) == 3
    assert "composio actions" in str(caught.value)


def test_a_name_of_no_app_compiles_nothing(open_catalog: Open, toys: Any) -> None:
    catalog = open_catalog({"toys": toys})
    for name in ("NOBODY_DOES", "", "%", "TOYS"):
        with pytest.raises(ActionNotFound):
            catalog.action(name)
    assert not catalog.app("toys").compiled


def test_an_unknown_app_names_the_nearest_ones(open_catalog: Open, toys: Any) -> None:
    with pytest.raises(AppNotFound) as caught:
        open_catalog({"toys": toys}).app("tois")
    assert caught.value.suggestions == ("toys",)


def test_an_app_is_found_in_any_spelling(open_catalog: Open, make: Any) -> None:
    catalog = open_catalog({"google_drive": make.document({"/f": {"get": make.operation("List files")}})})
    for name in ("GOOGLE_DRIVE", "google-drive", "Google Drive", "GOOGLEDRIVE", "googleDrive", App("google_drive")):
        assert catalog.app(name).key == "google_drive"


def test_an_app_says_where_its_description_came_from(open_catalog: Open, toys: Any) -> None:
    catalog = open_catalog({"toys": toys})
    assert catalog.app("toys").provenance == Provenance()
    catalog.tags("toys")
    assert len(catalog.app("toys").provenance.sha256) == 64
    assert catalog.app("toys").provenance.source


# -- selections -----------------------------------------------------------------------------------------------------------


def slugs(actions: Iterable[ActionModel]) -> list[str]:
    return [a.slug for a in actions]


def test_an_app_alone_gives_its_important_actions(open_catalog: Open, toys: Any) -> None:
    catalog = open_catalog({"toys": toys}, {"toys": {"important": ("toys/list",)}})
    assert slugs(catalog.select(apps=["toys"])) == ["TOYS_LIST_TOYS"]
    assert len(catalog.select(apps=["TOYS"], everything=True)) == 4


def test_names_come_first_in_their_order_and_the_limit_cuts_what_apps_gave(open_catalog: Open, toys: Any, tools: Any) -> None:
    catalog = open_catalog({"toys": toys, "tools": tools})
    found = catalog.select(names=["TOOLS_LIST_HAMMERS", "TOYS_CREATE_A_TOY"], apps=["toys", "tools"], limit=2)
    assert slugs(found) == ["TOOLS_LIST_HAMMERS", "TOYS_CREATE_A_TOY", "TOYS_LIST_TOYS"]
    assert catalog.select(apps=["toys"], limit=0) == []
    assert catalog.select() == []


def test_tags_are_exact_and_one_of_them_is_enough(open_catalog: Open, toys: Any) -> None:
    catalog = open_catalog({"toys": toys})
    assert slugs(catalog.select(apps=["toys"], tags=["Toys"])) == ["TOYS_LIST_TOYS", "TOYS_CREATE_A_TOY"]
    assert len(catalog.select(apps=["toys"], tags=["Toys", "big boxes"])) == 4
    assert catalog.tags("toys") == ["Toys", "big boxes"]


@pytest.mark.parametrize("tag", [Tag.TOYS, Tag("Toys"), "Toys"])
def test_a_tag_by_attribute_matches_any_spelling(open_catalog: Open, toys: Any, tag: str) -> None:
    assert len(open_catalog({"toys": toys}).select(apps=["toys"], tags=[tag])) == 2


def test_a_tag_of_two_words_by_attribute(open_catalog: Open, toys: Any) -> None:
    assert len(open_catalog({"toys": toys}).select(apps=["toys"], tags=[Tag.BIG_BOXES])) == 2


@pytest.mark.parametrize("tag", [Tag.IMPORTANT, "important"])
def test_important_is_a_tag_that_every_app_has(open_catalog: Open, toys: Any, tag: str) -> None:
    catalog = open_catalog({"toys": toys}, {"toys": {"important": ("toys/list",)}})
    assert slugs(catalog.select(apps=["toys"], tags=[tag])) == ["TOYS_LIST_TOYS"]


@pytest.mark.parametrize("tag", ["toys", "Toy", Tag.TOY])
def test_an_unknown_tag_names_the_nearest_ones(open_catalog: Open, toys: Any, tag: str) -> None:
    with pytest.raises(TagNotFound) as caught:
        open_catalog({"toys": toys}).select(apps=["toys"], tags=[tag])
    assert caught.value.suggestions[0] == "Toys"


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        ({"apps": ["SQLTOOL"]}, "SQLTOOL was v0.7's: .*pip install opencomposio-localtools"),
        ({"apps": [App.CODEINTERPRETER]}, "CODEINTERPRETER was v0.7's: .*LocalTools"),
        ({"names": ["FILETOOL_CREATE_FILE"]}, "FILETOOL was v0.7's: .*LocalTools"),
        ({"apps": ["RAGTOOL"]}, "RAGTOOL was v0.7's: take your framework's retrieval"),
        ({"names": ["MATHEMATICAL_CALCULATOR"]}, "MATHEMATICAL was v0.7's: CODEINTERPRETER_EXECUTE_CODE"),
        ({"names": [Action.COMPOSIO_SEARCH_SEARCH]}, "COMPOSIO.* was v0.7's"),
    ],
)
def test_v0_7s_tools_of_its_own_are_named_with_what_to_write_instead(
    open_catalog: Open, toys: Any, ask: dict[str, Any], said: str
) -> None:
    with pytest.raises(NothingFound, match=said) as caught:
        open_catalog({"toys": toys}).select(**ask)
    assert "Did you mean" not in str(caught.value)


@pytest.mark.parametrize("tag", [Tag.TOYS_BIG_BOXES, "TOYS_BIG_BOXES", Tag("TOYS_BIG_BOXES")])
def test_a_tag_after_its_apps_name_selects_that_apps_actions_as_in_v0_7(
    open_catalog: Open, toys: Any, tools: Any, tag: str
) -> None:
    tools["paths"]["/hammers"]["get"]["tags"] = ["big boxes"]
    catalog = open_catalog({"toys": toys, "tools": tools})
    expected = slugs(catalog.select(apps=["toys"], tags=["big boxes"]))
    assert len(expected) == 2
    assert slugs(catalog.select(tags=[tag])) == slugs(catalog.select(apps=["toys", "tools"], tags=[tag])) == expected
    with pytest.raises(TagNotFound):
        catalog.select(apps=["tools"], tags=[tag])


@pytest.mark.parametrize(("tag", "count"), [(Tag.TOYS_IMPORTANT, 1), (Tag.DEFAULT, 2), (Tag.TOOLS_IMPORTANT, 1)])
def test_v0_7s_names_of_the_important_tag(open_catalog: Open, toys: Any, tools: Any, tag: str, count: int) -> None:
    important = {"toys": {"important": ("toys/list",)}, "tools": {"important": ("hammers/list",)}}
    tools["paths"]["/hammers"]["get"]["operationId"] = "hammers/list"
    catalog = open_catalog({"toys": toys, "tools": tools}, important)
    assert len(catalog.select(apps=["toys", "tools"], tags=[tag])) == count


def test_a_tag_without_its_app_compiled_compiles_it(open_catalog: Open, toys: Any, tools: Any) -> None:
    catalog = open_catalog({"toys": toys, "tools": tools})
    assert len(catalog.select(tags=["Tools"])) == 1
    assert len(catalog.select(tags=[Tag.TOYS_TOYS])) == 2


def test_tags_alone_look_through_every_compiled_app(open_catalog: Open, toys: Any, tools: Any) -> None:
    catalog = open_catalog({"toys": toys, "tools": tools})
    assert slugs(catalog.select(tags=["Tools"])) == ["TOOLS_LIST_HAMMERS"]


# -- sentences ------------------------------------------------------------------------------------------------------------


def test_a_sentence_finds_actions_by_stemmed_words(open_catalog: Open, toys: Any, tools: Any) -> None:
    catalog = open_catalog({"toys": toys, "tools": tools})
    assert catalog.search("please show me the listing of all hammers", ["tools", "toys"])[0] == "TOOLS_LIST_HAMMERS"
    assert catalog.search("container", ["toys"]) == ["TOYS_LIST_BOXES"]
    assert len(catalog.search("list delete create", ["toys"], limit=2)) == 2
    assert catalog.search("box", ["toys"])[-1] == "TOYS_DELETE_A_BOX"


@pytest.mark.parametrize(
    ("said", "first"),
    [
        ("get my username", "SHOP_GET_THE_AUTHENTICATED_USER"),
        ("open a PR", "SHOP_CREATE_A_PULL_REQUEST"),
        ("show users", "SHOP_LIST_USERS"),
        ("drop the user", "SHOP_DELETE_A_USER"),
        ("rename user", "SHOP_UPDATE_A_USER"),
        ("create user in sHop", "SHOP_CREATE_A_USER"),
    ],
)
def test_what_people_say_finds_what_apis_call_it(open_catalog: Open, make: Any, said: str, first: str) -> None:
    names = [
        "Get the authenticated user",
        "Create a pull request",
        "List users",
        "Create a user",
        "Delete a user",
        "Update a user",
    ]
    names += ["Create a review comment for a pull request", "List followers of a user", "Get a user"]
    catalog = open_catalog({"shop": make.document({f"/{i}": {"get": make.operation(n)} for i, n in enumerate(names)})})
    assert catalog.search(said, ["shop"])[0] == first


def test_channels_are_found_where_an_api_calls_them_conversations(open_catalog: Open, make: Any) -> None:
    names = ["admin_teams_settings_setDefaultChannels", "admin_usergroups_listChannels", "conversations_list", "chat_post"]
    catalog = open_catalog({"chat": make.document({f"/{n}": {"get": make.operation(n)} for n in names})})
    assert catalog.search("list channels", ["chat"])[0] == "CHAT_CONVERSATIONS_LIST"


def test_without_apps_what_is_compiled_or_named_is_searched(open_catalog: Open, toys: Any, tools: Any) -> None:
    catalog = open_catalog({"toys": toys, "tools": tools})
    assert catalog.search("list hammers with Tools") == ["TOOLS_LIST_HAMMERS"]
    assert not catalog.app("toys").compiled
    assert "TOYS_LIST_TOYS" in catalog.search("list toys")


@pytest.mark.parametrize(
    "text",
    [
        "a AND (b OR",
        "NEAR(",
        "col:x",
        "'; DROP TABLE apps; --",
        "x\x00",
        "the",
        "=read",
        "x" * 99_999,
        "トイを一覧する",
        "перечисли игрушки",
    ],
)
def test_no_sentence_is_a_syntax_error(open_catalog: Open, toys: Any, text: str) -> None:
    assert isinstance(open_catalog({"toys": toys}).search(text, ["toys"]), list)


# -- responses ------------------------------------------------------------------------------------------------------------


def test_responses_bring_the_definitions_that_they_need(open_catalog: Open, toys: Any) -> None:
    [answer] = open_catalog({"toys": toys}).responses("toys_list_toys")
    assert (answer.status, answer.media_type, answer.example) == (200, "application/json", {"name": "Bär"})
    assert answer.schema["$ref"] == "#/$defs/Toy"
    assert answer.schema["$defs"]["Toy"]["properties"]["next"] == {"$ref": "#/$defs/Toy"}


def test_the_response_schema_is_read_when_it_is_looked_at_and_then_a_plain_dict(open_catalog: Open, toys: Any) -> None:
    def fresh() -> JsonSchema:
        return open_catalog({"toys": toys}).action("TOYS_LIST_TOYS").response

    expected = {"name", "next"}
    assert set(fresh()["properties"]) == expected
    assert set(fresh().properties) == expected
    assert set(dict(fresh())["properties"]) == expected
    assert set({**fresh()}["properties"]) == expected
    assert set(json.loads(json.dumps(fresh()))["properties"]) == expected
    assert set(deepcopy(fresh())["properties"]) == expected
    assert set(pickle.loads(pickle.dumps(fresh()))["properties"]) == expected
    assert len(fresh()) > 0
    assert "properties" in fresh()
    assert fresh() == fresh()
    assert "$ref" not in str(fresh())
    assert set(open_catalog({"toys": toys}).action("TOYS_LIST_TOYS").model_dump()["response"]["properties"]) == expected
    assert open_catalog({"toys": toys}).action("TOYS_LIST_BOXES").response == {}


# -- Python actions -------------------------------------------------------------------------------------------------------


def test_an_apps_own_functions_are_actions_like_the_others(open_catalog: Open, toys: Any) -> None:
    def functions(definition: AppDefinition) -> list[ActionModel]:
        binding = FunctionBinding("toys.actions:wind_up", function=print, injected=("auth",))
        own = ActionModel(
            slug="TOYS_WIND_UP", app="toys", description="Wind a toy up", parameters=JsonSchema(type="object"), binding=binding
        )
        return [own, ActionModel(slug="TOYS_LIST_BOXES", app="toys", display_name="Better", binding=binding)]

    catalog = open_catalog({"toys": toys}, {"toys": {"actions": "toys.actions"}}, function_actions=functions)
    found = catalog.action("TOYS_WIND_UP")
    assert found.binding == FunctionBinding("toys.actions:wind_up", injected=("auth",))
    assert isinstance(found.binding, FunctionBinding)
    assert found.binding.function is None
    assert found.response == {}
    assert catalog.search("wind", ["toys"]) == ["TOYS_WIND_UP"]
    assert catalog.action("TOYS_LIST_BOXES").display_name == "Better"


def test_an_app_without_a_description_has_only_its_functions(open_catalog: Open) -> None:
    own = ActionModel(slug="TOYS_PLAY", app="toys", binding=FunctionBinding("m:f"))
    more = {"toys": {"spec": SpecSource(kind="none"), "actions": "m"}}
    catalog = open_catalog({"toys": {}}, more, function_actions=lambda _: [own])
    assert slugs(catalog.select(apps=["toys"], everything=True)) == ["TOYS_PLAY"]


# -- changes --------------------------------------------------------------------------------------------------------------


def test_a_changed_description_or_definition_is_compiled_again(open_catalog: Open, toys: Any, make: Any) -> None:
    assert open_catalog({"toys": toys}).app("toys").actions == 0
    assert len(open_catalog({"toys": toys}).select(apps=["toys"], everything=True)) == 4
    toys["paths"]["/balls"] = {"get": make.operation("List balls")}
    assert open_catalog({"toys": toys}).action("TOYS_LIST_BALLS").slug == "TOYS_LIST_BALLS"
    changed = open_catalog({"toys": toys}, {"toys": {"aliases": {"TOYS_BALLS": "TOYS_LIST_BALLS"}}})
    assert changed.action("TOYS_BALLS").slug == "TOYS_LIST_BALLS"


def test_an_unchanged_app_is_not_fetched_again(open_catalog: Open, toys: Any) -> None:
    open_catalog({"toys": toys}).tags("toys")

    def fetch(*args: Any, **more: Any) -> Any:
        raise AssertionError("fetched")

    catalog = open_catalog({"toys": toys}, fetch=fetch)
    assert catalog.action("TOYS_LIST_TOYS").slug
    assert catalog.app("toys").actions == 4


def test_files_with_another_time_and_the_same_contents_are_not_compiled_again(
    open_catalog: Open, toys: Any, tmp_path: Path
) -> None:
    open_catalog({"toys": toys}).tags("toys")
    os.utime(tmp_path / "specs" / "toys.json", (1, 1))
    again = open_catalog({"toys": toys}, fetch=lambda *_, **__: pytest.fail("fetched again"))
    assert again.tags("toys")


def test_when_a_changed_description_cannot_be_had_the_old_one_serves(
    open_catalog: Open, toys: Any, caplog: pytest.LogCaptureFixture
) -> None:
    open_catalog({"toys": toys}).tags("toys")

    def fetch(*args: Any, **more: Any) -> Any:
        raise SourceUnavailable("offline")

    catalog = open_catalog({"toys": toys}, {"toys": {"important": ("toys/list",)}}, fetch=fetch)
    assert catalog.action("TOYS_LIST_TOYS").slug
    assert "offline" in caplog.text
    with pytest.raises(SourceUnavailable):
        catalog.update(["toys"])


def test_update_reads_the_source_again_and_replaces_every_row(open_catalog: Open, toys: Any, tmp_path: Path) -> None:
    catalog = open_catalog({"toys": toys})
    old = catalog.action("TOYS_LIST_TOYS")
    del toys["paths"]["/boxes"]
    toys["paths"]["/toys"]["get"]["description"] = "Newer."
    (tmp_path / "specs" / "toys.json").write_text(json.dumps(toys))
    [app] = catalog.update()
    assert app.actions == 3
    assert catalog.action("TOYS_LIST_TOYS").description == "List toys. Newer."
    assert old.description == "List toys"
    with pytest.raises(ActionNotFound):
        catalog.action("TOYS_LIST_BOXES")
    assert catalog.search("container", ["toys"]) == []


def test_a_description_that_cannot_be_read_leaves_the_app_as_it_was(open_catalog: Open, toys: Any, tmp_path: Path) -> None:
    catalog = open_catalog({"toys": toys})
    assert catalog.action("TOYS_LIST_TOYS").slug
    (tmp_path / "specs" / "toys.json").write_text('{"openapi": "3.0.0",')
    with pytest.raises(SpecError, match="line 1"):
        catalog.update(["toys"])
    assert catalog.action("TOYS_LIST_TOYS").slug


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "empty"),
        ("[1]", "list, not an object"),
        ("a: [", "YAML"),
        ("just text", "text, not an object.*Expected one of these, as JSON or YAML: OpenAPI 3.0 and 3.1, Swagger 2.0"),
        ('{"swagger": "1.2"}', "swagger: 1.2.*Swagger 1 was given up"),
        ('{"swaggerVersion": "1.2"}', "swaggerVersion: 1.2.*Swagger 1 was given up"),
        ('{"swagger": "3.0"}', "Did you mean `openapi: 3.0`"),
        ('{"openapi": "2.0"}', "Did you mean `swagger: .2.0.`"),
        ('{"openapi": "4.0.0"}', "openapi: 4.0.0.*Did you mean `openapi: 3.1.0`"),
        ('{"opnapi": "3.1.0", "paths": {}}', "with opnapi, paths.*did you mean 'openapi'"),
        ('{"asyncapi": "3.0.0"}', r"asyncapi: 3.0.0\)"),
        ('{"a": 1}', r"an object with a\)"),
    ],
)
def test_what_no_importer_reads_says_what_it_was(
    open_catalog: Open, toys: Any, tmp_path: Path, text: str, problem: str
) -> None:
    catalog = open_catalog({"toys": toys})
    (tmp_path / "specs" / "toys.json").write_text(text)
    with pytest.raises(SpecError, match=problem):
        catalog.tags("toys")


def test_threads_share_a_catalog(open_catalog: Open, toys: Any) -> None:
    catalog = open_catalog({"toys": toys})
    found: list[Any] = []

    def work() -> None:
        for _ in range(20):
            found.append(catalog.action("TOYS_LIST_TOYS").slug)
            found.append(len(catalog.select(apps=["toys"], everything=True)))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(found) == {"TOYS_LIST_TOYS", 4}
    assert len(found) == 320


def test_a_closed_catalog_opens_again(open_catalog: Open, toys: Any) -> None:
    catalog = open_catalog({"toys": toys})
    first = catalog.action("TOYS_LIST_TOYS")
    catalog.close()
    assert catalog.action("TOYS_LIST_TOYS") == first
    assert isinstance(catalog.apps()[0], AppModel)


def test_warnings_of_a_description_are_kept(open_catalog: Open, make: Any) -> None:
    node = make.operation("Do", requestBody=make.body({"properties": {"a": {"$ref": "#/gone"}}}))
    [warning] = open_catalog({"toys": make.document({"/a": {"post": node}})}).warnings("toys")
    assert "#/gone" in warning


def test_built_in_apps_cannot_be_removed(open_catalog: Open, toys: Any) -> None:
    with pytest.raises(InvalidRequest, match="built-in"):
        open_catalog({"toys": toys}).remove("toys")


def test_letters_that_two_apps_share_name_neither(open_catalog: Open, toys: Any) -> None:
    catalog = open_catalog({"my_toys": toys, "mytoys": toys})
    assert catalog.app("MY_TOYS").key == "my_toys"
    with pytest.raises(AppNotFound):
        catalog.app("m_y_toys")
