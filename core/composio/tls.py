"""The network settings that companies need, for everything here that reaches out.

``HTTP_PROXY``, ``HTTPS_PROXY``, ``ALL_PROXY`` and ``NO_PROXY`` are honoured by httpx; ``SSL_CERT_FILE``, ``SSL_CERT_DIR``,
``REQUESTS_CA_BUNDLE`` and ``CURL_CA_BUNDLE`` here, as httpx leaves the last two to others.
"""

from __future__ import annotations

import os
import ssl
from pathlib import Path

from composio.errors import ConfigurationError

__all__ = ["tls_context"]

_BUNDLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


def tls_context() -> ssl.SSLContext:
    """Certificates to trust: a bundle that the environment names, else httpx's own choice."""
    for variable in _BUNDLES:
        if path := os.environ.get(variable):
            return _trusting(variable, path)
    if folder := os.environ.get("SSL_CERT_DIR"):
        return ssl.create_default_context(capath=folder)
    import httpx

    return httpx.create_ssl_context()


def _trusting(variable: str, path: str) -> ssl.SSLContext:
    try:
        if Path(path).is_dir():
            return ssl.create_default_context(capath=path)
        return ssl.create_default_context(cafile=path)
    except (OSError, ssl.SSLError) as error:
        raise ConfigurationError(
            f"{variable} names {path!r}, which can't be used as a CA bundle ({error}). Name a PEM file or unset it."
        ) from None
