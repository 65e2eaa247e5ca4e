"""v0.7's home of the credential parameter."""

from __future__ import annotations

from composio.model.auth import CustomAuthParameter, ParamPlacement

__all__ = ["CustomAuthParameter", "ParamPlacement"]
