"""The table of v0.7's action names: what counts as the same operation, and what is said of the others."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from composio.embedded import EmbeddedBackend
from composio.model.action import ActionModel, HttpBinding
from tests.peers.scripts import load_script


@pytest.fixture(scope="module")
def compat() -> ModuleType:
    return load_script("compat")


def acting(method: str, path: str) -> ActionModel:
    return ActionModel(slug="PEER_DO", app="peer", binding=HttpBinding(method, path))


@pytest.mark.parametrize(
    ("mine", "theirs", "expected"),
    [
        (("GET", "/repos/{owner}/{repo}"), ("get", "/repos/{o}/{r}"), True),
        (("GET", "/v1/items/{id}"), ("GET", "/items/{item_id}/"), True),
        (("GET", "/items"), ("GET", "/api/v2/items"), True),
        (("GET", "/items"), ("POST", "/items"), False),
        (("GET", "/items"), ("GET", "/things"), False),
        (("GET", "/items"), ("", ""), None),
    ],
)
def test_an_operation_is_the_same_whatever_its_placeholders_and_server_are_called(
    compat: ModuleType, mine: tuple[str, str], theirs: tuple[str, str], expected: bool | None
) -> None:
    assert compat.is_same(acting(*mine), *theirs) is expected


def test_each_name_counts_once(compat: ModuleType) -> None:
    actions = {"PEER_A": acting("GET", "/a"), "PEER_B": acting("GET", "/b"), "PEER_C": acting("GET", "/c")}
    names = {"PEER_A": ("GET", "/a"), "PEER_B": ("POST", "/b"), "PEER_C": ("", ""), "PEER_D": ("GET", "/d")}
    found = compat.look_up("peer", names, actions)
    assert (found.names, found.same, found.alike, found.resolved, found.missing) == (4, 1, 1, 2, ["PEER_D"])
    assert found.wrong == ["PEER_B: POST /b was called, GET /b is"]


def test_the_names_are_those_of_the_published_sdk(compat: ModuleType) -> None:
    apps: Mapping[str, Any] = compat.read_names()
    assert sum(map(len, apps.values())) == 10_005
    assert apps["github"]["GITHUB_STAR_A_REPOSITORY_FOR_THE_AUTHENTICATED_USER"] == ("PUT", "/user/starred/{owner}/{repo}")


def test_an_app_that_is_not_here_is_said_to_be_missing(
    compat: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        compat, "read_names", lambda: {"hackernews": {"HACKERNEWS_GET_USER": ("", "")}, "gone": {"GONE_DO": ("", "")}}
    )
    monkeypatch.setattr(compat, "EmbeddedBackend", lambda: EmbeddedBackend(home=tmp_path))
    assert compat.main(["--json", "--least", "1"]) == 0
    gone, here = json.loads(capsys.readouterr().out)
    assert (gone["absent"], gone["missing"], here["resolved"]) == (True, ["GONE_DO"], 1)
    assert compat.main(["--least", "2"]) == 1
    shown = capsys.readouterr()
    assert "1 apps" in shown.out
    assert "1 names resolve; 2 have to." in shown.err
    assert compat.main(["--missing", "gone"]) == 0
    assert capsys.readouterr().out == "GONE_DO\n"
