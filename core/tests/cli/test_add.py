"""``composio add`` over the real accounts, with an API in memory. What needs a browser or a terminal is in tests/e2e."""

from __future__ import annotations

import re
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest

from composio.accounts.book import Book

KEY = "k3y-of-notes-0123456789"
GIVEN = ("--field", f"api_key={KEY}", "--field", "subdomain=acme")


def one_connection(connecting: Any) -> Any:
    (found,) = connecting.json("connections")
    return found


def test_typed_values_connect_at_once_and_the_documented_line_is_printed(connecting: Any) -> None:
    done = connecting("add", "notes", *GIVEN)
    assert done.exit_code == 0, done.stderr
    made = one_connection(connecting)
    first, second = done.stdout.splitlines()
    assert first == f"✔ notes added successfully with ID: {made['integration_id']}"
    assert second == f"  Connection: {made['id']} (entity default, API_KEY)"
    assert re.fullmatch(r"int_\w+", made["integration_id"])
    assert made["status"] == "ACTIVE"
    assert "Warning" not in done.stderr


def test_the_new_connection_is_tried(connecting: Any) -> None:
    connecting("add", "notes", *GIVEN)
    (request,) = connecting.api.requests
    assert (request.url.path, request.headers["x-key"], request.headers["x-plan"]) == ("/api/me", KEY, "free")


def test_values_that_the_app_does_not_take_are_a_warning_and_are_not_shown(connecting: Any) -> None:
    done = connecting("add", "notes", "--field", "api_key=wr0ng-key-987", "--field", "subdomain=acme")
    assert done.exit_code == 0
    assert "Warning: it is stored, but trying it failed" in done.stderr
    assert f"composio connections remove {one_connection(connecting)['id']}" in done.stderr
    assert "wr0ng" not in done.output


def test_an_app_that_repeats_the_value_does_not_get_it_onto_the_screen(connecting: Any) -> None:
    connecting.api._routes["GET", "/api/me"] = lambda request: (403, {"message": f"bad {request.headers['x-key']}"})
    done = connecting("add", "notes", *GIVEN)
    assert "bad" in done.stderr
    assert KEY not in done.output
    assert KEY not in connecting("add", "notes", *GIVEN, "--force", "--json").output


def test_values_come_from_files_and_standard_input(connecting: Any, tmp_path: Path) -> None:
    file = tmp_path / "subdomain"
    file.write_text("acme\n")
    done = connecting("add", "notes", "--field", "api_key=-", "--field", f"subdomain=@{file}", stdin=f"{KEY}\n")
    assert done.exit_code == 0, done.stderr
    assert connecting.api.requests[-1].headers["x-key"] == KEY


def test_missing_values_are_named_with_their_descriptions_where_nobody_can_be_asked(connecting: Any) -> None:
    done = connecting("add", "notes", "-a", "api_key")
    assert done.exit_code == 1
    assert "api_key (From the settings page); subdomain (Before .notes.example)" in done.stderr
    assert "composio add notes --field api_key=@FILE --field subdomain=..." in done.stderr
    assert "color" not in done.stderr
    assert connecting.json("connections") == []


def test_only_what_is_still_missing_is_named(connecting: Any) -> None:
    done = connecting("add", "notes", "--field", f"api_key={KEY}")
    assert "needs subdomain" in done.stderr
    assert KEY not in done.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("add", "notse"), "Unknown app 'notse'. Did you mean notes"),
        (("add", "notes", "-a", "API_KYE", *GIVEN), "Did you mean API_KEY"),
        (("add", "notes", "-a", "api_key", *GIVEN, "--field", "colour=red"), "Did you mean 'color'"),
        (("add", "notes", "-i", "int_nothing", *GIVEN), "Unknown integration 'int_nothing'"),
        (("add", "notes", "-e", "  ", *GIVEN), "entity"),
    ],
)
def test_what_is_wrong_is_said_with_what_was_meant(connecting: Any, arguments: tuple[str, ...], message: str) -> None:
    done = connecting(*arguments)
    assert done.exit_code == 1
    assert message in done.stderr
    assert KEY not in done.output
    assert connecting.json("connections") == []


def test_a_mistyped_field_is_told_as_such_and_not_as_a_missing_one(connecting: Any) -> None:
    done = connecting("add", "notes", "-a", "api_key", "--field", f"api_kye={KEY}", "--field", "subdomain=acme")
    assert done.exit_code == 1
    assert "has no field 'api_kye'. Did you mean 'api_key'?" in done.stderr
    assert KEY not in done.output


def test_a_field_that_can_t_be_read_is_a_usage_error(connecting: Any) -> None:
    done = connecting("add", "notes", "--field", KEY)
    assert done.exit_code == 2
    assert "NAME=VALUE" in done.stderr
    assert KEY not in done.output


def test_entity_and_labels_are_the_connection_s(connecting: Any) -> None:
    connecting("add", "notes", *GIVEN, "-e", "alice", "-l", "work", "--label", "main")
    made = one_connection(connecting)
    assert (made["entity_id"], made["labels"]) == ("alice", ["work", "main"])


def test_an_active_connection_is_mentioned_and_kept(connecting: Any) -> None:
    connecting("add", "notes", *GIVEN)
    known = one_connection(connecting)
    asked = len(connecting.api.requests)
    done = connecting("add", "notes")
    assert done.exit_code == 0
    assert f"notes is already connected for entity default: {known['id']} (API_KEY)" in done.stdout
    assert "--force" in done.stderr
    assert len(connecting.api.requests) == asked
    assert one_connection(connecting) == known
    result = connecting.json("add", "notes")
    assert (result["existing"], result["connection"]) == (True, known)


def test_another_entity_s_connection_is_not_taken_for_ones_own(connecting: Any) -> None:
    connecting("add", "notes", *GIVEN, "-e", "alice")
    connecting("add", "notes", *GIVEN, "-e", "bob")
    assert [one["entity_id"] for one in connecting.json("connections")] == ["bob", "alice"]


def test_a_disabled_one_is_none(connecting: Any) -> None:
    connecting("add", "notes", *GIVEN)
    connecting("connections", "disable", one_connection(connecting)["id"])
    connecting("add", "notes", *GIVEN)
    assert len(connecting.json("connections")) == 2


def test_forced_there_is_a_second_of_the_same_integration_and_the_newest_is_used(connecting: Any) -> None:
    connecting("add", "notes", "--field", "api_key=an-older-key-1", "--field", "subdomain=acme")
    done = connecting.json("add", "notes", *GIVEN, "--force")
    newest, oldest = connecting.json("connections", "--app", "notes")
    assert (done["existing"], done["warning"], done["connection"]) == (False, None, newest)
    assert newest["integration_id"] == oldest["integration_id"] == done["integration_id"]
    assert connecting.api.requests[-1].headers["x-key"] == KEY


def test_what_is_printed_is_what_is_stored_once_it_was_tried(connecting: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """That it worked is kept as well, and may be a second later."""
    ticks = count(1_800_000_000, 10)
    monkeypatch.setattr(Book.__init__, "__defaults__", (lambda: float(next(ticks)),))
    done = connecting.json("add", "notes", *GIVEN)
    assert done["connection"] == one_connection(connecting)


def test_a_named_integration_is_used(connecting: Any) -> None:
    connecting("add", "notes", *GIVEN)
    (integration,) = connecting.json("integrations")
    done = connecting.json("add", "notes", "-i", integration["id"], "-e", "alice", *GIVEN)
    assert done["integration_id"] == integration["id"]
    assert len(connecting.json("integrations")) == 1


def test_an_app_that_needs_nothing_is_not_connected(connecting: Any) -> None:
    schemes = [{"auth_mode": "NO_AUTH"}]
    connecting.define({"name": "Open", "unique_key": "open", "auth_schemes": schemes, "spec": {"file": "openapi.json"}})
    done = connecting("add", "open")
    assert (done.exit_code, done.stdout) == (0, "")
    assert "needs no connection" in done.stderr
    assert connecting.json("connections") == []


def test_that_nothing_is_known_of_credentials_is_not_said_to_be_none(connecting: Any) -> None:
    connecting.define({"name": "Open", "unique_key": "open", "spec": {"file": "openapi.json"}})
    done = connecting("add", "open")
    assert (done.exit_code, done.stdout) == (0, "")
    assert "needs no connection" not in done.stderr
    assert "--auth" in done.stderr


def test_a_mode_that_is_asked_for_is_never_replaced_by_what_is_only_called_so(connecting: Any) -> None:
    token = {"name": "OAUTH2", "auth_mode": "BEARER_TOKEN", "fields": [{"name": "token"}]}
    connecting.define({"name": "Crate", "unique_key": "crate", "auth_schemes": [token], "spec": {"file": "openapi.json"}})
    for spelled in ("OAUTH2", "oauth2"):
        done = connecting("add", "crate", "--auth-mode", spelled, "--field", "token=t0ken-of-crate")
        assert done.exit_code == 1
        assert "crate has no auth scheme" in done.stderr
        assert "It has BEARER_TOKEN" in done.stderr
    assert connecting.json("connections") == []
    done = connecting("add", "crate", "--field", "token=t0ken-of-crate")
    assert (done.exit_code, one_connection(connecting)["auth_mode"]) == (0, "BEARER_TOKEN")


def test_without_an_oauth_client_it_is_said_how_to_get_one_and_how_to_go_on(connecting: Any) -> None:
    done = connecting("add", "notes", "-a", "oauth2")
    assert done.exit_code == 1
    for part in (
        "https://notes.example/docs",
        "http://127.0.0.1:8419/callback",
        "COMPOSIO_OAUTH_NOTES_CLIENT_ID",
        "COMPOSIO_OAUTH_NOTES_CLIENT_SECRET",
        "composio add notes --field client_id=... --field client_secret=@FILE",
        "composio add notes --auth-mode API_KEY",
    ):
        assert part in done.stderr
    assert connecting.json("connections") == []


def test_a_client_of_ones_own_makes_an_integration_and_nobody_coming_back_leaves_no_connection(
    connecting: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMPOSIO_REDIRECT_PORT", "0")
    client = ("--field", "client_id=notes-client", "--field", "client_secret=cl13nt-s3cret")
    done = connecting("add", "notes", *client, "-s", "write", "-s", "admin", "--no-browser", "--timeout", "1")
    assert done.exit_code == 1
    address = httpx.URL(re.findall(r"https://notes\.example/authorize\S+", done.stderr)[0])
    assert address.params["client_id"] == "notes-client"
    assert address.params["scope"] == "write admin"
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/callback", address.params["redirect_uri"])
    assert "Nobody allowed it within 1 seconds" in done.stderr
    assert "--timeout waits longer" in done.stderr
    assert "cl13nt" not in done.output
    assert connecting.json("connections") == []
    (integration,) = connecting.json("integrations")
    assert (integration["configured"], integration["use_composio_oauth_app"]) == (["client_id", "client_secret"], False)


def test_the_operator_s_client_is_used(connecting: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMPOSIO_REDIRECT_PORT", "0")
    monkeypatch.setenv("COMPOSIO_OAUTH_NOTES_CLIENT_ID", "operators-client")
    done = connecting("add", "notes", "-a", "OAUTH2", "--no-browser", "--timeout", "1")
    assert "client_id=operators-client" in done.stderr


def test_an_integration_s_client_is_not_replaced_in_passing(connecting: Any) -> None:
    client = ("--field", "client_id=first", "--timeout", "1", "--no-browser")
    connecting("add", "notes", *client)
    (integration,) = connecting.json("integrations")
    done = connecting("add", "notes", "-i", integration["id"], "--field", "client_id=second")
    assert done.exit_code == 1
    assert "--field client_id: an integration has its own" in done.stderr
    assert connecting.json("integrations") == [integration]


def test_a_client_is_no_field_of_a_key(connecting: Any) -> None:
    done = connecting("add", "notes", "-a", "api_key", *GIVEN, "--field", "client_id=x")
    assert done.exit_code == 1
    assert "has no field 'client_id'" in done.stderr


@pytest.mark.parametrize("option", ["--scope", "--label"])
def test_an_empty_name_is_a_usage_error(connecting: Any, option: str) -> None:
    done = connecting("add", "notes", *GIVEN, option, " ")
    assert done.exit_code == 2
    assert f"{option}: expected a name" in done.stderr


@pytest.mark.parametrize("timeout", ["0", "-1", "soon"])
def test_a_time_that_is_none_is_a_usage_error(connecting: Any, timeout: str) -> None:
    assert connecting("add", "notes", "--timeout", timeout).exit_code == 2
