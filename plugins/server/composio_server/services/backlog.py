"""Metrics of late polls, deliveries and jobs, read from the database that all instances share."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

from composio.errors import ComposioError
from composio.model.trigger_instance import LATE_SECONDS

if TYPE_CHECKING:
    from prometheus_client.core import GaugeMetricFamily

    from composio.store.projects import Partition

__all__ = ["Backlog"]

# Seconds after which a delivery or job is late.
_OVERDUE: Final = 60.0


class Backlog:
    """A collector for Prometheus. ``part`` is the operator's, ``overdue_jobs`` counts jobs that were due before a time.

    Blocking; without a database there are no figures.
    """

    def __init__(self, part: Partition, overdue_jobs: Callable[[float], int]) -> None:
        self._part, self._overdue_jobs = part, overdue_jobs

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Return the current figures."""
        from prometheus_client.core import GaugeMetricFamily

        from composio.store.triggers import deliveries, polls

        now = time.time()
        try:
            late, since = polls.count_late(self._part, now, seconds=LATE_SECONDS)
            found = {
                "composio_trigger_polls_late": ("Instances that are polled more than a minute late.", float(late)),
                "composio_trigger_poll_lag_seconds": ("By how much the latest of them is.", now - since if since else 0.0),
                "composio_trigger_deliveries_pending": (
                    "Deliveries that wait for their time or for an answer.",
                    float(deliveries.count_pending(self._part)),
                ),
                "composio_trigger_deliveries_overdue": (
                    "Deliveries that are more than a minute late.",
                    float(deliveries.count_pending(self._part, overdue=now - _OVERDUE)),
                ),
                "composio_jobs_overdue": (
                    "Jobs that are more than a minute late.",
                    float(self._overdue_jobs(now - _OVERDUE)),
                ),
            }
        except ComposioError:
            return
        for name, (documentation, value) in found.items():
            yield GaugeMetricFamily(name, documentation, value=value)
