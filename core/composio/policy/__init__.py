"""Policies decide which calls may run: ``ComposioToolSet(policy=Policy(...))``."""

from __future__ import annotations

from composio.policy.conditions import Condition, arg
from composio.policy.file import read_policy
from composio.policy.once import ByCallId
from composio.policy.policy import Decision, Policy
from composio.policy.rules import allow, calls, confirm, deny, destructive, reads, writes

__all__ = [
    "ByCallId",
    "Condition",
    "Decision",
    "Policy",
    "allow",
    "arg",
    "calls",
    "confirm",
    "deny",
    "destructive",
    "read_policy",
    "reads",
    "writes",
]
