"""GraphQL over HTTP: build the request of an operation, and interpret its response. Pure.

Source: GraphQL over HTTP, working draft, "Request Parameters"; GraphQL specification, October 2021, "Response Format".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from composio.errors import ConfigurationError
from composio.model.action import Body, GraphqlOperation
from composio.model.call import Outcome
from composio.model.error_text import error_text
from composio.schema.sdl import PIP_LINE

__all__ = ["payload", "read_answer"]

# Characters of a caller's selection; of all error messages in a response, and the number of errors shown.
_SELECTION: Final = 20_000
_SAID, _ERRORS = 1000, 5


def payload(body: Body, operation: GraphqlOperation, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return the JSON to send. Raises ``ValueError`` for an invalid selection."""
    chosen = arguments.get(operation.choice) if operation.choice else None
    selection = operation.selection if chosen in (None, "") else _selection(str(chosen), operation.choice)
    return {
        "query": f"{operation.head}{' ' if selection else ''}{selection} }}",
        "variables": {wire: arguments[name] for name, wire in body.properties.items() if name in arguments},
        "operationName": operation.name,
    }


def _selection(text: str, argument: str) -> str:
    """Print a caller's selection with the library: it is parsed alone, so that it cannot end the query around it."""
    try:
        import graphql
    except ImportError:
        raise ConfigurationError(f"Choosing what GraphQL returns needs graphql-core: {PIP_LINE}") from None
    if len(text) > _SELECTION:
        raise ValueError(f"{argument} of {len(text)} characters; at most {_SELECTION} are sent")
    whole = text if text.lstrip().startswith("{") else f"{{ {text} }}"
    try:
        definitions = graphql.parse(whole, no_location=True).definitions
    except graphql.GraphQLSyntaxError as error:
        raise ValueError(f"{argument} that is no GraphQL selection such as {{ id name }}: {error.message}") from None
    [found] = definitions if len(definitions) == 1 else [None]
    if not isinstance(found, graphql.OperationDefinitionNode) or not found.selection_set.selections:
        raise ValueError(f"{argument} that is not one selection such as {{ id name }}")
    return graphql.print_ast(found.selection_set)


def read_answer(outcome: Outcome) -> Outcome:
    """Interpret an HTTP outcome as GraphQL: its ``data``, unsuccessful if there are errors, with partial data if any.

    The error of an already unsuccessful outcome is kept: it has hints beside the messages.
    """
    found = outcome.data if isinstance(outcome.data, Mapping) else {}
    errors, data = found.get("errors"), found.get("data")
    if isinstance(errors, list) and errors and outcome.error:
        return replace(outcome, successful=False, data=data)
    if isinstance(errors, list) and errors:
        said = "; ".join(_describe(error) for error in errors[:_ERRORS])[:_SAID]
        more = f" ({len(errors) - _ERRORS} more)" if len(errors) > _ERRORS else ""
        return replace(outcome, successful=False, data=data, error=f"{said}{more}")
    if not outcome.successful:
        return outcome
    if "data" not in found:
        error = "The API answered, but not with a GraphQL response, which has `data` or `errors`."
        return replace(outcome, successful=False, error=error)
    return replace(outcome, data=data)


def _describe(error: Any) -> str:
    """Return one error's message, with its path in the response."""
    if not isinstance(error, Mapping):
        return str(error)
    message = error_text({**error, "path": None}) or "an error without a message"
    path = error.get("path")
    return f"{'.'.join(map(str, path))}: {message}" if isinstance(path, list) and path else message
