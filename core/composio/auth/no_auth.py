"""No credentials. What an app's ``proxy`` says goes with every request all the same: a version, a client's name."""

from __future__ import annotations

from composio.auth.template import sign

__all__ = ["sign"]
