"""Each fault: what the caller sees, and what really happened."""

from __future__ import annotations

import pytest

from offshelf.sandbox import FaultPlan, FaultRule
from offshelf.sandbox.douyin.state import Product
from support.douyin_desk import DouyinDesk, compact

OFFLINE, PATH = "product.setOffline", "/product/setOffline"


def _strike(desk: DouyinDesk, kind: str, path: str = PATH, **more: float) -> Product:
    desk.plan(FaultPlan((FaultRule(kind, path, **more),)))  # type: ignore[arg-type]
    return desk.product()


def _params(product: Product) -> dict[str, int]:
    return {"product_id": int(product.product_id)}


@pytest.mark.parametrize(("kind", "status"), [("drop_request", 0), ("drop_answer", 1)])
def test_no_answer(desk: DouyinDesk, kind: str, status: int) -> None:
    product = _strike(desk, kind)
    assert desk.call(OFFLINE, _params(product)) is None
    assert (product.status, len(desk.effects("listing"))) == (status, status)


def test_late_apply_does_it_later(desk: DouyinDesk) -> None:
    product = _strike(desk, "late_apply", seconds=30)
    assert desk.call(OFFLINE, _params(product)) is None
    desk.advance(29)
    assert product.status == 0
    desk.advance(1)
    assert (product.status, desk.effects("listing")[0].actor) == (1, "api")


def test_late_apply_that_comes_too_late_is_refused_silently(desk: DouyinDesk) -> None:
    product = _strike(desk, "late_apply", first=1, seconds=30)
    assert desk.call(OFFLINE, _params(product)) is None
    assert desk.code(OFFLINE, _params(product)) == "10000"
    desk.advance(30)
    assert len(desk.effects("listing")) == 1


def test_accept_and_ignore_lies(desk: DouyinDesk) -> None:
    product = _strike(desk, "accept_and_ignore")
    answer = desk.call(OFFLINE, _params(product))
    assert (answer["code"], answer["data"], product.status, desk.effects()) == (10000, {}, 0, [])


@pytest.mark.parametrize(
    ("kind", "method", "code", "sub_code"),
    [
        ("throttle", OFFLINE, 50002, "isv.business-failed:2010401"),
        ("throttle", "order.searchList", 60000, "isv.traffic-limited"),
        ("throttle", "token.create", 60000, "isv.traffic-limited"),
        ("system_busy", OFFLINE, 50002, "isv.business-failed:2010002"),
        ("system_busy", "product.listV2", 20000, "isp.service-error:2010001"),
        ("system_busy", "order.searchList", 20000, "isp.service-error:20004"),
        ("system_busy", "buyin.simplePlanList", 20000, "isp.service-error:256"),
        ("system_busy", "open.getAuthInfo", 20000, "dop.service-error"),
    ],
)
def test_refusals_out_of_the_blue(desk: DouyinDesk, kind: str, method: str, code: int, sub_code: str) -> None:
    product = _strike(desk, kind, "/")
    answer = desk.call(method, _params(product))
    assert (answer["code"], answer["sub_code"], product.status) == (code, sub_code, 0)


@pytest.mark.parametrize(
    ("kind", "status", "start", "after"),
    [
        ("error_after_effect", 500, b"<html>", 1),
        ("html_error", 200, b"<html>", 0),
        ("empty_200", 200, b"", 0),
    ],
)
def test_answers_that_are_no_envelope(
    desk: DouyinDesk, kind: str, status: int, start: bytes, after: int
) -> None:
    product = _strike(desk, kind)
    reply = desk.send(OFFLINE, compact(_params(product)))
    assert reply is not None
    assert (reply.status, reply.body[: len(start) or 1], product.status) == (status, start, after)


def test_unknown_enum_bends_every_state_and_changes_nothing(desk: DouyinDesk) -> None:
    product = _strike(desk, "unknown_enum", "*")
    shown = desk.data("product.detail", {"product_id": product.product_id})
    assert (shown["status"], shown["check_status"], shown["draft_status"]) == (77, 77, 77)
    row = desk.data("product.listV2", {"page": 1, "size": 1})["data"][0]
    assert (row["status"], row["check_status"], row["product_type"]) == (77, 77, 0)
    since = int(desk.engine.time.now()) - 86_400
    order = desk.data("order.searchList", {"page": 0, "size": 1, "create_time_start": since})
    assert order["shop_order_list"][0]["sku_order_list"][0]["order_status"] == 77
    assert (product.status, desk.effects()) == (0, [])


def test_writes_only_kinds_leave_reads_alone(desk: DouyinDesk) -> None:
    product = _strike(desk, "accept_and_ignore", "*")
    assert desk.data("product.detail", {"product_id": product.product_id})["status"] == 0


def test_a_stock_answer_that_was_lost_cannot_double(desk: DouyinDesk) -> None:
    product = _strike(desk, "drop_answer", "/sku/syncStock", first=1)
    sku = product.skus[0]
    before = sku.normal
    params = {"sku_id": int(sku.sku_id), "stock_num": 5, "incremental": True, "idempotent_id": "once"}
    assert desk.call("sku.syncStock", params) is None
    assert desk.code("sku.syncStock", params) == "40004:40010"
    assert (sku.normal, len(desk.effects("stock.add"))) == (before + 5, 1)


def test_calls_are_counted_by_outcome(desk: DouyinDesk) -> None:
    product = _strike(desk, "drop_answer", first=1)
    for _ in range(2):
        desk.call(OFFLINE, _params(product))
    report = desk.engine.calls.report()
    assert report["paths"][PATH] == {"drop_answer": 1, "isv.parameter-invalid:2010021": 1}
