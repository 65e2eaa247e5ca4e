"""The interface of a job engine. Ours stores jobs in the database; a distributed one fits the same five methods."""

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
    """Returned by a handler to run its job again at ``due``, in seconds since 1970."""

    due: float


def pause_after(attempts: int, chance: Callable[[], float]) -> float:
    """Return the delay in seconds after ``attempts`` failures: 5, then twice as long each time, up to an hour.

    ``chance`` gives numbers between 0 and 1 for the jitter, so that jobs that failed together are not retried together.
    """
    return min(_FIRST_PAUSE * 2.0 ** min(attempts - 1, 20), _LONGEST_PAUSE) * (1 + 0.1 * chance())


Handler: TypeAlias = Callable[[Job], Awaitable[Later | None]]
Handlers: TypeAlias = Mapping[str, Handler]


class Jobs(Protocol):
    """Stores jobs until they are done. If a worker dies, another takes its job: handlers run at least once.

    All methods block, except :meth:`run`.
    """

    def add(self, jobs: Sequence[Job]) -> int:
        """Store jobs durably. Returns how many are new."""
        ...

    def add_within(self, transaction: Transaction, jobs: Sequence[Job]) -> int:
        """Like :meth:`add`, in the caller's transaction: both are committed, or neither.

        An engine with storage of its own adds the jobs to the database's table here, and fetches them from there.
        """
        ...

    def count_overdue(self, before: float) -> int:
        """Count unfinished jobs that were due before then. A late worker shows here."""
        ...

    async def run(self, handlers: Handlers) -> None:
        """Run due jobs of every kind with a handler, until :meth:`stop`.

        If a handler raises, its job is retried later.
        """
        ...

    def stop(self) -> None:
        """End :meth:`run` once the running jobs are done. Callable from any thread."""
        ...
