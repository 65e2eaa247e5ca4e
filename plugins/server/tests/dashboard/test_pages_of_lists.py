"""Long lists come page by page: each row once, although others come and go meanwhile."""

from __future__ import annotations

import html
import re

import pytest

from composio_server.dashboard import catalog
from composio_server.dashboard.show import cut
from tests.peers.visitor import Visitor


@pytest.mark.parametrize("place", ["apps", "apps/github"])
def test_pages_of_a_list_show_each_row_once(owner: Visitor, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    monkeypatch.setattr(catalog, "_PAGE", 250)
    row = re.compile(r'href="[^"]*/apps/([a-z0-9_]+)"' if place == "apps" else r'href="[^"]*/actions/([A-Z0-9_]+)"')
    seen: list[str] = []
    page, pages = owner.get(place), 1
    while True:
        seen += dict.fromkeys(row.findall(page.text))
        following = re.search(r'<a [^>]*href="([^"]+)"[^>]*>Show more', page.text)
        if following is None:
            break
        page, pages = owner.client.get(owner.base + html.unescape(following[1])), pages + 1
        assert page.status_code == 200
    assert pages > 2
    assert len(seen) == len(set(seen)) > 500


def test_rows_that_come_and_go_move_no_page() -> None:
    rows = list("bdfhj")
    assert cut(rows, "", 2, str) == (["b", "d"], "d")
    assert cut(list("abfhj"), "d", 2, str) == (["f", "h"], "h")
    assert cut(rows, "h", 2, str) == (["j"], "")
    assert cut(rows, "z", 2, str) == ([], "")
    assert cut([], "", 2, str) == ([], "")
