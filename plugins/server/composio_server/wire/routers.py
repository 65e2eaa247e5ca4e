"""Every protocol's routers."""

from __future__ import annotations

from litestar import Router

__all__ = ["ROUTERS"]

ROUTERS: list[Router] = []
