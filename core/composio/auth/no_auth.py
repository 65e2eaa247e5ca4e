"""No credentials. An app's ``proxy`` still adds its headers to every request: a version, a client's name."""

from __future__ import annotations

from composio.auth.template import sign

__all__ = ["sign"]
