"""Semrush's own actions: the report that each asks for, and CSV as rows."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from composio_apps.semrush import actions
from composio_apps.semrush.actions import rows


class Api:
    """Stands in for the injected ``execute_request``: answers with CSV and records the requests."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Any]] = []

    async def __call__(self, endpoint: str, method: str = "GET", *, body: Any = None, query: Any = None) -> Any:
        assert (method, body) == ("GET", None)
        self.asked.append((endpoint, query))
        return 'Keyword;Search Volume\r\n"seo; tips";1900\r\n'


def asked(name: str, **arguments: Any) -> tuple[str, Any]:
    api = Api()
    found = asyncio.run(getattr(actions, name)(api, **arguments))
    assert found == {"columns": ["Keyword", "Search Volume"], "rows": [{"Keyword": "seo; tips", "Search Volume": "1900"}]}
    (one,) = api.asked
    return one


def test_every_name_is_an_action_of_its_own_report() -> None:
    kinds = []
    for name in actions.__all__:
        function = getattr(actions, name)
        assert function.__name__ == name
        kinds += [
            kind for table in (actions._PHRASES, actions._DOMAINS, actions._BACKLINKS) if (kind := table.get(name, ("",))[0])
        ]
    assert len(set(kinds)) == len(kinds) == len(actions.__all__) - 2


def test_a_keyword_s_report_names_the_region() -> None:
    endpoint, query = asked("keyword_overview_one_database", phrase="seo", database="de", export_columns="Ph,Nq")
    assert endpoint == "/"
    assert query == {"type": "phrase_this", "phrase": "seo", "database": "de", "export_columns": "Ph,Nq", "display_limit": 10}
    assert "database" not in asked("keyword_overview_all_databases", phrase="seo")[1]


def test_a_domain_s_report_may_go_on() -> None:
    _, query = asked("domain_organic_search_keywords", domain="example.com", display_limit=5, display_offset=5)
    assert query == {
        "type": "domain_organic",
        "domain": "example.com",
        "database": "us",
        "display_limit": 5,
        "display_offset": 5,
    }


def test_backlinks_are_of_a_target() -> None:
    endpoint, query = asked("backlinks_overview", target="example.com")
    assert endpoint == "/analytics/v1/"
    assert (query["type"], query["target_type"]) == ("backlinks_overview", "root_domain")
    _, query = asked("batch_comparison", targets=["a.com", "b.com"])
    assert query["target_types[]"] == ["root_domain", "root_domain"]
    with pytest.raises(ValueError, match="2 targets and 1 target_types"):
        asyncio.run(actions.batch_comparison(Api(), ["a.com", "b.com"], ["domain"]))


def test_nothing_found_is_no_error_and_a_refusal_is_one() -> None:
    assert rows("ERROR 50 :: NOTHING FOUND") == {"columns": [], "rows": []}
    assert rows(None) == {"columns": [], "rows": []}
    with pytest.raises(ValueError, match="ERROR 120 :: WRONG KEY"):
        rows("ERROR 120 :: WRONG KEY - ID PAIR")
