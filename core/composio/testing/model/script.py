"""What a scripted model says, step by step, whatever the wire format."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from composio.errors import InvalidRequest

__all__ = ["Call", "Calls", "Fail", "Reply", "Say", "Step", "read_script"]


class Step:
    """What the model does in one turn: :class:`Calls`, :class:`Say` or :class:`Fail`."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Calls(Step):
    """The model asks for tools: ``Calls([{"name": "GITHUB_...", "arguments": {...}}])``.

    ``arguments`` may be a string: it is sent as it is, malformed or not. ``text`` is said beside the calls.
    """

    calls: Sequence[Mapping[str, Any]]
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Say(Step):
    """The model answers. ``text`` is the text, or a function of the tool results (strings, in order) since the user spoke."""

    text: str | Callable[[list[str]], str]


@dataclass(frozen=True, slots=True)
class Fail(Step):
    """The provider fails with ``status``. ``times`` says how often before the next step's turn; None means for good.

    ``body`` is the JSON body; without it an error in the provider's own shape is sent.
    """

    status: int = 500
    body: Mapping[str, Any] | None = None
    times: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Call:
    """One call as it goes out: ``arguments`` is JSON text, well-formed or not."""

    name: str
    arguments: str
    id: str

    @classmethod
    def of(cls, value: Mapping[str, Any], offered: Iterable[str]) -> Call:
        """Read a script's call. Frameworks may change a name's case or put a prefix before it: what was offered is used."""
        arguments = value.get("arguments", {})
        text = arguments if isinstance(arguments, str) else json.dumps(arguments)
        name = _as_offered(str(value["name"]), offered)
        return cls(name, text, str(value.get("id") or f"call_{uuid.uuid4().hex[:24]}"))

    def mapping(self) -> dict[str, Any]:
        """The arguments for providers that send objects; ``ValueError`` where the script wrote something else."""
        try:
            value = json.loads(self.arguments or "{}")
        except ValueError:
            value = None
        if not isinstance(value, dict):
            raise ValueError(  # noqa: TRY004 - the text's content is wrong, not a type in Python
                f"{self.name}: this provider sends arguments as an object, so {self.arguments!r} can't be sent."
            )
        return value


def _as_offered(name: str, offered: Iterable[str]) -> str:
    """The offered name that ``name`` means, prefixed as ``composio-NAME`` or ``mcp__composio__NAME``; else ``name`` itself."""
    wanted = name.casefold()
    names = {one.casefold(): one for one in offered}
    prefixed = [one for one in names if one.endswith((f"-{wanted}", f"__{wanted}"))]
    return names.get(wanted) or (names[prefixed[0]] if len(prefixed) == 1 else name)


@dataclass(frozen=True, slots=True)
class Reply:
    """One turn of the model: text, calls, or both."""

    text: str | None = None
    calls: tuple[Call, ...] = ()


def read_script(steps: Iterable[Step | Mapping[str, Any]]) -> tuple[Step, ...]:
    """Steps as values, or as the mappings that a script file holds: ``{"calls": [...]}``, ``{"say": ...}``, ``{"fail": 500}``."""
    read = tuple(step if isinstance(step, Step) else _step(step) for step in steps)
    if not read:
        raise InvalidRequest("A script needs at least one step: Calls([...]), Say(...) or Fail(...).")
    return read


def _step(value: Mapping[str, Any]) -> Step:
    if not isinstance(value, Mapping):
        raise InvalidRequest(f"A script's step is Calls, Say, Fail or a mapping, not {type(value).__name__}.")
    if "calls" in value:
        return Calls(value["calls"], value.get("say"))
    if "say" in value:
        return Say(value["say"])
    if "fail" in value:
        return Fail(int(value["fail"]), value.get("body"), value.get("times"))
    raise InvalidRequest(
        f"A script's step has `calls`, `say` or `fail`; this one has {', '.join(map(str, value)) or 'nothing'}."
    )
