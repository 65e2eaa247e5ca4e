"""Envelope encryption of stored secrets: AES-256-GCM under a key of their own, which is wrapped under the master key.

Both are bound to their place (:class:`~composio.store.records.Place`) as associated data. Bytes that are changed, or moved to
another row, entity, app or integration, can't be opened. Changing the master key wraps the keys anew and leaves the secrets as
they are. Source: NIST SP 800-38D (GCM; nonces of 96 random bits, section 8.2.2).

The secrets of a project that has a name lie under a key of the project's instead, which lies under the master key
(:mod:`composio.vault.projectkeys`), and are bound to the project too.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from composio.errors import VaultError
from composio.model.secret import SecretValues
from composio.store.records import Place, Sealed
from composio.vault.keysources import KEY_BYTES

if TYPE_CHECKING:
    from composio.vault.keys import MasterKey

__all__ = ["Keys", "Vault", "is_bound"]

_NONCE_BYTES = 12
# The first byte of what is stored. The first format bound values to their row and its entity only; it is read, never written.
_OLD, _FORMAT = b"\x01", b"\x02"
# That of what belongs to a project with a name.
_PROJECT = b"\x03"


class Keys(Protocol):
    """The keys that wrap those of single secrets: master keys, or a project's."""

    @property
    def primary(self) -> MasterKey:
        """The one that seals."""
        ...

    def by_id(self, key_id: str, what: str) -> MasterKey:
        """One that opens. Raises ``VaultError`` that says where it was looked for; ``what`` is the secret."""
        ...


class Vault:
    """Seals values of one project and opens them. Raises ``VaultError`` where there is no key."""

    def __init__(self, keys: Keys, project: str = "") -> None:
        self._keys, self._project = keys, project

    def seal(self, values: Mapping[str, str], place: Place) -> Sealed:
        """Encrypt ``values`` under a new key."""
        place = self._own(place)
        values = SecretValues(values)  # hidden from here on, should there be no master key
        sealed = _seal(self._keys.primary, values, place)
        # A project's key is not rotated: where it was destroyed meanwhile, nothing is to be stored.
        return sealed if self._project else replace(sealed, again=lambda: self.rewrap(sealed, place))

    def open(self, sealed: Sealed, place: Place) -> SecretValues:
        """Decrypt what was sealed. Raises ``VaultError`` for a missing key, and for bytes that were changed or moved."""
        place = self._own(place)
        values = _open(self._keys.by_id(sealed.key_id, f"the {place.kind} {place.owner!r}"), sealed, place)
        if values is None:
            raise _broken(place)
        return values

    def rewrap(self, sealed: Sealed, place: Place) -> Sealed:
        """Wrap the same under the newest key. Only what has the first format is opened for it, and sealed anew."""
        place = self._own(place)
        master = self._keys.primary
        if master.id == sealed.key_id and is_bound(sealed):
            return sealed
        old = self._keys.by_id(sealed.key_id, f"the {place.kind} {place.owner!r}")
        again = _rewrap(old, master, sealed, place) if is_bound(sealed) else _reseal(old, master, sealed, place)
        if again is None:
            raise _broken(place)
        return again

    def _own(self, place: Place) -> Place:
        """``place`` in this project, whoever says that it is in another: then nothing opens there."""
        return place if place.project == self._project else replace(place, project=self._project)


def is_bound(sealed: Sealed) -> bool:
    """False for the first format, which an app or integration of another row's could be put over."""
    return not sealed.wrapped.startswith(_OLD)


def _bind(place: Place, format_: bytes) -> bytes:
    """``place`` as associated data. Each part follows its length, so that no two places are written alike."""
    route = place.route if format_ != _OLD else ()
    project = (place.project,) if format_ == _PROJECT else ()
    parts = [part.encode("utf-8", "surrogatepass") for part in (*project, place.kind, place.owner, place.tenant, *route)]
    return format_ + b"".join(len(part).to_bytes(8, "big") + part for part in parts)


def _format_at(place: Place) -> bytes:
    return _PROJECT if place.project else _FORMAT


def _plain(values: Mapping[str, str]) -> bytes:
    return json.dumps(dict(values), separators=(",", ":")).encode()


def _seal(master: MasterKey, values: SecretValues, place: Place) -> Sealed:
    key = secrets.token_bytes(KEY_BYTES)
    return Sealed(master.id, _wrap(master, key, place), _encrypt(key, _plain(values), b"box", place))


def _wrap(master: MasterKey, key: bytes, place: Place) -> bytes:
    return _encrypt(master.reveal(), key, b"key" + master.id.encode(), place)


def _unwrap(master: MasterKey, wrapped: bytes, place: Place) -> bytes | None:
    return _decrypt(master.reveal(), wrapped, b"key" + master.id.encode(), place)


def _rewrap(old: MasterKey, new: MasterKey, sealed: Sealed, place: Place) -> Sealed | None:
    key = _unwrap(old, sealed.wrapped, place)
    return None if key is None else Sealed(new.id, _wrap(new, key, place), sealed.box)


def _reseal(old: MasterKey, new: MasterKey, sealed: Sealed, place: Place) -> Sealed | None:
    values = _open(old, sealed, place)
    return None if values is None else _seal(new, values, place)


def _open(master: MasterKey, sealed: Sealed, place: Place) -> SecretValues | None:
    """Nothing is raised here, where keys and secrets could be seen in a traceback's variables."""
    key = _unwrap(master, sealed.wrapped, place)
    plain = None if key is None else _decrypt(key, sealed.box, b"box", place)
    return None if plain is None else SecretValues(json.loads(plain))


def _encrypt(key: bytes, plain: bytes, what: bytes, place: Place) -> bytes:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce, format_ = secrets.token_bytes(_NONCE_BYTES), _format_at(place)
    return format_ + nonce + AESGCM(key).encrypt(nonce, plain, what + _bind(place, format_))


def _decrypt(key: bytes, stored: bytes, what: bytes, place: Place) -> bytes | None:
    """None for bytes that this key did not make for this place."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    format_, nonce, sealed = stored[:1], stored[1 : 1 + _NONCE_BYTES], stored[1 + _NONCE_BYTES :]
    if format_ not in ({_PROJECT} if place.project else {_OLD, _FORMAT}):
        return None
    try:
        return AESGCM(key).decrypt(nonce, sealed, what + _bind(place, format_))
    except (InvalidTag, ValueError):  # ValueError: fewer bytes than a nonce has
        return None


def _broken(place: Place) -> VaultError:
    return VaultError(
        f"The stored secrets of {place.kind} {place.owner!r} can't be opened: their bytes were changed, or moved there from "
        "another row, entity, app or integration. Nothing was changed. Restore the database from a backup, or connect again."
    )
