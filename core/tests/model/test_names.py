"""What v0.7's names knew of themselves is looked up when it is read, with the backend that the program opened last."""

from __future__ import annotations

import gc
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from composio import Action, App, Composio, ComposioToolSet, Tag, Trigger, action
from composio.embedded import EmbeddedBackend
from composio.errors import ActionNotFound, AppNotFound, NotAvailable, TriggerNotFound
from composio.former import directory

Little = Any  # the fixture's class lives in conftest.py, which tests can't import


@pytest.fixture(autouse=True)
def toolset(little: Little) -> Iterator[ComposioToolSet[Any]]:
    yield ComposioToolSet(backend=little)
    gc.collect()


def test_an_action_knows_its_app_tags_and_version() -> None:
    issues = Action.GITHUB_LIST_ISSUES
    assert (issues.app, issues.tags, issues.version, issues.available_versions) == ("GITHUB", ["Issues"], "", [])
    assert (issues.is_local, issues.is_runtime, issues.is_version_set) == (False, False, False)
    assert issues.load().slug == issues
    with pytest.raises(ActionNotFound, match="GITHUB_LIST_ISSUES"):
        _ = Action.GITHUB_LIST_ISUES.app


def test_an_action_knows_whether_it_needs_credentials_and_is_ones_own(own_functions: None) -> None:
    @action
    def add_up(a: int, b: int) -> int:
        return a + b

    @action(toolname="mine")
    def ask(a: str, execute_request: Any) -> str:
        return a

    assert Action("ADD_UP").is_local
    assert Action("ADD_UP").no_auth
    assert not Action("MINE_ASK").no_auth
    assert Action.SLACK_SEND.no_auth, "an app without auth schemes"


@pytest.mark.parametrize("name", ["cache", "cache_folder", "fetch_and_cache", "load_from_runtime", "storage"])
def test_there_are_no_files_of_names(name: str) -> None:
    for cls in (Action, App, Tag, Trigger):
        with pytest.raises(NotAvailable, match="looked up in the catalog"):
            getattr(cls, name)
        assert not hasattr(cls, name)


def test_versions_are_the_installed_ones() -> None:
    assert Action.SLACK_SEND.latest() == Action.SLACK_SEND.latest_base() == Action.SLACK_SEND @ "latest" == "SLACK_SEND"
    asks: list[Callable[[], object]] = [lambda: Action.SLACK_SEND @ "1_0", lambda: Action.SLACK_SEND.with_version("1.0")]
    for ask in asks:
        with pytest.raises(NotAvailable, match="pin that"):
            ask()


def test_names_can_be_listed(little: Little) -> None:
    assert {str(one) for one in Action} == {one.slug for one in little.known} == set(Action.iter())
    assert all(isinstance(one, Action) for one in Action.all())
    assert list(App.all()) == [App.GITHUB, App.SLACK] == list(App)
    assert list(Tag) == ["Issues", "chat", "users"]
    assert Action.SLACK_SEND in list(Action)


def test_an_app_gives_its_actions() -> None:
    assert list(App.GITHUB.get_actions()) == ["GITHUB_GET_USER", "GITHUB_LIST_ISSUES", "GITHUB_DELETE_ALL"]
    assert list(App("github").get_actions(tags=["Issues"])) == [Action.GITHUB_LIST_ISSUES]
    assert not App.GITHUB.is_local
    with pytest.raises(AppNotFound):
        _ = App.NOTHING.is_local


def test_a_tag_knows_its_app() -> None:
    assert Tag("Issues").app == "github"


def test_triggers_are_listed_and_know_their_app() -> None:
    with Composio(backend=EmbeddedBackend(environ={})) as client:
        listed = list(Trigger)
        assert listed == list(Trigger.all()) == list(Trigger.iter()) == [one.slug for one in client.triggers.get()]
        assert Trigger.SCHEDULE_TRIGGER in listed
        assert Trigger.RSS_NEW_ITEM_TRIGGER.app == "RSS"
        assert Trigger("rss_new_item_trigger").load().slug == "RSS_NEW_ITEM_TRIGGER"
        with pytest.raises(TriggerNotFound, match="RSS_NEW_ITEM_TRIGGER"):
            _ = Trigger.RSS_NEW_ITEM.app


def test_the_newest_backend_is_asked_and_forgotten_with_its_toolset(little: Little) -> None:
    before = directory.newest_client()
    other = Composio(backend=little)
    assert directory.newest_client() is other is Composio.get_latest()
    del other
    gc.collect()
    assert directory.newest_client() is before


def test_without_a_toolset_the_embedded_backend_is_asked() -> None:
    code = (
        "from composio import Action, App; print(App.HACKERNEWS.name, Action.HACKERNEWS_GET_USER.app, len(list(App)) > 3);"
        "print('GITHUB' in App.iter())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120)
    assert done.stdout.split() == ["HACKERNEWS", "HACKERNEWS", "True", "True"], done.stderr
    assert done.stderr == ""
