"""Tokens: a refresh token that is spent once, one refresh for all, and a grant that is lost aloud."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from offshelf.kit.errors import UsageError
from offshelf.kit.redact import Secret
from offshelf.platforms.contract import CallResult, Connector, Meaning, TokenState
from support.kuaishou_wire import (
    APP_KEY,
    CUT,
    GRANT,
    OK,
    REFRESH,
    SECRET,
    SELLER,
    START,
    Bench,
    data,
    refusal,
)
from support.vault import MemoryTokens

SHELF, SELLER_GET = "open.item.shelf.status.update", "open.user.seller.get"
PAIR = {
    "result": 1,
    "access_token": "ChFdemoAccess01",
    "expires_in": 172800,
    "refresh_token": "ChJdemoRefresh01",
    "refresh_token_expires_in": 15552000,
    "open_id": "f1c0ffee00demo",
}
SPENT = {"result": 100200102, "error": "access_denied", "error_msg": "refreshToken.discarded"}


async def crowd(connector: Connector, number: int = 20) -> list[CallResult]:
    return list(await asyncio.gather(*(connector.listings.take_off(str(n + 1)) for n in range(number))))


def accepts(bench: Bench, good: str, otherwise: Any) -> None:
    """Let the platform accept one token only."""

    def answer(_body: Any) -> Any:
        return OK if bench.wire.calls[-1][2]["access_token"] == good else otherwise

    bench.wire.script(SHELF, answer)


def meanings(results: list[CallResult]) -> set[Meaning]:
    return {result.meaning for result in results}


def test_a_good_token_is_used_as_it_is(bench: Bench) -> None:
    bench.wire.script(SHELF, OK)
    assert meanings(bench.run(crowd)) == {Meaning.OK}
    assert (bench.wire.refreshed, bench.tokens.log) == (0, [])


@pytest.mark.parametrize("said", ["TOKEN过期", ""])
def test_an_expired_token_under_twenty_workers_is_replaced_once(bench: Bench, said: str) -> None:
    accepts(bench, "canary-access-1", refusal(28, said))
    assert meanings(bench.run(crowd)) == {Meaning.OK}
    assert bench.wire.public(REFRESH) == [
        {
            "app_id": APP_KEY,
            "app_secret": SECRET,
            "grant_type": "refresh_token",
            "refresh_token": "canary-refresh-0",
        }
    ]
    assert bench.tokens.log == ["claim", "write"]


def test_a_wrong_signature_costs_no_refresh(bench: Bench) -> None:
    bench.wire.script(SHELF, refusal(28, "验签失败"))
    assert meanings(bench.run(crowd)) == {Meaning.AUTH}
    assert bench.wire.refreshed == 0


def test_the_new_pair_is_stored_and_the_refresh_tokens_life_only_shrinks(bench: Bench) -> None:
    bench.clock.advance(48 * 3600)
    bench.wire.script(SHELF, OK)
    bench.run(crowd)
    now = START + timedelta(hours=48)
    assert bench.tokens.state == TokenState(
        value=Secret("canary-access-1"),
        expires_at=now + timedelta(seconds=172800 - 1800),
        generation=2,
        refresh=Secret("canary-refresh-1"),
        refresh_until=START + timedelta(days=100),  # the answer said 180 days
    )


def test_a_shorter_life_is_believed(bench: Bench) -> None:
    bench.clock.advance(48 * 3600)
    bench.wire.script(REFRESH, PAIR | {"refresh_token_expires_in": 86400})
    bench.wire.script(SHELF, OK)
    bench.run(crowd)
    assert bench.tokens.state is not None
    assert bench.tokens.state.refresh_until == START + timedelta(hours=72)


class DyingTokens(MemoryTokens):
    """A store whose process dies when it should write."""

    def write(self, *_args: Any, **_more: Any) -> TokenState:
        raise KeyboardInterrupt


def test_a_crash_between_answer_and_writing_ends_aloud_and_with_one_call(bench: Bench) -> None:
    dying = DyingTokens(bench.clock)
    bench.grant(bench.tokens)
    dying.state = bench.tokens.state
    bench.clock.advance(49 * 3600)  # past the half hour in which the old token still serves
    bench.wire.script(SHELF, OK)
    with pytest.raises(KeyboardInterrupt):
        asyncio.run(bench.connect(dying).listings.take_off("1"))
    assert bench.wire.refreshed == 1
    # The next process finds the claim lapsed and the spent refresh token.
    bench.clock.advance(31)
    bench.wire.script(REFRESH, SPENT)
    results = bench.run(crowd)
    assert meanings(results) == {Meaning.AUTH}
    assert len(bench.wire.public(REFRESH)) == 2
    assert bench.tokens.lost() == "100200102"
    assert bench.wire.bodies(SHELF) == []
    # From then on nobody calls, in this process or another.
    again = asyncio.run(bench.connect(bench.tokens).listings.take_off("1"))
    assert (again.meaning, again.code) == (Meaning.AUTH, "100200102")
    assert len(bench.wire.public(REFRESH)) == 2


def test_a_withdrawn_grant_is_proven_by_one_refresh(bench: Bench) -> None:
    bench.wire.script(SHELF, refusal(24, "AUTHORIZATION_REVOKED"))
    bench.wire.script(REFRESH, refusal(100200102, "refreshToken.revokedAuthorization"))
    assert meanings(bench.run(crowd)) == {Meaning.AUTH}
    assert (bench.tokens.lost(), len(bench.wire.public(REFRESH))) == ("100200102", 1)


def test_a_grant_refused_with_every_token_is_told_as_it_is(bench: Bench) -> None:
    bench.wire.script(SHELF, refusal(24, "AUTHORIZATION_REVOKED"))
    results = bench.run(crowd)
    assert {(result.meaning, result.code) for result in results} == {(Meaning.AUTH, "24")}
    assert (bench.tokens.lost(), bench.wire.refreshed) == (None, 1)


@pytest.mark.parametrize("code", [100200105, 100200106])
def test_other_words_for_a_withdrawn_grant(bench: Bench, code: int) -> None:
    bench.clock.advance(49 * 3600)
    bench.wire.script(REFRESH, refusal(code))
    assert meanings(bench.run(crowd)) == {Meaning.AUTH}
    assert bench.tokens.lost() == str(code)


def test_the_old_token_serves_on_when_the_grant_is_lost_early(bench: Bench) -> None:
    bench.clock.advance(48 * 3600 + 60)
    bench.wire.script(REFRESH, SPENT)
    bench.wire.script(SHELF, OK)
    assert meanings(bench.run(crowd)) == {Meaning.OK}
    assert (bench.tokens.lost(), len(bench.wire.public(REFRESH))) == ("100200102", 1)
    bench.clock.advance(1800)
    assert meanings(bench.run(crowd)) == {Meaning.AUTH}
    assert len(bench.wire.public(REFRESH)) == 1


@pytest.mark.parametrize(
    "answer", [CUT, b"", b"<html>", (502, b""), refusal(100200500), {"result": 1}, refusal(100200101)]
)
def test_trouble_with_a_refresh_is_no_loss(bench: Bench, answer: Any) -> None:
    bench.clock.advance(50 * 3600)
    bench.wire.script(REFRESH, answer)
    results = bench.run(crowd)
    assert Meaning.OK not in meanings(results)
    assert bench.tokens.lost() is None
    assert bench.tokens.state is not None
    assert bench.tokens.state.refresh == Secret("canary-refresh-0")
    assert bench.wire.bodies(SHELF) == []


@pytest.mark.parametrize("seconds", [None, "soon", 0])
def test_a_life_that_is_not_told_is_short(bench: Bench, seconds: Any) -> None:
    bench.clock.advance(48 * 3600)
    bench.wire.script(REFRESH, PAIR | {"expires_in": seconds})
    bench.wire.script(SHELF, OK)
    assert meanings(bench.run(crowd)) == {Meaning.OK}
    assert bench.tokens.state is not None
    assert bench.tokens.state.expires_at == START + timedelta(hours=48, minutes=30)


def test_without_a_grant_nothing_is_called() -> None:
    bench = Bench(granted=False)
    result = bench.run(lambda connector: connector.listings.take_off("1"))
    assert (result.meaning, result.code, bench.wire.calls) == (Meaning.AUTH, "no_grant", [])


def test_an_empty_slot_is_told_by_name() -> None:
    bench = Bench(secrets={"sign_secret": None})
    with pytest.raises(UsageError) as caught:
        bench.run(lambda connector: connector.listings.take_off("1"))
    assert caught.value.params == {"shop": "basket", "slot": "sign_secret"}


def redeem(bench: Bench, code: str = "c0de") -> CallResult:
    result = bench.run(lambda connector: connector.grant.redeem(code))
    assert isinstance(result, CallResult)
    return result


def test_a_code_becomes_tokens_of_this_shop() -> None:
    bench = Bench(granted=False)
    bench.tokens.lose("100200102", 1 if bench.tokens.state else 0)
    bench.wire.script(GRANT, PAIR)
    bench.wire.script(SELLER_GET, data({"sellerId": int(SELLER), "openId": "f1"}))
    bench.wire.script(SHELF, OK)
    assert redeem(bench).meaning is Meaning.OK
    asked = {"app_id": APP_KEY, "app_secret": SECRET, "grant_type": "code", "code": "c0de"}
    assert bench.wire.public(GRANT) == [asked]
    assert bench.tokens.state == TokenState(
        Secret("ChFdemoAccess01"),
        START + timedelta(seconds=172800 - 1800),
        1,
        Secret("ChJdemoRefresh01"),
        START + timedelta(days=180),
    )
    assert bench.tokens.lost() is None
    assert meanings(bench.run(crowd)) == {Meaning.OK}


def test_a_grant_of_another_shop_is_refused_and_not_stored(bench: Bench) -> None:
    before = bench.tokens.state
    bench.wire.script(GRANT, PAIR)
    bench.wire.script(SELLER_GET, data({"sellerId": 7}))
    result = redeem(bench)
    assert (result.meaning, result.code) == (Meaning.REFUSED, "other_shop")
    assert (bench.tokens.state, bench.tokens.log) == (before, [])


@pytest.mark.parametrize("answer", [data({}), OK, b"<html>", refusal(25, "token中无scope权限"), refusal(24)])
def test_a_grant_whose_shop_is_not_told_is_not_stored(bench: Bench, answer: Any) -> None:
    bench.wire.script(GRANT, PAIR)
    bench.wire.script(SELLER_GET, answer)
    assert redeem(bench).meaning in (Meaning.UNKNOWN, Meaning.ASK_PERSON, Meaning.AUTH)
    assert bench.tokens.log == []


def test_a_busy_platform_is_asked_again_whose_grant_it_is(bench: Bench) -> None:
    bench.wire.script(GRANT, PAIR)
    bench.wire.script(SELLER_GET, refusal(16), CUT, data({"sellerId": SELLER}))
    assert redeem(bench).meaning is Meaning.OK
    assert len(bench.wire.public(GRANT)) == 1


def test_a_shop_without_a_number_takes_the_grant_as_it_comes() -> None:
    bench = Bench(granted=False, account_id="")
    bench.wire.script(GRANT, PAIR)
    assert redeem(bench).meaning is Meaning.OK
    assert [method for _, method, _ in bench.wire.calls] == [GRANT]


@pytest.mark.parametrize(
    ("answer", "meaning"),
    [
        (refusal(100200105, "code is invalid"), Meaning.AUTH),
        (refusal(100200101), Meaning.ASK_PERSON),
        (CUT, Meaning.UNKNOWN),
        (b"<html>", Meaning.UNKNOWN),
        ({"result": 1}, Meaning.UNKNOWN),
    ],
)
def test_a_code_that_brings_nothing(bench: Bench, answer: Any, meaning: Meaning) -> None:
    bench.wire.script(GRANT, answer)
    assert redeem(bench).meaning is meaning
    assert bench.tokens.log == []


@pytest.mark.parametrize(
    ("base_url", "page"),
    [
        ("http://gateway/", "http://gateway/oauth/authorize"),
        ("https://openapi.kwaixiaodian.com", "https://open.kwaixiaodian.com/oauth/authorize"),
    ],
)
def test_the_consent_page(base_url: str, page: str) -> None:
    bench = Bench(base_url=base_url)
    assert bench.connector.grant is not None
    address = bench.connector.grant.page("https://shop.example/back?x=1", "s-1")
    parts = urlsplit(address)
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == page
    asked = dict(parse_qsl(parts.query))
    assert asked.pop("scope").split(",")[-1] == "merchant_promotion"
    assert asked == {
        "app_id": APP_KEY,
        "redirect_uri": "https://shop.example/back?x=1",
        "response_type": "code",
        "state": "s-1",
    }


def test_secrets_do_not_come_back_in_notes(bench: Bench) -> None:
    bench.wire.script(GRANT, refusal(100200105, f"bad {SECRET} and c0de-777"))
    assert SECRET not in redeem(bench, "c0de-777").note
    assert "c0de-777" not in redeem(bench, "c0de-777").note
