"""The installed command in its own process, with the real backend, a small description and a fake API on loopback."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from composio.testing import FakeUpstream
from tests.peers.described import openapi, secured

SPEC = openapi(
    "Zoo",
    "https://zoo.example/api",
    {
        "/animals/{name}": {
            "get": {
                "summary": "Get an animal",
                "operationId": "animals/get",
                "tags": ["Animals"],
                "parameters": [{"name": "name", "in": "path", "required": True, "schema": {"type": "string"}}],
                "responses": {"200": {"description": "It", "content": {"application/json": {"example": {"name": "Zoë"}}}}},
            }
        },
        "/animals": {"get": {"summary": "List animals", "responses": {"200": {"description": "All"}}}},
    },
    info={"title": "Zoo", "version": "7"},
    **secured({"type": "http", "scheme": "bearer"}),
)
Shell = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    file = tmp_path / "zoo.json"
    file.write_text(json.dumps(SPEC))
    return file


@pytest.fixture
def zoo(shell: Shell, spec: Path, tmp_path: Path) -> Iterator[FakeUpstream]:
    """The app added and served, with a credential asked for."""
    done = shell("apps", "add", "zoo", "--spec", str(spec))
    assert done.returncode == 0, done.stderr
    assert done.stdout == "Added zoo: 2 actions. See them: composio actions --app zoo\n"
    with FakeUpstream.for_app("zoo", home=tmp_path / "home") as api:
        api.require(header="Authorization", value="Bearer t0ken")
        yield api


def test_an_app_is_added_listed_shown_and_removed(shell: Shell, zoo: FakeUpstream) -> None:
    listed = json.loads(shell("apps", "--filter", "zoo", "--json").stdout)
    mine = [a for a in listed if a["key"] == "zoo"]  # others sound like it
    assert [(a["key"], a["compiled"], a["actions"], a["version"]) for a in mine] == [("zoo", True, 2, "7")]
    slugs = [a["name"] for a in json.loads(shell("actions", "--app", "zoo", "--json").stdout)]
    assert sorted(slugs) == ["ZOO_GET_AN_ANIMAL", "ZOO_LIST_ANIMALS"]
    assert "ZOO_GET_AN_ANIMAL" in shell("actions", "--app", "zoo", "--tag", "Animals").stdout
    assert "ZOO_LIST_ANIMALS" in shell("actions", "--search", "list the animals").stdout
    assert json.loads(shell("actions", "show", "zoo_get_an_animal", "--json").stdout)["parameters"]["required"] == ["name"]
    assert shell("apps", "update", "zoo").stdout.startswith("zoo: 2 actions from ")
    assert shell("apps", "remove", "zoo").stdout == "Removed zoo.\n"
    gone = shell("actions", "--app", "zoo")
    assert (gone.returncode, gone.stdout) == (1, "")
    assert gone.stderr.startswith("Error: Unknown app 'zoo'.")


def test_an_action_is_executed_with_a_credential_of_the_call(shell: Shell, zoo: FakeUpstream) -> None:
    address = {"COMPOSIO_ZOO_BASE_URL": zoo.url}
    good = shell(
        "execute",
        "ZOO_GET_AN_ANIMAL",
        "-p",
        "-",
        "--auth",
        "header:Authorization=Bearer t0ken",
        stdin='{"name": "a/b"}',
        **address,
    )
    assert (good.returncode, good.stderr) == (0, "")
    assert json.loads(good.stdout) == {"successful": True, "data": {"name": "Zoë"}, "error": None}
    assert zoo.requests[-1].arguments == {"name": "a/b"}
    bad = shell("execute", "ZOO_GET_AN_ANIMAL", "-p", '{"name": "x"}', "--auth", "header:Authorization=Bearer wr0ng", **address)
    assert bad.returncode == 1
    assert "authentication" in json.loads(bad.stdout)["error"]
    assert "wr0ng" not in bad.stdout + bad.stderr


def test_an_action_is_executed_with_a_credential_of_the_environment(shell: Shell, zoo: FakeUpstream) -> None:
    done = shell("execute", "zoo_get_an_animal", "-p", '{"name": "x"}', ZOO_TOKEN="t0ken", COMPOSIO_ZOO_BASE_URL=zoo.url)
    assert json.loads(done.stdout)["successful"] is True


def test_without_a_credential_the_message_names_what_supplies_it(shell: Shell, zoo: FakeUpstream) -> None:
    done = shell("execute", "ZOO_GET_AN_ANIMAL", "-p", '{"name": "x"}', COMPOSIO_ZOO_BASE_URL=zoo.url)
    assert done.returncode == 1
    assert "ZOO_TOKEN" in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_wrong_arguments_are_a_result_that_says_path_expected_and_got(shell: Shell, zoo: FakeUpstream) -> None:
    done = shell("execute", "ZOO_GET_AN_ANIMAL", "-p", '{"nmae": "x"}', ZOO_TOKEN="t0ken", COMPOSIO_ZOO_BASE_URL=zoo.url)
    assert done.returncode == 1
    assert "name" in json.loads(done.stdout)["error"]
    assert zoo.requests == []


def test_an_unknown_action_names_the_nearest(shell: Shell, zoo: FakeUpstream) -> None:
    done = shell("execute", "ZOO_GET_AN_ANIMOL")
    assert (done.returncode, done.stdout) == (1, "")
    assert "ZOO_GET_AN_ANIMAL" in done.stderr


def test_stubs_of_an_added_app(shell: Shell, zoo: FakeUpstream, tmp_path: Path) -> None:
    target = tmp_path / "names.pyi"
    assert shell("apps", "generate-types", "--output", str(target)).returncode == 0
    assert "ZOO_GET_AN_ANIMAL: Final[Action]" in target.read_text()
    assert "ANIMALS: Final[Tag]" in target.read_text()


@pytest.mark.parametrize(
    ("content", "message"),
    [("{", "zoo.json"), ('{"hello": 1}', "no importer reads this API description"), (None, "zoo.json")],
    ids=["cut", "other", "missing"],
)
def test_a_description_that_cant_be_read_is_one_message(shell: Shell, spec: Path, content: str | None, message: str) -> None:
    spec.unlink() if content is None else spec.write_text(content)
    done = shell("apps", "add", "zoo", "--spec", str(spec))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Error: ")
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_a_home_that_cant_be_written_still_runs_and_says_so(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = shell("apps", "--json", home=tmp_path / "file" / "home")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)
    assert "can't be written" in done.stderr
    assert "COMPOSIO_HOME" in done.stderr
    assert "Traceback" not in done.stderr


def test_plugins_lists_what_is_installed(shell: Shell) -> None:
    done = shell("plugins", "--json")
    assert done.returncode == 0, done.stderr
    assert {"name", "version", "framework", "framework_version", "in_tested_range", "error"} <= set(json.loads(done.stdout)[0])


def test_a_disabled_plugin_is_listed_with_the_reason(shell: Shell) -> None:
    rows = {row["name"]: row for row in json.loads(shell("plugins", "--json", COMPOSIO_DISABLE_PLUGINS="apps").stdout)}
    assert rows["apps"]["error"] == "disabled by COMPOSIO_DISABLE_PLUGINS"
