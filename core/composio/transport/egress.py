"""Which destinations a request may have if a tenant, a provider or a redirect names its host.

A host that the developer declared is trusted and not checked here. Any other host must be on the public internet, unless the
operator's allow-list permits it: ``COMPOSIO_EGRESS_ALLOW``, a comma-separated list of IP addresses, networks, host names and
``*.suffix``, each optionally with ``:port``.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias, TypeVar

import httpx

from composio.errors import ConfigurationError, UpstreamRefused
from composio.process.addresses import IpAddress, canonical, is_global

__all__ = [
    "ALLOW",
    "MAX_REDIRECTS",
    "Egress",
    "get_namer",
    "guard",
    "is_described",
    "likewise",
    "mark_described",
    "origin",
    "same_origin",
]

RequestT = TypeVar("RequestT", bound=httpx.Request)
Resolver: TypeAlias = Callable[[str, int], list[str]]

MAX_REDIRECTS = 5
ALLOW = "COMPOSIO_EGRESS_ALLOW"
_GUARD = "composio_guard"
_BY_DESCRIPTION = "composio_guard_by_description"
_NAME = re.compile(r"(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*")
# Names that are internal by definition, whatever a resolver returns: RFC 6761, 6762, 8375, and ICANN's .internal.
_INSIDE = re.compile(r"(.*\.)?(localhost|local|localdomain|internal|home\.arpa)")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")


def origin(url: httpx.URL) -> tuple[str, str, int]:
    """Return scheme, host and port, with the default port filled in."""
    return url.scheme, url.host, {"http": 80, "https": 443}.get(url.scheme, 0) if url.port is None else url.port


def same_origin(one: httpx.URL, other: httpx.URL) -> bool:
    """Return whether credentials for one origin may be sent to the other."""
    return origin(one) == origin(other)


def guard(request: RequestT, by: str = "a connection") -> RequestT:
    """Mark a request whose host ``by`` named, who is not the developer: only the public internet is allowed."""
    request.extensions[_GUARD] = by
    return request


def mark_described(request: RequestT, app: str) -> RequestT:
    """Mark a request whose host the description of ``app`` named.

    Behind a proxy, a name that does not resolve here is left to the proxy: it may resolve all names.
    """
    request.extensions[_BY_DESCRIPTION] = True
    return guard(request, f"the description of {app}")


def likewise(request: httpx.Request, following: RequestT) -> RequestT:
    """Guard ``following`` in the same way as ``request``."""
    following.extensions.update(
        {key: request.extensions[key] for key in (_GUARD, _BY_DESCRIPTION) if key in request.extensions}
    )
    return following


def is_described(request: httpx.Request) -> bool:
    """Return whether a description named the host of the request."""
    return bool(request.extensions.get(_BY_DESCRIPTION))


def get_namer(request: httpx.Request) -> str | None:
    """Return who named the host of a guarded request; None if the request is not guarded."""
    by = request.extensions.get(_GUARD)
    return str(by if isinstance(by, str) else "a connection") if by else None


@dataclass(frozen=True, slots=True)
class _Opened:
    """One entry of the allow-list: a network or a name; a leading dot stands for ``*.``."""

    network: ipaddress.IPv4Network | ipaddress.IPv6Network | None
    name: str
    port: int | None

    def opens(self, host: str, port: int, address: IpAddress | None) -> bool:
        if self.port not in {None, port}:
            return False
        if self.network is not None:
            return address is not None and address in self.network
        return host.endswith(self.name) if self.name.startswith(".") else host == self.name


def _entry(text: str, source: str) -> _Opened:
    """Parse one entry. Raises ``ConfigurationError`` that names the entry."""

    def wrong(why: str) -> ConfigurationError:
        return ConfigurationError(
            f"{source}: {text!r} {why}; expected an IP address, a network such as 10.0.0.0/8, a host name or *.suffix,"
            " each with :port or without."
        )

    found = re.fullmatch(r"\[(?P<v6>[^\]]+)\](?::(?P<p6>\d+))?|(?P<host>[^:]+)(?::(?P<port>\d+))?|(?P<bare>.*:.*:.*)", text)
    if found is None or "://" in text:
        raise wrong("is no host" if "://" not in text else "is a URL")
    host = (found["v6"] or found["host"] or found["bare"]).lower().rstrip(".")
    port = int(number) if (number := found["p6"] or found["port"]) else None
    if port is not None and not 0 < port < 65536:
        raise wrong("has no valid port")
    try:
        return _Opened(ipaddress.ip_network(host), "", port)
    except ValueError as error:
        if "host bits" in str(error):
            raise wrong(f"is no network, {ipaddress.ip_network(host, strict=False)} is") from None
    if "/" in host or found["host"] is None or _NUMBER.fullmatch(host.rpartition(".")[2]):
        raise wrong("is no address or network")
    try:
        name = httpx.URL(f"http://{host.removeprefix('*.')}").raw_host.decode("ascii")
    except httpx.InvalidURL:
        name = ""
    if not _NAME.fullmatch(name):
        raise wrong("is no host name")
    return _Opened(None, f".{name}" if host.startswith("*.") else name, port)


def _system(host: str, port: int) -> list[str]:
    return [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


class Egress:
    """The guard's rules. ``allow`` and the variable ``COMPOSIO_EGRESS_ALLOW`` of ``environ`` permit non-public destinations.

    ``resolver`` returns a host name's addresses or raises ``OSError``. Raises ``ConfigurationError`` for an invalid entry.
    """

    def __init__(
        self, allow: Iterable[str] = (), *, environ: Mapping[str, str] = MappingProxyType({}), resolver: Resolver = _system
    ) -> None:
        listed = [("egress_allow", one) for one in ([allow] if isinstance(allow, str) else allow)]
        listed += [(ALLOW, one) for one in environ.get(ALLOW, "").split(",")]
        self._opened = tuple(_entry(one.strip(), source) for source, one in listed if one.strip())
        self._resolver = resolver

    def judge(self, url: httpx.URL, by: str) -> None:
        """Refuse what can be refused without a DNS lookup. Raises ``UpstreamRefused``."""
        if url.scheme not in {"http", "https"}:
            raise UpstreamRefused(f"{by} named a {url.scheme or 'relative'!r} URL; only http and https are allowed.")
        if url.userinfo:
            raise UpstreamRefused(f"{by} named an address of {url.host} with a user name in it, which is not allowed.")
        host, port = _where(url)
        if not 0 < port < 65536:
            raise UpstreamRefused(f"{by} named the port {port} of {url.host}, which does not exist.")
        self._literal(host, port, by)

    def open_by_name(self, url: httpx.URL) -> bool:
        """Return whether the allow-list permits the host's name itself, whatever its addresses."""
        host, port = _where(url)
        return self._opens(_plain(host), port, None)

    def pin(self, host: str, port: int, by: str) -> list[str]:
        """Return all addresses of ``host``, each of them checked.

        Raises ``UpstreamRefused`` if one of them is not public, and ``OSError`` if the host does not exist. May block.
        """
        address = self._literal(host, port, by)
        if address is not None:
            return [str(address)]
        name = _plain(host)
        try:
            found = list(dict.fromkeys(self._resolver(host, port)))
        except UnicodeError:
            raise OSError("no such host") from None
        if not found:
            raise OSError("no such host")
        for one in found:
            if not is_global(one) and not self._opens(name, port, canonical(one)):
                raise _refuse(host, port, f"{host} leads to an address that is", by)
        return found

    def _literal(self, host: str, port: int, by: str) -> IpAddress | None:
        """Return the address if ``host`` is one, None for a name. Raises ``UpstreamRefused`` for a forbidden address."""
        name = _plain(host)
        if self._opens(name, port, None):
            return None
        if ":" not in name and not _NAME.fullmatch(name):
            raise UpstreamRefused(f"{by} named {host!r:.80}, which is no host name.")
        address = _address(name)
        if address is None:
            if _NUMBER.fullmatch(name.rpartition(".")[2]):  # addresses in the URL standard: 0x7f.1, 2130706433, 0177.0.0.1
                raise UpstreamRefused(f"{by} named {host}, an address in an ambiguous form; write it as a.b.c.d.")
            if _INSIDE.fullmatch(name):
                raise _refuse(host, port, f"{host} is", by)
            return None
        if "%" in host or not (is_global(name) or self._opens(name, port, address)):
            raise _refuse(host, port, f"{host} is", by)
        return address

    def _opens(self, name: str, port: int, address: IpAddress | None) -> bool:
        return any(entry.opens(name, port, address) for entry in self._opened)


def _plain(host: str) -> str:
    return host.lower().removesuffix(".")


def _address(name: str) -> IpAddress | None:
    try:
        return canonical(name)
    except ValueError:
        return None


def _where(url: httpx.URL) -> tuple[str, int]:
    """Return host and port as the connection uses them: internationalised names in their ASCII form."""
    return url.raw_host.decode("ascii"), origin(url)[2]


def _refuse(host: str, port: int, what: str, by: str) -> UpstreamRefused:
    opened = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return UpstreamRefused(
        f"{what} not on the public internet, and it was named by {by}: refused."
        f" To allow it, the operator sets {ALLOW}={opened}."
    )
