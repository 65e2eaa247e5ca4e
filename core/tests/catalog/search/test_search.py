"""Search over small descriptions: what the index reads, what narrows it, whose ids are found first, bad input."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from composio.catalog.apps import KnownApps
from composio.catalog.catalog import Catalog
from composio.catalog.compiled import CompiledApps
from composio.catalog.search.index import kept, unpacked, within
from composio.catalog.search.rank import Question, has_value
from composio.catalog.search.steps import split_steps
from composio.errors import ActionNotFound, AppNotFound, InvalidRequest

Open = Callable[..., Catalog]


@pytest.fixture
def music(make: Any) -> Any:
    def of(summary: str, *names: str, **more: Any) -> Any:
        parameters = [{"name": n, "in": "path", "required": True, "schema": {"type": "string"}} for n in names]
        return make.operation(summary, **({"parameters": parameters} if parameters else {}), **more)

    return make.document(
        {
            "/search": {"get": of("Search for item")},
            "/artists/{artistId}/albums": {"get": of("List albums of an artist", "artistId")},
            "/artists": {"post": of("Create artist")},
            "/me/player/pause": {"put": of("Pause playback")},
            "/me/tracks": {"get": of("Get saved tracks"), "delete": of("Remove saved tracks")},
            "/widgetStyles": {"get": of("Read them", description="Shows getHTTPServer and snake_case_name.")},
        }
    )


@pytest.mark.parametrize(
    ("said", "first"),
    [
        ("pause the song", "MUSIC_PAUSE_PLAYBACK"),
        ("delete my saved songs", "MUSIC_REMOVE_SAVED_TRACKS"),
        ("which songs have I saved?", "MUSIC_GET_SAVED_TRACKS"),
        ("widget style", "MUSIC_READ_THEM"),
        ("http server", "MUSIC_READ_THEM"),
        ("snake case names", "MUSIC_READ_THEM"),
    ],
)
def test_fields_are_read_as_code_spells_them_and_asked_in_peoples_words(
    open_catalog: Open, music: Any, said: str, first: str
) -> None:
    assert open_catalog({"music": music}).search(said, ["music"])[0] == first


def test_what_finds_an_id_comes_along_where_the_task_holds_a_value(open_catalog: Open, music: Any) -> None:
    catalog = open_catalog({"music": music})
    assert catalog.search("albums of the artist Björk", ["music"])[:2] == [
        "MUSIC_LIST_ALBUMS_OF_AN_ARTIST",
        "MUSIC_SEARCH_FOR_ITEM",
    ]
    assert "MUSIC_SEARCH_FOR_ITEM" not in catalog.search("albums of an artist", ["music"])


def test_apps_narrow_before_anything_is_ranked(open_catalog: Open, music: Any, make: Any) -> None:
    many = {f"/{i}": {"get": make.operation(f"Pause playback {i}")} for i in range(150)}
    catalog = open_catalog({"music": music, "noise": make.document(many)})
    assert len(catalog.search("pause playback", ["noise", "music"], limit=10)) == 10
    assert catalog.search("pause playback", ["music"], limit=10)[0] == "MUSIC_PAUSE_PLAYBACK"


def test_what_was_compiled_again_is_found_once_however_often(open_catalog: Open, music: Any, make: Any) -> None:
    others = {f"app{i}": make.document({"/a": {"get": make.operation(f"Count penguins {i}")}}) for i in range(12)}
    catalog = open_catalog({"music": music, **others})
    catalog.search("penguins", list(others))
    for _ in range(3):
        catalog.update(["music", "app3"])
        found = catalog.search("penguins", list(others), limit=50)
        assert sorted(found) == sorted(f"APP{i}_COUNT_PENGUINS_{i}" for i in range(12))
        assert catalog.search("pause playback", ["music"]).count("MUSIC_PAUSE_PLAYBACK") == 1


def test_deprecated_operations_come_last(open_catalog: Open, make: Any) -> None:
    paths = {"/a": {"get": make.operation("Count penguins", deprecated=True)}, "/b": {"get": make.operation("Penguins")}}
    found = open_catalog({"zoo": make.document(paths)}).search("count penguins", ["zoo"])
    assert found == ["ZOO_PENGUINS", "ZOO_COUNT_PENGUINS"]


@pytest.mark.parametrize("text", ["", "   ", "\n", '"', "*", "-", "💥", "?!… --- ///", "\x00"])
def test_a_use_case_without_words_says_what_to_write(open_catalog: Open, music: Any, text: str) -> None:
    with pytest.raises(InvalidRequest, match="Describe a task in a few words"):
        open_catalog({"music": music}).search(text, ["music"])


@pytest.mark.parametrize("text", ["アルバムを一覧する", "покажи альбомы", "zeige mir alles davon", "显示专辑"])
def test_a_use_case_in_another_language_finds_nothing_and_breaks_nothing(open_catalog: Open, music: Any, text: str) -> None:
    assert open_catalog({"music": music}).search(text, ["music"]) == []


def test_ten_thousand_words_are_asked_by_those_said_most_often(open_catalog: Open, music: Any) -> None:
    text = " ".join(f"{'pause playback' if i % 7 == 0 else f'word{i}'}" for i in range(10_000))
    assert len(Question.of(text).words) < 200
    assert open_catalog({"music": music}).search(text, ["music"])[0] == "MUSIC_PAUSE_PLAYBACK"


@pytest.mark.parametrize(
    ("name", "meant"), [("MUSIC_PAUSE_SONG", "MUSIC_PAUSE_PLAYBACK"), ("MUSIC_DELETE_TRACKS", "MUSIC_REMOVE_SAVED_TRACKS")]
)
def test_an_unknown_name_answers_with_what_its_words_mean(open_catalog: Open, music: Any, name: str, meant: str) -> None:
    with pytest.raises(ActionNotFound) as raised:
        open_catalog({"music": music}).action(name)
    assert raised.value.suggestions[0] == meant


def test_intervals_of_ids_are_joined_and_cut_postings() -> None:
    assert kept([(5, 9), (1, 2), (3, 4), (20, 30)]) == [(1, 9), (20, 30)]
    postings = unpacked(b"\x01\0\0\0\x05\0\0\0\x19\0\0\0" + bytes([9, 8, 7]))
    assert [list(part) for part in within(postings, [(2, 9), (20, 30)])] == [[5, 25], [8, 7]]
    assert [list(part) for part in within(postings, [(6, 9)])] == [[], []]


@pytest.mark.parametrize(
    ("task", "steps"),
    [
        ("find the budget sheet and share it with Kim", ["find the budget sheet", "share it with Kim"]),
        ("Find the issue, close it, and then tell Ann.", ["Find the issue", "close it", "tell Ann"]),
        ("buy bread and butter", ["buy bread and butter"]),
        ("1. list the tasks\n2. delete the first", ["list the tasks", "delete the first"]),
        ("search and", ["search and"]),
        ("add a branch followed by a merge request for it", ["add a branch", "a merge request for it"]),
        ("when is the next meeting? Mail Ann", ["when is the next meeting", "Mail Ann"]),
        ("create a company and associate the two", ["create a company", "associate the two"]),
        ("...", ["..."]),
    ],
)
def test_a_task_is_split_where_a_new_verb_begins(task: str, steps: list[str]) -> None:
    assert split_steps(task) == steps


def test_an_advanced_task_gives_a_chain_in_the_order_of_its_calls(open_catalog: Open, music: Any, make: Any) -> None:
    chat = make.document(
        {"/messages": {"post": make.operation("Send a message")}, "/channels": {"get": make.operation("List channels")}}
    )
    catalog = open_catalog({"music": music, "chat": chat})
    chain = catalog.chain("list the albums of Björk and send them as a message", ["music", "chat"])
    assert chain == ["MUSIC_SEARCH_FOR_ITEM", "MUSIC_LIST_ALBUMS_OF_AN_ARTIST", "CHAT_SEND_A_MESSAGE"]
    assert catalog.chain("list the albums of Björk and send them as a message", ["music", "chat"], limit=1) == chain[:1]
    with pytest.raises(InvalidRequest, match="Describe a task"):
        catalog.chain("  ", ["music"])


def test_of_many_apps_that_nobody_compiled_those_are_that_sound_like_the_task(
    open_catalog: Open, make: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    documents = {
        key: make.document({"/a": {"post": make.operation("Send a letter")}}) for key in ("postal_mail", "zoo", "bank")
    }
    catalog = open_catalog(documents)
    monkeypatch.setattr("composio.catalog.finder._FEW", 2)
    with pytest.raises(InvalidRequest, match="composio apps update --all"):
        catalog.search("feed penguins")
    with caplog.at_level("INFO", "composio"):
        assert catalog.search("mail a letter") == ["POSTAL_MAIL_SEND_A_LETTER"]
    assert "Searching postal_mail" in caplog.text
    assert [app.key for app in catalog.apps() if app.compiled] == ["postal_mail"]


def test_an_unknown_app_of_v07_says_how_to_add_it_by_either_way(open_catalog: Open, music: Any) -> None:
    catalog = open_catalog({"music": music})
    for ask in (lambda: catalog.search("create a course", ["blackboard"]), lambda: catalog.action("BLACKBOARD_CREATE_COURSE")):
        with pytest.raises((AppNotFound, ActionNotFound), match="composio apps add blackboard --spec"):
            ask()
    with pytest.raises(AppNotFound, match="music"):
        catalog.search("list albums", ["musik"])


def test_a_step_takes_the_app_that_the_other_steps_take(open_catalog: Open, make: Any) -> None:
    code = {
        "/forks": {"post": make.operation("Create a fork of a repository")},
        "/branches": {"post": make.operation("Create a branch of a repository")},
        "/pulls": {"post": make.operation("Open a pull request of a repository")},
    }
    other = {"/branches": {"post": make.operation("Create a branch")}, "/b": {"get": make.operation("List bank branches")}}
    catalog = open_catalog({"code": make.document(code), "bank": make.document(other)})
    chain = catalog.chain("fork the repository, create a branch and open a pull request", ["bank", "code"])
    assert chain == [
        "CODE_CREATE_A_FORK_OF_A_REPOSITORY",
        "CODE_CREATE_A_BRANCH_OF_A_REPOSITORY",
        "CODE_OPEN_A_PULL_REQUEST_OF_A_REPOSITORY",
    ]


@pytest.fixture
def office(open_catalog: Open, make: Any) -> Catalog:
    mail = {
        "/messages": {"get": make.operation("List messages")},
        "/messages/attachments": {"get": make.operation("Get attachment")},
        "/labels": {"get": make.operation("List labels")},
        "/messages/labels": {"post": make.operation("Change labels of a message")},
    }
    disk = {"/files": {"post": make.operation("Upload file"), "get": make.operation("List files")}}
    law = {"/legal": {"get": make.operation("Search legal labels of it")}}
    return open_catalog({"mail": make.document(mail), "disk": make.document(disk), "law": make.document(law)})


def test_a_step_that_names_no_app_stays_with_those_that_its_task_names(office: Catalog) -> None:
    apps = ["mail", "disk", "law"]
    assert office.chain("find the contract messages in Mail, then label them legal", apps)[-1].startswith("MAIL_")


def test_a_verb_that_search_knows_as_a_noun_asks_for_a_change_where_a_step_begins_with_it(office: Catalog) -> None:
    chain = office.chain("list the messages and label them", ["mail"])
    assert chain == ["MAIL_LIST_MESSAGES", "MAIL_CHANGE_LABELS_OF_A_MESSAGE"]


def test_the_part_that_another_app_gets_is_read_in_between(office: Catalog) -> None:
    chain = office.chain("list the messages in Mail and upload their attachments as a file to Disk", ["mail", "disk", "law"])
    assert chain == ["MAIL_LIST_MESSAGES", "MAIL_GET_ATTACHMENT", "DISK_UPLOAD_FILE"]


@pytest.mark.parametrize(
    ("text", "names", "holds"),
    [
        ("create a Google Sheet", ["Google Sheets"], False),
        ("create a Google Sheet", [], True),
        ("create a Google Sheet for Kim", ["Google Sheets"], True),
        ("add a task to 'Home'", ["Asana"], True),
    ],
)
def test_the_name_of_an_app_is_no_value_to_look_up(text: str, names: list[str], holds: bool) -> None:
    assert has_value(text, names) is holds


def test_among_one_apps_actions_a_word_says_more_that_few_of_them_have(open_catalog: Open, make: Any) -> None:
    def of(word: str, many: range) -> dict[str, Any]:
        return {f"/a{i}": {"post": make.operation(f"Do {i}", description=f"Of a {word}.")} for i in many}

    # Of this app's actions all but one speak of orders, and elsewhere most speak of notes.
    shop = make.document(of("order", range(30)) | of("note", range(30, 31)))
    catalog = open_catalog({"shop": shop, "desk": make.document(of("note", range(45)))})
    catalog.search("a note", ["desk"])  # which compiles it
    assert catalog.search("the note of an order", ["shop"])[0] == "SHOP_DO_30"


def test_what_an_earlier_step_gives_is_not_looked_for_again(open_catalog: Open, music: Any) -> None:
    catalog = open_catalog({"music": music})
    asked = catalog.chain('search for the artist "Björk" and list its albums', ["music"])
    assert asked == ["MUSIC_SEARCH_FOR_ITEM", "MUSIC_LIST_ALBUMS_OF_AN_ARTIST"]


def test_only_apps_that_were_found_are_checked_and_a_change_is_seen(
    open_catalog: Open, make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    documents = {f"app{i}": make.document({"/a": {"get": make.operation(f"Count penguins {i}")}}) for i in range(4)}
    catalog = open_catalog(documents)
    catalog.search("penguins", list(documents))
    checked: list[str] = []
    ensure = CompiledApps.ensure

    def note(self: CompiledApps, key: str) -> str:
        checked.append(key)
        return ensure(self, key)

    monkeypatch.setattr(CompiledApps, "ensure", note)
    monkeypatch.setattr(KnownApps, "is_brought", lambda *_: True)
    assert catalog.search("penguins 3", limit=1) == ["APP3_COUNT_PENGUINS_3"]
    assert checked == ["app3"]
