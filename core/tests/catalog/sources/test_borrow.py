"""``actions_from``: an app with another one's actions, under its own name and credentials."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from composio.catalog.catalog import Catalog
from composio.catalog.sources.borrow import with_actions
from composio.catalog.sources.integration import load_integration
from composio.errors import IntegrationFileError
from composio.model.action import HttpBinding


@pytest.fixture
def both(open_catalog: Callable[..., Catalog], make: Any) -> Callable[..., Catalog]:
    """``toys``, ``tools`` and ``bots``, which has the actions of the others."""

    def build(*names: str, **more: Any) -> Catalog:
        toys = make.document({"/a": {"get": make.operation("List things", operationId="a-list")}})
        tools = make.document({"/b": {"get": make.operation("List tools")}, "/a": {"get": make.operation("Others")}})
        own = {
            "toys": {
                "base_url": "https://toys.test",
                "aliases": {"TOYS_MINE": "a-list"},
                "important": ("TOYS_LIST_THINGS",),
                "hide": ("q",),
            },
            "tools": {
                "base_url": "https://tools.test",
                "aliases": {"TOOLS_MINE": "GET /b", "TOOLS_ALL": "GET /b"},
                "important": ("GET /b",),
            },
            "bots": {"actions_from": names, "spec": replace(make.definition().spec, kind="none"), **more},
        }
        return open_catalog({"toys": toys, "tools": tools, "bots": {}}, own)

    return build


def slugs(catalog: Catalog, *, everything: bool = True) -> set[str]:
    return {action.slug for action in catalog.select(apps=["bots"], everything=everything)}


def server(catalog: Catalog, name: str) -> str:
    binding = catalog.action(name).binding
    assert isinstance(binding, HttpBinding)
    return binding.servers[0].url


def test_an_app_has_another_one_s_actions_under_its_own_name(both: Callable[..., Catalog]) -> None:
    catalog = both("toys")
    assert slugs(catalog) == {"BOTS_LIST_THINGS"}
    assert catalog.action("BOTS_LIST_THINGS").app == "bots"
    assert catalog.action("BOTS_MINE").slug == "BOTS_LIST_THINGS"
    assert slugs(catalog, everything=False) == {"BOTS_LIST_THINGS"}
    assert server(catalog, "BOTS_LIST_THINGS") == "https://toys.test"
    assert catalog.action("TOYS_LIST_THINGS").app == "toys"
    assert catalog.warnings("bots") == []


def test_an_app_has_the_actions_of_several_each_at_its_own_server(both: Callable[..., Catalog]) -> None:
    catalog = both("toys", "tools")
    assert slugs(catalog) == {"BOTS_LIST_THINGS", "BOTS_LIST_TOOLS", "BOTS_OTHERS"}
    assert server(catalog, "BOTS_LIST_THINGS") == "https://toys.test"
    assert server(catalog, "BOTS_OTHERS") == "https://tools.test"
    assert catalog.action("BOTS_MINE").slug == "BOTS_LIST_THINGS"  # the first that has the name
    assert catalog.action("BOTS_ALL").slug == "BOTS_LIST_TOOLS"


def test_what_the_file_says_itself_counts_first(both: Callable[..., Catalog]) -> None:
    catalog = both("toys", "tools", aliases={"BOTS_MINE": "GET /b"}, important=("BOTS_OTHERS",), base_url="https://bots.test")
    assert catalog.action("BOTS_MINE").slug == "BOTS_LIST_TOOLS"
    assert slugs(catalog, everything=False) == {"BOTS_OTHERS"}


@pytest.mark.parametrize(
    ("names", "problem"), [(("toyz",), "no app is called 'toyz'. Did you mean 'toys'?"), (("bots",), "leads back to 'bots'")]
)
def test_a_name_that_can_t_be_breaks_that_app_alone(both: Callable[..., Catalog], names: tuple[str, ...], problem: str) -> None:
    catalog = both(*names)
    assert problem in str(catalog.broken()["bots"])
    with pytest.raises(IntegrationFileError):
        catalog.app("bots")
    assert catalog.action("TOYS_LIST_THINGS").app == "toys"


def test_apps_that_name_each_other_are_both_wrong(make: Any) -> None:
    one, two = (make.definition(a, actions_from=(b,)) for a, b in (("one", "two"), ("two", "one")))
    found, broken = with_actions({"one": one, "two": two})
    assert (found, set(broken)) == ({}, {"one", "two"})


def test_a_description_in_a_file_is_found_from_the_other_folder(make: Any, tmp_path: Path) -> None:
    toys = make.definition("toys", tmp_path / "toys")
    bots = make.definition("bots", tmp_path / "bots", actions_from=("toys",), spec=replace(toys.spec, kind="none"))
    found, _ = with_actions({"toys": toys, "bots": bots})
    assert found["bots"].folder / found["bots"].spec.path == tmp_path / "toys" / "toys.json"


def test_a_part_of_a_description_that_another_has_whole_is_read_once(make: Any) -> None:
    """Gmail has some of Google Contacts' operations; whoever has both apps' actions has each once."""
    toys = make.definition("toys")
    shared = replace(toys.spec, kind="pip", package="apis", version="1", path="people.json")
    mail = replace(toys, app=replace(toys.app, key="mail"), spec=toys.spec, further=(replace(shared, include=("a-list",)),))
    people = replace(toys, app=replace(toys.app, key="people"), spec=shared)
    both = make.definition("both", actions_from=("mail", "people"), spec=replace(toys.spec, kind="none"))
    found, _ = with_actions({"mail": mail, "people": people, "both": both})
    assert [(spec.package, spec.include) for spec in found["both"].specs] == [("", ()), ("apis", ())]
    assert [spec.include for spec in found["mail"].specs] == [(), ("a-list",)]


@pytest.mark.parametrize(("written", "names"), [("toys", ("toys",)), ("[toys, tools]", ("toys", "tools"))])
def test_the_file_names_one_or_several(tmp_path: Path, written: str, names: tuple[str, ...]) -> None:
    (tmp_path / "integration.yaml").write_text(f"name: Bots\nunique_key: bots\nactions_from: {written}\n")
    assert load_integration(tmp_path).actions_from == names
