"""Apps' logos: where a package brings one, and initials elsewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from composio_server.pages.logos import logo_url, read_logos
from tests.peers.visitor import Visitor

NAMED = Path(__file__).resolve().parents[2] / "composio_server" / "pages" / "logos.tsv"
APPS = Path(__file__).resolve().parents[3] / "apps" / "composio_apps"
IMAGE = re.compile(
    r'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><path fill="#[0-9a-f]{6}" d="[MmZzLlHhVvCcSsQqTtAa0-9eE\s,.+-]+"/></svg>'
)


def test_every_named_logo_is_of_an_app_and_built() -> None:
    apps = [line.partition("\t")[0] for line in NAMED.read_text("utf-8").splitlines()]
    assert apps == sorted(set(apps))
    assert not [one for one in apps if not (APPS / one / "integration.yaml").is_file()]
    assert set(read_logos()) == set(apps), (
        "opencomposio-server was installed before its build put logos there: install it again"
    )
    assert all(IMAGE.fullmatch(one) for one in read_logos().values())


def test_the_apps_page_shows_logos_and_initials(owner: Visitor) -> None:
    page = owner.get("apps", q="github").text
    assert f'<img src="{logo_url("github")}" alt="" width="24" height="24" loading="lazy">' in page
    assert '<span class="tile" aria-hidden="true">H</span>' in owner.get("apps", q="httpbin").text
    assert logo_url("httpbin") == ""


def test_a_logo_is_an_image_that_browsers_keep_and_that_runs_nothing(owner: Visitor) -> None:
    answer = owner.client.get(owner.base + logo_url("slack"))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "immutable" in answer.headers["cache-control"]
    assert IMAGE.fullmatch(answer.text)


@pytest.mark.parametrize("name", ["slack.svg", "0-slack.svg", "..%2Flogos.json", "-.svg", "%00", "a" * 5000])
def test_there_are_no_other_logos(owner: Visitor, name: str) -> None:
    assert owner.client.get(f"{owner.base}/pages/logos/{name}").status_code in {404, 400, 414}
