"""What helps with services that keep users' tokens elsewhere, and v0.7's helpers for adapters of one's own."""

from __future__ import annotations

from composio.former.finder import name_lookup

__getattr__, __dir__ = name_lookup(__name__)
