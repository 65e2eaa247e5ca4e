"""Where a call goes that brings a file along: a method that uploads has another path for it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from composio.model.action import ActionModel, HttpBinding

__all__ = ["routed"]


def routed(action: ActionModel, arguments: Mapping[str, Any]) -> ActionModel:
    """``action`` with the binding that carries ``arguments`` out: its upload's where they have a file for it."""
    binding = action.binding
    if isinstance(binding, HttpBinding) and binding.upload and arguments.get(binding.upload.argument) is not None:
        return replace(action, binding=binding.upload.binding)
    return action
