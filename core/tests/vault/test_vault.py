from __future__ import annotations

import base64
import traceback
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from composio.errors import VaultError
from composio.model.connection import Integration
from composio.model.secret import SecretValues
from composio.store.records import Place, Sealed, place_of
from composio.store.store import Store
from composio.vault.keys import MasterKeys
from composio.vault.vault import Vault, _bind
from tests.peers.records import Records

KEY, OTHER_KEY = (base64.b64encode(bytes([n]) * 32).decode() for n in (1, 2))
PLACE = Place("connection", "ca-1", "ada", ("github", "in-1", "oauth2"))
SECRET = "planted-secret-5f3a"


def a_vault(*keys: str) -> Vault:
    """Its keys come from the environment, so that it touches no file."""
    return Vault(MasterKeys(lambda: Path("/there/is/no/such/folder"), {"COMPOSIO_ENCRYPTION_KEY": ",".join(keys or (KEY,))}))


def _with(sealed: Sealed, part: str, content: bytes) -> Sealed:
    return replace(sealed, wrapped=content) if part == "wrapped" else replace(sealed, box=content)


texts = st.text(max_size=20)
places = st.builds(Place, texts, texts, texts, st.lists(texts, max_size=3).map(tuple))


@given(values=st.dictionaries(st.text(), st.text()), place=places)
def test_what_was_sealed_comes_back(values: dict[str, str], place: Place) -> None:
    vault = a_vault()
    opened = vault.open(vault.seal(values, place), place)
    assert isinstance(opened, SecretValues)
    assert dict(opened) == values


def test_half_a_surrogate_comes_back_too() -> None:
    vault = a_vault()
    values = {"password": "\ud83d"}
    place = replace(PLACE, tenant="\ud83d")
    assert dict(vault.open(vault.seal(values, place), place)) == values


@given(sealed_for=places, opened_for=places)
def test_secrets_open_nowhere_but_in_their_place(sealed_for: Place, opened_for: Place) -> None:
    assume(sealed_for != opened_for)
    vault = a_vault()
    sealed = vault.seal({"token": SECRET}, sealed_for)
    with pytest.raises(VaultError, match="moved there from another row, entity, app or integration"):
        vault.open(sealed, opened_for)
    with pytest.raises(VaultError, match="moved there from another row, entity, app or integration"):
        a_vault(OTHER_KEY, KEY).rewrap(sealed, opened_for)


@given(one=places, other=places)
def test_no_two_places_are_written_alike(one: Place, other: Place) -> None:
    assert (_bind(one, b"\x02") == _bind(other, b"\x02")) == (one == other)


@pytest.mark.parametrize(
    "moved",
    [
        {"kind": "integration"},
        {"owner": "ca-2"},
        {"tenant": "eve"},
        {"route": ("evil", "in-1", "oauth2")},
        {"route": ("github", "in-2", "oauth2")},
        {"route": ("github", "in-1", "api_key")},
    ],
)
def test_bytes_that_are_moved_are_refused(moved: dict[str, Any]) -> None:
    vault = a_vault()
    with pytest.raises(VaultError, match="connect again"):
        vault.open(vault.seal({"token": SECRET}, PLACE), replace(PLACE, **moved))


def test_parts_of_two_secrets_do_not_make_one() -> None:
    vault = a_vault()
    one, other = (vault.seal({"token": SECRET}, PLACE) for _ in range(2))
    with pytest.raises(VaultError):
        vault.open(Sealed(one.key_id, one.wrapped, other.box), PLACE)


@settings(max_examples=200)
@given(data=st.data())
def test_any_bit_that_is_flipped_is_noticed(data: st.DataObject) -> None:
    vault = a_vault()
    sealed = vault.seal({"token": SECRET}, PLACE)
    part = data.draw(st.sampled_from(["wrapped", "box"]))
    content = bytearray(getattr(sealed, part))
    at = data.draw(st.integers(0, len(content) * 8 - 1))
    content[at // 8] ^= 1 << at % 8
    changed = _with(sealed, part, bytes(content))
    with pytest.raises(VaultError, match="their bytes were changed"):
        vault.open(changed, PLACE)


@given(part=st.sampled_from(["wrapped", "box"]), content=st.binary(max_size=100))
def test_any_other_bytes_are_refused(part: str, content: bytes) -> None:
    vault = a_vault()
    with pytest.raises(VaultError, match="their bytes were changed"):
        vault.open(_with(vault.seal({"token": SECRET}, PLACE), part, content), PLACE)


def test_every_secret_has_a_key_and_nonces_of_its_own() -> None:
    vault = a_vault()
    many = [vault.seal({"token": SECRET}, PLACE) for _ in range(100)]
    nonces = {part[1:13] for sealed in many for part in (sealed.wrapped, sealed.box)}
    assert len(nonces) == 200
    assert len({sealed.wrapped[13:] for sealed in many}) == 100


def test_the_ciphers_are_what_is_said_of_them() -> None:
    """Opened by hand, as whoever has the database and the key would."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    sealed = a_vault().seal({"token": SECRET}, PLACE)
    parts = (b"connection", b"ca-1", b"ada", b"github", b"in-1", b"oauth2")
    place = b"\x02" + b"".join(len(part).to_bytes(8, "big") + part for part in parts)
    bound = b"key" + sealed.key_id.encode() + place
    key = AESGCM(base64.b64decode(KEY)).decrypt(sealed.wrapped[1:13], sealed.wrapped[13:], bound)
    assert len(key) == 32
    assert AESGCM(key).decrypt(sealed.box[1:13], sealed.box[13:], b"box" + place) == b'{"token":"planted-secret-5f3a"}'


def test_another_master_key_opens_nothing_and_says_which_is_missing() -> None:
    sealed = a_vault().seal({"token": SECRET}, PLACE)
    with pytest.raises(VaultError, match=f"master key {sealed.key_id} is missing, which the connection 'ca-1' is sealed under"):
        a_vault(OTHER_KEY).open(sealed, PLACE)
    with pytest.raises(VaultError, match="their bytes were changed"):
        a_vault(OTHER_KEY).open(replace(sealed, key_id=a_vault(OTHER_KEY).seal({}, PLACE).key_id), PLACE)


def test_wrapping_anew_changes_the_key_and_leaves_the_secret_as_it_lies() -> None:
    sealed = a_vault(KEY).seal({"token": SECRET}, PLACE)
    both = a_vault(OTHER_KEY, KEY)
    again = both.rewrap(sealed, PLACE)
    assert again.key_id != sealed.key_id
    assert again.box == sealed.box
    assert dict(a_vault(OTHER_KEY).open(again, PLACE)) == {"token": SECRET}
    assert both.rewrap(again, PLACE) is again


def test_neither_secrets_nor_keys_are_in_reprs_errors_and_tracebacks() -> None:
    vault = a_vault()
    sealed = vault.seal({"token": SECRET}, PLACE)
    told = [repr(sealed), str(sealed), repr(vault), repr(vault.open(sealed, PLACE)), repr(vault._keys.primary)]
    tries: list[Any] = [
        lambda: vault.open(sealed, replace(PLACE, owner="ca-2")),
        lambda: a_vault(OTHER_KEY).open(sealed, PLACE),
        lambda: a_vault("wrong" + KEY).seal(SecretValues(token=SECRET), PLACE),
        lambda: a_vault(OTHER_KEY, KEY[:-2]).rewrap(sealed, PLACE),
    ]
    for attempt in tries:
        with pytest.raises(VaultError) as caught:
            attempt()
        # With the variables of every frame but this test's own.
        ours = [entry for entry in traceback.walk_tb(caught.value.__traceback__) if entry[0].f_code.co_filename != __file__]
        told.append("".join(traceback.StackSummary.extract(iter(ours), capture_locals=True).format()) + str(caught.value))
    raw = [str(bytes([n]) * 32)[2:-1] for n in (1, 2)]
    for hidden in (SECRET, KEY[:-2], OTHER_KEY[:-2], *raw):
        assert hidden not in "".join(told)


def test_no_planted_secret_is_found_in_the_files_bytes(tmp_path: Path) -> None:
    file = tmp_path / "accounts.sqlite3"
    store = Store(lambda: file)
    vault = Vault(MasterKeys(lambda: tmp_path, {}, lambda: store.sealed_key_ids() if store.exists() else ()))
    secrets = [f"{SECRET}-{n}" for n in range(30)]
    integration = Integration(id="in-1", app="x", name="x", auth_mode="OAUTH2", scheme="oauth2")
    store.add_integration(integration, vault.seal({"client_secret": secrets[0]}, place_of(integration)))
    for number, secret in enumerate(secrets):
        name = f"ca-{number}"
        one = Records.connection(name)
        store.add_connection(one, vault.seal({"access_token": secret}, place_of(one)))
        store.update_connection(name, now=1.0, sealed=vault.seal({"t": secret}, place_of(one)))
        waiting = Records.authorization(name, connection_id=name)
        store.add_authorization(waiting, vault.seal({"code_verifier": secret}, place_of(waiting)))
    names = ["accounts.sqlite3", "accounts.sqlite3-wal"]
    before = b"".join((tmp_path / name).read_bytes() for name in names)
    store.close()
    after = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.name.startswith("accounts"))
    assert b"ca-29" in before
    assert b"ca-29" in after
    planted = [
        form
        for secret in secrets
        for form in (secret.encode(), base64.b64encode(secret.encode())[:-4], secret.encode().hex().encode())
    ]
    assert [one for one in planted if one in before or one in after] == []
    [key] = [line for line in (tmp_path / "master.key").read_text().splitlines() if not line.startswith("#")]
    assert key.encode() not in before + after
    assert base64.b64decode(key) not in before + after
