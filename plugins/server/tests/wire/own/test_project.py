"""A project's members and its pages' look, over HTTP."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from composio_server.services.branding import Branding
from composio_server.services.keys import Scope
from composio_server.services.projects import Project
from composio_server.services.services import Services

API = "/api/v3.1/project"


def names(client: httpx.Client) -> list[tuple[str, str]]:
    return [(one["name"], one["role"]) for one in client.get(f"{API}/members").json()["members"]]


def test_members_are_let_in_given_roles_and_removed(client: httpx.Client, other: httpx.Client, services: Services) -> None:
    ann = client.put(f"{API}/members", json={"name": " Ann@Example.com "}).json()
    assert names(client) == [("ann@example.com", "developer")]
    client.put(f"{API}/members", json={"name": "ann@example.com", "role": "viewer"})
    assert names(client) == [("ann@example.com", "viewer")]
    assert names(other) == []
    stranger, unknown = (other.delete(f"{API}/members/{one}") for one in (ann["id"], "person_0"))
    assert (stranger.status_code, unknown.status_code) == (404, 404)
    assert names(client) == [("ann@example.com", "viewer")]
    assert client.delete(f"{API}/members/{ann['id']}").json() == {"removed": ann["id"]}
    assert names(client) == []
    actions = [one.action for one in _audited(services, client)]
    assert f"PUT {API}/members" in actions


def _audited(services: Services, client: httpx.Client) -> list[Any]:
    project_id = client.get("/api/v3.1/whoami").json()["project"]["id"]
    services.backends.shared.run(services.audit.aclose)
    return services.audit.list_entries(project_id)


def test_the_look_of_pages_is_changed_as_a_whole(
    client: httpx.Client, other: httpx.Client, services: Services, project: Project
) -> None:
    assert set(client.get(f"{API}/branding").json().values()) == {""}
    look = {"name": "Shop", "color": "#1A7F37", "domain": "connect.example.com"}
    assert client.put(f"{API}/branding", json=look).json()["color"] == "#1a7f37"
    assert Branding.of(services.projects.settings(project.id)).name == "Shop"
    assert client.put(f"{API}/branding", json={"name": "Store"}).json()["domain"] == ""
    assert client.get(f"{API}/branding").json()["name"] == "Store"
    assert set(other.get(f"{API}/branding").json().values()) == {""}


def test_rates_and_what_the_log_keeps_are_changed_as_a_whole(
    client: httpx.Client, other: httpx.Client, services: Services, project: Project
) -> None:
    usual = {"rates": {"project": "", "key": "", "entity": ""}, "log_payloads": True, "log_chars": None, "log_days": None}
    assert client.get(f"{API}/settings").json() == usual
    chosen = {"rates": {"entity": "5/s:20"}, "log_payloads": False, "log_days": 7}
    made = client.put(f"{API}/settings", json=chosen).json()
    assert made == {**usual, "rates": {"project": "", "key": "", "entity": "5/s:20"}, "log_payloads": False, "log_days": 7}
    stored = services.projects.settings(project.id)
    assert (stored["rates"], services.calls.kept_chars(stored)) == ({"entity": "5/s:20"}, 0)
    assert client.put(f"{API}/settings", json={}).json() == usual
    assert not {"rates", "log_payloads", "log_days"} & set(services.projects.settings(project.id))
    assert other.get(f"{API}/settings").json() == usual


@pytest.mark.parametrize(
    ("path", "body", "said"),
    [
        ("settings", {"rates": {"entity": "often"}}, "rates: A rate is"),
        ("settings", {"rates": {"user": "5/s"}}, "not a JSON object"),
        ("settings", {"log_days": 0}, "log_days is a number from 1"),
        ("settings", {"log_chars": 10_000_000}, "log_chars is a number from 1"),
        ("branding", {"color": "red"}, "branding.color"),
        ("branding", {"logo_url": "javascript:alert(1)"}, "branding.logo_url"),
        ("branding", {"colour": "#ffffff"}, "not a JSON object"),
        ("branding", {"name": 5}, "not a JSON object"),
        ("members", {"name": "ann", "role": "king"}, "not a JSON object"),
        ("members", {"name": "<b>"}, "name"),
        ("members", {}, "not a JSON object"),
    ],
)
def test_what_can_not_be_meant_is_refused(client: httpx.Client, path: str, body: Any, said: str) -> None:
    answer = client.put(f"{API}/{path}", json=body)
    assert answer.status_code == 400
    assert said in answer.json()["error"]["message"]


def test_a_key_that_is_no_admins_manages_nobody(services: Services, url: str, project: Project) -> None:
    scopes = [Scope.READ, Scope.CONNECT, Scope.EXECUTE]
    key = services.keys.create(project.id, "weak", scopes)[1].reveal()
    with httpx.Client(base_url=url, headers={"x-api-key": key}, trust_env=False) as weak:
        assert weak.get(f"{API}/members").status_code == 403
        assert weak.put(f"{API}/members", json={"name": "eve", "role": "owner"}).status_code == 403
        assert weak.put(f"{API}/branding", json={}).status_code == 403
        assert weak.put(f"{API}/settings", json={}).status_code == 403
        assert weak.get(f"{API}/branding").status_code == 200
