"""Shipped doubles: a scripted model, a fake upstream, a fake transport, and the suite that every adapter passes.

None needs a key or the internet; all run on loopback or in memory. Names load on first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from composio.testing.contract import AdapterContract as AdapterContract
    from composio.testing.contract.main_job import MainJob as MainJob
    from composio.testing.contract.plugin import PluginContract as PluginContract
    from composio.testing.fake_upstream import FakeUpstream as FakeUpstream
    from composio.testing.flows import DrivenFlows as DrivenFlows
    from composio.testing.model.script import Calls as Calls
    from composio.testing.model.script import Fail as Fail
    from composio.testing.model.script import Say as Say
    from composio.testing.model.server import ScriptedModel as ScriptedModel
    from composio.testing.recorder import Recorder as Recorder
    from composio.testing.recorder import nested_schema as nested_schema
    from composio.testing.recorder import tool_spec as tool_spec
    from composio.testing.tapes import ReplayMismatch as ReplayMismatch
    from composio.testing.tapes import from_ledger as from_ledger
    from composio.testing.tapes import record as record
    from composio.testing.tapes import replay as replay
    from composio.testing.transport import FakeTransport as FakeTransport

_HOMES = {
    "AdapterContract": "composio.testing.contract",
    "Calls": "composio.testing.model.script",
    "DrivenFlows": "composio.testing.flows",
    "Fail": "composio.testing.model.script",
    "FakeTransport": "composio.testing.transport",
    "FakeUpstream": "composio.testing.fake_upstream",
    "MainJob": "composio.testing.contract.main_job",
    "PluginContract": "composio.testing.contract.plugin",
    "Recorder": "composio.testing.recorder",
    "ReplayMismatch": "composio.testing.tapes",
    "Say": "composio.testing.model.script",
    "ScriptedModel": "composio.testing.model.server",
    "from_ledger": "composio.testing.tapes",
    "nested_schema": "composio.testing.recorder",
    "record": "composio.testing.tapes",
    "replay": "composio.testing.tapes",
    "tool_spec": "composio.testing.recorder",
}

__all__ = [
    "AdapterContract",
    "Calls",
    "DrivenFlows",
    "Fail",
    "FakeTransport",
    "FakeUpstream",
    "MainJob",
    "PluginContract",
    "Recorder",
    "ReplayMismatch",
    "Say",
    "ScriptedModel",
    "from_ledger",
    "nested_schema",
    "record",
    "replay",
    "tool_spec",
]


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return list(__all__)
