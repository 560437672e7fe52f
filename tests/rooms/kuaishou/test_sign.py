"""The signature: the worked examples of reference §1.3, and what a call carries."""

from __future__ import annotations

import pytest

from offshelf.platforms.kuaishou.sign import Algorithm, sign, signed, text_to_sign
from support.kuaishou_wire import APP_KEY, OK, SIGN_SECRET, Bench

TOKEN = "demoAccessToken_01"
STAMP = 1780000000000
SHELF = ("open.item.shelf.status.update", '{"kwaiItemId":24000000000001,"shelfStatus":0}')
SHOP = ("open.shop.info.get", "{}")
ORDERS = (
    "open.order.cursor.list",
    '{"orderViewStatus":3,"pageSize":50,"beginTime":1779400000000,"endTime":1780000000000,"cursor":"","remark":"停售"}',
)
VECTORS = [
    (SHELF, Algorithm.MD5, "fd1a6cf94d0059d1105c7a7ef983c86e"),
    (SHELF, Algorithm.HMAC_SHA256, "mNWMc/1C03LxaAsQjaF39K4ZEkSCbGgNk9gjHvRg8Vg="),
    (SHOP, Algorithm.MD5, "d10e89e8adb6dfa90a2a62402ee62d78"),
    (SHOP, Algorithm.HMAC_SHA256, "q7Pm2qBw1YpD5Lbj7ayw6y57zRBTVFYb0DxSv5RB7Sc="),
    (ORDERS, Algorithm.MD5, "3aa86e527bfe83c88df71be232ae4f46"),
]


def call(method: str, param: str, algorithm: Algorithm, **changed: str) -> dict[str, str]:
    params = signed(
        method,
        param,
        app_key=APP_KEY,
        token=TOKEN,
        sign_secret=SIGN_SECRET,
        timestamp_ms=STAMP,
        algorithm=algorithm,
    )
    return params | changed


@pytest.mark.parametrize(("what", "algorithm", "expected"), VECTORS)
def test_the_worked_examples(what: tuple[str, str], algorithm: Algorithm, expected: str) -> None:
    assert call(*what, algorithm)["sign"] == expected


def test_the_text_that_is_signed() -> None:
    assert text_to_sign(call(*SHELF, Algorithm.MD5), SIGN_SECRET) == (
        "access_token=demoAccessToken_01&appkey=ks600000000000000001&method=open.item.shelf.status.update"
        '&param={"kwaiItemId":24000000000001,"shelfStatus":0}&signMethod=MD5&timestamp=1780000000000&version=1'
        "&signSecret=demoSignSecret_7c1f"
    )


def test_a_value_that_is_none_is_left_out() -> None:
    params: dict[str, str | None] = {"signMethod": "MD5", "b": None, "a": "1"}
    assert text_to_sign(params, "s") == "a=1&signMethod=MD5&signSecret=s"


@pytest.mark.parametrize("name", ["access_token", "appkey", "method", "param", "timestamp", "version"])
@pytest.mark.parametrize("algorithm", Algorithm)
def test_one_character_more_is_another_signature(name: str, algorithm: Algorithm) -> None:
    params = call(*SHELF, algorithm)
    assert sign(params | {name: params[name] + " "}, SIGN_SECRET) != params["sign"]
    assert sign(params, SIGN_SECRET + "0") != params["sign"]


def test_another_algorithm_is_refused() -> None:
    with pytest.raises(ValueError, match="SHA1"):
        sign({"signMethod": "SHA1"}, SIGN_SECRET)


def test_a_post_is_sent_as_one_signed_form(bench: Bench) -> None:
    bench.wire.script(SHELF[0], OK)
    bench.run(lambda connector: connector.listings.take_off("24000000000001"))
    verb, _, public = bench.wire.calls[0]
    assert verb == "POST"
    assert sorted(public) == [
        *("access_token", "appkey", "method", "param", "sign", "signMethod", "timestamp", "version")
    ]
    assert public["param"] == SHELF[1]
    assert public["access_token"] == "canary-access-0"
    assert public["timestamp"] == "1795233620000"
    assert public["sign"] == sign(public, SIGN_SECRET)


def test_a_get_is_sent_in_the_query_and_signed_over_the_raw_text(bench: Bench) -> None:
    bench.wire.script("open.live.shop.item.check.oncar", {**OK, "data": {"liveCarItem": False}})
    bench.run(lambda connector: connector.live_cart.holds("24000000000001"))
    verb, _, public = bench.wire.calls[0]
    assert verb == "GET"
    assert public["sign"] == sign(public, SIGN_SECRET)
