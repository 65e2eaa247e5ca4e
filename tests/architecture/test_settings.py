"""What the root's conftest.py settles for every test."""

from __future__ import annotations

from hypothesis import HealthCheck, settings


def test_no_property_fails_for_how_long_the_machine_takes() -> None:
    assert settings().deadline is None
    assert HealthCheck.too_slow in settings().suppress_health_check
