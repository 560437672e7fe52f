"""Keys of the HTTP API: of one user, shown once, narrowed by scopes, gone when revoked."""

from __future__ import annotations

import pytest

from offshelf.access.keys import Keys
from offshelf.access.roles import Permission, Role
from offshelf.kit.errors import BlockedError, OffshelfError
from offshelf.kit.redact import Secret
from support.approval import cheap_users, passphrase, staff


@pytest.fixture
def users(sqlite_database, clock):
    made = cheap_users(sqlite_database, clock)
    staff(made)
    return made


@pytest.fixture
def boss(users):
    return users.sign_in("boss", passphrase("boss"))


@pytest.fixture
def keys(sqlite_database, clock, users):
    return Keys(sqlite_database, clock, users)


def test_a_key_is_its_user_with_its_scopes(keys, boss, users):
    made, secret = keys.add("wang", "erp", [Permission.APPROVE, Permission.READ], by=boss)
    actor = keys.bearer(secret, {})
    assert (actor.name, actor.user_id) == ("wang", users.get("wang").user_id)
    assert actor.scopes == {Permission.APPROVE, Permission.READ}
    assert (made.user, made.label, made.added_by) == ("wang", "erp", "boss")


def test_only_a_hash_of_it_is_kept(keys, boss, sqlite_database):
    _, secret = keys.add("wang", "", [Permission.READ], by=boss)
    with sqlite_database.read() as tx:
        dumped = "".join(str(row) for row in tx.exec_driver_sql("SELECT * FROM api_key").all())
    assert secret.reveal().split("_", 2)[2] not in dumped
    assert repr(secret) == "Secret(***)"


@pytest.mark.parametrize("change", ["", "x", "cut", "other", "case"])
def test_what_is_no_key_opens_nothing(keys, boss, change):
    _, secret = keys.add("wang", "", [Permission.READ], by=boss)
    text = secret.reveal()
    shown = {
        "": "",
        "x": text + "x",
        "cut": text[:-1],
        "other": text[:-1] + ("A" if text[-1] != "A" else "B"),
    }
    assert keys.bearer(Secret(shown.get(change, text.upper())), {}) is None


def test_a_revoked_key_opens_nothing_though_it_was_proven(keys, boss):
    made, secret = keys.add("wang", "", [Permission.READ], by=boss)
    proven = {}
    assert keys.bearer(secret, proven) is not None
    assert keys.revoke(made.key_id, by=boss).revoked_at is not None
    assert keys.bearer(secret, proven) is None


def test_the_keys_of_a_disabled_user_stay_shut_when_let_in_anew(keys, boss, users):
    _, secret = keys.add("wang", "", [Permission.READ], by=boss)
    users.disable("wang", by=boss)
    assert keys.bearer(secret, {}) is None
    users.add("wang", [Role.APPROVER], passphrase("wang"), by=boss)
    assert keys.bearer(secret, {}) is None


def test_what_was_proven_is_not_derived_again_and_belongs_to_this_very_secret(keys, boss):
    made, secret = keys.add("wang", "", [Permission.READ], by=boss)
    proven = {}
    keys.bearer(secret, proven)
    assert list(proven) == [made.key_id]
    assert secret.reveal().split("_", 2)[2] not in str(proven)
    wrong = Secret(f"osk_{made.key_id}_" + "A" * 43)
    assert keys.bearer(wrong, proven) is None


def test_a_key_reaches_no_further_than_its_user(keys, boss, users):
    with pytest.raises(OffshelfError, match="scope_too_wide"):
        keys.add("wang", "", [Permission.RUN], by=boss)
    with pytest.raises(OffshelfError, match="no_scope"):
        keys.add("wang", "", [], by=boss)
    with pytest.raises(BlockedError, match="not_permitted"):
        keys.add("wang", "", [Permission.READ], by=users.sign_in("wang", passphrase("wang")))
    assert keys.all() == ()


def test_an_unknown_key_cannot_be_revoked(keys, boss):
    with pytest.raises(OffshelfError, match="unknown_key"):
        keys.revoke("K-1", by=boss)


def test_a_key_tells_when_it_was_last_used_to_the_minute(keys, boss, clock):
    made, secret = keys.add("wang", "", [Permission.READ], by=boss)
    assert keys.all()[0].used_at is None
    keys.bearer(Secret(secret.reveal()[:-1]), {})  # what is no key uses none
    assert keys.all()[0].used_at is None
    first = clock.now()
    keys.bearer(secret, {})
    clock.advance(59)
    keys.bearer(secret, {})
    assert keys.all()[0].used_at == first
    clock.advance(1)
    keys.bearer(secret, {})
    assert keys.all()[0].used_at == clock.now()
    keys.revoke(made.key_id, by=boss)
    clock.advance(600)
    keys.bearer(secret, {})
    assert keys.all()[0].used_at < clock.now()


def test_a_key_is_revoked_by_the_end_of_its_number(keys, boss):
    made, secret = keys.add("wang", "", [Permission.READ], by=boss)
    with pytest.raises(OffshelfError, match="not_confirmed"):
        keys.revoke(made.key_id, by=boss, typed="wang")
    assert keys.bearer(secret, {}) is not None
    assert keys.revoke(made.key_id, by=boss, typed=made.key_id[-6:].lower()).revoked_at is not None
