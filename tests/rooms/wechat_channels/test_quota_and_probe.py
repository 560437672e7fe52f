"""What the platform says it allows, and what a buyer sees."""

from __future__ import annotations

from typing import Any

import pytest

from offshelf.kit.errors import UsageError
from offshelf.platforms.contract import CallFailedError, Connector, Probe, Quota
from support.wechat_channels_wire import APP_ID, CUT, OK, START, Bench, refusal

QUOTA = "/cgi-bin/openapi/quota/get"
LINK = "product/h5url/get"
FULL = {
    **OK,
    "quota": {"daily_limit": 10000, "used": 12, "remain": 9988},
    "rate_limit": {"call_count": 5, "refresh_second": 60},
    "component_rate_limit": {"call_count": 0, "refresh_second": 0},
}


def test_the_allowance_of_a_method_is_told_and_kept_to(bench: Bench) -> None:
    bench.wire.script(QUOTA, FULL)
    found = bench.run(lambda connector: connector.quota.allowance("product/delisting"))
    assert found == Quota("product/delisting", 5, 60, 10000, 9988)
    assert bench.wire.bodies(QUOTA) == [{"cgi_path": "/channels/ec/product/delisting"}]
    assert bench.pacer.forecast((APP_ID, "tea", "product/delisting"), 6) == pytest.approx(60.0)
    assert bench.pacer.forecast((APP_ID, "tea", "product/get"), 6) == 0.0


@pytest.mark.parametrize(
    "answer",
    [OK, {**OK, "quota": [], "rate_limit": None}, {**FULL, "quota": {}, "rate_limit": {"call_count": -1}}],
)
def test_numbers_that_are_not_told_are_none(bench: Bench, answer: Any) -> None:
    bench.wire.script(QUOTA, answer)
    found = bench.run(lambda connector: connector.quota.allowance("product/get"))
    assert found == Quota("product/get", None, None, None, None)
    assert bench.pacer.forecast((APP_ID, "tea", "product/get"), 99) == 0.0


def test_a_name_that_is_no_method_is_refused(bench: Bench) -> None:
    with pytest.raises(UsageError) as caught:
        bench.run(lambda connector: connector.quota.allowance("product/explode"))
    assert caught.value.code == "platforms.unknown_method"
    assert bench.wire.calls == []


def test_a_quota_that_cannot_be_read_is_a_failure(bench: Bench) -> None:
    bench.wire.script(QUOTA, refusal(76022))
    with pytest.raises(CallFailedError):
        bench.run(lambda connector: connector.quota.allowance("product/get"))


def test_the_rates_of_all_calls_that_stop_sales_are_read_and_kept_to(bench: Bench) -> None:
    bench.wire.script(QUOTA, lambda body: refusal(76022) if "league" in body["cgi_path"] else FULL)
    bench.run(lambda connector: connector.quota.keep())
    paths = [body["cgi_path"].removeprefix("/channels/ec/") for body in bench.wire.bodies(QUOTA)]
    assert paths == [
        "coupon/update_status",
        "league/item/upd",
        "product/audit/cancel",
        "product/delisting",
        "product/limiteddiscounttask/stop",
        "product/stock/update",
        "warehouse/stock/update",
    ]
    paced = [path for path in paths if bench.pacer.forecast((APP_ID, "tea", path), 6) > 0]
    assert paced == [path for path in paths if path != "league/item/upd"]


# -- the probe ----------------------------------------------------------------------------------------------------


def look(*pages: Any, link: Any = None, times: int = 1) -> tuple[Bench, list[Probe]]:
    bench = Bench(probe="storefront")
    bench.wire.script(LINK, link or {**OK, "product_h5url": "http://pages/h5/7"})
    bench.wire.script("/h5/7", *pages)

    async def story(connector: Connector) -> list[Probe]:
        assert connector.probe is not None
        return [await connector.probe.look("7") for _ in range(times)]

    return bench, bench.run(story)


def test_without_readable_pages_there_is_no_probe() -> None:
    assert Bench().connector.probe is None


@pytest.mark.parametrize("buyable", [True, False])
def test_a_page_tells_whether_a_buyer_can_buy(buyable: bool) -> None:
    words = "can be bought" if buyable else "cannot be bought"
    _, found = look({"product_id": "7", "buyable": buyable})
    assert found == [Probe(buyable, words, START)]


def test_the_link_is_asked_for_once_and_the_page_every_time_without_a_token() -> None:
    bench, found = look({"product_id": 7, "buyable": True}, {"product_id": 7, "buyable": False}, times=2)
    assert [probe.buyable for probe in found] == [True, False]
    assert len(bench.wire.bodies(LINK)) == 1
    assert [query for path, query, _ in bench.wire.calls if path == "/h5/7"] == [{}, {}]


@pytest.mark.parametrize(
    "page",
    [
        {"product_id": "8", "buyable": False},
        {"product_id": "7"},
        {"buyable": False},
        {"product_id": "7", "buyable": "false"},
        {"product_id": "7", "buyable": 0},
        {"product_id": "7", "buyable": None},
        b"<html>off the shelf</html>",
        b"",
        [],
        (404, {"product_id": "7", "buyable": False}),
        (500, b""),
        CUT,
    ],
)
def test_anything_else_does_not_tell(page: Any) -> None:
    _, found = look(page)
    assert [probe.buyable for probe in found] == [None]


@pytest.mark.parametrize(
    "link", [refusal(10020052), {**OK, "product_h5url": ""}, OK, {**OK, "product_h5url": "weixin://dl/7"}]
)
def test_without_a_link_it_cannot_be_told(link: Any) -> None:
    bench, found = look({"product_id": "7", "buyable": False}, link=link)
    assert [probe.buyable for probe in found] == [None]
    assert [path for path, _, _ in bench.wire.calls if path.startswith("/h5")] == []
