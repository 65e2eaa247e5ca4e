"""``composio policy`` and ``composio approvals`` over a home of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from composio import ComposioToolSet
from composio.cli.main import app
from composio.cli.session import Session
from composio.embedded import EmbeddedBackend
from composio.testing import FakeUpstream
from tests.peers.described import openapi, write_app

ANSWER = {"200": {"description": "ok", "content": {"application/json": {"schema": {"type": "object"}}}}}
BODY = {"type": "object", "properties": {"amount": {"type": "number"}}}
REFUND = {"summary": "Create refund", "responses": ANSWER, "requestBody": {"content": {"application/json": {"schema": BODY}}}}
POLICY = """
otherwise = "deny"
[[confirm]]
actions = ["TILL_CREATE_REFUND"]
by = "finance"
"""


@pytest.fixture
def backend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[EmbeddedBackend]:
    monkeypatch.setenv("COMPOSIO_ENCRYPTION_KEY", "77" * 32)
    monkeypatch.chdir(tmp_path)
    spec = tmp_path / "till.json"
    document = {
        "openapi": "3.0.3",
        "info": {"title": "Till", "version": "1"},
        "servers": [{"url": "https://till.example"}],
        "paths": {"/refunds": {"post": REFUND, "get": {"summary": "List refunds", "responses": ANSWER}}},
    }
    spec.write_text(json.dumps(document), "utf-8")
    (tmp_path / "policy.toml").write_text(POLICY, "utf-8")
    made = EmbeddedBackend(home=tmp_path / "home")
    made.catalog.add("till", str(spec))
    yield made
    made.close()


def run(backend: EmbeddedBackend, *words: str, code: int = 0) -> Any:
    done = CliRunner().invoke(app, list(words), obj=Session(lambda: backend))
    assert done.exit_code == code, (done.stdout, done.stderr)
    return done


def test_a_policy_is_checked_and_explained(backend: EmbeddedBackend) -> None:
    assert "has 1 rule, and otherwise deny()" in run(backend, "policy", "check").stdout
    found = json.loads(run(backend, "policy", "explain", "till_create_refund", "-p", '{"amount": 5}', "--json").stdout)
    assert (found["verdict"], found["by"], found["effect"], found["offered"]) == ("confirm", ["finance"], "destructive", True)
    found = json.loads(run(backend, "policy", "explain", "TILL_LIST_REFUNDS", "--json").stdout)
    assert (found["verdict"], found["rules"], found["offered"]) == ("deny", ["deny()"], False)
    assert "TILL_LIST_REFUNDS" in run(backend, "policy", "explain", "TILL_LIST_REFUND", code=1).stderr


def test_a_flow_is_explained_for_the_recipients_that_a_run_names(tmp_path: Path) -> None:
    answers = {"200": {"description": "ok"}}
    body = {"content": {"application/json": {"schema": {"type": "object", "properties": {"to": {"type": "string"}}}}}}
    document = openapi(
        "Post",
        "https://post.example",
        {"/letters": {"post": {"summary": "Send letter", "responses": answers, "requestBody": body}}},
    )
    write_app(tmp_path, "post", document, flows={"POST /letters": {"sends": "outside", "to": "to"}})
    policy = tmp_path / "flow.toml"
    policy.write_text('otherwise = "allow"\nflow = "confirm"\n')
    made = EmbeddedBackend(home=tmp_path)
    words = ("policy", "explain", "POST_SEND_LETTER", "-p", '{"to": "bob"}', "--policy", str(policy), "--json")
    found = json.loads(run(made, *words).stdout)
    assert found["verdict"] == "confirm"
    assert "to has a recipient that the run does not name" in found["rules"][0]
    assert json.loads(run(made, *words, "--recipient", "bob").stdout)["verdict"] == "allow"
    assert json.loads(run(made, "policy", "check", str(policy), "--json").stdout)["flow"] == "confirm()"
    made.close()


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ('actions = ["TILL_CREATE_REFUNDS"]', "TILL_CREATE_REFUND"),
        ('actions = ["TILL_REMOVE_*"]', "TILL_REMOVE_*"),
        ('actions = ["TIL_*"]', "TILL_*"),
        ('app = "til"', "till"),
        ('acton = ["X"]', "did you mean actions"),
    ],
)
def test_a_rule_that_names_nothing_is_found(backend: EmbeddedBackend, tmp_path: Path, rule: str, said: str) -> None:
    file = tmp_path / "other.toml"
    file.write_text(f'otherwise = "allow"\n[[deny]]\n{rule}\n', "utf-8")
    assert said in run(backend, "policy", "check", str(file), code=1).stderr


def test_a_call_is_approved_and_run_from_the_shell(backend: EmbeddedBackend, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "No calls wait" in run(backend, "approvals").stderr
    with FakeUpstream.of(backend, "till") as api:
        monkeypatch.setenv("COMPOSIO_TILL_BASE_URL", api.url)
        toolset = ComposioToolSet(backend=backend, policy="policy.toml")
        ids = [toolset.execute_action("TILL_CREATE_REFUND", {"amount": amount}).approval_id for amount in (5, 6)]
        first, second = map(str, ids)
        listed = json.loads(run(backend, "approvals", "--json").stdout)
        assert [(one["id"], one["arguments"]) for one in listed] == [(second, {"amount": 6}), (first, {"amount": 5})]
        assert first in run(backend, "approvals").stdout
        assert "finance" in run(backend, "approvals", "approve", first, "--by", "eve", code=1).stderr
        both = run(backend, "approvals", "approve", first, "apr_0", "--by", "carol", "--group", "finance", code=1)
        assert "apr_0" in both.stderr
        assert json.loads(run(backend, "approvals", "get", first, "--json").stdout)["status"] == "pending", "all or none"
        assert "approved by carol" in run(backend, "approvals", "approve", first, "--by", "carol", "--group", "finance").stdout
        run(backend, "approvals", "deny", second, "--by", "finance", "--reason", "no")
        assert json.loads(run(backend, "approvals", "get", second, "--json").stdout)["reason"] == "no"
        assert "denied" in run(backend, "approvals", "run", second, code=1).stderr
        assert json.loads(run(backend, "approvals", "run", first).stdout)["successful"]
        assert [one.arguments for one in api.requests] == [{"amount": 5}]
        assert "used" in run(backend, "approvals", "run", first, code=1).stderr
        assert len(api.requests) == 1
    assert "composio approvals" in run(backend, "approvals", "get", "apr_0", code=1).stderr
    assert "pending" in run(backend, "approvals", "--status", "open", code=1).stderr
