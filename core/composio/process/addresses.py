"""Classify addresses: on the public internet, or inside the machine or its network."""

from __future__ import annotations

import ipaddress
from typing import TypeAlias

__all__ = ["IpAddress", "canonical", "is_global", "is_loopback", "is_this_machine"]

IpAddress: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
_Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

# The only IPv6 block that IANA assigns as global unicast; other addresses are local, reserved or embed IPv4.
_GLOBAL_V6 = ipaddress.IPv6Network("2000::/3")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052
# Beyond what the standard library knows, in every release of Python: IANA's special-purpose registries.
_SPECIAL: tuple[_Network, ...] = (
    ipaddress.IPv4Network("192.0.0.0/24"),  # protocol assignments, the two anycast addresses in it included
    ipaddress.IPv4Network("192.88.99.0/24"),  # 6to4 relays, RFC 7526
    ipaddress.IPv4Network("168.63.129.16/32"),  # Azure's own services, seen from inside its machines only
    ipaddress.IPv6Network("2001::/23"),  # protocol assignments: Teredo, benchmarking, ORCHID
    ipaddress.IPv6Network("3fff::/20"),  # documentation, RFC 9637
)
_ISATAP = (0x00005EFE, 0x02005EFE)  # RFC 5214, 6.1: in front of an IPv4 address


def canonical(address: str) -> IpAddress:
    """Return ``address`` without a zone, and as IPv4 if it is v4-mapped. Raises ``ValueError`` for other text."""
    ip = ipaddress.ip_address(address.split("%", maxsplit=1)[0])
    return getattr(ip, "ipv4_mapped", None) or ip


def is_global(address: str) -> bool:
    """Return True for a unicast address on the public internet; IPv4 addresses embedded in IPv6 are checked."""
    return _is_global(canonical(address))


def is_loopback(host: str) -> bool:
    """Return True for this machine: a loopback address, ``localhost``, and the names below it that RFC 6761 reserves."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def is_this_machine(host: str) -> bool:
    """Like :func:`is_loopback`, also for addresses of all interfaces: ``0.0.0.0``."""
    try:
        return is_loopback(host) or ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return False


def _is_global(ip: IpAddress) -> bool:
    if isinstance(ip, ipaddress.IPv6Address):
        if ip in _NAT64:
            return _is_global(_v4(int(ip)))
        if ip.sixtofour is not None:  # whether these are global in themselves, releases of Python disagree
            return _is_global(ip.sixtofour)
        if ip not in _GLOBAL_V6:
            return False
        if int(ip) >> 32 & 0xFFFFFFFF in _ISATAP and not _is_global(_v4(int(ip))):
            return False
    return ip.is_global and not ip.is_multicast and not any(ip in network for network in _SPECIAL)


def _v4(number: int) -> ipaddress.IPv4Address:
    return ipaddress.IPv4Address(number & 0xFFFFFFFF)
