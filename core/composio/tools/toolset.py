"""Import path of the v0.7 SDK for the toolset, and for the types of what it takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeAlias, TypedDict

from composio.client.params import ExpectedFieldInput
from composio.former.finder import name_lookup
from composio.model.processors import RETRY
from composio.toolset import ComposioToolSet

__all__ = ["RETRY", "ComposioToolSet", "IntegrationParams", "MetadataType", "ProcessorType", "ProcessorsType"]

ProcessorType = Literal["pre", "post", "schema"]
MetadataType: TypeAlias = Mapping[Any, dict[str, Any]]
# Any: keys are actions' names, apps' names or functions under @action.
_Table: TypeAlias = Mapping[Any, Callable[[dict[str, Any]], dict[str, Any]]]


class ProcessorsType(TypedDict, total=False):
    """What ``processors=`` takes: per stage, a function for each action or app."""

    pre: _Table
    post: _Table
    schema: _Table


class IntegrationParams(TypedDict):
    """What ``get_expected_params_for_user`` returned in v0.7; it has ``expectedInputFields`` too."""

    integration_id: str
    auth_scheme: str
    expected_params: list[ExpectedFieldInput]


__getattr__, __dir__ = name_lookup(__name__)
