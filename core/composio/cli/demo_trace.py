"""The demo's trace: one line per step, and whether all of them came."""

from __future__ import annotations

from collections.abc import Callable

from composio.cli.output import say

__all__ = ["Trace"]

_LONGEST = 200


class Trace:
    """Prints what ``agent`` does about ``task``. ``redact`` takes secrets out of every line."""

    def __init__(self, agent: str, task: str, redact: Callable[[str], str]) -> None:
        self._redact = redact
        self._passed: dict[str, bool] = {}
        say(f"\n{agent} agent: {task}")

    def step(self, name: str, text: str, *, ok: bool = True) -> None:
        """A step that was taken; ``ok`` says whether it did what it should. A step taken twice must be right each time."""
        self._passed[name] = ok and self._passed.get(name, True)
        shown = " ".join(self._redact(text).split())
        shown = shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}…"
        say(f"  {'ok' if ok else 'NO'}  {name:<17}{shown}")

    def finish(self, *expected: str) -> bool:
        """True where every expected step was taken and none failed; names those that never came."""
        for name in expected:
            if name not in self._passed:
                self.step(name, "did not happen", ok=False)
        return all(self._passed.values())
