"""XML documents: the examples of OpenAPI's "XML Object", and what XML can't carry."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composio.engine.xml import document

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


def written(value: Any, rule: dict[str, Any], nodes: dict[str, Any] | None = None) -> str:
    return document(value, {"root": {"name": "root", **rule}, "nodes": nodes or {}}).removeprefix(HEAD)


@pytest.mark.parametrize(
    ("rule", "value", "expected"),
    [
        ({}, {"id": 0, "name": "x", "ok": True}, "<root><id>0</id><name>x</name><ok>true</ok></root>"),
        ({"properties": {"id": {"attribute": True}}}, {"id": 1, "n": "a"}, '<root id="1"><n>a</n></root>'),
        ({"properties": {"n": {"name": "animal"}}}, {"n": "a"}, "<root><animal>a</animal></root>"),
        (
            {"properties": {"n": {"prefix": "s", "namespace": "http://x/s"}}},
            {"n": "a"},
            '<root><s:n xmlns:s="http://x/s">a</s:n></root>',
        ),
        ({"namespace": "http://x"}, {"n": "a"}, '<root xmlns="http://x"><n>a</n></root>'),
        ({}, {"animals": ["a", "b"]}, "<root><animals>a</animals><animals>b</animals></root>"),
        ({"properties": {"animals": {"items": {"name": "animal"}}}}, {"animals": ["a"]}, "<root><animal>a</animal></root>"),
        (
            {"properties": {"animals": {"name": "aliens", "items": {"name": "animal"}}}},
            {"animals": ["a"]},
            "<root><animal>a</animal></root>",
        ),
        (
            {"properties": {"animals": {"wrapped": True}}},
            {"animals": ["a", "b"]},
            "<root><animals><animals>a</animals><animals>b</animals></animals></root>",
        ),
        (
            {"properties": {"animals": {"wrapped": True, "name": "aliens"}}},
            {"animals": ["a"]},
            "<root><aliens><aliens>a</aliens></aliens></root>",
        ),
        (
            {"properties": {"animals": {"wrapped": True, "name": "aliens", "items": {"name": "animal"}}}},
            {"animals": ["a"]},
            "<root><aliens><animal>a</animal></aliens></root>",
        ),
        ({}, {"gone": None, "text": "a<b>&\"c'"}, "<root><text>a&lt;b&gt;&amp;\"c'</text></root>"),
        ({"wrapped": True, "items": {"name": "n"}}, ["a"], "<root><n>a</n></root>"),
    ],
)
def test_the_specifications_examples(rule: dict[str, Any], value: Any, expected: str) -> None:
    assert written(value, rule) == expected


def test_rules_refer_to_each_other() -> None:
    nodes = {"Pet": {"properties": {"id": {"attribute": True}, "parent": {"ref": "Pet"}}}}
    assert written({"id": 1, "parent": {"id": 2}}, {"ref": "Pet"}, nodes) == '<root id="1"><parent id="2" /></root>'


@pytest.mark.parametrize(
    ("value", "error"),
    [({"a b": 1}, "no XML name"), ({"a": "\0"}, "can't carry"), ({"1": 1}, "no XML name"), (["a", "b"], "exactly one root")],
)
def test_what_xml_can_not_carry_is_said(value: Any, error: str) -> None:
    with pytest.raises(ValueError, match=error):
        written(value, {})


@given(st.dictionaries(st.text(), st.text()))
def test_what_is_written_is_well_formed_and_means_the_same(value: dict[str, str]) -> None:
    try:
        text = written(value, {})
    except ValueError:
        return
    read = {child.tag: child.text or "" for child in ElementTree.fromstring(text)}
    lines = {name: inner.replace("\r\n", "\n").replace("\r", "\n") for name, inner in value.items()}
    assert read == lines
