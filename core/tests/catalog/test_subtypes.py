"""A base with a discriminator stands for every schema that extends it: in definitions, for validation, in what is sent."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from composio.catalog.importers import Imported, swagger
from composio.engine.arguments import Checker
from composio.engine.build import Target, build
from composio.errors import InvalidArguments
from composio.model.action import ActionModel, HttpBinding
from composio.schema.dialect import ANTHROPIC, GEMINI, IDENTIFIERS, OPENAI, OPENAI_STRICT
from composio.schema.shape import shape

Schema = dict[str, Any]
TEXT, NUMBER = {"type": "string"}, {"type": "integer"}


def ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def base(mapping: Mapping[str, str] | None = None, *, required: bool = True, **more: Any) -> Schema:
    found: Schema = {"type": "object", "properties": {"kind": TEXT, "name": TEXT}, "discriminator": {"propertyName": "kind"}}
    if mapping is not None:
        found["discriminator"]["mapping"] = {value: f"#/components/schemas/{name}" for value, name in mapping.items()}
    return {**found, **({"required": ["kind"]} if required else {}), **more}


def extends(parent: str, required: tuple[str, ...] = (), **properties: Any) -> Schema:
    own: Schema = {"type": "object", "properties": properties, **({"required": list(required)} if required else {})}
    return {"allOf": [ref(parent), own]}


PETS = {
    "Pet": base({"cat": "Cat", "dog": "Dog"}),
    "Cat": extends("Pet", ("claws",), claws=NUMBER),
    "Dog": extends("Pet", (), tricks={"type": "array", "items": TEXT}),
}


def operation(make: Any, body: Schema, schemas: Mapping[str, Any], version: str = "3.0.3", **more: Any) -> ActionModel:
    node = make.operation("Add a pet", requestBody=make.body(body), **more)
    found: ActionModel = make.one(node, version=version, components={"schemas": dict(schemas)}).action
    return found


def swagger_operation(make: Any, body: Schema, definitions: Mapping[str, Any]) -> ActionModel:
    text = json.dumps({"body": body, "definitions": definitions}).replace("#/components/schemas/", "#/definitions/")
    moved = json.loads(text)
    parameters = [{"name": "pet", "in": "body", "required": True, "schema": moved["body"]}]
    document = {
        "swagger": "2.0",
        "info": {"title": "Pets", "version": "1"},
        "host": "api.toys.test",
        "definitions": moved["definitions"],
        "paths": {"/pets": {"post": {"summary": "Add a pet", "parameters": parameters, "responses": {}}}},
    }
    [found] = swagger.load(document, make.definition())
    assert isinstance(found, Imported)
    return found.action


def sent(action: ActionModel, arguments: Mapping[str, Any]) -> Any:
    """The body that goes out for ``arguments``, checked as the engine checks them."""
    assert isinstance(action.binding, HttpBinding)
    request = build(action, action.binding, Checker().check(action, dict(arguments)), Target())
    return json.loads(request.content)


def refused(action: ActionModel, arguments: Mapping[str, Any]) -> str:
    with pytest.raises(InvalidArguments) as error:
        Checker().check(action, dict(arguments))
    return str(error.value)


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_a_body_that_is_a_base_takes_every_subtype(make: Any, version: str) -> None:
    action = operation(make, ref("Pet"), PETS, version)
    assert sent(action, {"kind": "cat", "claws": 2}) == {"kind": "cat", "claws": 2}
    assert sent(action, {"kind": "dog", "tricks": ["sit"], "name": "Rex"}) == {"kind": "dog", "tricks": ["sit"], "name": "Rex"}
    shown = action.parameters
    assert set(shown["properties"]) == {"kind", "name", "claws", "tricks"}
    assert shown["properties"]["kind"]["enum"] == ["cat", "dog"]
    assert shown["properties"]["claws"] == {"type": "integer", "description": "Required for kind cat."}
    assert shown["properties"]["tricks"]["description"] == "For kind dog."
    assert shown["required"] == ["kind"]


def test_each_subtype_keeps_its_own_rules(make: Any) -> None:
    action = operation(make, ref("Pet"), PETS)
    assert "claws: expected a required property" in refused(action, {"kind": "cat"})
    assert "claws: expected an integer" in refused(action, {"kind": "cat", "claws": "many"})
    assert "kind: expected one of" in refused(action, {"kind": "bird"})


@pytest.mark.parametrize("dialect", [OPENAI, OPENAI_STRICT, ANTHROPIC, GEMINI, IDENTIFIERS])
def test_every_provider_is_shown_the_subtypes_properties_and_values(make: Any, dialect: Any) -> None:
    shown = shape(operation(make, ref("Pet"), PETS).parameters, dialect)
    assert set(shown["properties"]) == {"kind", "name", "claws", "tricks"}
    assert '"cat", "dog"' in json.dumps(shown["properties"]["kind"])


def test_swagger_2_finds_subtypes_by_their_names(make: Any) -> None:
    definitions = {
        "Pet": {**base(), "discriminator": "kind"},
        "Cat": extends("Pet", claws=NUMBER),
        "Dog": extends("Pet", tricks=NUMBER),
    }
    action = swagger_operation(make, ref("Pet"), definitions)
    assert action.parameters["properties"]["kind"]["enum"] == ["Cat", "Dog", "Pet"]
    assert sent(action, {"kind": "Cat", "claws": 2}) == {"kind": "Cat", "claws": 2}
    assert sent(action, {"kind": "Pet"}) == {"kind": "Pet"}
    assert sent(action, {"kind": "cat", "claws": 2}) == {"kind": "Cat", "claws": 2}


@pytest.mark.parametrize("key", ["x-ms-discriminator-value", "x-discriminator-value"])
def test_a_value_that_an_extension_gives_counts(make: Any, key: str) -> None:
    definitions = {
        "Rule": {**base(), "discriminator": "kind"},
        "Email": {**extends("Rule", to=TEXT), key: "Example.EmailRule"},
        "Hook": {"allOf": [ref("Rule")], "properties": {"url": TEXT}, key: "Example.HookRule"},
    }
    action = swagger_operation(
        make, {"type": "object", "properties": {"rules": {"type": "array", "items": ref("Rule")}}}, definitions
    )
    branches = action.parameters["properties"]["rules"]["items"]["anyOf"]
    assert [branch["properties"]["kind"]["enum"] for branch in branches] == [["Example.EmailRule"], ["Example.HookRule"]]
    rules = [{"kind": "Example.HookRule", "url": "https://x.test"}, {"kind": "Example.EmailRule", "to": "a@b.test"}]
    assert sent(action, {"rules": rules}) == {"rules": rules}


def test_values_are_the_enums_own_where_names_differ_in_case(make: Any) -> None:
    pet = base(properties={"kind": {"type": "string", "enum": ["cat", "dog", "fish"]}})
    action = operation(
        make, ref("Pet"), {"Pet": pet, "Cat": extends("Pet", claws=NUMBER), "Dog": extends("Pet", tricks=NUMBER)}
    )
    assert action.parameters["properties"]["kind"]["enum"] == ["cat", "dog", "fish"]
    assert "For kind cat." in action.parameters["properties"]["claws"]["description"]
    assert sent(action, {"kind": "fish"}) == {"kind": "fish"}


def test_a_mapping_of_some_leaves_the_others_their_names(make: Any) -> None:
    schemas = {**PETS, "Pet": base({"cat": "Cat"}), "Lizard": extends("Pet", rocks=NUMBER)}
    action = operation(make, ref("Pet"), schemas)
    assert action.parameters["properties"]["kind"]["enum"] == ["cat", "Dog", "Lizard"]
    assert sent(action, {"kind": "Lizard", "rocks": 3}) == {"kind": "Lizard", "rocks": 3}


def test_subtypes_of_subtypes_are_offered_at_every_level(make: Any) -> None:
    schemas = {
        "Pet": base({"cat": "Cat", "dog": "Dog", "hound": "Hound"}),
        "Cat": extends("Pet", claws=NUMBER),
        "Dog": extends("Pet", tricks=NUMBER),
        "Hound": extends("Dog", scent=NUMBER),
    }
    whole = operation(make, ref("Pet"), schemas)
    assert sent(whole, {"kind": "hound", "tricks": 1, "scent": 2}) == {"kind": "hound", "tricks": 1, "scent": 2}
    dog = operation(make, ref("Dog"), schemas)
    assert dog.parameters["properties"]["kind"]["enum"] == ["hound", "dog"]
    assert "claws" not in dog.parameters["properties"]
    hound = operation(make, ref("Hound"), schemas)
    assert hound.parameters["properties"]["kind"]["enum"] == ["hound"]
    assert set(hound.parameters["properties"]) == {"kind", "name", "tricks", "scent"}


def test_a_level_with_a_discriminator_of_its_own_keeps_the_outer_value(make: Any) -> None:
    polygon = {**extends("Shape", sides=TEXT), "discriminator": {"propertyName": "sides", "mapping": {"three": "Triangle"}}}
    schemas = {
        "Shape": base({"polygon": "Polygon", "circle": "Circle"}),
        "Polygon": polygon,
        "Triangle": extends("Polygon", angles={"type": "array", "items": NUMBER}),
        "Circle": extends("Shape", radius=NUMBER),
    }
    action = operation(make, {"type": "object", "properties": {"shape": ref("Shape")}}, schemas)
    triangle = {"kind": "polygon", "sides": "three", "angles": [60, 60, 60]}
    assert sent(action, {"shape": triangle}) == {"shape": triangle}
    assert "triangle" not in json.dumps(action.parameters).lower().replace('"three"', "")
    flat = operation(make, ref("Shape"), schemas)
    assert sent(flat, triangle) == triangle
    assert {"radius", "angles", "sides"} <= flat.parameters["properties"].keys()


@pytest.mark.parametrize("place", ["property", "array", "map", "nullable"])
def test_subtypes_are_offered_inside_of_bodies(make: Any, place: str) -> None:
    held = {
        "property": ref("Pet"),
        "array": {"type": "array", "items": ref("Pet")},
        "map": {"type": "object", "additionalProperties": ref("Pet")},
        "nullable": {"allOf": [ref("Pet")], "nullable": True},
    }[place]
    action = operation(make, {"type": "object", "properties": {"pet": held}}, PETS)
    shown = json.dumps(action.parameters)
    assert '"enum": ["cat"]' in shown
    assert '"claws"' in shown
    cat = {"kind": "cat", "claws": 2}
    value = {"array": [cat], "map": {"tom": cat}}.get(place, cat)
    assert sent(action, {"pet": value}) == {"pet": value}
    bad = {"kind": "cat", "claws": "none"}
    assert "claws" in refused(action, {"pet": {"array": [bad], "map": {"tom": bad}}.get(place, bad)})


def test_a_parameter_may_be_a_base(make: Any) -> None:
    parameters = [{"name": "pet", "in": "query", "content": {"application/json": {"schema": ref("Pet")}}}]
    action = make.one(make.operation("Find", parameters=parameters), components={"schemas": PETS}).action
    assert Checker().check(action, {"pet": {"kind": "cat", "claws": 1}}) == {"pet": {"kind": "cat", "claws": 1}}


def test_a_base_that_lists_its_subtypes_is_not_read_without_end(make: Any) -> None:
    pet = {**base({"cat": "Cat", "dog": "Dog"}), "oneOf": [ref("Cat"), ref("Dog")]}
    action = operation(make, {"type": "object", "properties": {"pet": ref("Pet")}}, {**PETS, "Pet": pet})
    assert sent(action, {"pet": {"kind": "cat", "claws": 2}}) == {"pet": {"kind": "cat", "claws": 2}}
    assert "claws" in refused(action, {"pet": {"kind": "cat", "claws": "x"}})
    bare = {"type": "object", "properties": {"name": TEXT}, "oneOf": [ref("Cat"), ref("Dog")]}
    action = operation(make, {"type": "object", "properties": {"pet": ref("Pet")}}, {**PETS, "Pet": bare})
    assert sent(action, {"pet": {"claws": 2}}) == {"pet": {"claws": 2}}


def test_subtypes_may_hold_their_base(make: Any) -> None:
    schemas = {**PETS, "Pack": extends("Pet", members={"type": "array", "items": ref("Pet")})}
    schemas["Pet"] = base({"cat": "Cat", "dog": "Dog", "pack": "Pack"})
    action = operation(make, ref("Pet"), schemas)
    pack = {"kind": "pack", "members": [{"kind": "cat", "claws": 1}, {"kind": "pack", "members": []}]}
    assert sent(action, pack) == pack
    assert "claws" in refused(action, {"kind": "pack", "members": [{"kind": "cat"}]})


def test_parts_that_are_closed_close_each_subtype(make: Any) -> None:
    """As NSwag writes them: every part forbids further properties."""
    closed = {"additionalProperties": False}
    cat = {"allOf": [ref("Pet"), {"type": "object", **closed, "properties": {"claws": NUMBER}}]}
    dog = {"allOf": [ref("Pet"), {"type": "object", **closed, "properties": {"tricks": NUMBER}}]}
    pet = {**base({"cat": "Cat", "dog": "Dog"}), **closed, "x-abstract": True}
    schemas = {"Pet": pet, "Cat": cat, "Dog": dog}
    parameters = [{"name": "dry", "in": "query", "schema": {"type": "boolean"}}]
    action = operation(make, ref("Pet"), schemas, parameters=parameters)
    assert sent(action, {"kind": "cat", "claws": 2, "dry": True}) == {"kind": "cat", "claws": 2}
    assert "tricks" in refused(action, {"kind": "cat", "tricks": 2})
    assert "paws: expected no such property" in refused(action, {"kind": "cat", "paws": 2})
    inside = operation(make, {"type": "object", "properties": {"pets": {"type": "array", "items": ref("Pet")}}}, schemas)
    assert sent(inside, {"pets": [{"kind": "dog", "tricks": 2}]}) == {"pets": [{"kind": "dog", "tricks": 2}]}
    assert "paws" in refused(inside, {"pets": [{"kind": "dog", "paws": 2}]})


def test_unknown_properties_of_a_body_are_refused_only_where_the_schema_says_so(make: Any) -> None:
    silent = {"type": "object", "properties": {"title": TEXT, "labels": {"type": "array", "items": TEXT}}}
    action = operation(make, silent, {})
    assert sent(action, {"title": "a", "priority": 1}) == {"title": "a", "priority": 1}
    closed = operation(make, {**silent, "additionalProperties": False}, {})
    assert "priority: expected no such property" in refused(closed, {"title": "a", "priority": 1})


def test_a_misspelt_name_is_mended_or_explained_where_further_properties_are_taken(make: Any) -> None:
    silent = {"type": "object", "properties": {"title": TEXT, "issueType": TEXT, "labels": {"type": "array", "items": TEXT}}}
    action = operation(make, silent, {})
    assert sent(action, {"Title": "a", "issue_type": "bug"}) == {"title": "a", "issueType": "bug"}
    assert sent(action, {"params": {"title": "a"}}) == {"title": "a"}
    assert 'did you mean "title"' in refused(action, {"titel": "a"})
    assert 'did you mean "labels"' in refused(action, {"title": "a", "label": ["b"]})
    assert sent(action, {"title": "a", "titles": ["b"]}) == {"title": "a", "titles": ["b"]}


def test_what_only_the_answer_has_is_refused_by_name(make: Any) -> None:
    silent = {"type": "object", "properties": {"title": TEXT, "id": {**NUMBER, "readOnly": True}}}
    action = operation(make, silent, {})
    assert sent(action, {"title": "a", "priority": 1}) == {"title": "a", "priority": 1}
    assert "id: expected nothing here" in refused(action, {"title": "a", "id": 1})


def test_parameters_of_an_operation_without_a_body_are_a_closed_set(make: Any) -> None:
    parameters = [{"name": "page", "in": "query", "schema": NUMBER}]
    action = make.one(make.operation("List", parameters=parameters), method="get").action
    assert "size: expected no such property" in refused(action, {"page": 1, "size": 2})


def test_the_discriminator_is_filled_in_where_the_subtype_is_clear(make: Any) -> None:
    action = operation(make, ref("Pet"), PETS)
    assert sent(action, {"claws": 2}) == {"kind": "cat", "claws": 2}
    assert sent(action, {"tricks": ["sit"]}) == {"kind": "dog", "tricks": ["sit"]}
    assert "kind: expected a required property" in refused(action, {"name": "Tom"})
    inside = operation(make, {"type": "object", "properties": {"pet": ref("Pet")}}, PETS)
    assert sent(inside, {"pet": {"tricks": ["sit"]}}) == {"pet": {"kind": "dog", "tricks": ["sit"]}}
    assert "pet.kind" in refused(inside, {"pet": {"name": "Tom"}})
    assert sent(operation(make, ref("Dog"), PETS), {"name": "Rex"}) == {"kind": "dog", "name": "Rex"}
    unnamed = {**PETS, "Pet": base()}
    assert sent(operation(make, ref("Dog"), unnamed), {"name": "Rex"}) == {"kind": "Dog", "name": "Rex"}


def test_without_a_value_the_base_itself_is_meant(make: Any) -> None:
    schemas = {**PETS, "Pet": base({"cat": "Cat", "dog": "Dog"}, required=False)}
    action = operation(make, ref("Pet"), schemas)
    assert sent(action, {"name": "Tom"}) == {"name": "Tom"}
    inside = operation(make, {"type": "object", "properties": {"pet": ref("Pet")}}, schemas)
    assert sent(inside, {"pet": {"name": "Tom"}}) == {"pet": {"name": "Tom"}}
    assert "claws" in refused(inside, {"pet": {"kind": "cat", "claws": "x"}})


def test_a_default_mapping_is_what_any_other_value_means(make: Any) -> None:
    """OpenAPI 3.2."""
    pet = base({"cat": "Cat"})
    pet["discriminator"]["defaultMapping"] = "Dog"
    action = operation(make, {"type": "object", "properties": {"pet": ref("Pet")}}, {**PETS, "Pet": pet}, "3.2.0")
    assert sent(action, {"pet": {"kind": "wolf", "tricks": ["howl"]}}) == {"pet": {"kind": "wolf", "tricks": ["howl"]}}
    assert "tricks" in refused(action, {"pet": {"kind": "wolf", "tricks": 3}})


def test_another_name_of_a_base_is_no_subtype(make: Any) -> None:
    schemas = {**PETS, "PetRequest": {"description": "A pet to add.", "allOf": [ref("Pet")]}}
    action = operation(make, ref("PetRequest"), schemas)
    assert action.parameters["properties"]["kind"]["enum"] == ["cat", "dog"]
    assert sent(action, {"kind": "cat", "claws": 2}) == {"kind": "cat", "claws": 2}


def test_a_discriminator_that_only_the_answer_has_is_not_asked_for(make: Any) -> None:
    pet = base({"cat": "Cat", "dog": "Dog"}, properties={"kind": {**TEXT, "readOnly": True}, "name": TEXT})
    action = operation(make, ref("Pet"), {**PETS, "Pet": pet})
    assert set(action.parameters["properties"]) == {"name", "claws", "tricks"}
    assert sent(action, {"claws": 2}) == {"claws": 2}


def test_properties_that_subtypes_describe_differently_are_checked_as_each_does(make: Any) -> None:
    schemas = {
        "Pet": base({"cat": "Cat", "dog": "Dog"}),
        "Cat": extends("Pet", age=NUMBER),
        "Dog": extends("Pet", age={"type": "string", "enum": ["young", "old"]}),
    }
    action = operation(make, ref("Pet"), schemas)
    assert action.parameters["properties"]["age"] == {"anyOf": [NUMBER, {"type": "string", "enum": ["young", "old"]}]}
    assert sent(action, {"kind": "dog", "age": "old"}) == {"kind": "dog", "age": "old"}
    assert "age" in refused(action, {"kind": "dog", "age": 7})


def test_names_that_parameters_have_as_well_keep_their_rules(make: Any) -> None:
    parameters = [{"name": n, "in": "query", "schema": TEXT} for n in ("kind", "claws")]
    action = operation(make, ref("Pet"), PETS, parameters=parameters)
    assert sent(action, {"body_kind": "cat", "body_claws": 2, "kind": "q"}) == {"kind": "cat", "claws": 2}
    assert "body_claws" in refused(action, {"body_kind": "cat"})


def test_a_base_of_everything_is_taken_as_it_is(make: Any) -> None:
    """As Microsoft Graph's `entity`, which hundreds of schemas extend."""
    many = {f"Type{i}": extends("Thing", (), **{f"p{i}": TEXT}) for i in range(300)}
    schemas = {"Thing": base({f"type{i}": f"Type{i}" for i in range(300)}), **many}
    started = time.process_time()
    action = operation(make, {"type": "object", "properties": {"thing": ref("Thing")}}, schemas)
    assert time.process_time() - started < 1
    assert len(json.dumps(action.parameters)) < 30 * 1024
    assert sent(action, {"thing": {"kind": "type7", "p7": "x"}}) == {"thing": {"kind": "type7", "p7": "x"}}


def test_several_files_may_share_a_hierarchy(make: Any, open_catalog: Any, tmp_path: Path) -> None:
    folder = tmp_path / "specs"
    folder.mkdir()
    pets = {
        "definitions": {
            name: json.loads(json.dumps(s).replace("#/components/schemas/", "#/definitions/")) for name, s in PETS.items()
        }
    }
    (folder / "pets.json").write_text(json.dumps(pets))
    document = make.document(
        {"/pets": {"post": make.operation("Add", requestBody=make.body({"$ref": "pets.json#/definitions/Pet"}))}}
    )
    action = open_catalog({"toys": document}).action("TOYS_ADD")
    assert sent(action, {"kind": "cat", "claws": 2}) == {"kind": "cat", "claws": 2}
    assert action.parameters["properties"]["kind"]["enum"] == ["cat", "dog"]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_hierarchy_takes_what_its_subtypes_say(make: Any, data: st.DataObject) -> None:
    """Trees of subtypes with and without a mapping, in all places: an object made by a schema's letter is taken as such."""
    count = data.draw(st.integers(1, 6))
    parents = [data.draw(st.integers(-1, i - 1)) for i in range(count)]
    names = [f"T{i}" for i in range(count)]
    mapped = data.draw(st.sets(st.sampled_from(range(count))))
    mapping = {f"v{i}": names[i] for i in mapped}
    schemas = {"Pet": base(mapping or None)}
    order = data.draw(st.permutations(range(count)))
    for i in order:
        parent = "Pet" if parents[i] < 0 else names[parents[i]]
        schemas[names[i]] = extends(parent, (f"p{i}",), **{f"p{i}": NUMBER})
    chosen = data.draw(st.integers(0, count - 1))
    line = [chosen]
    while parents[line[-1]] >= 0:
        line.append(parents[line[-1]])
    value = {"kind": f"v{chosen}" if chosen in mapped else names[chosen], **{f"p{i}": i for i in line}}
    is_flat = data.draw(st.booleans())
    body = ref("Pet") if is_flat else {"type": "object", "properties": {"pet": ref("Pet")}}
    action = operation(make, body, schemas, data.draw(st.sampled_from(["3.0.3", "3.1.0"])))
    whole = value if is_flat else {"pet": value}
    assert sent(action, whole) == whole
    wrong = {**value, f"p{chosen}": "x"}
    assert f"p{chosen}" in refused(action, wrong if is_flat else {"pet": wrong})
    jsonschema_rs.Draft202012Validator(dict(action.parameters))
