"""GraphQL's own text, and what only looks like it."""

from __future__ import annotations

import pytest

from composio.schema.sdl import is_sdl


@pytest.mark.parametrize(
    "text",
    [
        "type Query { a: Int }",
        "\ufeff\n# A comment: with a colon\ntype Query {\n  a: Int\n}",
        '"""\nAbout: what it is.\n- a list\n"""\nscalar Date\n',
        '"About: it" enum Size { S }\ninterface Node { id: ID! }',
        "schema { query: Q }\ntype Q { a: Int }",
        'schema @link(url: "https://specs.test") {\n query: Q }',
        "directive @cost(weight: Int) on FIELD_DEFINITION",
        "extend type Query { a: Int }",
        "union Any = A | B",
        "type A implements Node & Named { id: ID! }",
        "input In @oneOf { a: Int }",
        "type A\n{ a: Int }",
    ],
)
def test_definitions_are_recognised(text: str) -> None:
    assert is_sdl(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "just text",
        "openapi: 3.0.0\ninfo:\n  description: |\n    type Query { a: Int }\npaths: {}\n",
        "---\nopenapi: 3.0.0\nx: |\n  type Query {\n",
        "- type Query {",
        '{"a": "type Query { a: Int }"}',
        "<p>type Query { a: Int }</p>",
        "type: object\nenum: [a]\n",
        "a type of query { is no definition }",
        "query { a }",
        '"openapi": 3.0.0\n"x": |\n  scalar Date\n',
    ],
)
def test_what_is_none_is_left_alone(text: str) -> None:
    assert not is_sdl(text)
