"""Drives a scheme's flow with the answers that a provider would give, and keeps what it asked. No network, no clock."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

import httpx

from composio.auth.flow import Flow

__all__ = ["DrivenFlows", "answer"]

T = TypeVar("T")


class DrivenFlows:
    """``flows(scheme.renew(context), [answer(access_token="a")])`` gives the flow's result. ``requests`` has what it asked."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []

    def __call__(self, flow: Flow[T], answers: Iterable[httpx.Response] = ()) -> T:
        """Run a flow; ``AssertionError`` where it asks more or less often than there are answers."""
        waiting = list(answers)
        try:
            request = next(flow)
            while True:
                self.requests.append(request)
                assert waiting, f"the flow sent more requests than there are answers: {request.method} {request.url}"
                request = flow.send(waiting.pop(0))
        except StopIteration as done:
            assert not waiting, f"the flow left {len(waiting)} answers unread"
            value: T = done.value
            return value
        finally:
            flow.close()

    def form(self, index: int = -1) -> dict[str, str]:
        """The form that one of the requests carried."""
        return dict(httpx.QueryParams(self.requests[index].content.decode()))


def answer(status_code: int = 200, **data: Any) -> httpx.Response:
    """A JSON answer."""
    return httpx.Response(status_code, json=data)
