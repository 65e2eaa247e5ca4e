"""API keys: wherever the app's ``proxy`` puts them."""

from __future__ import annotations

from composio.auth.template import sign

__all__ = ["sign"]
