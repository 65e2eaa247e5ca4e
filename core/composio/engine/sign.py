"""Step 6: add the credentials to the request.

What was added is recorded, so that a redirect to another origin can remove it. Signatures that are valid for one request, URL
and time are created again for each attempt.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

import httpx

from composio.engine.build import Target
from composio.errors import ConfigurationError, InvalidRequest
from composio.model.app import AppModel, AuthScheme
from composio.model.auth import CustomAuth, ParamPlacement
from composio.model.credentials import Credentials
from composio.model.secret import NO_VALUES, SecretValues

if TYPE_CHECKING:
    from composio.auth.flow import Signer

__all__ = ["sign", "sign_again", "target"]

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
# A nonce works once, and a signature expires in minutes: RFC 5849, 3.3, and Amazon's Signature Version 4.
_EACH = frozenset({"OAUTH1", "AWS_SIGV4"})
_AGAIN = "composio.sign_again"


def target(app: AppModel, credentials: Credentials, override: str | None, *, by_tenant: bool = False) -> Target:
    """Return the base URL: the caller's, else the operator's (``override``), else the app definition's.

    ``by_tenant`` says that the caller is a tenant of the operator: their URLs are limited to the public internet.
    """
    custom, scheme = credentials.custom, credentials.scheme
    if scheme is None and (custom is None or _stays_out(custom)) and (override or not _has_base(app)):
        return Target(base_url=_usable(override, {}), headers=app.headers, foreign=credentials.foreign)
    from composio.auth.template import render
    from composio.auth.urls import fields_of, foreign_host, render_url

    in_path: dict[str, str] = {}
    in_subdomain: dict[str, str] = {}
    for parameter in custom.parameters if custom else ():
        if parameter.in_ is ParamPlacement.Path:
            in_path[parameter.name] = parameter.value
        elif parameter.in_ is ParamPlacement.Subdomain:
            in_subdomain[parameter.name] = parameter.value
    path: Mapping[str, str] = SecretValues(in_path) if in_path else NO_VALUES
    foreign, outside = credentials.foreign, False
    if by_tenant:  # including their integrations' own fields
        foreign |= credentials.values.keys()
    base = next((s.proxy.base_url for s in app.auth_schemes if s.proxy.base_url), None)
    if scheme is not None:
        where = f"{app.key}: {scheme.name}.proxy"
        filled = {k: render(t, credentials.values, f"{where}.path_params.{k}") for k, t in scheme.proxy.path_params.items()}
        path = SecretValues(credentials.values) | filled if filled else credentials.values
        foreign |= {k for k, t in scheme.proxy.path_params.items() if fields_of(t) & foreign}
        base = scheme.proxy.base_url
        if base and not override:
            outside = foreign_host(base, foreign)
            base = render_url(base, credentials.values, f"{where}.base_url")
    chosen = (custom.base_url if custom else None) or override or base
    if by_tenant and custom is not None:
        outside = outside or bool(custom.base_url) or bool(in_subdomain)
        foreign |= in_path.keys()
    return Target(
        base_url=_usable(chosen, in_subdomain),
        path=path,
        subdomain=SecretValues(in_subdomain) if in_subdomain else NO_VALUES,
        headers=app.headers,
        body=custom.body if custom else {},
        foreign=foreign,
        outside=outside,
    )


def _stays_out(custom: CustomAuth) -> bool:
    """Return whether credentials are only in headers, query and cookies, and never decide where a request goes."""
    return (
        not custom.base_url
        and not custom.body
        and not any(one.in_ is ParamPlacement.Path or one.in_ is ParamPlacement.Subdomain for one in custom.parameters)
    )


def _has_base(app: AppModel) -> bool:
    return any(scheme.proxy.base_url for scheme in app.auth_schemes)


def _usable(base: str | None, subdomain: Mapping[str, str]) -> str | None:
    """Fill a URL template such as ``https://{{subdomain}}.example.com`` from the fields of ``auth=`` without a scheme."""
    if base is None or "{{" not in base:
        return base
    return base.replace("{{", "{").replace("}}", "}").replace("{ ", "{").replace(" }", "}") if subdomain else None


def sign(request: httpx.Request, app: AppModel, credentials: Credentials, schemes: Mapping[str, str]) -> frozenset[str]:
    """Sign ``request`` in place. Returns the lower-case names of the headers with credentials."""
    headers: set[str] = set()
    if credentials.scheme is not None:
        scheme, values = credentials.scheme, credentials.values
        headers.update(_sign(request, app, scheme, values, schemes))
        if scheme.auth_mode in _EACH:
            request.extensions[_AGAIN] = lambda following: _sign(following, app, scheme, values, schemes)
    if credentials.custom is not None:
        headers.update(_custom(request, app, credentials.custom))
    return frozenset(name.lower() for name in headers)


def sign_again(request: httpx.Request, following: httpx.Request) -> None:
    """Sign ``following``, which replaces ``request`` on the same origin or repeats it."""
    again: Callable[[httpx.Request], object] | None = request.extensions.get(_AGAIN)
    if again is not None:
        following.extensions[_AGAIN] = again
        again(following)


def _sign(
    request: httpx.Request, app: AppModel, scheme: AuthScheme, values: Mapping[str, str], schemes: Mapping[str, str]
) -> set[str]:
    try:
        names = set(_scheme(scheme, schemes)(request, scheme, values))
    except UnicodeError:  # a plugin's scheme may not have checked it; the exception's own message would show the value
        raise InvalidRequest(f"{app.key}: a credential of {scheme.name} holds a character that no request can carry.") from None
    for name in names:
        if not _fits(request.headers.get(name, "")):
            raise InvalidRequest(
                f"{app.key}: what {scheme.name} puts into {name!r} holds a line break, a control character or one beyond ASCII."
            )
    return names


def _scheme(scheme: AuthScheme, schemes: Mapping[str, str]) -> Signer:
    from composio.auth.flow import signer

    reference = schemes.get(scheme.auth_mode)
    if reference is None:
        raise ConfigurationError(
            f"Nothing here signs {scheme.auth_mode} requests ({scheme.name}); known are {', '.join(sorted(schemes))}."
        )
    return signer(reference)


def _fits(value: str) -> bool:
    return value.isascii() and not _CONTROL.search(value)


def _custom(request: httpx.Request, app: AppModel, custom: CustomAuth) -> Iterator[str]:
    for parameter in custom.parameters:
        if _CONTROL.search(parameter.value):
            raise InvalidRequest(f"auth: the value of {parameter.name!r} holds a line break or control character.")
        if parameter.in_ in {ParamPlacement.Header, ParamPlacement.Cookie} and not (parameter.value + parameter.name).isascii():
            raise InvalidRequest(f"auth: the value of {parameter.name!r} must be ASCII.")
    query: dict[str, str] = {}
    for parameter in custom.parameters:
        if parameter.in_ == ParamPlacement.Header:
            value = _with_scheme(parameter.value, app) if parameter.name.lower() == "authorization" else parameter.value
            request.headers[parameter.name] = value
            yield parameter.name
        elif parameter.in_ == ParamPlacement.Query:
            query[parameter.name] = parameter.value
        elif parameter.in_ == ParamPlacement.Cookie:
            pair = f"{parameter.name}={parameter.value}"
            present = request.headers.get("cookie")
            request.headers["Cookie"] = f"{present}; {pair}" if present else pair
            yield "Cookie"
    if query:
        request.url = request.url.copy_merge_params(query)


def _with_scheme(value: str, app: AppModel) -> str:
    """Add ``Bearer`` to a bare token in ``Authorization`` for an app that takes bearer tokens.

    The documentation passes tokens that way, and a value without a scheme is not a valid Authorization (RFC 9110, 11.6.2).
    Apps whose own template has a bare key there are left unchanged.
    """
    if " " in value:
        return value
    for scheme in app.auth_schemes:
        template = next((t for name, t in scheme.proxy.headers.items() if name.lower() == "authorization"), None)
        if template is not None:
            return f"Bearer {value}" if template.startswith("Bearer ") else value
        if scheme.auth_mode in {"BEARER_TOKEN", "OAUTH2"}:
            return f"Bearer {value}"
    return value
