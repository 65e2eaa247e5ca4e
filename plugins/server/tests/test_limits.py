"""Rates: bursts, refilling, who shares a bucket and who does not."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composio.errors import ConfigurationError
from composio_server.services.limits import Limits, Rate, TooManyRequests, read_rates
from composio_server.services.services import Services


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


def count(limits: Limits, tries: int, **subjects: str) -> int:
    let = 0
    for _ in range(tries):
        try:
            limits.check("pr_1", {}, **subjects)
        except TooManyRequests:
            continue
        let += 1
    return let


def test_a_burst_goes_through_and_the_rest_waits(services: Services) -> None:
    clock = Clock()
    limits = Limits(services.database, {"key": Rate(2.0, 5.0)}, clock)
    assert count(limits, 8, key="k") == 5
    with pytest.raises(TooManyRequests) as refused:
        limits.check("pr_1", {}, key="k")
    assert refused.value.wait == pytest.approx(0.5)
    clock.now += 1.0
    assert count(limits, 8, key="k") == 2
    clock.now += 1_000.0
    assert count(limits, 8, key="k") == 5


def test_two_instances_share_a_bucket(services: Services) -> None:
    clock = Clock()
    both = [Limits(services.database, {"project": Rate(1.0, 10.0)}, clock) for _ in range(2)]
    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(lambda at: count(both[at % 2], 10, project="p"), range(4))) == 10


def test_subjects_and_projects_have_buckets_of_their_own(services: Services) -> None:
    limits = Limits(services.database, {"entity": Rate(1.0, 1.0)}, Clock())
    assert count(limits, 3, entity="alice") == 1
    assert count(limits, 3, entity="bob") == 1
    limits.check("pr_2", {}, entity="alice")


def test_a_project_may_have_a_rate_of_its_own(services: Services) -> None:
    limits = Limits(services.database, {"key": Rate(1.0, 1.0)}, Clock())
    for _ in range(4):
        limits.check("pr_1", {"key": Rate(1.0, 4.0)}, key="k")


def test_buckets_that_are_full_again_are_forgotten(services: Services) -> None:
    clock = Clock()
    limits = Limits(services.database, {"key": Rate(1.0, 1.0)}, clock)
    limits.check("pr_1", {}, key="k")
    assert limits.sweep() == 0
    clock.now += 3_601.0
    assert limits.sweep() == 1


@pytest.mark.parametrize("text", ["", "fast", "0/s", "-1/s", "nan", "inf", "5/s:0", "5/m", "5/s:x"])
def test_a_rate_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="A rate is"):
        Rate.of(text)


def test_a_kind_that_is_none_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="entity"):
        read_rates({"user": "5/s"})


@given(st.floats(0.1, 1_000), st.floats(1, 10_000))
def test_a_rate_is_read_as_it_is_written(per_second: float, burst: float) -> None:
    read = Rate.of(f"{per_second!r}/s:{burst!r}")
    assert math.isclose(read.per_second, per_second)
    assert math.isclose(read.burst, burst)
