"""The first steps, and calls as code for every framework that there is a package for."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from composio_server.dashboard.frameworks import FRAMEWORKS, example_of
from composio_server.services.keys import Scope
from composio_server.services.people import Role
from composio_server.services.projects import Project
from composio_server.services.services import Services
from tests.peers.acme_api import Acme
from tests.peers.axe import judge
from tests.peers.visitor import Visitor
from tests.peers.walker import text_of

PLUGINS = Path(__file__).parents[3]


def test_every_framework_s_plugin_is_offered_and_no_other() -> None:
    found = set()
    for file in PLUGINS.glob("*/pyproject.toml"):
        stated = tomllib.loads(file.read_text("utf-8"))
        if "framework" in stated.get("tool", {}).get("composio", {}):
            name = file.parent.name
            assert stated["project"]["name"] == f"opencomposio-{name}"
            assert (file.parent / f"composio_{name.replace('-', '_')}" / "__init__.py").exists()
            found.add(name)
    assert set(FRAMEWORKS) == found
    assert len(FRAMEWORKS) == len(found)


@pytest.mark.parametrize("framework", ["anthropic", "openai-agents", "openai_agents"])
def test_the_steps_are_of_the_framework_chosen(owner: Visitor, framework: str) -> None:
    page = owner.get("start", framework=framework)
    assert f"pip install opencomposio-{framework.replace('_', '-')}" in text_of(page)
    assert f"from composio_{framework.replace('-', '_')} import ComposioToolSet" in text_of(page)
    assert "api_key=..." not in text_of(page)  # what is copied runs


def test_a_key_is_tested_and_never_shown(visitor: Callable[..., Visitor], services: Services, project: Project) -> None:
    viewer = visitor(Role.VIEWER)
    page = viewer.get("start")
    good = services.keys.create(project.id, "agents", [Scope.READ])[1].reveal()
    other = services.keys.create(services.projects.create("other").id, "agents", [Scope.READ])[1].reveal()
    right = viewer.post(page, "/start/key", key=f" {good} ")
    assert right.status_code == 200
    assert "It may read." in text_of(right)
    assert 'class="done"><h2>Take a key' in right.text
    for key, said in (
        (other, "another project"),
        (f"ck_{'a' * 16}_{'b' * 43}", "Unknown API key"),
        ("<script>", "key"),
        ("", "key"),
    ):
        wrong = viewer.post(page, "/start/key", key=key)
        assert wrong.status_code == 422
        assert said in text_of(wrong)
        assert not key or key not in wrong.text.replace("<script src", "")
    assert good not in right.text


def test_an_action_s_page_has_its_schemas_and_calls_in_a_framework(owner: Visitor, acme: Acme) -> None:
    assert "/actions/ACME_GET_ME" in owner.get("apps/acme").text
    page = owner.get("actions/ACME_GET_ME", framework="crewai")
    said = text_of(page)
    assert "from composio_crewai import ComposioToolSet" in said
    assert "get_tools(actions=['ACME_GET_ME']" in said
    assert '"type": "object"' in said
    unknown = owner.get("actions/ACME_GET_MEE")
    assert unknown.status_code == 404
    assert "ACME_GET_ME" in text_of(unknown)


def test_examples_are_of_what_a_schema_needs() -> None:
    schema = {
        "type": "object",
        "required": ["a", "b", "c", "d", "e", "f"],
        "properties": {
            "a": {"type": "string", "examples": ["x"]},
            "b": {"enum": ["one", "two"]},
            "c": {"type": ["null", "integer"]},
            "d": {"default": False},
            "e": True,
            "not_needed": {"type": "string"},
        },
    }
    assert example_of(schema) == {"a": "x", "b": "one", "c": 1, "d": False, "e": "<e>", "f": "<f>"}
    assert example_of({"required": "a", "properties": []}) == {}


def test_the_pages_pass_axe_and_fit_a_phone(owner: Visitor, acme: Acme) -> None:
    session = {"composio-session": owner.client.cookies["composio-session"]}
    found = judge([(f"{owner.project}/{path}", session) for path in ("start", "actions/ACME_GET_ME")])
    assert {one["title"]: one["violations"] for one in found if one["violations"]} == {}
    assert [one["title"] for one in found if one["wide"]] == []
