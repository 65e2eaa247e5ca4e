from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from composio.errors import ConnectionNotFound
from composio.model.call import Outcome

Run = Callable[..., Any]
SECRET = "Bearer s3cr3t-t0ken"


def test_the_result_is_printed_as_json(composio: Run) -> None:
    done = composio("execute", "PETS_ADOPT", "-p", '{"pet_id": 1}')
    assert done.exit_code == 0
    assert json.loads(done.stdout) == {"successful": True, "data": {"name": "Zoë"}, "error": None}
    assert "Zoë" in done.stdout


def test_json_and_the_short_entity_are_taken_as_in_other_commands(composio: Run, backend: Any) -> None:
    done = composio("execute", "PETS_ADOPT", "--json", "-e", "ada")
    assert json.loads(done.stdout)["successful"]
    assert backend.calls[-1].who.entity_id == "ada"


def test_an_unsuccessful_result_is_printed_and_exits_with_1(composio: Run, backend: Any) -> None:
    backend.outcome = Outcome(successful=False, error="Not Found", status=404)
    done = composio("execute", "PETS_ADOPT")
    assert done.exit_code == 1
    assert json.loads(done.stdout)["error"] == "Not Found"


def test_parameters_come_from_text_file_or_standard_input(composio: Run, backend: Any, tmp_path: Path) -> None:
    file = tmp_path / "arguments.json"
    file.write_text('{"from": "file ü"}', encoding="utf-8")
    composio("execute", "PETS_ADOPT", "-p", '{"from": "text"}')
    composio("execute", "PETS_ADOPT", "--params", f"@{file}")
    composio("execute", "PETS_ADOPT", "-p", "-", stdin='{"from": "stdin"}')
    composio("execute", "PETS_ADOPT")
    assert [call.arguments for call in backend.calls] == [{"from": "text"}, {"from": "file ü"}, {"from": "stdin"}, {}]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("{'a': 1}", "-p is not JSON: Expecting property name enclosed in double quotes at line 1, column 2"),
        ("[1]", "-p must be a JSON object"),
        ("null", "not null"),
        ("@/no/such/file.json", "-p: can't read /no/such/file.json: No such file or directory"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_unreadable_parameters_are_a_usage_error_that_says_where(composio: Run, backend: Any, given: str, message: str) -> None:
    done = composio("execute", "PETS_ADOPT", "-p", given)
    assert done.exit_code == 2
    assert message in " ".join(done.stderr.split())
    assert backend.calls == []


def test_parameters_that_are_not_text_are_refused(composio: Run, tmp_path: Path) -> None:
    file = tmp_path / "image.png"
    file.write_bytes(b"\xff\xfe\x00")
    assert "not UTF-8 text" in composio("execute", "PETS_ADOPT", "-p", f"@{file}").stderr


def test_credentials_go_where_they_say(composio: Run, backend: Any) -> None:
    composio(
        "execute", "PETS_ADOPT", "--auth", f"header:Authorization={SECRET}", "--auth", "QUERY:key=a=b:c", "--entity-id", "ada"
    )
    call = backend.calls[0]
    assert [(str(p.in_), p.name, p.value) for p in call.who.auth.parameters] == [
        ("header", "Authorization", SECRET),
        ("query", "key", "a=b:c"),
    ]
    assert call.entity_id == "ada"


def test_without_credentials_none_are_passed(composio: Run, backend: Any) -> None:
    composio("execute", "PETS_ADOPT")
    assert backend.calls[0].who.auth is None


@pytest.mark.parametrize(
    "arguments",
    [
        ("PETS_ADOPT", "--auth", SECRET),
        ("PETS_ADOPT", "--auth", f"Authorization: {SECRET}"),
        ("PETS_ADOPT", "--auth", f"Authorization={SECRET}"),
        ("PETS_ADOPT", "--auth", f"heder:Authorization={SECRET}"),
        ("PETS_ADOPT", "--auth", f"header:={SECRET}"),
        ("PETS_ADOPT", "--auth", f"{SECRET}:name=value"),
        ("PETS_ADOPT", "--auth", "header:Authorization=Bearer", "s3cr3t-t0ken"),
        ("--auth", "header:Authorization=Bearer", "s3cr3t-t0ken", "PETS_ADOPT"),
    ],
)
def test_a_malformed_credential_is_a_usage_error_that_never_shows_it(
    composio: Run, backend: Any, arguments: tuple[str, ...]
) -> None:
    done = composio("execute", *arguments)
    assert done.exit_code == 2
    assert "s3cr3t" not in done.output
    assert backend.calls == []
    assert "--auth" in done.stderr or "quote values" in done.stderr


def test_a_misspelt_place_names_the_nearest(composio: Run) -> None:
    assert "Did you mean header?" in composio("execute", "X", "--auth", "heder:A=b").stderr


def test_an_error_that_repeats_a_credential_is_redacted(composio: Run, backend: Any) -> None:
    backend.outcome = ConnectionNotFound("pets", f"pets did not like {SECRET}, nor {SECRET.split()[1]} alone")
    done = composio("execute", "PETS_ADOPT", "--auth", f"header:Authorization={SECRET}")
    assert done.exit_code == 1
    assert done.stderr == "Error: pets did not like ***, nor *** alone\n"
