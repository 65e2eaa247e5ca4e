from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

Run = Callable[..., Any]


def test_the_listing_shows_one_line_per_app(composio: Run) -> None:
    lines = composio("apps").stdout.splitlines()
    assert lines[0].split() == ["KEY", "NAME", "ACTIONS", "AUTH", "FROM", "COMPILED", "SOURCE"]
    assert lines[1].split() == ["pets", "Pets", "2", "api_key", "PETS_KEY", "yes", "npm:pets@1"]
    assert lines[2].split() == ["plants", "Plants", "-", "undeclared", "no"]


def test_a_pipe_gets_neither_colour_nor_padding(composio: Run) -> None:
    shown = composio("apps").stdout
    assert "\x1b" not in shown
    assert all(line == line.rstrip() for line in shown.splitlines())


def test_json_is_the_apps_own_listing(composio: Run, backend: Any) -> None:
    assert json.loads(composio("apps", "--json").stdout) == [known.listing() for known in backend.known]


def test_the_filter_looks_at_key_name_and_category_in_any_case(composio: Run) -> None:
    assert [a["key"] for a in json.loads(composio("apps", "--json", "--filter", "ANIM").stdout)] == ["pets"]


def test_a_filter_that_fits_nothing_says_so(composio: Run) -> None:
    done = composio("apps", "--filter", "zebra")
    assert (done.exit_code, done.stdout) == (0, "")
    assert "None of 2 apps has 'zebra'" in done.stderr
    assert json.loads(composio("apps", "--filter", "zebra", "--json").stdout) == []


def test_an_app_whose_file_has_a_mistake_is_named_below_the_listing(composio: Run, backend: Any) -> None:
    backend.operator.wrong = {"acme": ValueError("acme/integration.yaml: name: is\x1bmissing"), "crm": ValueError("crm/x: y")}
    done = composio("apps", "--json")
    assert [a["key"] for a in json.loads(done.stdout)] == ["pets", "plants"]
    assert done.stderr.count("Skipped, because its file is invalid: ") == 2
    assert "\x1b" not in done.stderr
    assert "crm" not in composio("apps", "--filter", "acme").stderr


def test_add_hands_name_description_and_base_url_on(composio: Run, backend: Any) -> None:
    done = composio("apps", "add", "zoo", "--spec", "zoo.yaml", "--base-url", "https://zoo.example")
    assert backend.operator.calls == [("add", "zoo", "zoo.yaml", "https://zoo.example")]
    assert done.stdout == "Added zoo: 3 actions. See them: composio actions --app zoo\n"


def test_add_hands_on_where_references_may_lead(composio: Run, backend: Any) -> None:
    assert composio("apps", "add", "zoo", "--spec", "z.yaml", "--allow-ref", "../a", "--allow-ref", "http://b").exit_code == 0
    assert backend.operator.calls == [("add", "zoo", "z.yaml", None, "../a", "http://b")]


def test_add_says_what_of_the_description_was_not_read_as_written(composio: Run) -> None:
    done = composio("apps", "add", "zoo", "--spec", "zoo.yaml")
    lines = done.stderr.splitlines()
    assert len(lines) == 6
    assert lines[0] == "  zoo: warning \\u001b[0m0"
    assert lines[-1] == "  ... and 2 more like these"


def test_add_hands_on_how_the_api_authenticates_and_what_may_be_decided(composio: Run, backend: Any) -> None:
    done = composio(
        "apps", "add", "zoo", "--spec", "z.yaml", "--auth", "bearer", "--auth", "query:key", "--replace", "--accept-server"
    )
    assert done.exit_code == 0
    assert backend.operator.calls == [("add", "zoo", "z.yaml", None, "bearer", "query:key")]
    given = backend.operator.choices
    assert (given.replace, given.keep, given.accept_server) == (True, False, True)
    # Nobody is asked where nobody sits in front of a terminal.
    assert given.ask_auth is given.ask_edit is given.ask_server is None
    composio("apps", "update", "zoo", "--keep")
    assert (backend.operator.choices.keep, backend.operator.choices.accept_server) == (True, False)


def test_keeping_and_dropping_edits_at_once_is_a_mistake(composio: Run, backend: Any) -> None:
    done = composio("apps", "add", "zoo", "--spec", "z.yaml", "--keep", "--replace")
    assert done.exit_code == 1
    assert "leave one out" in done.stderr
    assert backend.operator.calls == []


def test_where_nothing_is_known_of_credentials_it_says_so_and_what_helps(composio: Run) -> None:
    done = composio("apps", "add", "shed", "--spec", "shed.yaml")
    assert "does not say how to authenticate" in done.stderr
    assert "--auth" in done.stderr
    assert "--auth" not in composio("apps", "add", "zoo", "--spec", "zoo.yaml").stderr


def test_add_needs_a_description(composio: Run) -> None:
    done = composio("apps", "add", "zoo")
    assert done.exit_code == 2
    assert "--spec" in done.stderr


def test_update_takes_names_or_all_that_is_compiled(composio: Run, backend: Any) -> None:
    composio("apps", "update", "plants")
    done = composio("apps", "update")
    assert backend.operator.calls == [("update", "plants"), ("update",)]
    assert done.stdout == "pets: 2 actions from npm:pets@1\n"
    assert [a["key"] for a in json.loads(composio("apps", "update", "--json").stdout)] == ["pets"]


def test_update_takes_every_known_app(composio: Run, backend: Any) -> None:
    done = composio("apps", "update", "--all", "--json")
    assert [a["key"] for a in json.loads(done.stdout)] == [a.key for a in backend.known]


def test_export_says_what_was_written(composio: Run, tmp_path: Path) -> None:
    done = composio("apps", "export", str(tmp_path / "catalog.sqlite3"))
    assert done.stdout == f"2 apps in {tmp_path / 'catalog.sqlite3'}: 2.5 MB\n"


def test_update_without_anything_compiled_asks_for_a_name(composio: Run, backend: Any) -> None:
    backend.known = [a for a in backend.known if not a.compiled]
    done = composio("apps", "update")
    assert done.exit_code == 0
    assert "composio apps update github" in done.stderr


def test_remove(composio: Run, backend: Any) -> None:
    assert composio("apps", "remove", "zoo").stdout == "Removed zoo.\n"
    done = composio("apps", "remove", "pets")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "uninstall the package" in done.stderr


def test_apps_are_not_managed_through_a_backend_that_others_operate(composio: Run, backend: Any) -> None:
    backend.operator = None
    done = composio("apps", "remove", "zoo")
    assert done.exit_code == 1
    assert "server's operator" in done.stderr


def test_without_any_app_it_says_where_apps_come_from(composio: Run, backend: Any) -> None:
    backend.known = []
    done = composio("apps")
    assert (done.exit_code, done.stdout) == (0, "")
    assert "pip install opencomposio-apps" in done.stderr


def test_check_says_every_mistake_and_ends_with_an_error(composio: Run, tmp_path: Path) -> None:
    file = tmp_path / "integration.yaml"
    file.write_text("name: A\nunique_key: a\ncolour: x\nauth_schemes: [{auth_mode: OAUTH3}]\n", "utf-8")
    done = composio("apps", "check", str(tmp_path))
    assert done.exit_code == 1
    assert [line.split(": ")[1] for line in done.stdout.splitlines()] == ["colour", "auth_schemes[0].auth_mode"]
    assert done.stderr.startswith("2 mistakes.")
    assert json.loads(composio("apps", "check", str(file), "--json").stdout)[1]["field"] == "auth_schemes[0].auth_mode"


def test_check_is_content_with_a_good_file(composio: Run, tmp_path: Path) -> None:
    (tmp_path / "integration.yaml").write_text("name: A\nunique_key: a\n", "utf-8")
    done = composio("apps", "check", str(tmp_path))
    assert (done.exit_code, done.stdout) == (0, "No mistakes found.\n")
    assert composio("apps", "check", str(tmp_path), "--json").stdout == "[]\n"


def test_the_schema_is_printed_as_it_is_published(composio: Run) -> None:
    assert json.loads(composio("apps", "schema").stdout)["title"] == "integration.yaml"
    assert json.loads(composio("apps", "schema", "--triggers").stdout)["title"] == "triggers.yaml"


def test_a_removal_is_told_as_json_where_that_is_asked_for(composio: Run) -> None:
    done = composio("apps", "remove", "zoo", "--json")
    assert json.loads(done.stdout) == {"removed": "zoo"}


def test_vectors_are_made_for_the_named_apps_and_their_state_is_shown(composio: Run, backend: Any) -> None:
    done = composio("apps", "vectors", "pets")
    assert backend.operator.calls == [("vectors", "pets")]
    assert "minilm" in done.stdout
    assert json.loads(composio("apps", "vectors", "--status", "--json").stdout) == [
        {"name": "minilm", "installed": True, "actions": 5, "of": 9}
    ]
    assert backend.operator.calls == [("vectors", "pets")], "--status only looks"
