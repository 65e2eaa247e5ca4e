"""Import GraphQL schemas, one action per query and mutation: from SDL text or an introspection result.

The arguments become schemas of an OpenAPI document in memory, read by that importer; the operation and its selection are added
to the binding afterwards. graphql-core parses the schema; it is in ``opencomposio-core[graphql]``. Source: GraphQL
specification, October 2021; GraphQL over HTTP, working draft, "Request".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from composio.catalog.definition import AppDefinition, Progress
from composio.catalog.importers import Imported, openapi
from composio.catalog.importers.document import Document
from composio.catalog.importers.graphql_selection import Selector
from composio.catalog.importers.operations import Operation
from composio.catalog.importers.operations import operations as listed
from composio.catalog.importers.select import Selection
from composio.errors import ConfigurationError, SpecError
from composio.model.action import ActionModel, Body, GraphqlOperation, HttpBinding
from composio.schema.sdl import PIP_LINE

if TYPE_CHECKING:
    from graphql import (
        DefinitionNode,
        DocumentNode,
        GraphQLArgument,
        GraphQLField,
        GraphQLInputField,
        GraphQLNamedType,
        GraphQLSchema,
    )

__all__ = ["load", "operations", "outline"]

Node = dict[str, Any]

# Tokens of a schema text, which take some 4 s and 300 MB; GitHub's, one of the largest, has 60,000.
_TOKENS: Final = 1_000_000
_BUILT_IN: Final = {"String": "string", "ID": "string", "Int": "integer", "Float": "number", "Boolean": "boolean"}
# Custom scalars that are strings everywhere; the form of others is unknown.
_TEXTS: Final = re.compile(
    r"(.*)?(Date|DateTime|Time|Timestamp|URI|URL|UUID|Email|EmailAddress|Base64String|HTML|Cursor|Duration|Color|Hex)",
)
_TYPES: Final = ("application/json", "application/graphql-response+json")


@dataclass(frozen=True, slots=True)
class _Operation:
    """One field of the query or the mutation type. ``id`` is its name, with its kind if both types have it."""

    kind: str
    name: str
    field: GraphQLField
    id: str
    choice: str = ""

    @property
    def path(self) -> str:
        return f"/#{self.kind}.{self.name}"


def load(document: Any, definition: AppDefinition, report: Progress | None = None) -> Iterator[Imported]:
    """Yield the actions of a GraphQL schema: SDL text, or a parsed introspection result.

    Raises ``SpecError`` for an invalid schema, and ``ConfigurationError`` if graphql-core is not installed.
    """
    base_url = definition.app.base_url or ""
    schema = _schema(document, definition.app.key)
    found = list(_operations(schema, definition))
    selector = Selector(schema)
    read = openapi.load(_openapi(schema, found, base_url), definition, report, _identities(found))
    for operation, imported in zip(found, read, strict=True):
        if isinstance(imported, Imported):
            # The base URL is the endpoint itself; some require their trailing slash.
            path = "/" if base_url.endswith("/") else ""
            yield replace(imported, action=_finish(imported.action, operation, selector, path))


def operations(document: Any, definition: AppDefinition) -> Iterator[Operation]:
    """Return the operations that :func:`load` reads, to name them together with those of other documents."""
    found = list(_operations(_schema(document, definition.app.key), definition))
    paths = {one.path: {"post": {"operationId": one.id, "tags": [one.kind]}} for one in found}
    yield from listed(Document({"openapi": "3.1.0", "paths": paths}, _identities(found)))


def _identities(found: list[_Operation]) -> dict[tuple[str, str], str]:
    return {("POST", operation.path): f"{operation.kind} {operation.name}" for operation in found}


def outline(_document: Any) -> Node:
    """Return what an OpenAPI document would say of the whole API. A schema declares no security: a token is optional."""
    return {"info": {}, "servers": [], "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}}}


def _schema(document: Any, name: str) -> GraphQLSchema:
    try:
        import graphql
    except ImportError:
        raise ConfigurationError(f"{name}: reading a GraphQL schema needs graphql-core: {PIP_LINE}") from None
    try:
        if isinstance(document, str):
            parsed = _begin(graphql.parse(document, no_location=True, max_tokens=_TOKENS))
            schema = graphql.build_ast_schema(parsed, assume_valid=True, assume_valid_sdl=True)
        else:
            stated = document.get("data") or document
            schema = graphql.build_client_schema(stated, assume_valid=True)
        roots = [one for one in (schema.query_type, schema.mutation_type) if one is not None]
        has_fields = any(one.fields for one in roots)  # read now, as the library parses them on first access
    except graphql.GraphQLSyntaxError as error:
        place = f"line {error.locations[0].line}, column {error.locations[0].column}: " if error.locations else ""
        raise SpecError(f"{name}: {place}not a GraphQL schema: {error.message}") from None
    except (graphql.GraphQLError, TypeError, KeyError, ValueError, AttributeError) as error:
        raise SpecError(f"{name}: not a whole GraphQL schema: {' '.join(str(error).split())[:300]}") from None
    except RecursionError:
        raise SpecError(f"{name}: the GraphQL schema is nested too deeply.") from None
    if not has_fields:
        raise SpecError(f"{name}: the GraphQL schema has no queries and no mutations; expected `type Query {{ ... }}`.")
    return schema


def _begin(document: DocumentNode) -> DocumentNode:
    """Return the document with each only-extended type defined by its first extension, as in a federation's subgraphs."""
    import graphql

    nodes = document.definitions
    known = {node.name.value for node in nodes if isinstance(node, graphql.ObjectTypeDefinitionNode)}
    found: list[DefinitionNode] = []
    for node in nodes:
        if isinstance(node, graphql.ObjectTypeExtensionNode) and node.name.value not in known:
            known.add(node.name.value)
            found.append(graphql.ObjectTypeDefinitionNode(name=node.name, fields=node.fields, interfaces=node.interfaces))
        else:
            found.append(node)
    return graphql.DocumentNode(definitions=tuple(found))


def _operations(schema: GraphQLSchema, definition: AppDefinition) -> Iterator[_Operation]:
    selection = Selection(definition.spec)
    roots = {"query": schema.query_type, "mutation": schema.mutation_type}
    fields = {kind: root.fields if root is not None else {} for kind, root in roots.items()}
    in_both = fields["query"].keys() & fields["mutation"].keys()
    for kind, named in fields.items():
        for name, field in named.items():
            identity = f"{name}_{kind}" if name in in_both else name
            choice = "selection"
            while choice in field.args:
                choice += "_"
            operation = _Operation(kind, name, field, identity, choice)
            if selection.takes("POST", operation.path, identity):
                yield operation


def _openapi(schema: GraphQLSchema, operations: list[_Operation], base_url: str) -> Node:
    """Return the operations as an OpenAPI document whose bodies are their arguments."""
    import graphql

    named = {
        name: _name_type(one)
        for name, one in schema.type_map.items()
        if not graphql.is_composite_type(one) and name not in _BUILT_IN and not name.startswith("__")
    }
    paths = {operation.path: {"post": _operation(operation)} for operation in operations}
    return {
        "openapi": "3.1.0",
        "servers": [{"url": base_url}] if base_url else [],
        "paths": paths,
        "components": {"schemas": named},
    }


def _operation(operation: _Operation) -> Node:
    field = operation.field
    properties = {name: _value(argument) for name, argument in field.args.items()}
    required = [name for name, argument in field.args.items() if _is_required(argument)]
    if _is_composite(field):
        properties[operation.choice] = {
            "type": "string",
            "description": f"Which fields of {_base(field.type).name} to return, as GraphQL: {{ id name }}. Left out: the main ones.",
            "examples": ["{ __typename }"],  # which every type has
        }
    body: Node = {"type": "object", "properties": properties, "required": required, "additionalProperties": False}
    return {
        "operationId": operation.id,
        "description": field.description,
        "tags": [operation.kind],
        "deprecated": field.deprecation_reason is not None,
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        "responses": {"200": {"description": "", "content": {name: {"schema": {"type": "object"}} for name in _TYPES}}},
    }


def _finish(action: ActionModel, operation: _Operation, selector: Selector, path: str) -> ActionModel:
    binding = action.binding
    assert isinstance(binding, HttpBinding)  # the OpenAPI importer's form
    body = binding.body or Body("application/json", "graphql")
    arguments = {given: wire for given, wire in body.properties.items() if wire in operation.field.args}
    choice = next((given for given, wire in body.properties.items() if wire not in arguments.values()), "")
    sent = GraphqlOperation(
        name=operation.name,
        head=_head(operation, list(arguments.values())),
        selection=selector.default(operation.field),
        choice=choice,
    )
    # No schema declares whether a query needs credentials: available ones are sent.
    body = replace(body, kind="graphql", properties=arguments, required=True, graphql=sent)
    return replace(action, binding=replace(binding, path=path, body=body, public=True))


def _head(operation: _Operation, names: list[str]) -> str:
    """Return the operation's text up to its selection."""
    declared = ", ".join(f"${name}: {_declare(operation.field.args[name])}" for name in names)
    given = ", ".join(f"{name}: ${name}" for name in names)
    return (
        f"{operation.kind} {operation.name}{f'({declared})' if declared else ''} "
        f"{{ {operation.name}{f'({given})' if given else ''}"
    )


def _declare(argument: GraphQLArgument) -> str:
    """Return a variable's type: it is not required if the argument has a default."""
    text = str(argument.type)
    return text if _is_required(argument) else text.removesuffix("!")


def _is_required(given: GraphQLArgument | GraphQLInputField) -> bool:
    import graphql

    return graphql.is_non_null_type(given.type) and _default(given) is graphql.Undefined


def _default(given: GraphQLArgument | GraphQLInputField) -> Any:
    """Return the default as plain data, ``Undefined`` if there is none."""
    import graphql

    written = getattr(given, "default", None)  # graphql-core 3.3 keeps its source form, 3.2 a value
    if written is None:
        return given.default_value
    return written.value if written.literal is None else graphql.value_from_ast_untyped(written.literal)


def _is_composite(field: GraphQLField) -> bool:
    import graphql

    return graphql.is_composite_type(_base(field.type))


def _base(kind: Any) -> Any:
    import graphql

    return graphql.get_named_type(kind)


def _value(given: GraphQLArgument | GraphQLInputField) -> Node:
    """Return the schema of an argument or an input field.

    Null is not allowed: providers fill arguments that a model omits with it, and to an API it may mean "clear this".
    """
    import graphql

    found = _type(given.type)
    if given.description:
        found["description"] = given.description
    if given.deprecation_reason is not None:
        found["deprecated"] = True
    if (default := _default(given)) is not graphql.Undefined and default is not None:
        found["default"] = default
    return found


def _type(kind: Any) -> Node:
    import graphql

    if graphql.is_non_null_type(kind):
        return _type(kind.of_type)
    if graphql.is_list_type(kind):
        return {"type": "array", "items": _type(kind.of_type)}
    if kind.name in _BUILT_IN:
        return {"type": _BUILT_IN[kind.name]}
    return {"$ref": f"#/components/schemas/{kind.name}"}


def _name_type(kind: GraphQLNamedType) -> Node:
    """Return the schema of an enum, an input object or a custom scalar."""
    import graphql

    described = {"description": kind.description} if kind.description else {}
    if isinstance(kind, graphql.GraphQLEnumType):
        current = [name for name, value in kind.values.items() if value.deprecation_reason is None]
        gone = [name for name in kind.values if name not in current]
        return {"type": "string", "enum": current + gone, **described}
    if isinstance(kind, graphql.GraphQLInputObjectType):
        required = [name for name, field in kind.fields.items() if _is_required(field)]
        properties = {name: _value(field) for name, field in kind.fields.items()}
        found: Node = {"type": "object", "properties": properties, "additionalProperties": False, **described}
        if required:
            found["required"] = required
        # Exactly one of them, for a schema with @oneOf.
        return {**found, "minProperties": 1, "maxProperties": 1} if getattr(kind, "is_one_of", False) else found
    text = {"description": f"{kind.name}: {kind.description}" if kind.description else kind.name}
    return {"type": "string", **text} if _TEXTS.fullmatch(kind.name) else text
