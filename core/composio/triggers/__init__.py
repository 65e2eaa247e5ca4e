"""Events of users' apps: verification, description and delivery.

``composio.triggers.verify(headers, body, secret)`` is for receivers of deliveries.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from composio.triggers.signing import new_secret as new_secret
    from composio.triggers.signing import verify as verify

__all__ = ["new_secret", "verify"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from composio.triggers import signing

    return getattr(signing, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
