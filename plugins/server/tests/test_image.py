"""The image and the example of several instances: what they name is there, and a server needs to write to its home alone."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import tomllib
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from composio_server.settings import PORT

ROOT = Path(__file__).parents[3]
DOCKERFILE = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
INSTANCES = ("migrate", "one", "two")
SETTINGS = (ROOT / "docs" / "server.md").read_text() + (ROOT / "docs" / "settings.md").read_text()
# As the image runs: whatever is outside of the home can only be read.
READ_ONLY = 'mount --bind "$0" "$0" && mount --bind / / && mount -o remount,bind,ro / && exec "$@"'


def instructions(name: str) -> list[str]:
    return re.findall(rf"^{name} (.+)$", DOCKERFILE, re.MULTILINE)


def distributions() -> dict[str, dict[str, Any]]:
    """The tables ``project`` of every distribution here, by their names."""
    found = [tomllib.loads(file.read_text())["project"] for file in (ROOT / "plugins").glob("*/pyproject.toml")]
    return {one["name"]: one for one in found}


def test_what_the_image_installs_is_built_here() -> None:
    (install,) = [one for one in instructions("RUN") if "pip install" in one]
    asked = re.findall(r"(opencomposio[a-z-]*)(?:\[([^\]]*)\])?", install)
    assert {name for name, _ in asked} == {"opencomposio-server", "opencomposio-mcp"}
    known = distributions()
    for name, extras in asked:
        assert set(filter(None, extras.split(","))) <= set(known[name].get("optional-dependencies", {}))


def test_the_image_runs_as_nobody_who_owns_anything_and_serves_where_it_says() -> None:
    (user,) = instructions("USER")
    assert int(user) > 0
    (port,) = instructions("EXPOSE")
    assert int(port) == PORT
    (check,) = instructions("HEALTHCHECK")
    assert f"127.0.0.1:{PORT}/readyz" in check
    assert instructions("CMD")[-1] == '["composio", "serve"]'


def test_every_variable_that_is_set_is_a_setting() -> None:
    given = set(re.findall(r"COMPOSIO_\w+(?==)", " ".join(instructions("ENV"))))
    for name in INSTANCES:
        given |= set(COMPOSE["services"][name]["environment"])
    assert {name for name in given if f"`{name}`" not in SETTINGS} == set()


def test_every_secret_of_the_example_has_to_be_given_and_its_head_says_how() -> None:
    text = (ROOT / "compose.yaml").read_text()
    head, body = text[: text.index("x-instance")], text[text.index("x-instance") :]
    for name in re.findall(r"\$\{(\w+):\?\}", body):
        assert f"{name}=$(openssl" in head
    assert all(":-" in one or ":?" in one for one in re.findall(r"\$\{[^}]*\}", body))


@pytest.mark.parametrize("name", INSTANCES)
def test_instances_can_write_to_the_home_that_they_share_and_nowhere_else(name: str) -> None:
    service = COMPOSE["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["volumes"] == ["data:/data"]
    assert "COMPOSIO_HOME=/data" in " ".join(instructions("ENV"))
    assert "ports" not in service  # they take a proxy's word on who asks


def test_the_proxy_leads_to_every_instance() -> None:
    command = COMPOSE["services"]["proxy"]["command"]
    led_to = {command[at + 1] for at, one in enumerate(command) if one == "--to"}
    assert led_to == {f"{name}:{PORT}" for name in INSTANCES if name != "migrate"}
    assert set(COMPOSE["volumes"]) == {"database", "data"}


def can_mount() -> bool:
    if shutil.which("unshare") is None:
        return False
    return subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not can_mount(), reason="needs a mount namespace of its own")
def test_a_server_runs_where_its_home_alone_can_be_written(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    environ = {**os.environ, "COMPOSIO_HOME": str(home), "TMPDIR": str(tmp_path / "none")}
    command = [sys.executable, "-m", "composio.cli", "serve", "--port", str(port)]
    alone = ["unshare", "-m", "sh", "-c", READ_ONLY, str(home)]
    denied = subprocess.run([*alone, "touch", str(tmp_path / "outside")], capture_output=True, check=False)
    assert denied.returncode != 0
    with subprocess.Popen([*alone, *command], env=environ, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            said = ""
            for line in server.stdout:
                said += line
                if line.startswith("Serving"):
                    break
            (key,) = re.findall(r"ck_\w+", said)
            client = httpx.Client(base_url=f"http://127.0.0.1:{port}", headers={"x-api-key": key}, trust_env=False, timeout=60)
            with client:
                _wait_for(client)
                body = {"base_url": "https://pets.example", "auth": [], "description": PETS}
                assert client.put("/api/v3.1/project/apps/pets", json=body).status_code == 200
                assert client.get("/api/v3.1/tools?toolkit_slug=pets").json()["total_items"] == 1
        finally:
            server.terminate()
    assert (home / "accounts.sqlite3").exists()


def _wait_for(client: httpx.Client) -> None:
    until = time.monotonic() + 90
    while time.monotonic() < until:
        try:
            if client.get("/readyz").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise TimeoutError("the server is not ready")


PETS = {
    "openapi": "3.1.0",
    "info": {"title": "Pets", "version": "1"},
    "servers": [{"url": "https://pets.example"}],
    "paths": {"/pets": {"get": {"operationId": "listPets", "responses": {"200": {"description": "Pets."}}}}},
}
