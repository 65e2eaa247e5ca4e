"""The dashboard in a real browser: every page at three widths in both themes, and what people do there from end to end."""

from __future__ import annotations

import itertools
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from composio.model.connection import Connection
from composio.model.secret import Secret
from composio.model.trigger_instance import TriggerInstance
from composio.store.triggers import events
from composio_server.services.openid import OpenId
from composio_server.services.projects import Project
from composio_server.services.services import Services
from composio_server.settings import OpenIdSettings, Settings
from conformance import _npm
from tests.peers.acme import write_app
from tests.peers.acme_api import Acme
from tests.peers.chromium import Watched, chromium, find_axe
from tests.peers.oidc import NATIVE, OidcPeer, oidc, oidc_server
from tests.peers.own_address import door, settings, url
from tests.peers.triggering import message
from tests.peers.visitor import Visitor

if TYPE_CHECKING:
    from playwright.sync_api import Page

__all__ = ["door", "oidc", "oidc_server", "settings", "url"]

WIDTHS, THEMES = (390, 1280, 1920), ("light", "dark")
# What shifts less is seen by nobody. Source: web.dev, "Cumulative Layout Shift", good.
MOST_SHIFT = 0.1
PATIENCE = 60_000  # milliseconds


@pytest.fixture
def emit(services: Services, project: Project, connection: Connection, trigger: TriggerInstance) -> None:
    """Three events of alice's, who is connected."""
    part = services.backends.shared.keeping.store.for_project(project.id).part()
    more = {"instance_id": trigger.id, "trigger": trigger.trigger, "app": trigger.app, "entity_id": "alice"}
    events.record(part, [message(f"ev_{number}", **more) for number in range(3)], now=time.time())


def session_of(visitor: Visitor) -> dict[str, str]:
    return {"composio-session": visitor.client.cookies["composio-session"]}


def every_path(owner: Visitor, connection: Connection, trigger: TriggerInstance) -> list[str]:
    form = owner.get("playground", action="ACME_GET_ME")
    owner.post(form, "/playground", entity="alice")
    owner.post(form, "/playground", entity="nobody")
    call = owner.get("calls").text.partition(f"/projects/{owner.project.rpartition('/')[2]}/calls/")[2].partition('"')[0]
    return [
        *owner.places(),
        "calls?live=1",
        "events?live=1",
        f"calls/{call}",
        "events/ev_1",
        "apps/acme",
        "own-apps",
        "playground?action=ACME_GET_ME",
        "search?q=who+am+i",
        f"connections/{connection.id}",
        "connections/new",
        f"integrations/{connection.integration_id}",
        "integrations/new?app=acme",
        f"triggers/{trigger.id}",
        "triggers/new",
        "triggers/new?trigger=SCHEDULE_TRIGGER",
        "no/such/page",
        "calls/no-such-call",
    ]


@pytest.mark.usefixtures("emit")
def test_every_page_is_sound_at_each_width_in_each_theme(
    owner: Visitor, connection: Connection, trigger: TriggerInstance, url: str
) -> None:
    paths = every_path(owner, connection, trigger)
    try:
        axe = find_axe()
    except _npm.Unavailable as error:
        pytest.skip(f"axe-core is not there: {error}")
    found: dict[str, object] = {}
    with chromium() as person:
        for width in WIDTHS:
            for theme in THEMES:
                with person.at(width=width, theme=theme, cookies=session_of(owner), url=url) as watched:
                    for path in paths:
                        watched.wrong.clear()
                        watched.go(f"{owner.project}/{path}")
                        wrong = [*watched.wrong, *judge(watched), *structure_of(watched.page)]
                        # A page that is not there is one in the console too.
                        if wrong := [one for one in wrong if "404 (Not Found)" not in one] + watched.judge(axe):
                            found[f"{path} {width} {theme}"] = wrong
    assert found == {}


def judge(watched: Watched) -> list[str]:
    seen = watched.look()
    wrong = [f"refused: {one}" for one in seen["refused"]]
    if seen["shift"] > MOST_SHIFT:
        wrong.append(f"layout shifts by {seen['shift']:.3f}")
    return [*wrong, *(["wider than the window"] if seen["wide"] else [])]


def structure_of(page: Page) -> list[str]:
    """What is wrong with a page's outline: one heading of the first level in one main part, and no level left out below it."""
    wrong = []
    if (mains := page.locator("main").count()) != 1:
        wrong.append(f"{mains} main parts")
    levels = [int(one) for one in page.locator("h1, h2, h3, h4").evaluate_all("(all) => all.map((one) => one.tagName[1])")]
    if levels.count(1) != 1:
        wrong.append(f"{levels.count(1)} headings of the first level")
    main = [
        int(one) for one in page.locator("main :is(h1, h2, h3, h4)").evaluate_all("(all) => all.map((one) => one.tagName[1])")
    ]
    wrong += [f"a heading {low} after {high}" for high, low in itertools.pairwise(main) if low > high + 1]
    return wrong


@pytest.mark.usefixtures("emit")
def test_a_log_grows_where_it_is_watched_and_keeps_the_reader_s_place(owner: Visitor, connection: Connection, url: str) -> None:
    form = owner.get("playground", action="ACME_GET_ME")
    owner.post(form, "/playground", entity="alice")
    with chromium() as person, person.at(cookies=session_of(owner), url=url) as watched:
        page = watched.page
        watched.go(f"{owner.project}/calls")
        page.get_by_role("link", name="Watch", exact=True).click()
        page.locator("[hx-get]").first.wait_for(state="attached")
        page.wait_for_load_state()
        rows = page.locator("#log tbody tr")
        assert rows.count() == 1
        page.evaluate("window.here = true")  # a page that loads again forgets it
        link = rows.first.get_by_role("link")
        link.focus()
        focused = page.evaluate("document.activeElement.id")
        assert focused
        owner.post(form, "/playground", entity="bob-who-comes-later")
        page.get_by_role("cell", name="bob-who-comes-later").wait_for(timeout=PATIENCE)
        assert page.evaluate("window.here")
        assert page.evaluate("document.activeElement.id") == focused
        assert "T" not in rows.first.locator("time").inner_text()  # it is in the reader's own time zone
        page.get_by_role("link", name="Stop watching").click()
        page.get_by_role("link", name="Watch", exact=True).wait_for()
        assert page.locator("[hx-get]").count() == 0
        assert watched.wrong == []
        assert watched.look()["refused"] == []


def test_whoever_is_signed_out_while_watching_comes_to_the_sign_in_page(
    owner: Visitor, connection: Connection, url: str
) -> None:
    with chromium() as person, person.at(cookies=session_of(owner), url=url) as watched:
        watched.go(f"{owner.project}/calls?live=1")
        owner.post(owner.get("calls"), "/sign-out")
        watched.page.wait_for_url("**/sign-in?next=*", timeout=PATIENCE)
        assert watched.page.get_by_label("Password").is_visible()
        assert watched.wrong == []


@pytest.fixture
def openid(services: Services, settings: Settings, oidc: OidcPeer) -> OidcPeer:
    """People sign in at a provider, where the app ``peer`` has its users too."""
    known = OpenIdSettings(issuer=oidc.issuer, client_id=NATIVE.client_id, admins=frozenset({"alice"}))
    object.__setattr__(
        services, "openid", OpenId(known, f"{settings.public_url}/sign-in/callback", services.database, services.clock)
    )
    assert settings.home is not None
    write_app(settings.home, "peer", oidc.scheme(NATIVE))
    return oidc


def pass_provider(page: Page, issuer: str, back: str, user: str = "alice") -> None:
    """Log in at the provider, and allow what it asks, until it sends the browser back."""
    page.wait_for_url(f"{issuer}/**")
    for _ in range(6):
        page.wait_for_load_state("load")
        if page.url.startswith(back):
            return
        if page.locator("[name=login]").count():
            page.locator("[name=login]").fill(user)
            page.locator("[name=password]").fill("x")
        page.locator("button[type=submit]").first.click()
    raise AssertionError(f"the provider has no end; the last page was {page.url}")


def test_from_the_sign_in_to_a_call_in_the_log(openid: OidcPeer, acme: Acme, project: Project, url: str) -> None:
    """Sign in at a provider, add an integration, connect a user at another's page, run an action, and find it in the log."""
    with chromium() as person, person.at() as watched, person.at(width=390) as users:
        page = watched.page
        page.set_default_timeout(PATIENCE)
        users.page.set_default_timeout(PATIENCE)
        watched.go(url)
        page.get_by_role("button", name="Continue with your organization").click()
        pass_provider(page, openid.issuer, url)
        page.wait_for_url(f"{url}/projects/{project.id}/start")

        watched.go(f"{url}/projects/{project.id}/apps/peer")
        page.get_by_role("link", name="Add integration").click()
        page.get_by_label("Name").fill("The peer's")
        page.locator("[name='config.client_id']").fill(NATIVE.client_id)
        page.get_by_role("button", name="Add integration").click()
        page.get_by_text("Added.").wait_for()

        page.get_by_role("link", name="Connect a user").click()
        page.get_by_label("Entity").fill("ada")
        page.get_by_role("button", name="Make a link").click()
        link = page.locator(".sample code").inner_text().strip()
        users.go(link)
        users.page.get_by_role("button").click()
        pass_provider(users.page, openid.issuer, url)
        users.page.get_by_text("is connected").wait_for()
        watched.go(f"{url}/projects/{project.id}/connections?entity=ada")
        assert "active" in page.locator("main").inner_text()

        watched.go(f"{url}/projects/{project.id}/integrations/new?app=acme")
        page.get_by_role("button", name="Add integration").click()
        page.get_by_role("link", name="Connect a user").click()
        page.get_by_label("Entity").fill("ada")
        page.get_by_role("button", name="Make a link").click()
        users.go(page.locator(".sample code").inner_text().strip())
        users.page.get_by_label("API key").fill("k-secret-1")
        users.page.get_by_role("button").click()
        users.page.get_by_text("is connected").wait_for()

        watched.go(f"{url}/projects/{project.id}/playground?action=ACME_GET_ME")
        page.get_by_label("Entity").fill("ada")
        page.get_by_role("button", name="Run").click()
        page.locator("#outcome").get_by_text("done", exact=True).wait_for()
        page.locator("#outcome .sample").first.get_by_role("button", name="Copy").click()
        page.get_by_role("button", name="Copied").first.wait_for()
        assert '"path": "/me"' in page.evaluate("navigator.clipboard.readText()")
        page.locator("#outcome").get_by_role("link", name="in the log").click()
        page.locator("h1").get_by_text("ACME_GET_ME").wait_for()

        page.get_by_role("button", name="Sign out").click()
        page.wait_for_url("**/sign-in")
        assert watched.wrong == []
        assert users.wrong == []


def test_a_trigger_a_key_and_a_webhook_are_made_and_events_sent_again(
    owner: Visitor, connection: Connection, services: Services, project: Project, url: str
) -> None:
    with chromium() as person, person.at(cookies=session_of(owner), url=url) as watched:
        page = watched.page
        page.set_default_timeout(PATIENCE)
        watched.go(f"{owner.project}/triggers/new?trigger=SCHEDULE_TRIGGER")
        page.get_by_label("Entity").fill("alice")
        page.locator("[name='value.cron']").fill("0 9 * * *")
        page.get_by_role("button", name="Enable").click()
        page.get_by_text("Added.").wait_for()
        made = page.url.rpartition("/")[2].partition("?")[0]

        watched.go(f"{owner.project}/settings")
        key = page.locator("form[action$='/settings/keys']")
        key.get_by_label("Name").fill("agents")
        key.locator("input[type=checkbox]").first.check()
        key.get_by_role("button").click()
        page.get_by_text("ck_").first.wait_for()
        hook = page.locator("form[action$='/settings/webhooks']")
        hook.locator("[name=url]").fill("https://shop.example/events")
        hook.get_by_role("button").click()
        page.get_by_text("whsec_").first.wait_for()

        part = services.backends.shared.keeping.store.for_project(project.id).part()
        more = {"instance_id": made, "trigger": "SCHEDULE_TRIGGER", "app": "schedule", "entity_id": "alice"}
        events.record(part, [message("ev_1", **more)], now=time.time())
        watched.go(f"{owner.project}/events")
        page.get_by_role("checkbox").first.check()
        page.get_by_role("button", name="Resend the chosen").click()
        page.get_by_role("status").wait_for()
        page.get_by_text("As code").click()
        assert page.get_by_text("create_trigger_listener").is_visible()
        assert watched.wrong == []


def test_an_admin_signs_in_with_a_password_by_keyboard_alone(services: Services, project: Project, url: str) -> None:
    services.people.set_password("admin", Secret("correct horse battery"))
    with chromium() as person, person.at(width=390) as watched:
        page = watched.page
        watched.go(url)
        page.get_by_label("Name").focus()
        for text, then in (("admin", "Tab"), ("correct horse battery", "Enter")):
            page.keyboard.type(text)
            page.keyboard.press(then)
        page.wait_for_url(f"{url}/projects/{project.id}/start", timeout=PATIENCE)
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
        assert watched.wrong == []


# What the documentation shows: a page, and how wide and in which theme.
PICTURES = {
    "calls": ("calls", 1280, "light"),
    "apps-dark": ("apps?category=communication", 1280, "dark"),
}


@pytest.mark.usefixtures("emit")
def test_the_documentation_s_pictures_can_be_taken(owner: Visitor, connection: Connection, url: str, tmp_path: Path) -> None:
    form = owner.get("playground", action="ACME_GET_ME")
    for entity in ("alice", "alice", "bob", "alice"):
        owner.post(form, "/playground", entity=entity)
    folder = Path(os.environ.get("DASHBOARD_PICTURES") or tmp_path)
    folder.mkdir(exist_ok=True)
    with chromium() as person:
        for name, (path, width, theme) in PICTURES.items():
            with person.at(width=width, theme=theme, cookies=session_of(owner), url=url) as watched:
                watched.go(f"{owner.project}/{path}")
                watched.page.screenshot(path=folder / f"{name}.png", animations="disabled")
                assert watched.wrong == []
    assert all((folder / f"{name}.png").stat().st_size > 5_000 for name in PICTURES)
