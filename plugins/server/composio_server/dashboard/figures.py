"""Charts of calls, failures, durations, events, deliveries and token renewals by hour or day, with labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from litestar import Response, get
from litestar.params import FromPath

from composio.model.figures import FigureFilter, Figures, Period
from composio_server.dashboard.show import Filter, Next, asked, show, write_command
from composio_server.dashboard.visit import Asked, visit
from composio_server.services.services import off_loop

__all__ = ["show_figures"]

_SPANS = {"24": "24 hours", "48": "48 hours", "168": "7 days", "720": "30 days", "2160": "90 days"}
_USUAL = "24"
_WIDTH, _HEIGHT = 720.0, 120.0


@dataclass(frozen=True, slots=True)
class Bar:
    """A part of a bar, in the chart's units; ``kind`` is its style, ``says`` its number in words."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    says: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars over time; ``says`` is a summary in a sentence, ``top`` the highest bar."""

    title: str
    says: str
    top: str
    bars: Sequence[Bar]
    width: float = _WIDTH
    height: float = _HEIGHT


@get("/figures")
async def show_figures(request: Asked, project: FromPath[str]) -> Response[bytes]:
    """Show the figures of a period, of all calls or those of an app or entity."""
    here = await visit(request, project)
    app, entity, hours = asked(here, "app").lower(), asked(here, "entity"), asked(here, "hours")
    hours = hours if hours in _SPANS else _USUAL
    which = FigureFilter(hours=int(hours), app=app or None, entity_id=entity or None)
    found = await off_loop(here.services.calls.figures, here.project_id, which)
    return show(
        here,
        "figures",
        title="Figures",
        place="figures",
        found=found,
        charts=_charts(found),
        is_empty=not any(one.calls or one.events or one.refreshed or one.unrefreshed for one in found.periods),
        spans=[(value, label, here.url("figures", app=app, entity=entity, hours=value)) for value, label in _SPANS.items()],
        hours=hours,
        link=lambda **more: here.url("figures", **{"app": app, "entity": entity, "hours": hours, **more}),
        filters=[Filter("app", "App", app), Filter("entity", "Entity", entity)],
        code=write_command("calls figures", hours=hours, app=app, entity_id=entity),
        empty=Next("No calls and no events in this time.", here.url("playground"), "Make a call"),
    )


def _charts(found: Figures) -> list[Chart]:
    periods = found.periods
    calls, failed = sum(one.calls for one in periods), sum(one.failed for one in periods)
    events, sent = sum(one.events for one in periods), sum(one.delivered for one in periods)
    lost = sum(one.undelivered for one in periods)
    renewed, stuck = sum(one.refreshed for one in periods), sum(one.unrefreshed for one in periods)
    unit = "hour" if found.step < 86_400 else "day"
    slowest = max((one.most_within or 0.0 for one in periods), default=0.0)
    return [
        _stack(
            "Calls",
            f"{calls:,} calls, {failed:,} of them failed.",
            periods,
            [(one.calls - one.failed, one.failed) for one in periods],
            ("went well", "failed"),
            f"most in one {unit}: ",
        ),
        _steps(f"95 % of the calls of each {unit} took at most {slowest:g} s." if slowest else "No call has ended.", periods),
        _stack(
            "Deliveries",
            f"{events:,} events came; {sent:,} deliveries succeeded, {lost:,} failed for good.",
            periods,
            [(one.delivered, one.undelivered) for one in periods],
            ("delivered", "failed for good"),
            f"most in one {unit}: ",
        ),
        _stack(
            "Refreshes",
            f"Tokens were renewed {renewed:,} {'time' if renewed == 1 else 'times'}; {stuck:,} attempts failed.",
            periods,
            [(one.refreshed, one.unrefreshed) for one in periods],
            ("renewed", "failed"),
            f"most in one {unit}: ",
        ),
    ]


def _stack(
    title: str, says: str, periods: Sequence[Period], parts: Sequence[tuple[int, int]], words: tuple[str, str], top: str
) -> Chart:
    """Return bars of two parts: successes, with failures on top."""
    highest = max((good + bad for good, bad in parts), default=0)
    bars: list[Bar] = []
    for place, (good, bad) in enumerate(parts):
        at = periods[place].listing()["at"]
        said = f"{at}: {good:,} {words[0]}, {bad:,} {words[1]}"
        high = _HEIGHT * (good / highest) if highest else 0.0
        bars += [_bar(place, len(parts), 0.0, high, "good", said)] if good else []
        bars += [_bar(place, len(parts), high, _HEIGHT * (bad / highest), "bad", said)] if bad else []
    return Chart(title, says, f"{top}{highest:,}", bars)


def _steps(says: str, periods: Sequence[Period]) -> Chart:
    """Return bars of durations: the median, and the 95th percentile above."""
    highest = max((one.most_within or 0.0 for one in periods), default=0.0)
    bars: list[Bar] = []
    for place, one in enumerate(periods):
        half, most = one.half_within or 0.0, one.most_within or 0.0
        if not most:
            continue
        said = f"{one.listing()['at']}: half within {half:g} s, 95 % within {most:g} s"
        bars += [
            _bar(place, len(periods), 0.0, _HEIGHT * most / highest, "soft", said),
            _bar(place, len(periods), 0.0, _HEIGHT * half / highest, "good", said),
        ]
    return Chart("Duration", says, f"longest: {highest:g} s", bars)


def _bar(place: int, count: int, bottom: float, high: float, kind: str, says: str) -> Bar:
    wide = _WIDTH / count
    return Bar(
        x=round(place * wide + wide * 0.1, 2),
        y=round(_HEIGHT - bottom - high, 2),
        width=round(wide * 0.8, 2),
        height=round(high, 2),
        kind=kind,
        says=says,
    )
