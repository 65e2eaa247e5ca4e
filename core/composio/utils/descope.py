"""Tokens that Descope keeps for your users: ``toolset.add_auth(app=App.GITHUB, parameters=DescopeAuth().get_auth(...))``.

Source: documentation page "Injecting Custom Credentials", and Descope's management API, "Outbound Apps".
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from composio.client.arguments import AppLike, app_name
from composio.errors import ConfigurationError, InvalidRequest, TokenRequestFailed
from composio.model.auth import CustomAuthParameter
from composio.model.secret import Secret
from composio.process.addresses import is_loopback

if TYPE_CHECKING:
    import httpx

__all__ = ["DescopeAuth"]

BASE_URL = "https://api.descope.com"
_TIMEOUT = 30.0
_LONGEST = 512  # characters of an error's text that are worth repeating


class DescopeAuth:
    """Fetches users' and tenants' tokens from Descope's outbound apps.

    ``project_id`` and ``management_key`` are your account's, else ``DESCOPE_PROJECT_ID`` and ``DESCOPE_MANAGEMENT_KEY``;
    ``base_url`` is the API's, else ``DESCOPE_BASE_URL``, else ``https://api.descope.com``. Nothing is asked before the first
    token. Raises ``ConfigurationError`` for what is missing.
    """

    def __init__(self, project_id: str | None = None, management_key: str | None = None, base_url: str | None = None) -> None:
        self.project_id = project_id or os.environ.get("DESCOPE_PROJECT_ID") or ""
        self._key = Secret(management_key or os.environ.get("DESCOPE_MANAGEMENT_KEY") or "")
        management_key = None  # out of what a traceback could show of this frame
        self.base_url = (base_url or os.environ.get("DESCOPE_BASE_URL") or BASE_URL).rstrip("/")
        for name, value in (("project_id", bool(self.project_id)), ("management_key", bool(self._key))):
            if not value:
                raise ConfigurationError(f"DescopeAuth needs {name}=, or DESCOPE_{name.upper()} in the environment.")
        if not _keeps_secrets(self.base_url):
            raise ConfigurationError(
                f"DescopeAuth: base_url begins with https://, as the management key goes there; got {self.base_url!r:.80}."
            )

    def __repr__(self) -> str:
        return f"DescopeAuth(project_id={self.project_id!r}, base_url={self.base_url!r})"

    def get_auth(
        self,
        app: AppLike,
        user_id: str | None = None,
        scopes: Iterable[str] | None = None,
        *,
        tenant_id: str | None = None,
        app_id: str | None = None,
    ) -> list[CustomAuthParameter]:
        """What ``add_auth`` and ``auth=`` take: the ``Authorization`` header with a token of ``user_id`` for ``app``.

        The token has ``scopes``; without them it is the newest one that there is. ``tenant_id`` alone gives the tenant's own token,
        beside ``user_id`` that of the user in the tenant. ``app_id`` is the outbound app's id at Descope, where it is not the
        app's name. Tokens end: fetch it again for a later call. Raises ``TokenRequestFailed`` where Descope has none.
        """
        import httpx

        from composio.process.tls import tls_context

        path, body = _choose_endpoint(app, user_id, scopes, tenant_id, app_id)
        try:
            with httpx.Client(verify=tls_context(), timeout=_TIMEOUT) as client:
                answer = client.post(self.base_url + path, json=body, auth=self._sign)
        except httpx.HTTPError as error:
            raise TokenRequestFailed(f"Descope could not be reached at {self.base_url}: {type(error).__name__}.") from None
        return [_header(answer, body["appId"])]

    async def aget_auth(
        self,
        app: AppLike,
        user_id: str | None = None,
        scopes: Iterable[str] | None = None,
        *,
        tenant_id: str | None = None,
        app_id: str | None = None,
    ) -> list[CustomAuthParameter]:
        """As :meth:`get_auth`, asynchronously."""
        import httpx

        from composio.process.tls import tls_context

        path, body = _choose_endpoint(app, user_id, scopes, tenant_id, app_id)
        try:
            async with httpx.AsyncClient(verify=tls_context(), timeout=_TIMEOUT) as client:
                answer = await client.post(self.base_url + path, json=body, auth=self._sign)
        except httpx.HTTPError as error:
            raise TokenRequestFailed(f"Descope could not be reached at {self.base_url}: {type(error).__name__}.") from None
        return [_header(answer, body["appId"])]

    def _sign(self, request: httpx.Request) -> httpx.Request:
        # In httpx's own headers, whose repr hides it: as an argument it would stand in the frames of a traceback.
        request.headers["Authorization"] = f"Bearer {self.project_id}:{self._key.reveal()}"
        return request


def _keeps_secrets(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    host = parts.hostname or ""
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host)))


def _choose_endpoint(
    app: AppLike, user_id: str | None, scopes: Iterable[str] | None, tenant_id: str | None, app_id: str | None
) -> tuple[str, dict[str, Any]]:
    """Which endpoint, and what it is told."""
    ids: dict[str, object] = {"user_id": user_id, "tenant_id": tenant_id}
    for name, value in ids.items():
        if value is not None and (not isinstance(value, str) or not value.strip()):
            raise InvalidRequest(f"get_auth: {name} is an id at Descope, a non-empty string; got {value!r:.60}.")
    if user_id is None and tenant_id is None:
        raise InvalidRequest("get_auth: say whose token, user_id= or tenant_id=.")
    if isinstance(scopes, str):
        raise InvalidRequest("get_auth: scopes is a list, as in scopes=['user', 'public_repo'].")
    wanted = list(scopes or ())
    body = {
        "appId": app_id or app_name(app).lower(),
        **({"userId": user_id} if user_id is not None else {}),
        **({"tenantId": tenant_id} if tenant_id is not None else {}),
        **({"scopes": wanted} if wanted else {}),
        "options": {"withRefreshToken": False, "forceRefresh": False},
    }
    whose = "user" if user_id is not None else "tenant"
    return f"/v1/mgmt/outbound/app/{whose}/token{'' if wanted else '/latest'}", body


def _header(answer: httpx.Response, app_id: str) -> CustomAuthParameter:
    """The header that holds the token. Raises ``TokenRequestFailed``, which repeats Descope's own reason and no more."""
    access = _token(answer) if answer.is_success else None
    if access is not None:
        return CustomAuthParameter(name="Authorization", in_="header", value=f"Bearer {access.reveal()}")
    raise TokenRequestFailed(
        f"Descope has no token for its outbound app {app_id!r} (HTTP {answer.status_code}): {_reason(answer)}."
        " Check the app's id there (app_id=), that this user connected it, and the project and management key.",
        status=answer.status_code,
    )


def _read(answer: httpx.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        return None


def _token(answer: httpx.Response) -> Secret | None:
    data = _read(answer)
    token = data.get("token") if isinstance(data, dict) else None
    access = token.get("accessToken") if isinstance(token, dict) else None
    return Secret(access) if isinstance(access, str) and access else None


def _reason(answer: httpx.Response) -> str:
    data = _read(answer)
    named = [data.get(name) for name in ("errorCode", "errorDescription", "errorMessage")] if isinstance(data, dict) else []
    return ": ".join(one for one in named if isinstance(one, str) and one)[:_LONGEST] or "it gave no reason"
