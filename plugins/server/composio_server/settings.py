"""Settings of a server: from its command line, else the environment, else defaults for a laptop."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from composio.errors import ConfigurationError
from composio.model.secret import Secret
from composio.store.database import LEAST_CONNECTIONS, MOST_CONNECTIONS
from composio_server.services.limits import Rate, read_rates

__all__ = ["PORT", "OpenIdSettings", "Settings"]

PORT = 9899
"""The one port at which the whole command line of composio-core 0.7.20 works unmodified."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenIdSettings:
    """The OpenID provider. ``admins`` are the addresses or subjects of people who own every project."""

    issuer: str
    client_id: str
    client_secret: Secret | None = None
    admins: frozenset[str] = frozenset()

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> OpenIdSettings | None:
        """Read ``COMPOSIO_OIDC_ISSUER``, ``_CLIENT_ID``, ``_CLIENT_SECRET`` and ``_ADMINS``; None without an issuer."""
        issuer, client_id = (environ.get(f"COMPOSIO_OIDC_{name}", "").strip() for name in ("ISSUER", "CLIENT_ID"))
        if not issuer and not client_id:
            return None
        parts = urlsplit(issuer)
        safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in {"127.0.0.1", "::1", "localhost"})
        if not safe or not parts.hostname or parts.query or parts.fragment:
            raise ConfigurationError(f"COMPOSIO_OIDC_ISSUER is like https://login.example.com; got {issuer!r:.120}.")
        if not client_id:
            raise ConfigurationError("COMPOSIO_OIDC_CLIENT_ID is missing: the client that you registered at the issuer.")
        secret = environ.get("COMPOSIO_OIDC_CLIENT_SECRET", "")
        admins = (one.strip() for one in environ.get("COMPOSIO_OIDC_ADMINS", "").split(","))
        return cls(
            issuer=issuer,
            client_id=client_id,
            client_secret=Secret(secret) if secret else None,
            admins=frozenset(one for one in admins if one),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """``home`` is where state lives; ``database_url`` any SQLAlchemy database instead of the SQLite file in it.

    ``public_url`` is how browsers and providers reach the server, without a trailing slash; the default is ``host`` and
    ``port``. ``body_bytes`` limits a request, ``call_seconds`` a call's duration, ``stop_seconds`` how long running calls may
    take when the server stops. ``rates`` limit projects, keys and entities without rates of their own. ``trusted_proxies`` are
    the addresses, separated by commas, or ``*``, that may say who a client is and whether it uses https. ``files_url`` is an
    object store for files, such as ``s3://bucket/prefix``; without one they are in the home. ``app_calls`` limits a project's
    concurrent calls to an app, by the app's key or ``*``. ``cors_origins`` are the sites whose scripts may call the API, or
    ``*``; without any, browsers allow none. ``log_format`` is ``text`` or ``json``, ``log_level`` the lowest logged level.
    ``database_connections`` limits the open connections of all workers to a database server. ``jobs`` is the job engine:
    ``pgqueuer``, which needs PostgreSQL, ``stored`` in our own table, or ``auto``. ``environ`` are other variables: the master
    key, the operator's OAuth clients. ``openid`` is an additional sign-in besides the server's own passwords.
    """

    home: Path | None = None
    database_url: Secret | None = None
    host: str = "127.0.0.1"
    port: int = PORT
    workers: int = 1
    public_url: str = ""
    body_bytes: int = 10 * 1024 * 1024
    call_seconds: float = 180.0
    stop_seconds: int = 30
    rates: Mapping[str, Rate] = field(default_factory=dict)
    openid: OpenIdSettings | None = None
    trusted_proxies: str = ""
    files_url: str = ""
    app_calls: Mapping[str, int] = field(default_factory=dict)
    cors_origins: tuple[str, ...] = ()
    log_format: str = "text"
    log_level: str = "info"
    database_connections: int = 40
    jobs: str = "auto"
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False, compare=False)

    @classmethod
    def of(
        cls,
        environ: Mapping[str, str] = os.environ,
        *,
        host: str | None = None,
        port: int | None = None,
        workers: int | None = None,
        public_url: str | None = None,
    ) -> Settings:
        """Read the given settings, and the environment for the rest. Raises ``ConfigurationError`` for invalid values."""
        home, database = environ.get("COMPOSIO_HOME"), environ.get("COMPOSIO_DATABASE_URL")
        asked = host or environ.get("COMPOSIO_SERVER_HOST") or "127.0.0.1"
        number = port if port is not None else _number(environ, "COMPOSIO_SERVER_PORT", PORT, most=65535)
        url = (public_url or environ.get("COMPOSIO_SERVER_URL") or _usual_url(asked, number)).rstrip("/")
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
            raise ConfigurationError(f"The server's public URL is like https://tools.example.com; got {url!r:.120}.")
        if f"{parts.path}/".startswith("/api/"):
            raise ConfigurationError(
                f"The server's public URL is without /api, which clients add; got {url!r:.120}. Another path, such as /tools, is fine."
            )
        return cls(
            home=Path(home) if home else None,
            database_url=Secret(database) if database else None,
            host=asked,
            port=number,
            workers=workers if workers is not None else _number(environ, "COMPOSIO_SERVER_WORKERS", 1, most=512),
            public_url=url,
            call_seconds=_number(environ, "COMPOSIO_SERVER_CALL_SECONDS", 180, most=3600),
            stop_seconds=_number(environ, "COMPOSIO_SERVER_STOP_SECONDS", 30, most=3600),
            environ=environ,
            trusted_proxies=environ.get("COMPOSIO_SERVER_TRUSTED_PROXIES", ""),
            rates=_rates(environ.get("COMPOSIO_SERVER_RATES", "")),
            openid=OpenIdSettings.of(environ),
            files_url=environ.get("COMPOSIO_SERVER_FILES_URL", "").strip(),
            app_calls=_app_calls(environ.get("COMPOSIO_SERVER_APP_CALLS", "")),
            cors_origins=_origins(environ.get("COMPOSIO_SERVER_CORS_ORIGINS", "")),
            database_connections=_number(environ, "COMPOSIO_SERVER_DATABASE_CONNECTIONS", 40, most=10_000),
            jobs=_choice(environ, "COMPOSIO_SERVER_JOBS", "auto", ("auto", "pgqueuer", "stored")),
            log_format=_choice(environ, "COMPOSIO_SERVER_LOG_FORMAT", "text", ("text", "json")),
            log_level=_choice(environ, "COMPOSIO_SERVER_LOG_LEVEL", "info", ("debug", "info", "warning", "error")),
        )

    @property
    def worker_connections(self) -> int:
        """Return how many connections to a database server one worker may open; at least the few that it needs."""
        return max(LEAST_CONNECTIONS, min(MOST_CONNECTIONS, self.database_connections // self.workers))

    @property
    def is_reachable(self) -> bool:
        """Return whether providers can reach the public URL, as far as it shows: it is not on the loopback interface."""
        host = urlsplit(self.public_url).hostname or ""
        return bool(host) and host not in {"localhost", "0.0.0.0", "::", "::1"} and not host.startswith("127.")  # noqa: S104 - compared

    def to_environ(self) -> dict[str, str]:
        """Return the variables from which worker processes read these settings."""
        found = {
            "COMPOSIO_SERVER_HOST": self.host,
            "COMPOSIO_SERVER_PORT": str(self.port),
            "COMPOSIO_SERVER_WORKERS": str(self.workers),
            "COMPOSIO_SERVER_URL": self.public_url,
        }
        if self.home is not None:
            found["COMPOSIO_HOME"] = str(self.home)
        return found


def _usual_url(host: str, port: int) -> str:
    # The clients of composio-core 0.7.20 log in at exactly http://localhost:9899.
    shown = "localhost" if host in {"127.0.0.1", "::1", "0.0.0.0", "::"} else host  # noqa: S104 - a name is shown, nothing bound
    return f"http://{f'[{shown}]' if ':' in shown else shown}:{port}"


def _number(environ: Mapping[str, str], name: str, usual: int, *, most: int) -> int:
    text = environ.get(name, "").strip()
    if not text:
        return usual
    if not text.isdecimal() or not 1 <= int(text) <= most:
        raise ConfigurationError(f"{name} is a whole number from 1 to {most}; got {text!r:.40}.")
    return int(text)


def _app_calls(text: str) -> dict[str, int]:
    """Parse ``github=20, *=50``."""
    found = {}
    for part in filter(None, (one.strip() for one in text.split(","))):
        app, _, number = (one.strip() for one in part.partition("="))
        if not app or not number.isdecimal() or not 1 <= int(number) <= 100_000:
            raise ConfigurationError(f"COMPOSIO_SERVER_APP_CALLS is like github=20, *=50; got {part!r:.60}.")
        found[app.lower()] = int(number)
    return found


def _origins(text: str) -> tuple[str, ...]:
    """Parse ``https://app.example.com, http://localhost:3000``, in browsers' form of origins."""
    found = []
    for one in filter(None, (part.strip() for part in text.split(","))):
        parts = urlsplit(one)
        if one != "*" and (one != f"{parts.scheme}://{parts.netloc}".lower() or not parts.hostname or "@" in one or "*" in one):
            raise ConfigurationError(
                "COMPOSIO_SERVER_CORS_ORIGINS has origins like https://app.example.com, with commas between them, or *; "
                f"got {one!r:.120}."
            )
        if one != "*" and parts.scheme not in {"http", "https"}:
            raise ConfigurationError(f"COMPOSIO_SERVER_CORS_ORIGINS has origins of http or https; got {one!r:.120}.")
        found.append(one)
    return tuple(found)


def _choice(environ: Mapping[str, str], name: str, usual: str, known: tuple[str, ...]) -> str:
    text = environ.get(name, "").strip().lower() or usual
    if text not in known:
        raise ConfigurationError(f"{name} is one of {', '.join(known)}; got {text!r:.40}.")
    return text


def _rates(text: str) -> dict[str, Rate]:
    """Parse ``key=50/s:200, entity=5/s``."""
    pairs = [part.partition("=") for part in text.split(",") if part.strip()]
    return read_rates({name.strip(): rate for name, _, rate in pairs})
