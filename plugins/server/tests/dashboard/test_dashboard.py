"""Each page says what there is and does what it offers, without JavaScript, and what it changes is on the record."""

from __future__ import annotations

import html
import json
import re
import shlex
import time
from collections.abc import Callable

import httpx
import pytest
from typer.testing import CliRunner

from composio.cli.main import app as command_line
from composio.model.connection import Connection
from composio.model.secret import Secret
from composio.model.trigger_instance import NewInstance, TriggerInstance
from composio_server.services.people import Role
from composio_server.services.projects import Project
from composio_server.services.services import Services
from tests.peers.acme import OAUTH, write_app
from tests.peers.acme_api import Acme
from tests.peers.axe import judge
from tests.peers.visitor import Visitor
from tests.peers.walker import text_of

PLACES = (
    *("start", "search", "playground", "apps", "integrations", "connections", "triggers", "mcp", "sessions"),
    *("calls", "events", "figures", "settings"),
)


def play(visitor: Visitor, **values: str) -> httpx.Response:
    page = visitor.get("playground", action="ACME_GET_ME")
    return visitor.post(page, "/playground", **values)


@pytest.mark.parametrize("place", PLACES)
def test_an_empty_page_names_the_next_step(owner: Visitor, place: str) -> None:
    page = owner.get(place)
    assert page.status_code == 200
    assert page.text.count('aria-current="page"') == 1
    assert any(step in page.text.partition("<main")[2] for step in ("href=", "<form"))


@pytest.mark.parametrize(
    ("place", "given"),
    [
        ("apps", {"q": "acme"}),
        ("apps/acme", {}),
        ("integrations", {"app": "acme"}),
        ("connections", {"app": "acme", "entity": "alice's", "status": "ACTIVE"}),
        ("triggers", {"app": "acme"}),
        ("search", {"q": "who am I"}),
        ("calls", {"app": "acme", "action": "ACME_GET_ME", "entity": "alice", "status": "failed", "q": "word"}),
        ("events", {"app": "acme", "entity": "alice", "q": "word"}),
        ("figures", {"app": "acme", "entity": "alice"}),
    ],
)
def test_the_command_of_a_page_lists_the_same_as_json(
    owner: Visitor,
    connection: Connection,
    services: Services,
    place: str,
    given: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    owner.get("apps/acme")  # which compiles it, so that search finds it
    page = html.unescape(owner.get(place, **given).text)
    [line] = re.findall(r"<code>(composio [^<]* --json)\n</code>", page)
    for value in given.values():
        assert shlex.quote(value) in line or value == "ACTIVE"
    monkeypatch.setenv("COMPOSIO_HOME", str(services.backends.home))
    done = CliRunner().invoke(command_line, shlex.split(line)[1:])
    assert done.exit_code == 0, done.output
    assert isinstance(json.loads(done.stdout), list | dict)


def test_apps_are_found_by_words_and_an_app_shows_its_tools(owner: Visitor, acme: Acme) -> None:
    assert "1 app" in text_of(owner.get("apps", q="acme"))
    assert "No app matches" in text_of(owner.get("apps", q="no such thing at all"))
    page = text_of(owner.get("apps/acme"))
    assert "ACME_GET_ME" in page
    assert "API_KEY" in page
    unknown = owner.get("apps/acmee")
    assert unknown.status_code == 404
    assert "acme" in text_of(unknown)


def test_an_integration_is_added_changed_disabled_and_removed(owner: Visitor, acme: Acme, services: Services) -> None:
    page = owner.get("integrations/new", app="acme")
    refused = owner.post(page, "/integrations/new", name="Ours", **{"config.nothing": "x"})
    assert refused.status_code == 422
    assert 'value="Ours"' in refused.text
    made = owner.post(page, "/integrations/new", name="Ours")
    assert "Added." in text_of(made)
    path = str(made.url).partition(f"{owner.project}/")[2].partition("?")[0]
    wrong = owner.post(made, path, name="Ours", limited="ACME_GET_MEE")
    assert wrong.status_code == 422
    assert "ACME_GET_ME" in text_of(wrong)
    assert "ACME_GET_MEE</textarea>" in wrong.text  # what was typed stays
    saved = owner.post(made, path, name="Theirs", limited="ACME_GET_ME")
    assert "Saved." in text_of(saved)
    assert "Theirs" in text_of(owner.get("integrations"))
    linked = text_of(owner.post(saved, "/connections/new", integration=path.rpartition("/")[2], entity="owner@shop.example"))
    assert "/link/" in linked
    assert "owner@shop.example" in linked
    disabled = owner.post(saved, f"{path}/disable")
    assert "Disabled." in text_of(disabled)
    assert "Test with your own account" not in disabled.text
    assert "Removed." in text_of(owner.post(disabled, f"{path}/delete"))


def test_a_search_before_any_app_is_compiled_names_the_next_step(owner: Visitor, acme: Acme) -> None:
    early = owner.get("search", q="who am I")
    assert early.status_code == 422
    assert "No app is compiled yet" in text_of(early)
    assert 'value="who am I"' in early.text
    assert "ACME_GET_ME" in text_of(owner.get("apps/acme"))
    assert "ACME_GET_ME" in text_of(owner.get("search", q="get me"))


def test_an_oauth_client_is_added_with_a_redirect_uri_and_changed(owner: Visitor, services: Services, project: Project) -> None:
    write_app(services.backends.home, "mail", OAUTH)
    given = {"config.client_id": "id-1", "config.client_secret": "cs-secret-1", "redirect_uri": "https://shop.example/back"}
    made = owner.post(owner.get("integrations/new", app="mail"), "/integrations/new", **given)
    assert "Added." in text_of(made)
    assert 'value="https://shop.example/back"' in made.text
    path = str(made.url).partition(f"{owner.project}/")[2].partition("?")[0]
    wrong = owner.post(made, path, redirect_uri="back to me", **{"config.client_secret": "cs-secret-2"})
    assert wrong.status_code == 422
    assert 'value="back to me"' in wrong.text
    saved = owner.post(wrong, path, redirect_uri="https://shop.example/new", **{"config.client_secret": "cs-secret-2"})
    assert "Saved." in text_of(saved)
    assert not {"cs-secret-1", "cs-secret-2"} & set(re.findall(r"cs-secret-\d", f"{made.text}{wrong.text}{saved.text}"))
    backend = services.backends.of(project.id)
    one = backend.run(lambda: backend.accounts.integration(path.rpartition("/")[2]))
    assert one.redirect_uri == "https://shop.example/new"
    assert one.config["client_id"] == "id-1"
    assert one.config["client_secret"] == "cs-secret-2"
    owner.post(saved, path, name="Named")  # what is left empty stays
    one = backend.run(lambda: backend.accounts.integration(one.id))
    assert (one.name, one.redirect_uri, one.config["client_secret"]) == ("Named", "https://shop.example/new", "cs-secret-2")


def test_a_user_gets_a_link_that_opens(owner: Visitor, connection: Connection) -> None:
    page = owner.get("connections/new")
    assert "your own id" in text_of(owner.post(page, "/connections/new", entity="", integration=connection.integration_id))
    made = text_of(owner.post(page, "/connections/new", entity="bob", integration=connection.integration_id))
    link = next(word for word in made.split() if "/link/" in word)
    opened = owner.client.get(f"{owner.base}/link/{link.rpartition('/')[2]}", follow_redirects=True)
    assert opened.status_code == 200
    assert "Acme" in text_of(opened)
    assert "bob" in text_of(owner.get("connections"))


def test_a_connection_is_filtered_shown_switched_and_removed(owner: Visitor, connection: Connection) -> None:
    assert "alice" in text_of(owner.get("connections", app="acme", status="ACTIVE"))
    assert "No connection matches" in text_of(owner.get("connections", entity="nobody"))
    page = owner.get(f"connections/{connection.id}")
    assert "k-secret-1" not in page.text
    labelled = owner.post(page, f"/connections/{connection.id}/label", labels=" work, main,, work ")
    assert "Saved." in text_of(labelled)
    assert 'value="work, main"' in labelled.text
    disabled = owner.post(page, f"/connections/{connection.id}/disable")
    assert "Disabled." in text_of(disabled)
    assert "Enabled." in text_of(owner.post(disabled, f"/connections/{connection.id}/enable"))
    assert "Removed." in text_of(owner.post(page, f"/connections/{connection.id}/delete"))
    assert owner.get(f"connections/{connection.id}").status_code == 404


def test_the_playground_runs_an_action_that_the_log_then_has(owner: Visitor, connection: Connection) -> None:
    done = play(owner, entity="alice")
    assert '"path": "/me"' in text_of(done)
    assert "execute_action" in done.text
    log = owner.get("calls", entity="alice")
    assert "ACME_GET_ME" in text_of(log)
    assert "ACME_GET_ME" not in text_of(owner.get("calls", status="failed"))
    call = log.text.partition(f"/projects/{owner.project.rpartition('/')[2]}/calls/")[2].partition('"')[0]
    shown = text_of(owner.get(f"calls/{call}"))
    assert "alice" in shown
    failed = play(owner, entity="nobody")
    assert "nobody" in text_of(failed)
    assert owner.get("calls/log_none").status_code == 404


@pytest.mark.parametrize("entity", ["x" * 5_000, "a\x00b", "a\nb"])
def test_an_entity_that_is_no_id_is_refused_where_it_is_typed(owner: Visitor, connection: Connection, entity: str) -> None:
    answers = [
        play(owner, entity=entity),
        owner.post(owner.get("connections/new"), "/connections/new", entity=entity, integration=connection.integration_id),
        owner.post(
            owner.get("triggers/new", trigger="SCHEDULE_TRIGGER"), "/triggers/new", entity=entity, **{"value.cron": "0 9 * * *"}
        ),
    ]
    assert [one.status_code for one in answers] == [422, 422, 422]
    assert all("Entity: your own id of a user" in text_of(one) for one in answers)
    assert "No connection matches" in text_of(owner.get("connections", entity=entity))


def test_the_longest_entity_is_found_again(owner: Visitor, connection: Connection) -> None:
    longest = "é" * 500
    made = owner.post(owner.get("connections/new"), "/connections/new", entity=longest, integration=connection.integration_id)
    assert "/link/" in text_of(made)
    assert longest in text_of(owner.get("connections", entity=longest))


def test_a_trigger_is_enabled_by_its_form_switched_and_removed(owner: Visitor) -> None:
    page = owner.get("triggers/new", trigger="SCHEDULE_TRIGGER")
    wrong = owner.post(page, "/triggers/new", **{"value.cron": "every day", "entity": "alice"})
    assert wrong.status_code == 422
    assert "cron" in text_of(wrong)
    made = owner.post(page, "/triggers/new", **{"value.cron": "0 9 * * *", "entity": "alice"})
    assert "Added." in text_of(made)
    path = str(made.url).partition(f"{owner.project}/")[2].partition("?")[0]
    tested = text_of(owner.post(made, f"{path}/test"))
    assert "A test event is on its way" in tested
    assert "SCHEDULE_TRIGGER" in text_of(owner.get("events", entity="alice"))
    disabled = owner.post(made, f"{path}/disable")
    assert "Disabled." in text_of(disabled)
    assert "Send a test event" not in disabled.text
    assert "disabled" in text_of(owner.get("triggers", entity="alice"))
    assert "Removed." in text_of(owner.post(disabled, f"{path}/delete"))


def test_a_trigger_is_polled_from_its_page(owner: Visitor, services: Services, project: Project, acme: Acme) -> None:
    feed = NewInstance(trigger="RSS_NEW_ITEM_TRIGGER", config={"url": "https://feeds.shop.example/new"}, entity_id="alice")
    backend = services.backends.of(project.id)
    one = backend.run(lambda: backend.triggers.enable(feed)).instance
    asked = owner.post(owner.get(f"triggers/{one.id}"), f"/triggers/{one.id}/poll")
    assert "Polling the app for new events" in text_of(asked)


def test_a_schedule_has_no_button_to_poll_it(owner: Visitor, trigger: TriggerInstance) -> None:
    page = owner.get(f"triggers/{trigger.id}")
    assert "Poll now" not in page.text
    csrf = page.text.partition('name="csrf" value="')[2].partition('"')[0]
    refused = owner.client.post(f"{owner.project}/triggers/{trigger.id}/poll", data={"csrf": csrf})
    assert refused.status_code == 422
    assert "schedule" in text_of(refused)


def test_keys_people_and_webhooks_are_made_and_ended_and_the_record_says_by_whom(owner: Visitor, services: Services) -> None:
    page = owner.get("settings")
    none = owner.post(page, "/settings/keys", name="idle")
    assert none.status_code == 422
    made = owner.post(page, "/settings/keys", name="agents", **{"scope.read": "on"})
    secret = next(word for word in text_of(made).split() if word.startswith("ck_"))
    assert services.keys.verify(secret).scopes == {"read"}
    assert secret not in owner.get("settings").text
    number = secret.split("_")[1]
    assert "Removed." in text_of(owner.post(made, f"/settings/keys/{number}/revoke"))
    assert "Added." in text_of(owner.post(page, "/settings/members", name="new@shop.example", role="viewer"))
    refused = owner.post(page, "/settings/webhooks", url="ftp://shop.example")
    assert refused.status_code == 422
    hook = owner.post(page, "/settings/webhooks", url="https://shop.example/events", format="v3")
    assert "whsec_" in text_of(hook)
    settings = text_of(owner.get("settings"))
    assert "whsec_" not in settings
    assert "https://shop.example/events" in settings
    deadline, noted = time.monotonic() + 30, set[str]()
    while not noted >= {"add key", "revoke key", "add member", "add webhook"} and time.monotonic() < deadline:
        noted = {one.action for one in services.audit.list_entries(owner.project.rpartition("/")[2])}
        time.sleep(0.02)  # it is written a moment after the answer
    assert noted == {"add key", "revoke key", "add member", "add webhook"}
    assert "revoke key" in text_of(owner.get("settings"))


def test_limits_the_log_and_the_look_are_chosen_on_the_page(owner: Visitor, services: Services, project: Project) -> None:
    page = owner.get("settings")
    assert "No secret is stored yet" in text_of(page)
    refused = owner.post(page, "/settings/upkeep", **{"rate.entity": "often", "log_days": "7"})
    assert refused.status_code == 422
    assert "rates: A rate is" in text_of(refused)
    assert 'value="often"' in refused.text
    assert 'value="7"' in refused.text
    assert owner.post(page, "/settings/upkeep", log_days="soon").status_code == 422
    saved = owner.post(page, "/settings/upkeep", **{"rate.entity": "5/s:20", "log_days": "7"})
    assert "Saved." in text_of(saved)
    settings = services.projects.settings(project.id)
    assert (settings["rates"], settings["log_payloads"], settings["log_days"]) == ({"entity": "5/s:20"}, False, 7)
    assert owner.post(page, "/settings/look", color="red").status_code == 422
    assert "Saved." in text_of(owner.post(page, "/settings/look", name="Shop", color="#1A7F37"))
    assert services.projects.settings(project.id)["branding"] == {"name": "Shop", "color": "#1a7f37"}
    page = owner.get("settings")
    assert 'value="5/s:20"' in page.text
    assert 'value="#1a7f37"' in page.text
    ids = re.findall(r'id="([^"]+)"', page.text)
    assert len(ids) == len(set(ids))
    deadline = time.monotonic() + 30
    while not {"change settings", "change look"} <= set(re.findall(r"<td>(change [a-z]+)</td>", page.text)):
        assert time.monotonic() < deadline  # it is written a moment after the answer
        time.sleep(0.05)
        page = owner.get("settings")


def test_an_admin_of_the_server_makes_another_project(owner: Visitor, services: Services, url: str) -> None:
    csrf = owner.get("settings").text.partition('name="csrf" value="')[2].partition('"')[0]
    refused = owner.client.post(f"{owner.project}/settings/projects", data={"csrf": csrf, "project_name": "second"})
    assert refused.status_code == 403
    admin = services.people.set_password("boss@shop.example", Secret("correct horse battery"))
    boss = Visitor(url, services.web_sessions.begin(admin).reveal(), owner.project.rpartition("/")[2])
    page = boss.get("settings")
    assert boss.post(page, "/settings/projects", project_name=" ").status_code == 422
    made = boss.post(page, "/settings/projects", project_name="second")
    assert [one.name for one in services.projects.list_projects()][-1] == "second"
    assert "second" in text_of(made)
    assert str(made.url).endswith(f"/projects/{services.projects.list_projects()[-1].id}/start")
    boss.client.close()


def test_a_developer_changes_neither_limits_nor_the_look(visitor: Callable[..., Visitor]) -> None:
    developer = visitor(Role.DEVELOPER)
    page = developer.get("settings")
    assert "/settings/upkeep" not in page.text
    csrf = page.text.partition('name="csrf" value="')[2].partition('"')[0]
    for path in ("upkeep", "look"):
        assert developer.client.post(f"{developer.project}/settings/{path}", data={"csrf": csrf}).status_code == 403


def test_an_owner_stays_one_until_another_decides(owner: Visitor, services: Services, project: Project) -> None:
    [me] = services.people.members(project.id)
    page = owner.get("settings")
    assert owner.post(page, f"/settings/members/{me.person_id}/remove").status_code == 422
    assert owner.post(page, "/settings/members", name="Owner@shop.example", role="viewer").status_code == 422
    assert services.people.members(project.id) == [me]


def test_whoever_is_not_signed_in_signs_in_first_and_comes_back(url: str, project: Project) -> None:
    stranger = Visitor(url, "", project.id)
    page = stranger.get("connections", app="acme")
    assert page.status_code == 303
    assert page.headers["location"].startswith("/sign-in?next=%2Fprojects%2F")
    stranger.client.close()


@pytest.mark.parametrize(
    "place", [*PLACES, "calls/x", "events/x", "connections/x", "integrations/x", "triggers/x", "apps/acme"]
)
def test_nobody_sees_another_project(visitor: Callable[..., Visitor], place: str) -> None:
    page = visitor(None).get(place)
    assert page.status_code == 404
    assert "not in it" in text_of(page)


def test_a_viewer_looks_and_changes_nothing(
    visitor: Callable[..., Visitor], owner: Visitor, connection: Connection, services: Services
) -> None:
    viewer = visitor(Role.VIEWER)
    page = viewer.get(f"connections/{connection.id}")
    assert page.status_code == 200
    assert "/delete" not in page.text
    forms = owner.get(f"connections/{connection.id}")
    csrf = viewer.get("start").text.partition('name="csrf" value="')[2].partition('"')[0]
    for path in (f"connections/{connection.id}/delete", "connections/new", "integrations/new", "triggers/new", "playground"):
        answer = viewer.client.post(f"{viewer.project}/{path}", data={"csrf": csrf})
        assert answer.status_code == 403, path
    assert viewer.get("playground").status_code == 403
    developer = visitor(Role.DEVELOPER)
    csrf = developer.get("start").text.partition('name="csrf" value="')[2].partition('"')[0]
    for path in ("settings/keys", "settings/members"):
        assert developer.client.post(f"{viewer.project}/{path}", data={"csrf": csrf, "name": "x"}).status_code == 403
    assert forms.status_code == owner.get(f"connections/{connection.id}").status_code == 200


def test_a_form_of_another_site_or_browser_changes_nothing(owner: Visitor, connection: Connection) -> None:
    where = f"{owner.project}/connections/{connection.id}/delete"
    csrf = owner.get("start").text.partition('name="csrf" value="')[2].partition('"')[0]
    assert owner.client.post(where).status_code == 403
    assert owner.client.post(where, data={"csrf": "0" * 64}).status_code == 403
    assert owner.client.post(where, data={"csrf": csrf}, headers={"sec-fetch-site": "cross-site"}).status_code == 403
    assert owner.client.post(where, data={"csrf": csrf}, headers={"origin": "https://evil.example"}).status_code == 403
    assert owner.get(f"connections/{connection.id}").status_code == 200


MARKUP = '"><script>alert(1)</script><img src=x onerror=alert(1)>'


def test_what_users_and_apis_say_is_text_on_every_page(owner: Visitor, acme: Acme) -> None:
    made = owner.post(owner.get("integrations/new", app="acme"), "/integrations/new", name=MARKUP)
    where = [str(made.url).partition(f"{owner.project}/")[2].partition("?")[0], "integrations", "connections/new"]
    play(owner, entity=MARKUP)
    where += ["calls"]
    pages = [owner.get(path) for path in where]
    pages += [owner.get(path, q=MARKUP, app=MARKUP, entity=MARKUP, said=MARKUP) for path in PLACES]
    for page in pages:
        assert page.status_code == 200, page.url
        assert "<script>alert" not in page.text, page.url
        assert "<img" not in page.text, page.url
        policy = page.headers["content-security-policy"]
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy


def test_pages_pass_axe_and_fit_a_phone(owner: Visitor, connection: Connection, trigger: TriggerInstance) -> None:
    play(owner, entity="alice")
    session = {"composio-session": owner.client.cookies["composio-session"]}
    paths = [
        *PLACES,
        "apps/acme",
        "playground?action=ACME_GET_ME",
        "search?q=who+am+i",
        f"connections/{connection.id}",
        f"integrations/{connection.integration_id}",
        f"triggers/{trigger.id}",
        "triggers/new?trigger=SCHEDULE_TRIGGER",
        "integrations/new?app=acme",
        "connections/new",
    ]
    found = judge([(f"{owner.project}/{path}", session) for path in paths])
    assert {one["title"]: one["violations"] for one in found if one["violations"]} == {}
    assert [one["title"] for one in found if one["wide"]] == []
