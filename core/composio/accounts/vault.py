"""Envelope encryption of stored secrets: AES-256-GCM under a key of their own, which is wrapped under the master key.

Both are bound to where they belong (what kind of row, which, whose) as associated data, so that bytes which are changed, or moved
to another row or tenant, open nowhere. Changing the master key wraps the keys anew and leaves the secrets as they lie.
Source: NIST SP 800-38D (GCM; nonces of 96 random bits, section 8.2.2).
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING

from composio.accounts.keysources import KEY_BYTES
from composio.errors import VaultError
from composio.model.secret import SecretValues
from composio.store.records import Sealed

if TYPE_CHECKING:
    from composio.accounts.keys import MasterKey, MasterKeys

__all__ = ["Vault"]

_NONCE_BYTES = 12
_FORMAT = b"\x01"  # of what is stored; another one is another first byte


class Vault:
    """``kind`` is the row's: ``integration``, ``connection`` or ``authorization``; ``owner`` its id, ``tenant`` its entity's."""

    def __init__(self, keys: MasterKeys) -> None:
        self._keys = keys

    def seal(self, values: Mapping[str, str], *, kind: str, owner: str, tenant: str) -> Sealed:
        """Encrypt ``values`` under a new key. Raises ``VaultError`` where there is no master key to be had."""
        values = SecretValues(values)  # hidden from here on, should there be no master key
        master = self._keys.primary
        place = _place(kind, owner, tenant)
        key = secrets.token_bytes(KEY_BYTES)
        return Sealed(master.id, _wrap(master, key, place), _encrypt(key, _plain(values), b"box" + place))

    def open(self, sealed: Sealed, *, kind: str, owner: str, tenant: str) -> SecretValues:
        """What was sealed. Raises ``VaultError`` for a missing master key, and for bytes that were changed or moved."""
        place = _place(kind, owner, tenant)
        values = _opened(self._keys.by_id(sealed.key_id, f"the {kind} {owner!r}"), sealed, place)
        if values is None:
            raise _broken(kind, owner)
        return values

    def rewrapped(self, sealed: Sealed, *, kind: str, owner: str, tenant: str) -> Sealed:
        """The same under the newest master key; the secrets themselves are not opened."""
        master = self._keys.primary
        if master.id == sealed.key_id:
            return sealed
        old = self._keys.by_id(sealed.key_id, f"the {kind} {owner!r}")
        wrapped = _rewrap(old, master, sealed.wrapped, _place(kind, owner, tenant))
        if wrapped is None:
            raise _broken(kind, owner)
        return Sealed(master.id, wrapped, sealed.box)


def _place(kind: str, owner: str, tenant: str) -> bytes:
    """Each part after its length, so that no two places are written alike."""
    parts = [part.encode("utf-8", "surrogatepass") for part in (kind, owner, tenant)]
    return _FORMAT + b"".join(len(part).to_bytes(8, "big") + part for part in parts)


def _plain(values: Mapping[str, str]) -> bytes:
    return json.dumps(dict(values), separators=(",", ":")).encode()


def _wrap(master: MasterKey, key: bytes, place: bytes) -> bytes:
    return _encrypt(master.reveal(), key, b"key" + master.id.encode() + place)


def _unwrap(master: MasterKey, wrapped: bytes, place: bytes) -> bytes | None:
    return _decrypt(master.reveal(), wrapped, b"key" + master.id.encode() + place)


def _rewrap(old: MasterKey, new: MasterKey, wrapped: bytes, place: bytes) -> bytes | None:
    key = _unwrap(old, wrapped, place)
    return None if key is None else _wrap(new, key, place)


def _opened(master: MasterKey, sealed: Sealed, place: bytes) -> SecretValues | None:
    """Nothing is raised here, where keys and secrets could be seen in a traceback's variables."""
    key = _unwrap(master, sealed.wrapped, place)
    plain = None if key is None else _decrypt(key, sealed.box, b"box" + place)
    return None if plain is None else SecretValues(json.loads(plain))


def _encrypt(key: bytes, plain: bytes, bound: bytes) -> bytes:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = secrets.token_bytes(_NONCE_BYTES)
    return _FORMAT + nonce + AESGCM(key).encrypt(nonce, plain, bound)


def _decrypt(key: bytes, stored: bytes, bound: bytes) -> bytes | None:
    """None for bytes that this key did not make for this place."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    start = len(_FORMAT) + _NONCE_BYTES
    if stored[: len(_FORMAT)] != _FORMAT:
        return None
    try:
        return AESGCM(key).decrypt(stored[len(_FORMAT) : start], stored[start:], bound)
    except (InvalidTag, ValueError):  # ValueError: fewer bytes than a nonce has
        return None


def _broken(kind: str, owner: str) -> VaultError:
    return VaultError(
        f"The stored secrets of {kind} {owner!r} can't be opened: their bytes were changed, or moved there from another row or "
        "tenant. Nothing was changed. Restore the database from a backup, or connect again."
    )
