"""Shops, their sealed credentials, shared tokens and approvals, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from offshelf.access.approvals import Approvals
from offshelf.access.shops import SLOT_PUSH_KEY, SLOT_SECRET, SharedToken, Shops
from offshelf.kit.db import metadata
from offshelf.kit.errors import UsageError
from offshelf.kit.redact import Secret
from offshelf.kit.seal import FixedKey, Seal
from offshelf.vocabulary.shops import Platform, Shop

SHOP = Shop("flagship", Platform.WECHAT_CHANNELS, "云朵茶铺", "wx1", "https://gate.test", "storefront")
SEAL = Seal(FixedKey(Secret("00" * 16), "test"))
HOUR = timedelta(hours=1)


@pytest.fixture
def shops(database, clock):
    return Shops(database, clock, SEAL)


def add(database, shops, shop=SHOP, **secrets):
    with database.begin() as tx:
        shops.add(tx, shop, {slot: Secret(value) for slot, value in secrets.items()})


def everything(database):
    """Return every stored value as text."""
    with database.read() as tx:
        return repr([tuple(row) for table in metadata.tables.values() for row in tx.execute(table.select())])


def test_a_shop_reads_back_with_its_credentials(database, shops):
    add(database, shops, secret="s3cret", push_key="k")
    assert (shops.all(), shops.get("flagship")) == ((SHOP,), SHOP)
    assert shops.secret("flagship", SLOT_SECRET) == Secret("s3cret")
    assert shops.secret("flagship", SLOT_PUSH_KEY) == Secret("k")
    assert shops.secret("flagship", "assistant_id") is None


def test_no_credential_or_token_is_stored_in_clear(database, shops, clock):
    add(database, shops, secret="s3cret")
    SharedToken(database, clock, SEAL, "flagship", "access").write(Secret("t0ken"), clock.now())
    stored = everything(database)
    assert ("s3cret" in stored, "t0ken" in stored, "s1." in stored) == (False, False, True)


def test_a_name_already_taken_is_refused(database, shops):
    add(database, shops, secret="s3cret")
    before = everything(database)
    with pytest.raises(UsageError, match=r"access\.shop_exists"):
        add(database, shops, replace(SHOP, app_id="wx2"), secret="other")
    assert everything(database) == before


def test_removing_destroys_credentials_and_tokens(database, shops, clock):
    add(database, shops, secret="s3cret")
    token = SharedToken(database, clock, SEAL, "flagship", "access")
    token.write(Secret("t"), clock.now())
    with database.begin() as tx:
        shops.remove(tx, "flagship")
    assert (shops.all(), shops.secret("flagship", SLOT_SECRET), token.read()) == ((), None, None)
    with pytest.raises(UsageError, match=r"access\.unknown_shop"):
        shops.get("flagship")


def test_a_removed_shop_can_come_back_without_its_old_credentials(database, shops):
    add(database, shops, secret="s3cret")
    with database.begin() as tx:
        shops.remove(tx, "flagship")
    add(database, shops, replace(SHOP, app_id="wx2"))
    assert (shops.get("flagship").app_id, shops.secret("flagship", SLOT_SECRET)) == ("wx2", None)


@pytest.mark.parametrize("verb", ["remove", "rotate", "move"])
def test_what_is_not_there_is_refused_and_nothing_is_stored(database, shops, verb):
    args = {"remove": (), "rotate": (SLOT_SECRET, Secret("x")), "move": ("https://b.test",)}[verb]
    before = everything(database)
    with pytest.raises(UsageError, match=r"access\.unknown_shop"), database.begin() as tx:
        getattr(shops, verb)(tx, "flagship", *args)
    assert everything(database) == before


def test_a_new_secret_drops_tokens_made_with_the_old_one(database, shops, clock):
    add(database, shops, secret="old")
    token = SharedToken(database, clock, SEAL, "flagship", "access")
    token.write(Secret("t"), clock.now() + HOUR)
    with database.begin() as tx:
        shops.rotate(tx, "flagship", SLOT_SECRET, Secret("new"))
    assert (shops.secret("flagship", SLOT_SECRET), token.read()) == (Secret("new"), None)


def test_a_sealed_credential_moved_to_another_place_does_not_open(database, shops):
    add(database, shops, secret="s3cret")
    with database.begin() as tx:
        tx.exec_driver_sql("UPDATE credential SET slot = 'push_key'")
    with pytest.raises(UsageError, match=r"seal\.unreadable"):
        shops.secret("flagship", SLOT_PUSH_KEY)


def test_a_shop_moves_to_another_gateway(database, shops):
    add(database, shops)
    with database.begin() as tx:
        moved = shops.move(tx, "flagship", "http://127.0.0.1:9")
    assert (moved, shops.get("flagship")) == (replace(SHOP, base_url="http://127.0.0.1:9"), moved)


def test_the_stamp_is_that_of_the_newest_credential(database, shops, clock):
    add(database, shops, secret="a", push_key="k")
    first = clock.now()
    assert (shops.stamp("flagship"), shops.stamp("nobody")) == (first, None)
    clock.advance(1)
    with database.begin() as tx:
        shops.rotate(tx, "flagship", SLOT_PUSH_KEY, Secret("k2"))
    assert shops.stamp("flagship") == first + timedelta(seconds=1)


OPEN = [
    "http://gate.test",
    "http://10.0.0.1",
    "http://127.0.0.1.evil.test",
    "http://[::2]",
    "ftp://localhost",
]


@pytest.mark.parametrize("url", [*OPEN, "http://[bad", "http:", "http://localhost@gate.test"])
def test_a_gateway_in_clear_text_is_refused(database, shops, url):
    add(database, shops)
    before = everything(database)
    with pytest.raises(UsageError, match=r"access\.insecure_gateway"):
        add(database, shops, replace(SHOP, shop_id="second", base_url=url), secret="s")
    with pytest.raises(UsageError, match=r"access\.insecure_gateway"), database.begin() as tx:
        shops.move(tx, "flagship", url)
    assert everything(database) == before


@pytest.mark.parametrize(
    "url", ["https://gate.test", "http://localhost:1", "http://127.9.9.9", "http://[::1]:80/a", "HTTPS://x"]
)
def test_a_gateway_behind_tls_or_on_this_machine_is_taken(database, shops, url):
    add(database, shops, replace(SHOP, base_url=url))
    assert shops.get("flagship").base_url == url


# -- tokens -----------------------------------------------------------------------------------------------------


@pytest.fixture
def pair(database, clock):
    """Return the same token as two processes see it."""
    return tuple(SharedToken(database, clock, SEAL, "flagship", "access") for _ in range(2))


def test_a_token_is_shared_and_counted(pair, clock):
    mine, yours = pair
    assert mine.read() is None
    assert mine.write(Secret("a"), clock.now() + HOUR).generation == 1
    assert mine.write(Secret("b"), clock.now() + HOUR).generation == 2
    seen = yours.read()
    assert (seen.value, seen.expires_at, seen.generation) == (Secret("b"), clock.now() + HOUR, 2)


@pytest.mark.parametrize("generation", [0, 1])
def test_exactly_one_may_refresh(pair, clock, generation):
    mine, yours = pair
    if generation:
        mine.write(Secret("a"), clock.now())
    until = clock.now() + timedelta(seconds=30)
    assert [mine.claim(generation, until), yours.claim(generation, until)] == [True, False]
    assert yours.read() == mine.read()


def test_a_claim_lapses(pair, clock):
    mine, yours = pair
    mine.claim(0, clock.now() + timedelta(seconds=30))
    clock.advance(29.9)
    assert yours.claim(0, clock.now() + timedelta(seconds=30)) is False
    clock.advance(0.1)
    assert yours.claim(0, clock.now() + timedelta(seconds=30)) is True


def test_a_claim_given_back_is_free_and_a_new_token_ends_it(pair, clock):
    mine, yours = pair
    later = clock.now() + HOUR
    mine.claim(0, later)
    mine.release()
    assert yours.claim(0, later) is True
    yours.write(Secret("a"), later)
    assert [mine.claim(0, later), mine.claim(1, later)] == [False, True]


def test_an_old_sight_of_the_token_gives_no_right_to_refresh(pair, clock):
    mine, yours = pair
    mine.write(Secret("a"), clock.now())
    mine.write(Secret("b"), clock.now())
    assert yours.claim(1, clock.now() + HOUR) is False


# -- approvals --------------------------------------------------------------------------------------------------


def test_a_signature_counts_once_and_only_for_its_fingerprint(database, clock):
    approvals = Approvals(database)

    def sign(person, fingerprint="f" * 64):
        with database.begin() as tx:
            at = clock.now()
            return approvals.sign(tx, subject="P", fingerprint=fingerprint, person=person, at=at, note="ok")

    signed = [sign("wang")]
    clock.advance(1)
    signed += [sign("wang"), sign("zhao"), sign("wang", "e" * 64)]
    assert signed == [True, False, True, True]
    start = clock.now() - timedelta(seconds=1)
    assert approvals.under("P", "f" * 64) == (("wang", start, "ok"), ("zhao", clock.now(), "ok"))
    assert (approvals.under("P", "0" * 64), approvals.under("Q", "f" * 64)) == ((), ())


def test_the_refresh_token_is_sealed_kept_and_dropped_with_the_pair(database, shops, clock):
    token = SharedToken(database, clock, SEAL, "flagship", "shop")
    until = clock.now() + timedelta(days=180)
    written = token.write(Secret("acc3ss"), clock.now(), refresh=Secret("r3fresh"), refresh_until=until)
    assert token.read() == written
    assert (written.refresh, written.refresh_until) == (Secret("r3fresh"), until)
    with database.read() as tx:
        rows = str(tx.exec_driver_sql("SELECT * FROM platform_token").all())
    assert "acc3ss" not in rows
    assert "r3fresh" not in rows
    token.write(Secret("other"), clock.now())
    assert token.read().refresh is None


def test_a_lost_grant_is_told_until_a_new_token_comes(database, shops, clock):
    add(database, shops)
    token = SharedToken(database, clock, SEAL, "flagship", "shop")
    token.write(Secret("a"), clock.now())
    assert token.claim(1, clock.now() + timedelta(seconds=30))
    assert token.lose("100200102", 1)
    assert (token.lost(), shops.lost_grants()) == ("100200102", {"flagship": ("100200102", clock.now())})
    assert token.claim(1, clock.now() + timedelta(seconds=30))
    token.write(Secret("b"), clock.now())
    assert (token.lost(), shops.lost_grants()) == (None, {})


@pytest.mark.parametrize(("slot", "left"), [("secret", False), ("push_key", True)])
def test_new_keys_for_pushes_leave_the_tokens_alone(database, shops, clock, slot, left):
    add(database, shops, secret="s3cret", push_key="k")
    token = SharedToken(database, clock, SEAL, "flagship", "shop")
    token.write(Secret("a"), clock.now())
    with database.begin() as tx:
        shops.rotate(tx, "flagship", slot, Secret("new"))
    assert (token.read() is not None) is left
