"""Packages whose description is Python: what each reader makes of it, and that nothing of it ever runs."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composio.catalog.catalog import Catalog
from composio.catalog.compile import Obtained
from composio.catalog.definition import SpecSource
from composio.catalog.sources.fetch import Fetched
from composio.catalog.sources.readers import READERS, read
from composio.errors import SpecError
from composio.model.action import HttpBinding
from composio.model.app import Provenance

UNIVERSAL = '''
raise SystemExit("this ran")

class ToysApp(APIApplication):
    def __init__(self, integration=None):
        self.base_url = "https://api.toys.test/v1/"

    def list_toys(self, limit=None, page_token=None) -> dict[str, Any]:
        """
        Lists toys,
        newest first.

        Args:
            limit (integer): How many. Example: 5.
            page_token (string): Where to go on,
        from the answer before.

        Returns:
            dict[str, Any]: They.

        Tags:
            Toys, important
        """
        url = f"{self.base_url}/toys"
        query_params = {k: v for k, v in [('limit', limit), ('page-token', page_token), ('kind', 'all')] if v is not None}
        response = self._get(url, params=query_params)
        return response.json()

    def update_toy(self, toy_id, name, tags=None, owner_id=None) -> Any:
        """Updates a toy.

        Args:
            toy_id (string): toy_id
            name (string): Its name
            tags (array): Its tags
        """
        request_body_data = {"name": name, "tags": tags, "owner": {"id": owner_id}, "source": "api"}
        request_body_data = {k: v for k, v in request_body_data.items() if v is not None}
        url = f"{self.main_app_client.base_url}/toys/{toy_id}"
        response = self._patch(url, data=request_body_data, content_type="application/x-www-form-urlencoded")

    def replace_toy(self, toy_id, toy):
        request_body_data = toy
        return self._put(f"{self.base_url}/toys/{toy_id}", data=request_body_data)

    def elsewhere(self, q):
        url = "https://search.toys.test/find"
        query_params = {"q": q}
        return self._get(url, params=query_params)

    def same_place(self, other_id):
        return self._put(f"{self.base_url}/toys/{toy_id}", data={})

    def secret_path(self):
        return self._get(f"{self.base_url}/accounts/{self.account}")

    def helper(self, value):
        return value
'''

SERVER = '''
BASE_URL = os.getenv("BASE_URL", "https://api.toys.test/v2")

@mcp.tool(title="Find Toys", annotations=ToolAnnotations(readOnlyHint=True))
async def find_toys(kind: str = Field(...)) -> dict:
    """Finds toys."""
    _request = _models.FindToysRequest(path=_models.FindToysRequestPath(shop_id=shop_id), query=_models.FindToysRequestQuery(kind=kind))
    _http_path = _build_path("/shops/{shop_id}/toys/{extra}", _request.path.model_dump()) if _request.path else "/shops/{shop_id}/toys/{extra}"
    await _execute_tool_request(tool_name="find_toys", method="GET", path=_http_path)

@mcp.tool()
async def add_toy(name: str) -> dict:
    """Adds a toy."""
    _request = _models.AddToyRequest(body=_models.AddToyRequestBody(name=name))
    _http_path = "/toys"
    await _execute_tool_request(tool_name="add_toy", method="POST", path=_http_path, body_content_type="application/x-www-form-urlencoded")

async def not_a_tool():
    _http_path = "/no"
'''
MODELS = """
class FindToysRequestPath(StrictModel):
    shop_id: int = Field(default=..., validation_alias="shopId", serialization_alias="shopId", description="The shop.")
class FindToysRequestQuery(StrictModel):
    kind: Literal["old", "new"] | None = Field(default=None, description="Which.")
    ids: list[str] | None = Field(default=None, max_length=9, serialization_alias="ids[]")
class FindToysRequest(StrictModel):
    path: FindToysRequestPath
    query: FindToysRequestQuery | None = None
class AddToyRequestBody(StrictModel):
    name: Annotated[str, AfterValidator(check)] = Field(default=..., min_length=1)
    price: float | int | None = Field(default=None, ge=0)
    parts: list[Part] | None = Field(default=None)
    made: str | None = Field(default=None, json_schema_extra={'format': 'date'})
class AddToyRequest(StrictModel):
    body: AddToyRequestBody
class Part(PermissiveModel):
    name: str
    inner: Part | None = None
"""


def universal(text: str = UNIVERSAL) -> tuple[Any, list[str]]:
    return read("universal-mcp", {"toys/app.py": text, "toys/__init__.py": ""}, "toys")


def mcparmory() -> Any:
    return read("mcparmory", {"server.py": SERVER, "_models.py": MODELS}, "toys")[0]


def test_a_method_s_query_types_and_texts_are_read() -> None:
    document, _ = universal()
    found = document["paths"]["/toys"]["get"]
    assert (found["operationId"], found["summary"], found["description"]) == (
        "list_toys",
        "List toys",
        "Lists toys, newest first.",
    )
    assert found["tags"] == ["Toys"]
    assert found["parameters"] == [
        {"name": "limit", "in": "query", "required": False, "schema": {"type": "integer", "description": "How many."}},
        {
            "name": "page-token",
            "in": "query",
            "required": False,
            "schema": {"type": "string", "description": "Where to go on, from the answer before."},
        },
        {"name": "kind", "in": "query", "required": False, "schema": {"enum": ["all"], "default": "all"}},
    ]
    assert document["servers"] == [{"url": "https://api.toys.test/v1"}]


def test_a_method_s_body_is_read_with_what_is_nested_and_its_media_type() -> None:
    document, _ = universal()
    found = document["paths"]["/toys/{toy_id}"]
    [(media, content)] = found["patch"]["requestBody"]["content"].items()
    assert media == "application/x-www-form-urlencoded"
    assert content["schema"]["required"] == ["name"]
    assert content["schema"]["properties"]["owner"] == {"type": "object", "properties": {"id": {}}}
    assert content["schema"]["properties"]["tags"] == {"type": "array", "items": {}, "description": "Its tags"}
    assert found["put"]["requestBody"] == {"required": True, "content": {"application/json": {"schema": {}}}}


def test_a_whole_url_is_a_server_of_its_operation() -> None:
    document, _ = universal()
    assert document["paths"]["/find"]["get"]["servers"] == [{"url": "https://search.toys.test"}]


def test_what_is_not_sure_is_left_out_and_told() -> None:
    document, left_out = universal()
    operations = [operation["operationId"] for item in document["paths"].values() for operation in item.values()]
    assert operations == ["list_toys", "update_toy", "replace_toy", "elsewhere"]
    assert [line.partition(":")[0] for line in left_out] == ["same_place", "secret_path"]


def test_models_are_read_with_the_names_that_are_sent() -> None:
    document = mcparmory()
    found = document["paths"]["/shops/{shop_id}/toys/{extra}"]["get"]
    assert found["summary"] == "Find Toys"
    assert {(one["name"], one["in"], one["required"]) for one in found["parameters"]} == {
        ("shop_id", "path", True),
        ("extra", "path", True),
        ("kind", "query", False),
        ("ids[]", "query", False),
    }
    by_name = {one["name"]: one for one in found["parameters"]}
    assert by_name["kind"]["schema"] == {"enum": ["old", "new"]}
    assert by_name["kind"]["description"] == "Which."
    assert by_name["ids[]"]["schema"] == {"type": "array", "items": {"type": "string"}, "maxItems": 9}
    assert document["servers"] == [{"url": "https://api.toys.test/v2"}]


def test_a_body_s_rules_and_models_within_models_are_read() -> None:
    document = mcparmory()
    [(media, content)] = document["paths"]["/toys"]["post"]["requestBody"]["content"].items()
    assert media == "application/x-www-form-urlencoded"
    assert content["schema"] == {
        "type": "object",
        "properties": {
            "name": {"type": "string", "minLength": 1},
            "price": {"anyOf": [{"type": "number"}, {"type": "integer"}], "minimum": 0},
            "parts": {"type": "array", "items": {"$ref": "#/components/schemas/Part"}},
            "made": {"type": "string", "format": "date"},
        },
        "required": ["name"],
    }
    assert document["components"]["schemas"]["Part"]["properties"]["inner"] == {"$ref": "#/components/schemas/Part"}
    assert "/no" not in document["paths"]


@pytest.mark.parametrize("reader", sorted(READERS))
@pytest.mark.parametrize("text", ["def f(:", "x = 1", "", "-" * 100_000 + "1", "(" * 5000, "a = '\\ud800'"])
def test_a_package_of_another_kind_says_so(reader: str, text: str) -> None:
    with pytest.raises(SpecError, match="toys"):
        read(reader, {"server.py": text, "_models.py": text}, "toys")


def test_an_escape_that_python_warns_of_is_no_mistake() -> None:
    document, _ = universal(UNIVERSAL.replace("Lists toys,", r"Lists toys\_and\_games,"))
    assert document["paths"]["/toys"]["get"]["description"].startswith(r"Lists toys\_and")


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    for reader in READERS:
        with pytest.raises(SpecError):
            read(reader, {"server.py": text}, "toys")


def test_an_app_is_compiled_from_a_package_s_python(open_catalog: Callable[..., Catalog]) -> None:
    source = SpecSource(kind="pip", package="universal-mcp-toys", version="1", reader="universal-mcp", exclude=("elsewhere",))

    def fetch(found: SpecSource, **_: Any) -> Obtained:
        assert found == source
        return Fetched(json.dumps({"toys/app.py": UNIVERSAL}).encode(), Provenance(source="pip:universal-mcp-toys@1"))

    catalog = open_catalog({"toys": {}}, {"toys": {"spec": source}}, fetch=fetch)
    slugs = {action.slug for action in catalog.select(apps=["toys"], everything=True)}
    assert slugs == {"TOYS_LIST_TOYS", "TOYS_UPDATE_TOY", "TOYS_REPLACE_TOY"}
    binding = catalog.action("TOYS_LIST_TOYS").binding
    assert isinstance(binding, HttpBinding)
    assert [(one.wire, one.place) for one in binding.parameters] == [
        ("limit", "query"),
        ("page-token", "query"),
        ("kind", "query"),
    ]
    assert [line.partition(":")[0] for line in catalog.warnings("toys")] == ["same_place", "secret_path"]
