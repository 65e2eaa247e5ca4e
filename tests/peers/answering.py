"""Stands in for the ``execute_request`` that an app's own actions are given."""

from __future__ import annotations

from typing import Any

__all__ = ["AnsweringApi"]


class AnsweringApi:
    """Answers by path, with ``otherwise`` where no answer is given for it, and records what was asked."""

    def __init__(self, answers: dict[str, Any] | None = None, *, otherwise: Any = None) -> None:
        self._answers, self._otherwise = answers or {}, otherwise
        self.asked: list[tuple[str, str, Any, Any]] = []

    async def __call__(self, endpoint: str, method: str = "GET", *, body: Any = None, query: Any = None) -> Any:
        self.asked.append((method, endpoint, body, query))
        return self._answers.get(endpoint, self._otherwise)
