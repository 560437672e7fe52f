"""Calls: token in the query, JSON body, one retry with another token, waiting out throttles, two lines of log."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from offshelf.kit.http import HttpClient
from offshelf.platforms.contract import CallFailedError, CallResult, Connector, Meaning
from offshelf.platforms.wechat_channels.manifest import limit
from support.wechat_channels_wire import APP_ID, CUT, OK, RID, SECRET, START, Bench, refusal

DELIST = "product/delisting"


async def take_off(connector: Connector) -> CallResult:
    return await connector.listings.take_off("10000412200731")


def test_a_write_carries_the_token_in_the_query_and_a_json_body(bench: Bench) -> None:
    bench.wire.script(DELIST, OK)
    assert bench.run(take_off) == CallResult(Meaning.OK, DELIST, "0")
    path, query, body = bench.wire.calls[-1]
    assert path == "/channels/ec/product/delisting"
    assert query == {"access_token": "canary-token-1"}
    assert body == {"product_id": "10000412200731"}


def test_a_write_is_sent_once_whatever_comes_back(bench: Bench) -> None:
    bench.wire.script(DELIST, refusal(-1, "system error"))
    result = bench.run(take_off)
    assert (result.meaning, result.retry_at) == (Meaning.NOT_NOW, START + timedelta(seconds=2))
    assert len(bench.wire.bodies(DELIST)) == 1


@pytest.mark.parametrize(
    "answer", [CUT, b"", b"<html>", (500, b"x"), (502, {"errcode": 0}), {}, [], (404, b"")]
)
def test_a_write_without_a_whole_answer_is_unknown(bench: Bench, answer: Any) -> None:
    bench.wire.script(DELIST, answer)
    assert bench.run(take_off).meaning is Meaning.UNKNOWN
    assert len(bench.wire.bodies(DELIST)) == 1


def test_no_connection_is_not_sent() -> None:
    bench = Bench(http=HttpClient(timeout=2.0))
    bench.shop = type(bench.shop)("tea", bench.shop.platform, "x", APP_ID, "http://127.0.0.1:9")
    bench.tokens.write(_token(), START + timedelta(hours=1))
    bench.connector = bench.connect(bench.tokens)
    assert bench.run(take_off).meaning is Meaning.NOT_SENT


def _token() -> Any:
    from offshelf.kit.redact import Secret

    return Secret("canary-token-0")


@pytest.mark.parametrize("code", [40001, 40014, 42001, "42001"])
def test_a_refused_token_is_replaced_and_the_call_made_once_more(bench: Bench, code: int | str) -> None:
    bench.wire.script(DELIST, refusal(code), OK)
    assert bench.run(take_off).ok is True
    tokens = [query["access_token"] for path, query, _ in bench.wire.calls if path.endswith("delisting")]
    assert tokens == ["canary-token-1", "canary-token-2"]


def test_a_token_refused_twice_is_the_end(bench: Bench) -> None:
    bench.wire.script(DELIST, refusal(40001))
    result = bench.run(take_off)
    assert (result.meaning, result.code, result.trace_id) == (Meaning.AUTH, "40001", RID)
    assert len(bench.wire.bodies(DELIST)) == 2
    assert bench.wire.tokens_given == 2


@pytest.mark.parametrize(
    ("answer", "meaning", "code"),
    [
        (refusal(40001, "invalid credential"), Meaning.AUTH, "40001"),
        (refusal(40013), Meaning.AUTH, "40013"),
        (refusal(61004), Meaning.ASK_PERSON, "61004"),
        (refusal(45009), Meaning.QUOTA, "45009"),
        (CUT, Meaning.NOT_SENT, ""),
        (b"<html>", Meaning.NOT_SENT, ""),
        ((502, b""), Meaning.NOT_NOW, "http502"),
        ({"access_token": "", "expires_in": 7200}, Meaning.NOT_SENT, ""),
        ({"access_token": "x"}, Meaning.NOT_SENT, ""),
        ({"access_token": "x", "expires_in": 0}, Meaning.NOT_SENT, ""),
    ],
)
def test_without_a_token_nothing_is_sent(bench: Bench, answer: Any, meaning: Meaning, code: str) -> None:
    bench.wire.script("/cgi-bin/stable_token", answer)
    result = bench.run(take_off)
    assert (result.meaning, result.code, result.method) == (meaning, code, DELIST)
    assert bench.wire.bodies(DELIST) == []


def test_a_throttled_read_waits_for_the_next_minute_and_is_made_again(bench: Bench) -> None:
    bench.wire.script("product/list/get", refusal(45011), {**OK, "product_ids": [], "next_key": ""})
    page = bench.run(lambda connector: connector.listings.ids())
    assert page.items == ()
    assert bench.clock.now() == datetime(
        2026, 11, 21, 4, 1, 1, tzinfo=UTC
    )  # the minute, and a second to be sure


def test_a_throttled_write_is_told_and_holds_the_others_back(bench: Bench) -> None:
    bench.wire.script(DELIST, refusal(45011), OK)

    async def story(connector: Connector) -> list[CallResult]:
        return [await take_off(connector), await take_off(connector)]

    first, second = bench.run(story)
    assert (first.meaning, first.retry_at) == (Meaning.NOT_NOW, datetime(2026, 11, 21, 4, 1, tzinfo=UTC))
    assert second.ok is True
    assert bench.clock.now() == datetime(2026, 11, 21, 4, 1, 1, tzinfo=UTC)


def test_a_daily_quota_holds_nobody_back_but_says_when(bench: Bench) -> None:
    bench.wire.script(DELIST, refusal(45009))

    async def story(connector: Connector) -> list[CallResult]:
        return [await take_off(connector), await take_off(connector)]

    results = bench.run(story)
    assert [result.meaning for result in results] == [Meaning.QUOTA, Meaning.QUOTA]
    assert results[0].retry_at == datetime(2026, 11, 21, 16, 0, tzinfo=UTC)
    assert bench.clock.now() == START


def test_a_busy_read_is_asked_a_few_times_and_no_more(bench: Bench) -> None:
    bench.wire.script("order/get", refusal(-1))
    with pytest.raises(CallFailedError) as caught:
        bench.run(lambda connector: connector.orders.observe("1"))
    assert caught.value.result.meaning is Meaning.NOT_NOW
    assert len(bench.wire.bodies("order/get")) == limit("read_attempts") == 4
    assert bench.clock.now() == START + timedelta(seconds=2 + 2 + 4)


def test_a_read_without_an_answer_is_made_again(bench: Bench) -> None:
    bench.wire.script("product/list/get", CUT, b"", (502, b""), {**OK, "product_ids": ["7"], "next_key": ""})
    assert bench.run(lambda connector: connector.listings.ids()).items == ("7",)
    assert len(bench.wire.bodies("product/list/get")) == 4


@pytest.mark.parametrize("code", [1007205, 48001, 10020051, 45009])
def test_a_read_that_was_answered_is_not_made_again(bench: Bench, code: int) -> None:
    bench.wire.script("order/get", refusal(code))
    with pytest.raises(CallFailedError):
        bench.run(lambda connector: connector.orders.observe("1"))
    assert len(bench.wire.bodies("order/get")) == 1
    assert bench.clock.now() == START


def test_a_long_outage_is_two_lines(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    bench.wire.script(DELIST, *[CUT] * 40, OK)

    async def story(connector: Connector) -> None:
        for _ in range(41):
            await take_off(connector)

    with caplog.at_level(logging.INFO, "offshelf"):
        bench.run(story)
    assert [record.getMessage() for record in caplog.records if record.name.startswith("offshelf")] == [
        "shop tea: product/delisting fails: unknown  answer cut short (trace )",
        "shop tea: the platform answers again after 40 failures",
    ]


def test_trouble_of_one_method_is_told_once_and_ends_with_that_method(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.wire.script(DELIST, refusal(48001), refusal(48001), OK)
    bench.wire.script("product/listing", OK)

    async def story(connector: Connector) -> None:
        for _ in range(2):
            await take_off(connector)
        await connector.listings.put_on("1")
        await take_off(connector)

    with caplog.at_level(logging.INFO, "offshelf"):
        bench.run(story)
    lines = [record.getMessage() for record in caplog.records if record.name.startswith("offshelf")]
    assert lines == [
        f"shop tea: product/delisting fails: ask_person 48001 no (trace {RID})",
        "shop tea: product/delisting answers again after 2 failures",
    ]


def test_refusals_of_single_items_are_no_trouble(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    bench.wire.script(DELIST, refusal(10020065), refusal(10020052), refusal(10020067), OK)

    async def story(connector: Connector) -> None:
        for _ in range(4):
            await take_off(connector)

    with caplog.at_level(logging.INFO, "offshelf"):
        bench.run(story)
    assert [record for record in caplog.records if record.name.startswith("offshelf")] == []


def test_secrets_appear_nowhere(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    echo = f"bad {SECRET} and canary-token-1 access_token=canary-token-1 rid: {RID}"
    bench.wire.script(DELIST, {"errcode": 40097, "errmsg": echo}, {"errcode": 48001, "errmsg": echo}, CUT)
    bench.wire.script("product/get", {"errcode": 48001, "errmsg": echo})
    told: list[str] = []

    async def story(connector: Connector) -> None:
        told.extend([repr(await take_off(connector)) for _ in range(3)])
        with pytest.raises(CallFailedError) as caught:
            await connector.listings.observe("1")
        told.append(f"{caught.value!r} {caught.value} {caught.value.result!r} {caught.value.__cause__!r}")

    with caplog.at_level(logging.DEBUG, "offshelf"):
        bench.run(story)
    told += [record.getMessage() for record in caplog.records if record.name.startswith("offshelf")]
    told.append(repr(bench.tokens.state))
    assert "canary-token" not in "".join(told)
    assert "canary" not in "".join(line.replace(SECRET, "") for line in told)


def test_the_app_secret_does_not_come_back_from_a_token_call(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    echo = {"errcode": 40001, "errmsg": f"invalid credential {SECRET} rid: {RID}"}
    bench.wire.script("/cgi-bin/stable_token", echo)
    with caplog.at_level(logging.DEBUG, "offshelf"):
        result = bench.run(take_off)
    lines = [record.getMessage() for record in caplog.records if record.name.startswith("offshelf")]
    assert result.note == "token: invalid credential ***"
    assert len(lines) == 1
    assert SECRET not in repr(result) + "".join(lines)


def test_side_by_side_reads_stop_at_the_first_failure(bench: Bench) -> None:
    bench.wire.script("league/item/list/get", lambda body: _plans(body["type"]))
    bench.wire.script("league/item/get", refusal(48001))
    with pytest.raises(CallFailedError) as caught:
        bench.run(lambda connector: connector.affiliate.active())
    assert caught.value.result.code == "48001"
    assert len(bench.wire.bodies("league/item/get")) <= 16


def _plans(kind: int) -> dict[str, Any]:
    items = [{"product_id": str(n), "info_id": str(n)} for n in range(50)] if kind == 1 else []
    return {**OK, "items": items, "last_buffer": "", "has_more": False, "total_num": len(items)}


def test_a_pace_of_the_shop_covers_every_method() -> None:
    bench = Bench(pace={"*": (1, 10), DELIST: (1, 1)})
    bench.wire.script(DELIST, OK)
    bench.wire.script("product/listing", OK)

    async def story(connector: Connector) -> None:
        await asyncio.gather(take_off(connector), connector.listings.put_on("1"))

    bench.run(story)
    assert bench.clock.now() == START + timedelta(seconds=10)


def test_a_call_that_stops_a_sale_goes_before_waiting_reads() -> None:
    bench = Bench(pace={"*": (1, 1)})
    bench.wire.script(DELIST, OK)
    bench.wire.script("product/list/get", {**OK, "product_ids": [], "next_key": ""})
    bench.tokens.write(_token(), START + timedelta(hours=1))

    async def story(connector: Connector) -> None:
        reads = [asyncio.create_task(connector.listings.ids()) for _ in range(3)]
        await bench.clock.sleep(0)
        await asyncio.gather(take_off(connector), *reads)

    bench.run(story)
    called = [path.rpartition("/ec/")[2] for path, _, _ in bench.wire.calls]
    assert called == ["product/list/get", DELIST, "product/list/get", "product/list/get"]
