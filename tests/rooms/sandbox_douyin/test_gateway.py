"""The gateway refuses what the real one refuses: signatures, public parameters, types, tokens, speed."""

from __future__ import annotations

import json

import pytest

from offshelf.sandbox import QuotaPlan
from offshelf.sandbox.douyin import DouyinSettings
from offshelf.sandbox.douyin.signature import sign
from support.douyin_desk import DouyinDesk, compact, signed

KEY, SECRET = "1111111111111111111", "example-secret-0001"
LOCKS = "product.batchGetProductLocks"
# Reference §1.3: method, parameters, hmac-sha256, md5.
VECTORS = [
    (
        "product.setOffline",
        {"product_id": 3600000000000000001},
        "34bbc0c90af8e95f726fc53a3c7822f2dac0233958c390df6a74e84ad6190a86",
        "937165c0c26555102dd8a1601348c9a2",
    ),
    (
        "product.listV2",
        {"status": 0, "page": 1, "size": 100, "check_status": 3},
        "e0cb3e304ec02c01f77bda62fe669fd6137ff1b49cf949455a4d00f41fdaad3f",
        "0396a54ad472f44a1845cc546f592fb6",
    ),
]


@pytest.mark.parametrize(("method", "params", "strong", "plain"), VECTORS)
def test_the_published_example_is_what_both_signers_say(
    method: str, params: dict[str, int], strong: str, plain: str
) -> None:
    body = compact(params)
    for way, wanted in (("hmac-sha256", strong), ("md5", plain)):
        assert sign(KEY, SECRET, method, body, "1700000000", way) == wanted
        assert signed(way, KEY, SECRET, method, body, "1700000000") == wanted


@pytest.mark.parametrize(
    "change",
    [
        {"way": "hmac-sha256"},
        {"way": "md5"},
        {"way": "md5", "sign_method": ""},
        {"stamp": "2026-11-21 12:09:59"},
    ],
)
def test_every_way_to_sign_is_accepted(desk: DouyinDesk, change: dict[str, str]) -> None:
    assert desk.code("product.listV2", {"page": 1, "size": 1}, **change) == "10000"


def test_one_changed_character_anywhere_is_refused(desk: DouyinDesk) -> None:
    body = compact({"page": 1, "size": 10, "name": "茶"})
    right = signed("md5", KEY, SECRET, "product.listV2", body, "1")
    assert desk.code("product.listV2", {"page": 1, "size": 10, "name": "茶"}) == "10000"
    wrong = [
        {"sign": right},
        {"timestamp": str(int(desk.engine.time.now()) + 1)},
        {"sign_method": "md5"},
    ]
    for change in wrong:
        answer = desk.call("product.listV2", {"page": 1, "size": 10, "name": "茶"}, **change)
        assert (answer["code"], answer["sub_code"]) == (40003, "isv.signature-invalid")


def test_a_body_changed_on_its_way_is_refused(desk: DouyinDesk) -> None:
    product = desk.product()
    request = desk.request("product.setOffline", compact({"product_id": int(product.product_id)}))
    other = request._replace(body=request.body.replace(b"36", b"37", 1))
    replies = [desk.platform.answer(one) for one in (other, request)]
    codes = [json.loads(reply.body)["code"] for reply in replies if reply is not None]
    assert (codes, product.status) == ([40003, 10000], 1)


@pytest.mark.parametrize(
    ("body", "sub_code"),
    [
        (b'{"size":1,"page":1}', "isv.signature-invalid"),  # keys not sorted
        (b'{"page":1,"query_options":{"b":1,"a":1},"size":1}', "isv.signature-invalid"),  # nor below
        (b'{"page":1,"product_id":[{"b":1,"a":1}],"size":1}', "isv.signature-invalid"),  # nor in lists
        (b'{"page":1,"page":1,"size":1}', "isv.signature-invalid"),
        (b'{"page": 1,"size":1}', "isv.signature-invalid"),
        (b'{"page":1,"size":1}\n', "isv.signature-invalid"),
        (b'[{"page":1}]', "isv.parameter-format-invalid"),
        (b'{"page":1,', "isv.parameter-format-invalid"),
        (b'{"page":NaN,"size":1}', "isv.parameter-format-invalid"),
        (b'{"page":"1","size":1}', "isv.parameter-format-invalid"),  # a number is a number
        (b'{"page":1.0,"size":1}', "isv.parameter-format-invalid"),
        (b'{"page":true,"size":1}', "isv.parameter-format-invalid"),
        (b'{"page":1,"product_id":[1],"size":1}', "isv.parameter-format-invalid"),  # text in this list
    ],
)
def test_bodies_that_are_refused_although_signed(desk: DouyinDesk, body: bytes, sub_code: str) -> None:
    reply = desk.send("product.listV2", body)
    assert reply is not None
    answer = json.loads(reply.body)
    assert (answer["code"], answer["sub_code"]) == (40003, sub_code)


@pytest.mark.parametrize(
    "body", [b'{"name":"a b","page":1,"size":1}', b'{"name":"\\u8336","page":1,"size":1}']
)
def test_blanks_and_escapes_inside_texts_are_fine(desk: DouyinDesk, body: bytes) -> None:
    reply = desk.send("product.listV2", body)
    assert reply is not None
    assert json.loads(reply.body)["code"] == 10000


@pytest.mark.parametrize(
    ("change", "code", "sub_code"),
    [
        ({"verb": "GET"}, 40003, "isv.parameter-invalid"),
        ({"app_key": ""}, 40001, "isv.app-id-missing"),
        ({"method": ""}, 40001, "isv.parameter-missing"),
        ({"timestamp": ""}, 40001, "isv.parameter-missing"),
        ({"v": ""}, 40001, "isv.parameter-missing"),
        ({"sign": ""}, 40001, "isv.signature-missing"),
        ({"access_token": ""}, 40001, "isv.access-token-missing"),
        ({"app_key": "7"}, 40003, "isv.app-id-invalid"),
        ({"v": "1"}, 40003, "isv.parameter-invalid"),
        ({"method": "product.detail"}, 40003, "isv.parameter-invalid"),
        ({"path": "/product/listv2"}, 40003, "isv.parameter-invalid"),
        ({"sign_method": "sha1"}, 40003, "isv.parameter-invalid"),
        ({"sign": "0" * 64}, 40003, "isv.signature-invalid"),
        ({"stamp": "20261121"}, 40003, "isv.timestamp-invalid"),
        ({"stamp": "2026-11-21T12:00:00"}, 40003, "isv.timestamp-format-error"),
        ({"stamp": "2026-11-31 12:00:00"}, 40003, "isv.timestamp-format-error"),
        ({"stamp": "2026-11-21 12:10:01"}, 40003, "isv.timestamp-invalid"),
        ({"stamp": "2026-11-21 04:00:00"}, 40003, "isv.timestamp-invalid"),  # Beijing time is meant
        ({"access_token": "nobody"}, 40003, "isv.access-token-no-existed"),
    ],
)
def test_public_parameters(desk: DouyinDesk, change: dict[str, str], code: int, sub_code: str) -> None:
    answer = desk.call("product.listV2", {"page": 1, "size": 1}, **change)
    assert (answer["code"], answer["sub_code"]) == (code, sub_code)


@pytest.mark.parametrize(("seconds", "code"), [(-601, 40003), (-600, 10000), (600, 10000), (601, 40003)])
def test_ten_minutes_of_skew(desk: DouyinDesk, seconds: int, code: int) -> None:
    stamp = str(int(desk.engine.time.now()) + seconds)
    assert desk.call("product.listV2", {"page": 1, "size": 1}, stamp=stamp)["code"] == code


def test_an_empty_body_is_a_missing_parameter(desk: DouyinDesk) -> None:
    reply = desk.send("product.listV2", b"")
    assert reply is not None
    assert json.loads(reply.body)["sub_code"] == "isv.parameter-missing"


@pytest.mark.parametrize(
    ("method", "params", "code"),
    [
        ("product.setOffline", {}, "40004:20024"),
        ("product.listV2", {"page": 1}, "40002:2010004"),
        (LOCKS, {}, "40002:2010004"),
        ("sku.syncStockBatch", {"product_id": 1}, "40002:2010004"),
        ("order.orderDetail", {}, "40002:2010004"),
        ("order.orderDetail", {"shop_order_id": 1}, "40003"),
        ("product.detail", {"product_id": 1}, "40003"),
        ("product.setOffline", {"product_id": "3600000000000000001"}, "40003"),
        ("product.setOffline", {"product_id": 2**63}, "40003"),
        ("afterSale.Detail", {"after_sale_id": 7100000000000000031}, "40003"),
    ],
)
def test_missing_and_wrongly_typed_parameters(
    desk: DouyinDesk, method: str, params: dict[str, object], code: str
) -> None:
    assert desk.code(method, params) == code
    assert desk.effects() == []


def test_the_envelope_has_a_trace_and_for_some_methods_the_old_fields(desk: DouyinDesk) -> None:
    answers = [
        desk.call(method, params)
        for method, params in (
            ("product.listV2", {"page": 1, "size": 1}),
            ("afterSale.List", {"page": 0, "size": 1}),
            ("buyin.simplePlanList", {}),
            ("open.getAuthInfo", {}),
        )
    ]
    assert all(len(answer["log_id"]) == 34 for answer in answers)
    assert len({answer["log_id"] for answer in answers}) == 4
    assert {answer.get("err_no") for answer in answers} == {0, None}


def test_methods_nobody_granted_and_addresses_nobody_listed() -> None:
    desk = DouyinDesk(DouyinSettings(denied=("buyin.simplePlanList",)), ip_allow=("10.0.0.0/8",))
    assert desk.call("token.create", {})["sub_code"] == "isv.invalid_ip"
    desk = DouyinDesk(DouyinSettings(denied=("buyin.simplePlanList",)))
    answer = desk.call("buyin.simplePlanList")
    assert (answer["code"], answer["sub_code"]) == (30001, "isv.app-permissions-insufficient")


@pytest.mark.parametrize(
    ("quotas", "code", "sub_code"),
    [
        ("product/setOffline=2/60s", 60000, "isv.traffic-limited"),
        ("product/setOffline=hidden 2/60s", 50002, "isv.business-failed:2010401"),
    ],
)
def test_both_forms_of_throttling(quotas: str, code: int, sub_code: str) -> None:
    desk = DouyinDesk(quotas=QuotaPlan.parse(quotas))
    product = desk.product()
    params = {"product_id": int(product.product_id)}
    first = [desk.code("product.setOffline", {"product_id": 1}) for _ in range(2)]
    answer = desk.call("product.setOffline", params)
    assert (first, answer["code"], answer["sub_code"]) == (["50002:2010064"] * 2, code, sub_code)
    assert (product.status, desk.effects()) == (0, [])
    desk.advance(60)
    assert desk.code("product.setOffline", params) == "10000"


def test_what_is_whose() -> None:
    desk = DouyinDesk()
    wanted = {
        "/product/setOffline": True,
        "/product/none": True,
        "/open/getAuthInfo": True,
        "/open/item/get": False,
    }
    assert {path: desk.platform.owns(path) for path in wanted} == wanted
