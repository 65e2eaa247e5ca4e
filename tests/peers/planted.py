"""An OAuth client and a user's tokens whose values stand out wherever they should not be."""

from __future__ import annotations

from typing import Any

from composio.model.secret import SecretValues

__all__ = ["CLIENT", "NOW", "PENDING", "SECRETS"]

NOW = 1_700_000_000.0
CLIENT: dict[str, Any] = {"client_id": "the-client", "client_secret": "planted-client-secret"}
SECRETS: dict[str, Any] = {"access_token": "planted-access-token", "refresh_token": "planted-refresh-token"}
PENDING = SecretValues(code_verifier="planted-verifier", redirect_uri="https://app.example.com/callback")
