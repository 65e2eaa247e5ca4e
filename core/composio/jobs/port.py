"""What an engine for jobs offers. Ours keeps them in the database; a distributed one fits behind the same five methods."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

from composio.model.job import Job

if TYPE_CHECKING:
    from composio.store.projects import Transaction

__all__ = ["Handler", "Handlers", "Jobs", "Later", "pause_after"]

_FIRST_PAUSE, _LONGEST_PAUSE = 5.0, 3600.0


@dataclass(frozen=True, slots=True)
class Later:
    """What a handler returns whose work is to be done again at ``due``, in seconds since 1970."""

    due: float


def pause_after(attempts: int, chance: Callable[[], float]) -> float:
    """For how many seconds a job rests whose handler raised ``attempts`` times: 5, then twice as long each time, up to an hour.

    ``chance`` gives numbers between 0 and 1, so that what failed together does not come back together.
    """
    return min(_FIRST_PAUSE * 2.0 ** min(attempts - 1, 20), _LONGEST_PAUSE) * (1 + 0.1 * chance())


Handler: TypeAlias = Callable[[Job], Awaitable[Later | None]]
Handlers: TypeAlias = Mapping[str, Handler]


class Jobs(Protocol):
    """Keeps jobs until they are done. A job whose worker dies is done by another: handlers may see one twice, and never none.

    Blocking, but for :meth:`run`.
    """

    def add(self, jobs: Sequence[Job]) -> int:
        """Keep jobs; how many of them were not there before. On the disk when this returns."""
        ...

    def add_within(self, transaction: Transaction, jobs: Sequence[Job]) -> int:
        """As :meth:`add`, in the transaction that makes them necessary: either both are on the disk, or neither.

        An engine that keeps jobs elsewhere adds them to the database's own table here, and fetches them from there.
        """
        ...

    def count_overdue(self, before: float) -> int:
        """How many were due before then and are not done; a late worker shows here."""
        ...

    async def run(self, handlers: Handlers) -> None:
        """Do the jobs of the kinds that have a handler, as they become due, until :meth:`stop`.

        A handler that raises has its job tried again later.
        """
        ...

    def stop(self) -> None:
        """End :meth:`run` once what is being done is done. From any thread."""
        ...
