"""Four tools through which an agent finds, reads, runs and connects every other one.

Instead of thousands of definitions a model is given these: search, describe, execute, connect. They stand on a backend alone, so
that toolsets, sessions and MCP servers share them. Their names and shapes are those of v3's session tools.
"""

from __future__ import annotations

from composio.discovery.login import Login
from composio.discovery.scope import Scope
from composio.discovery.tools import discovery_actions, is_discovery

__all__ = ["Login", "Scope", "discovery_actions", "is_discovery"]
