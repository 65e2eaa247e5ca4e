"""The retry schedule, and when a destination is given up."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from composio.triggers.retrying import ATTEMPTS, PAUSE_SECONDS, Answered, Health, Outlook, judge

FAILED = Answered(status=500)
DAY = 86400.0


def test_eight_attempts_by_the_schedule_and_then_no_more() -> None:
    now, gaps = 0.0, []
    for made in range(1, ATTEMPTS):
        verdict = judge(FAILED, made, now=now, chance=0.0)
        assert verdict.outlook is Outlook.RETRY
        assert verdict.due is not None
        gaps.append(verdict.due - now)
        now = verdict.due
    assert gaps == [5, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 10 * 3600]
    assert judge(FAILED, ATTEMPTS, now=now, chance=0.0).outlook is Outlook.FAILED


@settings(max_examples=50, deadline=None)
@given(st.integers(1, ATTEMPTS - 1), st.floats(0, 1), st.none() | st.floats(-10, 1e9))
def test_jitter_makes_it_later_by_a_tenth_at_most_and_never_earlier(made: int, chance: float, wait: float | None) -> None:
    exact = judge(Answered(status=503, wait=wait), made, now=1000.0, chance=0.0).due
    spread = judge(Answered(status=503, wait=wait), made, now=1000.0, chance=chance).due
    assert exact is not None
    assert spread is not None
    assert exact <= spread <= 1000.0 + (exact - 1000.0) * 1.1 + 1e-6
    assert exact - 1000.0 <= DAY


@pytest.mark.parametrize("status", [100, 199, 300, 301, 302, 304, 400, 401, 404, 408, 429, 500, 503, None])
def test_whatever_is_not_2xx_is_tried_again(status: int | None) -> None:
    assert judge(Answered(status=status), 1, now=0.0, chance=0.5).outlook is Outlook.RETRY


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_2xx_is_delivered(status: int) -> None:
    assert judge(Answered(status=status), 1, now=0.0, chance=0.5).outlook is Outlook.DELIVERED


@pytest.mark.parametrize("made", [1, ATTEMPTS])
def test_410_ends_the_destination_at_once(made: int) -> None:
    assert judge(Answered(status=410), made, now=0.0, chance=0.5).outlook is Outlook.GONE


def test_a_destination_that_asks_to_wait_longer_is_given_that_time() -> None:
    assert judge(Answered(status=429, wait=60.0), 1, now=100.0, chance=0.0).due == 160.0
    assert judge(Answered(status=429, wait=1.0), 1, now=100.0, chance=0.0).due == 105.0


def test_five_days_of_failures_pause_a_destination_and_a_success_mends_it() -> None:
    health = Health().after(FAILED, now=0.0)
    assert health == Health(failing_since=0.0)
    health = health.after(FAILED, now=PAUSE_SECONDS - 1)
    assert health.paused_at is None
    health = health.after(FAILED, now=PAUSE_SECONDS)
    assert health.paused_at == PAUSE_SECONDS
    assert health.after(FAILED, now=PAUSE_SECONDS + DAY).paused_at == PAUSE_SECONDS
    assert health.after(Answered(status=204), now=PAUSE_SECONDS + DAY) == Health()


def test_one_success_in_five_days_begins_the_count_anew() -> None:
    health = Health().after(FAILED, now=0.0).after(Answered(status=200), now=4 * DAY).after(FAILED, now=6 * DAY)
    assert health == Health(failing_since=6 * DAY)


def test_a_clock_that_is_set_back_does_not_pause_anybody() -> None:
    assert Health(failing_since=1e9).after(FAILED, now=100.0) == Health(failing_since=100.0)
