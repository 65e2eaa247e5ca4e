"""What helps with services that keep users' tokens elsewhere, and v0.7's helpers for adapters of one's own."""

from __future__ import annotations

from composio.former.finder import name_lookup

__all__ = ["help_msg"]


def help_msg() -> str:
    """v0.7's, which toolsets of one's own append to their errors; empty, as nobody is there to be asked."""
    return ""


__getattr__, __dir__ = name_lookup(__name__)
