"""Letting a command line in: its link, the page, the code, and the second address of v0.7."""

from __future__ import annotations

import dataclasses
import re
import socket
from collections.abc import Iterator

import httpx
import pytest

from composio.model.secret import Secret
from composio_server.pages.login_listener import LoginListener, login_listener
from composio_server.services.keys import Scope
from composio_server.services.people import Role
from composio_server.services.projects import Project
from composio_server.services.services import Services
from tests.peers.walker import Walker, text_of

PASSWORD = Secret("correct horse battery")


@pytest.fixture
def signed_in(walker: Walker, services: Services) -> Walker:
    """An admin's browser."""
    return as_person(walker, services, "admin")


def as_person(walker: Walker, services: Services, name: str) -> Walker:
    person = services.people.set_password(name, PASSWORD)
    walker.client.cookies.set("composio-session", services.web_sessions.begin(person).reveal())
    return walker


def begin(walker: Walker) -> str:
    key: str = walker.get("/api/v1/cli/generate-cli-session").json()["key"]
    return key


def test_a_command_line_gets_a_key_of_the_project_that_its_user_picked(
    signed_in: Walker, services: Services, project: Project
) -> None:
    services.projects.create("other")
    key = begin(signed_in)
    page = signed_in.get(f"/?cliKey={key}")
    assert "first (owner)" in text_of(page)
    assert "other (owner)" in text_of(page)
    shown = signed_in.submit(page, {"project": project.id})
    code = re.search(r'<output class="code">([A-Z2-9]{8})</output>', shown.text)
    assert code
    api_key = signed_in.get(f"/api/v1/cli/verify-cli-code?key={key}&code={code[1]}").json()["apiKey"]
    assert services.keys.verify(api_key).project_id == project.id
    assert services.keys.verify(api_key).may(Scope.ADMIN)
    assert "admin" in services.keys.list_keys(project.id)[0].name


@pytest.mark.parametrize("base", ["/api/v3", "/api/v3.1"])
def test_a_program_of_v3_gets_a_key_once_its_user_typed_the_code(
    signed_in: Walker, services: Services, project: Project, base: str
) -> None:
    begun = signed_in.client.post(f"{signed_in.url}{base}/cli/create-session").json()
    assert (begun["status"], begun["scope"]) == ("pending", "project")
    asked = f"{base}/cli/get-session?id={begun['id']}"
    waiting = signed_in.get(asked).json()
    assert (waiting["status"], waiting["api_key"], waiting["account"]) == ("pending", None, None)
    page = signed_in.get(f"/?cliKey={begun['id']}")
    assert begun["code"] not in page.text
    assert "just started it yourself" in text_of(page)
    for typed in ({}, {"code": "AAAAAAAA"}):
        refused = signed_in.submit(page, {"project": project.id, **typed})
        assert refused.status_code == 400
        assert signed_in.get(asked).json()["status"] == "pending"
    assert "Access allowed" in text_of(signed_in.submit(page, {"project": project.id, "code": begun["code"]}))
    linked = signed_in.get(asked).json()
    assert (linked["status"], linked["account"]["name"]) == ("linked", "admin")
    assert services.keys.verify(linked["api_key"]).project_id == project.id
    assert signed_in.get(asked).status_code == 400


def test_a_session_of_v0_7_tells_v3_nothing(signed_in: Walker, services: Services) -> None:
    key = begin(signed_in)
    answer = signed_in.get(f"/api/v3.1/cli/get-session?id={key}")
    assert answer.status_code == 400
    assert services.cli_sessions.get(key).code not in answer.text


def test_nobody_sees_the_code_before_signing_in(walker: Walker, services: Services, project: Project) -> None:
    services.people.set_password("admin", PASSWORD)
    key = begin(walker)
    form = walker.get(f"/cli?cliKey={key}")
    assert "Password" in text_of(form)
    page = walker.submit(form, {"name": "admin", "password": PASSWORD.reveal()})
    assert "Give a program access?" in text_of(page)  # back to what was asked for
    assert services.cli_sessions.get(key).code not in "".join(one.text for one in walker.seen)


def test_a_link_alone_lets_nothing_in(signed_in: Walker, services: Services, project: Project) -> None:
    key = begin(signed_in)
    signed_in.get(f"/?cliKey={key}")
    assert services.cli_sessions.get(key).project_id is None


def test_another_sites_form_lets_nothing_in(signed_in: Walker, services: Services, project: Project) -> None:
    key = begin(signed_in)
    page = signed_in.get(f"/?cliKey={key}")
    for form in ({"key": key, "project": project.id}, {"key": key}):
        assert signed_in.client.post(f"{signed_in.url}/cli", data=form).status_code == 403
    refused = signed_in.submit(page, {"project": project.id}, headers={"sec-fetch-site": "cross-site"})
    assert refused.status_code == 403
    assert services.cli_sessions.get(key).project_id is None


def test_a_member_lets_programs_into_their_own_projects_with_no_more_than_they_may(
    walker: Walker, services: Services, project: Project
) -> None:
    other = services.projects.create("theirs")
    services.people.add_member(project.id, "ann", Role.DEVELOPER)
    as_person(walker, services, "ann")
    key = begin(walker)
    page = walker.get(f"/?cliKey={key}")
    assert "theirs" not in text_of(page)
    refused = walker.submit(page, {"project": other.id})
    unknown = walker.submit(page, {"project": "pr_unknown"})
    assert refused.status_code == unknown.status_code == 403
    assert text_of(refused) == text_of(unknown)
    walker.submit(page, {"project": project.id})
    caller = services.keys.verify(services.cli_sessions.verify(key, services.cli_sessions.get(key).code).reveal())
    assert caller.may(Scope.EXECUTE)
    assert not caller.may(Scope.ADMIN)


@pytest.mark.parametrize("key", ["x", "A" * 43, "<script>alert(1)</script>"])
def test_a_sign_in_that_nobody_began_is_said_to_be_unknown(signed_in: Walker, project: Project, key: str) -> None:
    answer = signed_in.get("/cli", params={"cliKey": key})
    assert (answer.status_code, "Unknown sign-in" in text_of(answer)) == (400, True)
    assert "<script>" not in answer.text


@pytest.fixture
def listener(services: Services) -> Iterator[LoginListener]:
    made = login_listener(services, port=0)
    assert made is not None
    yield made
    made.close()


def ask(listener: LoginListener, path: str, **more: str) -> httpx.Response:
    return httpx.get(f"http://127.0.0.1:{listener.port}{path}", headers=more, trust_env=False)


def test_v0_7_s_own_address_leads_to_the_page(listener: LoginListener) -> None:
    answer = ask(listener, "/?cliKey=abc%26x%0d%0a")
    assert answer.status_code == 302
    assert answer.headers["location"] == "http://localhost:9899/cli?cliKey=abc%26x%0D%0A"
    done = ask(listener, "/redirect?status=success&appName=%3Cb%3Eacme")
    assert "<b>" not in done.text
    assert "acme is connected" in text_of(done)
    assert "frame-ancestors 'none'" in done.headers["content-security-policy"]
    assert "not connected" in text_of(ask(listener, "/redirect?status=failed&appName=acme"))


def test_it_answers_nothing_else_and_to_no_other_name(listener: LoginListener) -> None:
    assert ask(listener, "/").status_code == 404
    assert ask(listener, "/api/v1/apps").status_code == 404
    assert ask(listener, "/?cliKey=a", host="evil.example").status_code == 404
    assert httpx.post(f"http://127.0.0.1:{listener.port}/?cliKey=a", trust_env=False).status_code == 404


def test_it_listens_for_a_server_at_v0_7_s_port_only_and_where_nobody_else_does(services: Services) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert login_listener(services, port=taken.getsockname()[1]) is None
    object.__setattr__(services, "settings", dataclasses.replace(services.settings, port=8000))
    assert login_listener(services, port=0) is None
