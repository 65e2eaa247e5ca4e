"""Find the server and its key: the caller's, else from the environment, else from ``composio login``."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from composio.errors import ConfigurationError
from composio.model.secret import Secret
from composio.process.home import Home

__all__ = ["API_KEY", "BASE_URL", "ServerAddress", "find_address", "forget_login", "keep_login", "read_login", "read_url"]

API_KEY, BASE_URL = "COMPOSIO_API_KEY", "COMPOSIO_BASE_URL"
# v0.7's command line stored its key in a file with that name, under that name in it.
_FILE = "user_data.json"
_API = re.compile(r"(?:/+api(?:/+v[0-9.]+)?)*/*\Z")


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """``url`` is the server's, without ``/api`` and what follows; ``source`` says where it was configured."""

    url: str
    key: Secret
    source: str = ""


def find_address(
    api_key: str | Secret | None = None,
    base_url: str | None = None,
    *,
    home: Path | str | None = None,
    environ: Mapping[str, str] = os.environ,
) -> ServerAddress | None:
    """Return the server to use; None if everything runs in this process, which is the default.

    Raises ``ConfigurationError`` for a server without a key, and for an invalid URL.
    """
    named = base_url or environ.get(BASE_URL, "").strip() or None
    source = "base_url=" if base_url else BASE_URL
    key = Secret(api_key) if api_key else Secret(environ.get(API_KEY, "").strip())
    kept = None if named is not None and key else read_login(home)
    if named is None:
        # A key alone is what v0.7's programs have in their environment: it does not select a server.
        return kept
    url = read_url(named, source)
    if not key and kept is not None and kept.url == url:
        key = kept.key
    if not key:
        raise ConfigurationError(
            f"A Composio server was named by {source} without an API key. Set {API_KEY}, pass api_key=, or log in with"
            f" `composio login --url {url}`; without {source} everything runs in this process."
        )
    return ServerAddress(url, key, source)


def read_url(text: object, source: str = "base_url=") -> str:
    """Normalise a server's URL, with or without ``/api`` and trailing slashes. Raises ``ConfigurationError``."""
    found = str(text).strip()
    try:
        parts = urlsplit(found)
        valid = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        valid = False
    if not valid:
        raise ConfigurationError(f"{source} is the URL of a Composio server, such as https://tools.example.com.")
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise ConfigurationError(
            f"{source} is a server's address alone, such as https://tools.example.com: no user, password, query or fragment."
        )
    return f"{parts.scheme}://{parts.netloc.lower()}{_API.sub('', parts.path)}"


# The file of `composio login`


def _file(home: Path | str | None) -> Path:
    return Home(home).where() / _FILE


def read_login(home: Path | str | None = None) -> ServerAddress | None:
    """Return the server of ``composio login``; None if there is none, or the file cannot be read."""
    file = _file(home)
    try:
        found = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(found, dict):
        return None
    key, url = found.get("api_key"), found.get("base_url")
    if not (isinstance(key, str) and key and isinstance(url, str) and url):
        return None
    return ServerAddress(read_url(url, str(file)), Secret(key), str(file))


def keep_login(address: ServerAddress, home: Path | str | None = None) -> Path:
    """Store ``address`` for later commands and toolsets, in a file that only its owner can read."""
    file = Home(home).lasting("A login") / _FILE
    text = json.dumps({"api_key": address.key.reveal(), "base_url": address.url}, indent=2)
    new = file.with_name(f".{_FILE}.{os.getpid()}")
    try:
        new.unlink(missing_ok=True)
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as writer:
            writer.write(text)
        new.replace(file)
    except OSError as error:
        new.unlink(missing_ok=True)
        raise ConfigurationError(f"The login can't be kept in {file} ({error.strerror or type(error).__name__}).") from None
    return file


def forget_login(home: Path | str | None = None) -> bool:
    """Delete the login. Returns whether there was one."""
    file = _file(home)
    try:
        file.unlink()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise ConfigurationError(f"{file} can't be removed ({error.strerror or type(error).__name__}).") from None
    return True
