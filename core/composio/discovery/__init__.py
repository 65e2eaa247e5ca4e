"""Four tools with which an agent finds, reads, runs and connects all others.

Instead of thousands of definitions a model gets these: search, describe, execute, connect. They depend on a backend only, so
that toolsets, sessions and MCP servers share them. Names and shapes are those of v3's session tools.
"""

from __future__ import annotations

from composio.discovery.login import Login
from composio.discovery.scope import Scope
from composio.discovery.tools import discovery_actions, is_discovery

__all__ = ["Login", "Scope", "discovery_actions", "is_discovery"]
