"""``scripts/draft_app.py`` writes a folder's file that can be used as it is, or says why not and leaves nothing."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from composio.catalog.sources.integration import check_integration, load_integration
from tests.peers.scripts import load_script

ROOT = Path(__file__).parents[2]
OK = {"responses": {"200": {"description": "OK"}}}


@pytest.fixture
def draft_app() -> Any:
    return load_script("draft_app")


@pytest.fixture
def run(draft_app: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Puts descriptions into a package that is already downloaded, and drafts ``shop`` from them."""
    monkeypatch.setenv("COMPOSIO_HOME", str(tmp_path / "home"))

    def run(documents: dict[str, Any], *options: str) -> int:
        cache = tmp_path / "home" / "cache"
        cache.mkdir(parents=True, exist_ok=True)
        with tarfile.open(cache / "npm-shop-openapi-1.0.0.tgz", "w:gz") as package:
            for name, document in documents.items():
                data = json.dumps(document).encode()
                member = tarfile.TarInfo(f"package/{name}")
                member.size = len(data)
                package.addfile(member, io.BytesIO(data))
        paths = [argument for name in documents for argument in ("--path", name)]
        about = ["--description", "Orders of a shop.", "--category", "e-commerce", "--docs", "https://shop.example.com/docs"]
        code: int = draft_app.main(
            ["shop", "--npm", "shop-openapi@1.0.0", *paths, *about, "--apps", str(tmp_path / "apps"), *options]
        )
        return code

    return run


def shop(**members: Any) -> dict[str, Any]:
    operations = {
        "/orders": {"get": {**OK, "operationId": "listOrders"}, "post": {**OK, "operationId": "createOrder"}},
        "/orders/{id}": {"get": {**OK, "operationId": "getOrder"}, "delete": {**OK, "operationId": "deleteOrder"}},
        "/orders/{id}/notes": {"get": {**OK, "operationId": "listNotes"}},
    }
    return {
        "openapi": "3.0.3",
        "info": {"title": "Shop", "version": "1", "license": {"name": "MIT"}},
        "servers": [{"url": "https://api.shop.example.com"}],
        "components": {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}}},
        "security": [{"key": []}],
        "paths": operations,
        **members,
    }


def drafted(tmp_path: Path) -> Any:
    file = tmp_path / "apps" / "shop" / "integration.yaml"
    assert check_integration(file) == []
    return yaml.safe_load(file.read_text("utf-8"))


def test_a_draft_says_what_the_description_declares(run: Any, tmp_path: Path) -> None:
    assert run({"shop.json": shop()}) == 0
    found = drafted(tmp_path)
    [scheme] = found["auth_schemes"]
    assert (scheme["name"], scheme["auth_mode"], scheme["security"]) == ("shop_api_key", "API_KEY", ["key"])
    assert scheme["proxy"] == {"headers": {"X-Key": "{{ api_key }}"}}
    [field] = scheme["fields"]
    assert field["env"] == ["SHOP_API_KEY"]
    assert field["description"]
    assert found["spec"] == {"npm": "shop-openapi", "version": "1.0.0", "path": "shop.json", "license": "MIT"}
    assert found["logo"] == "https://shop.example.com/favicon.ico"
    assert "proxy" not in found  # the description says where the API is


def test_a_server_without_tls_is_written_down_with_it(run: Any, tmp_path: Path) -> None:
    assert run({"shop.json": shop(servers=[{"url": "http://api.shop.example.com/v1"}])}) == 0
    assert drafted(tmp_path)["proxy"] == {"base_url": "https://api.shop.example.com/v1"}


def test_each_of_several_descriptions_keeps_a_server_of_its_own(run: Any, tmp_path: Path) -> None:
    stock = shop(servers=[{"url": "http://stock.example.com"}], paths={"/items": {"get": {**OK, "operationId": "listItems"}}})
    assert run({"shop.json": shop(), "stock.json": stock}) == 0
    found = drafted(tmp_path)
    assert [(entry["path"], entry.get("base_url")) for entry in found["spec"]] == [
        ("shop.json", None),
        ("stock.json", "https://stock.example.com"),
    ]
    assert "listItems" in found["important"]


def test_software_at_everybodys_own_address_asks_for_the_host(run: Any, tmp_path: Path) -> None:
    description = shop(servers=[{"url": "http://shop.local"}])
    assert run({"shop.json": description}, "--host", "https://{{domain}}/api", "--auth", "bearer") == 0
    found = drafted(tmp_path)
    assert found["spec"]["overlay"] == [{"target": "$.servers", "remove": True}]
    [scheme] = found["auth_schemes"]
    assert [field["name"] for field in scheme["fields"]] == ["domain", "token"]
    assert scheme["proxy"]["base_url"] == "https://{{domain}}/api"
    assert load_integration(tmp_path / "apps" / "shop").app.base_url is None


def test_the_main_nouns_are_important_and_what_is_deprecated_is_not(run: Any, tmp_path: Path) -> None:
    paths: dict[str, Any] = {
        path: {method: {**OK, "operationId": f"{method}-{path}"} for method in methods}
        for noun in ("orders", "users", "carts", "items", "refunds", "coupons", "stores", "taxes", "labels", "events")
        for path, methods in {
            f"/v1/{noun}": ("get", "post"),
            f"/v1/{noun}/{{id}}": ("get", "delete"),
            f"/v1/{noun}/{{id}}/history/{{entry}}/parts": ("get",),
        }.items()
    }
    paths["/v1/health"] = {"get": {**OK, "operationId": "health"}}
    paths["/v1/users"]["get"]["deprecated"] = True
    assert run({"shop.json": shop(paths=paths)}) == 0
    important = drafted(tmp_path)["important"]
    assert len(important) == len(set(important)) == 24
    assert {"get-/v1/orders", "post-/v1/orders", "get-/v1/carts/{id}"} <= set(important)
    assert not {"get-/v1/users", "health"} & set(important)
    assert not any("history" in one for one in important)


def test_google_s_apis_get_google_s_three_ways_in(run: Any, tmp_path: Path) -> None:
    scope = "https://www.googleapis.com/auth/shop"
    method = {"id": "shop.orders.list", "path": "v1/orders", "httpMethod": "GET", "scopes": [f"{scope}.readonly"]}
    discovery = {
        "kind": "discovery#restDescription",
        "discoveryVersion": "v1",
        "name": "shop",
        "version": "v1",
        "rootUrl": "https://shop.googleapis.com/",
        "servicePath": "",
        "auth": {"oauth2": {"scopes": {f"{scope}.readonly": {"description": "See"}, scope: {"description": "All"}}}},
        "resources": {"orders": {"methods": {"list": method}}},
    }
    assert run({"shop.json": discovery}) == 0
    found = drafted(tmp_path)
    assert [one["auth_mode"] for one in found["auth_schemes"]] == ["BEARER_TOKEN", "OAUTH2", "GOOGLE_SERVICE_ACCOUNT"]
    assert found["auth_schemes"][1]["default_scopes"] == [scope]
    assert found["important"] == ["shop.orders.list"]


def test_a_folder_that_is_there_stays_as_it_is(run: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "apps" / "shop" / "integration.yaml"
    file.parent.mkdir(parents=True)
    file.write_text("mine", "utf-8")
    assert run({"shop.json": shop()}) == 1
    assert file.read_text("utf-8") == "mine"
    assert "is there already" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--auth", "headr:X-Key"], "--auth"),
        (["--base-url", "ftp://shop.example.com"], "base_url"),
        (["--category", ""], "categories"),
    ],
)
def test_a_draft_that_can_t_be_used_is_not_written(
    run: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], said: str
) -> None:
    assert run({"shop.json": shop()}, *options) == 1
    assert said in capsys.readouterr().err
    assert not (tmp_path / "apps" / "shop" / "integration.yaml").exists()
