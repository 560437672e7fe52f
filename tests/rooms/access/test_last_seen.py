"""When users last signed in, sessions of others, typed names, passphrases that are made."""

from __future__ import annotations

import re

import pytest

from offshelf.access.passphrases import fresh
from offshelf.access.roles import Role
from offshelf.access.sessions import Sessions
from offshelf.access.users import LEAST
from offshelf.kit.errors import OffshelfError
from offshelf.kit.redact import Secret
from support.approval import cheap_users, passphrase, staff


@pytest.fixture
def users(sqlite_database, clock):
    made = cheap_users(sqlite_database, clock)
    staff(made)
    return made


@pytest.fixture
def sessions(sqlite_database, clock, users):
    return Sessions(sqlite_database, clock, users)


def test_a_user_tells_when_they_last_signed_in(users, clock):
    assert users.get("lin").signed_in_at is None
    with pytest.raises(OffshelfError):
        users.sign_in("lin", Secret("wrong"))
    assert users.get("lin").signed_in_at is None
    users.sign_in("lin", passphrase("lin"))
    assert users.get("lin").signed_in_at == clock.now()


def test_somebody_let_in_anew_has_never_signed_in(users):
    boss = users.sign_in("boss", passphrase("boss"))
    users.sign_in("lin", passphrase("lin"))
    users.disable("lin", by=boss)
    assert users.add("lin", [Role.DESK], passphrase("lin"), by=boss).signed_in_at is None


def test_a_user_is_disabled_by_typing_the_name(users):
    boss = users.sign_in("boss", passphrase("boss"))
    with pytest.raises(OffshelfError, match="not_confirmed"):
        users.disable("lin", by=boss, typed="wang")
    assert users.get("lin").active
    assert not users.disable("lin", by=boss, typed="Lin").active


def test_an_owner_ends_the_session_of_another_and_nobody_else_does(users, sessions):
    boss, lin, wang = (users.sign_in(name, passphrase(name)) for name in ("boss", "lin", "wang"))
    token = sessions.open(lin, "phone")
    session = sessions.all(lin.user_id)[0].session_id
    with pytest.raises(OffshelfError, match="not_permitted"):
        sessions.end_anothers("lin", session, by=wang)
    with pytest.raises(OffshelfError, match="unknown_session"):
        sessions.end_anothers("wang", session, by=boss)
    assert sessions.of(token) is not None
    sessions.end_anothers("lin", session, by=boss)
    assert sessions.of(token) is None


def test_everybody_ends_their_own_that_way_too(users, sessions):
    lin = users.sign_in("lin", passphrase("lin"))
    token = sessions.open(lin, "")
    sessions.end_anothers("lin", sessions.all(lin.user_id)[0].session_id, by=lin)
    assert sessions.of(token) is None


def test_a_passphrase_that_is_made_is_long_legible_and_another_each_time():
    made = [fresh().reveal() for _ in range(50)]
    assert len(set(made)) == 50
    assert all(re.fullmatch(r"([a-hjkmnp-z2-9]{4}-){4}[a-hjkmnp-z2-9]{4}", one) for one in made)
    assert min(map(len, made)) >= LEAST
