"""Which addresses are on the public internet, and which are inside the machine or its network."""

from __future__ import annotations

import ipaddress

__all__ = ["is_global"]


def is_global(address: str) -> bool:
    """True for an address on the public internet; v4-mapped forms are looked into."""
    ip = ipaddress.ip_address(address.split("%", maxsplit=1)[0])
    mapped = getattr(ip, "ipv4_mapped", None)
    return bool((mapped or ip).is_global) and not (mapped or ip).is_multicast
