"""Certificates that tests' own HTTP clients trust, read once: most of those clients never encrypt anything."""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator
from typing import Any

import pytest

__all__ = ["share_certificates"]


@pytest.fixture(scope="session", autouse=True)
def share_certificates() -> Iterator[None]:
    """To read the system's takes each client of httpx tens of milliseconds."""
    import httpx
    from httpx._transports import default

    create = httpx.create_ssl_context
    known: dict[tuple[Any, ...], ssl.SSLContext] = {}

    def share(verify: Any = True, cert: Any = None, trust_env: bool = True) -> ssl.SSLContext:
        if verify is not True or cert is not None:
            return create(verify=verify, cert=cert, trust_env=trust_env)
        key = tuple(os.environ.get(name) for name in ("SSL_CERT_FILE", "SSL_CERT_DIR") if trust_env)
        return known.get(key) or known.setdefault(key, create(verify=verify, cert=cert, trust_env=trust_env))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(default, "create_ssl_context", share)
        yield
