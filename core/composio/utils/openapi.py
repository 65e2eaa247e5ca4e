"""v0.7's home of what turns a schema into a function's signature."""

from __future__ import annotations

from collections.abc import Mapping
from inspect import Parameter
from typing import Any

from composio.utils.shared import PYDANTIC_TYPE_TO_PYTHON_TYPE as OPENAPI_TO_PYTHON
from composio.utils.shared import get_signature_format_from_schema_params

__all__ = ["OPENAPI_TO_PYTHON", "function_signature_from_jsonschema"]


def function_signature_from_jsonschema(schema: Mapping[str, Any], skip_default: bool = False) -> list[Parameter]:
    """As :func:`composio.utils.shared.get_signature_format_from_schema_params`, whose first argument is ``schema`` here."""
    return get_signature_format_from_schema_params(schema, skip_default)
