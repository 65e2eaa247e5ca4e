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
    upload = binding.upload if isinstance(binding, HttpBinding) else None
    if upload is None:
        return action
    body = upload.binding.body
    files = (upload.argument, *body.files, *body.loose_files) if body is not None else (upload.argument,)
    is_file = any(arguments.get(name) is not None for name in files)
    return replace(action, binding=upload.binding) if is_file else action
