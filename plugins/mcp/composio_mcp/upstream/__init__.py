"""MCP servers as apps: what they offer, and calls to their tools. See :func:`composio.plugin.spec.register_peers`."""
