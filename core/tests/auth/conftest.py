"""What the schemes' tests share: an app, and a way to drive its flows by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from composio.auth.flow import FlowContext
from composio.model.app import AppModel, AuthScheme
from composio.model.secret import SecretValues
from composio.testing.flows import DrivenFlows


@pytest.fixture
def driven() -> DrivenFlows:
    return DrivenFlows()


@pytest.fixture
def context() -> Callable[..., FlowContext]:
    """``context("OAUTH2", values={...}, client={...}, scopes=(...), **extra)``; ``extra`` is what the scheme declares."""

    def made(
        mode: Any = "OAUTH2",
        *,
        values: dict[str, str] | None = None,
        client: dict[str, str] | None = None,
        scopes: tuple[str, ...] = ("read", "write"),
        **extra: Any,
    ) -> FlowContext:
        urls = {
            "authorization_url": "https://provider.example.com/authorize",
            "token_url": "https://provider.example.com/token",
        }
        own = {"client_id": "the-client", "client_secret": "planted-client-secret"}
        return FlowContext(
            app=AppModel(key="example", name="Example"),
            scheme=AuthScheme(f"example_{mode.lower()}", mode, extra={**urls, **extra}),
            client=SecretValues(own if client is None else client),
            values=SecretValues(values or {}),
            scopes=scopes,
            redirect_uri="https://app.example.com/callback",
            now=1_700_000_000.0,
        )

    return made
