"""Fields that users fill in and credentials of calls, as dicts with v0.7's attribute names."""

from __future__ import annotations

from typing import Any

from composio.model.app import AuthField
from composio.model.auth import CustomAuthParameter, ParamPlacement
from composio.model.dump import Dumps

__all__ = ["ConnectionParams", "ExpectedFieldInput"]


class ExpectedFieldInput(Dumps, dict[str, Any]):
    """One field that a user fills in: ``field["name"]``, or ``field.name`` as in v0.7."""

    name: str
    display_name: str
    displayName: str  # noqa: N815 - v0.7's name
    description: str
    type: str
    required: bool
    default: str | None
    expected_from_customer: bool
    is_secret: bool
    get_current_user_endpoint: str | None

    @classmethod
    def of(cls, field: AuthField) -> ExpectedFieldInput:
        """Return ``field`` for callers, without the source of its value."""
        return cls(field.model_dump())

    def __getattr__(self, name: str) -> Any:
        if name in self:
            return self[name]
        raise AttributeError(f"A field that users fill in has no {name!r}; it has {', '.join(self)}.")

    def listing(self) -> dict[str, Any]:
        """Return a plain dict."""
        return dict(self)


class ConnectionParams(Dumps, dict[str, Any]):
    """``{"base_url", "headers", "query_params", "fields"}`` and v0.7's ``parameters``. Secrets are in the clear."""

    FORMER = ("body", "parameters")

    @property
    def base_url(self) -> str:
        """The base URL of the API."""
        return str(self["base_url"])

    @property
    def body(self) -> dict[str, Any]:
        """From v0.7. Always empty: no scheme puts credentials into a body."""
        return {}

    @property
    def parameters(self) -> list[CustomAuthParameter]:
        """Headers and query parameters, as ``add_auth`` takes them. Headers look like ``X-Api-Key``."""
        headers = [CustomAuthParameter(name.title(), value, ParamPlacement.Header) for name, value in self["headers"].items()]
        query = [CustomAuthParameter(name, value, ParamPlacement.Query) for name, value in self["query_params"].items()]
        return headers + query

    def listing(self) -> dict[str, Any]:
        """Return a plain dict. Secrets are in the clear."""
        return dict(self)
