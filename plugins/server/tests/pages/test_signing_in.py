"""Signing in on pages: with a password, and at a real OpenID provider."""

from __future__ import annotations

import dataclasses
from urllib.parse import parse_qs, urlsplit

import pytest

from composio.model.secret import Secret
from composio_server.services.openid import OpenId
from composio_server.services.people import People
from composio_server.services.services import Services
from composio_server.settings import OpenIdSettings, Settings
from tests.peers.oidc import NATIVE, OidcPeer
from tests.peers.walker import Walker, goal_of, text_of

PASSWORD = "correct horse battery"


@pytest.fixture
def admin(services: Services) -> str:
    return services.people.set_password("admin", Secret(PASSWORD)).id


def sign_in(walker: Walker, path: str = "/sign-in", **form: str) -> str:
    return text_of(walker.submit(walker.get(path), {"name": "admin", "password": PASSWORD, **form}))


def test_an_admin_signs_in_and_out(walker: Walker, admin: str) -> None:
    assert str(walker.get("/").url).endswith("/sign-in?next=%2F")
    assert "signed in as admin" in sign_in(walker)
    home = walker.get("/")
    assert "signed in as admin" in text_of(home)
    session = walker.client.cookies["composio-session"]
    walker.submit(home)
    assert "Password" in text_of(walker.get("/"))
    walker.client.cookies.set("composio-session", session, domain="127.0.0.1")
    assert "Password" in text_of(walker.get("/"))


@pytest.mark.parametrize("form", [{"password": "wrong"}, {"name": "nobody"}, {"name": ""}, {"password": ""}])
def test_a_wrong_name_or_password_says_the_same(walker: Walker, admin: str, form: dict[str, str]) -> None:
    assert "Wrong name or password" in sign_in(walker, **form)
    assert walker.seen[-1].status_code == 403


def test_many_wrong_passwords_have_to_wait(walker: Walker, admin: str, services: Services) -> None:
    object.__setattr__(services, "people", People(services.database, lambda: 1000.0))
    for _ in range(5):
        sign_in(walker, password="wrong")
    assert "too many tries" in sign_in(walker)
    assert walker.seen[-1].status_code == 429
    assert int(walker.seen[-1].headers["retry-after"]) >= 1


def test_a_session_that_somebody_else_chose_is_not_the_one_that_begins(walker: Walker, admin: str) -> None:
    chosen = "A" * 43
    walker.client.cookies.set("composio-session", chosen, domain="127.0.0.1")
    sign_in(walker)
    cookie = walker.client.cookies["composio-session"]
    assert cookie != chosen


def test_a_sign_in_form_without_its_token_is_refused(walker: Walker, admin: str) -> None:
    assert "too old" in sign_in(walker, csrf="0" * 64)
    assert walker.client.cookies.get("composio-session") is None


@pytest.mark.parametrize(
    "goal",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "/%0d%0aSet-Cookie:x=1\r\n",
        "javascript:alert(1)",
        "/x\n",
        "/é",
    ],
)
def test_nobody_is_sent_elsewhere_after_signing_in(walker: Walker, admin: str, goal: str) -> None:
    answer = walker.client.get(f"{walker.url}/sign-in", params={"next": goal})
    form = walker.submit(answer, {"name": "admin", "password": PASSWORD, "next": goal})
    assert str(form.url).startswith(walker.url)
    assert urlsplit(str(walker.seen[-2].headers["location"])).path in {"/", "/%0d%0aSet-Cookie:x=1"} or form.status_code < 500
    assert walker.seen[-2].headers["location"].startswith("/")
    assert not walker.seen[-2].headers["location"].startswith(("//", "/\\"))


def test_cookies_by_https_are_of_this_host_alone(services: Services, walker: Walker, admin: str) -> None:
    object.__setattr__(services, "settings", dataclasses.replace(services.settings, public_url="https://tools.example.com"))
    answer = walker.get("/sign-in")
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-composio-browser=")
    for part in ("Secure", "HttpOnly", "Path=/", "SameSite=lax"):
        assert part in cookie
    assert "Domain" not in cookie
    assert answer.headers["strict-transport-security"]


class AtProvider:
    """A server whose people sign in at the provider."""

    def __init__(self, services: Services, peer: OidcPeer, walker: Walker) -> None:
        self.services, self.peer, self.walker = services, peer, walker

    def go(self, path: str = "/sign-in", user: str = "alice", *, deny: bool = False) -> str:
        """As far as the provider's answer, at the test server's own address."""
        leave = self.walker.submit(self.walker.get(path))
        back = self.peer.drive_login(goal_of(leave), user=user, deny=deny)
        return self.walker.url + back.removeprefix("http://localhost:9899")


@pytest.fixture
def at_provider(services: Services, settings: Settings, oidc: OidcPeer, walker: Walker) -> AtProvider:
    known = OpenIdSettings(issuer=oidc.issuer, client_id=NATIVE.client_id, admins=frozenset({"alice"}))
    openid = OpenId(known, f"{settings.public_url}/sign-in/callback", services.database)
    object.__setattr__(services, "openid", openid)
    return AtProvider(services, oidc, walker)


def test_an_admin_signs_in_at_the_provider(at_provider: AtProvider) -> None:
    assert "signed in as alice" in text_of(at_provider.walker.get(at_provider.go()))
    asked = next(one for one in at_provider.walker.seen if "http-equiv" in one.text)
    query = parse_qs(urlsplit(goal_of(asked)).query)
    assert query["code_challenge_method"] == ["S256"]
    assert query["redirect_uri"] == ["http://localhost:9899/sign-in/callback"]
    assert len(query["nonce"][0]) == len(query["state"][0]) == 43


def test_signing_in_at_the_provider_ends_the_session_that_was_there_before(at_provider: AtProvider, services: Services) -> None:
    """Neither one that somebody planted, their own, nor one that was made up."""
    mallory = services.people.set_password("mallory", Secret(PASSWORD))
    planted = services.web_sessions.begin(mallory).reveal()
    at_provider.walker.client.cookies.set("composio-session", planted, domain="127.0.0.1")
    assert "signed in as mallory" in text_of(at_provider.walker.get("/"))
    assert "signed in as alice" in text_of(at_provider.walker.get(at_provider.go()))
    assert at_provider.walker.client.cookies["composio-session"] != planted
    assert services.web_sessions.find(planted) is None


def test_somebody_whom_nobody_added_is_not_let_in(at_provider: AtProvider) -> None:
    answer = at_provider.walker.get(at_provider.go(user="mallory"))
    assert (answer.status_code, "you are not a member" in text_of(answer)) == (403, True)
    assert at_provider.walker.client.cookies.get("composio-session") is None


def test_somebody_who_says_no_is_not_let_in(at_provider: AtProvider) -> None:
    answer = at_provider.walker.get(at_provider.go(deny=True))
    assert "did not let you in" in text_of(answer)


def test_an_answer_works_once_in_the_browser_that_asked(at_provider: AtProvider, stranger: Walker) -> None:
    back = at_provider.go()
    assert "another browser" in text_of(stranger.get(back))
    assert "used before" in text_of(at_provider.walker.get(back))  # the stranger spent it
    again = at_provider.go()
    assert "signed in as" in text_of(at_provider.walker.get(again))
    assert "used before" in text_of(at_provider.walker.get(again))


@pytest.mark.parametrize("query", ["", "?state=x&code=y", "?code=y", "?state=a&state=b&code=c", "?iss=https://evil.example"])
def test_an_answer_that_nobody_asked_for_is_refused(at_provider: AtProvider, query: str) -> None:
    assert at_provider.walker.get(f"/sign-in/callback{query}").status_code == 403


def test_an_answer_of_another_provider_is_refused(at_provider: AtProvider) -> None:
    back = at_provider.go().replace("iss=", "iss=https%3A%2F%2Fevil.example&was=")
    assert "not from the provider" in text_of(at_provider.walker.get(back))


def test_another_nonce_is_refused(at_provider: AtProvider) -> None:
    import sqlalchemy as sa

    from composio_server.store.tables import sign_ins

    back = at_provider.go()
    at_provider.services.database.change(sa.update(sign_ins).values(nonce="another"))
    answer = at_provider.walker.get(back)
    assert answer.status_code == 403
    assert at_provider.walker.client.cookies.get("composio-session") is None


def test_a_provider_that_is_down_is_said_and_nobody_gets_in(at_provider: AtProvider) -> None:
    back = at_provider.go()
    at_provider.peer.settings(fail={"/token": {"times": 1, "status": 500}})
    answer = at_provider.walker.get(back)
    assert "could not be asked" in text_of(answer)


def test_another_issuer_than_configured_is_the_operator_s_to_mend(at_provider: AtProvider) -> None:
    openid = at_provider.services.openid
    assert openid is not None
    openid.settings = dataclasses.replace(openid.settings, issuer=at_provider.peer.issuer.replace("127.0.0.1", "localhost"))
    answer = at_provider.walker.submit(at_provider.walker.get("/sign-in"))
    assert answer.status_code == 500
    assert "calls itself" not in answer.text


@pytest.mark.parametrize(
    ("issuer", "client_id", "match"),
    [
        ("http://login.example.com", "c", "ISSUER"),
        ("login.example.com", "c", "ISSUER"),
        ("https://login.example.com", "", "CLIENT_ID"),
        ("", "c", "ISSUER"),
    ],
)
def test_a_provider_that_can_t_be_meant_is_refused_at_the_start(issuer: str, client_id: str, match: str) -> None:
    from composio.errors import ConfigurationError

    with pytest.raises(ConfigurationError, match=match):
        Settings.of({"COMPOSIO_OIDC_ISSUER": issuer, "COMPOSIO_OIDC_CLIENT_ID": client_id})
