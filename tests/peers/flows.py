"""A scheme's flow over the network."""

from __future__ import annotations

from typing import TypeVar

import httpx

from composio.auth.flow import Flow

__all__ = ["run"]

T = TypeVar("T")


def run(flow: Flow[T]) -> T:
    """What the flow ends with, once each of its requests was answered by whom it is for."""
    with httpx.Client(trust_env=False, timeout=30) as client:
        try:
            request = next(flow)
            while True:
                request = flow.send(client.send(request))
        except StopIteration as done:
            value: T = done.value
            return value
