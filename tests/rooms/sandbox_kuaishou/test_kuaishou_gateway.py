"""The gate of the Kuaishou sandbox: signature, public parameters, verbs, forms, scopes, throttles, faults."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from offshelf.sandbox import FaultPlan, FaultRule, QuotaPlan
from offshelf.sandbox.kuaishou import KuaishouSettings
from offshelf.sandbox.kuaishou.signature import sign
from rooms.sandbox_kuaishou.ks_desk import FORM, GET, NOW, SHELF, Desk, seal

INFO = "open.shop.info.get"
LIST_PARAM = (
    '{"orderViewStatus":3,"pageSize":50,"beginTime":1779400000000,"endTime":1780000000000,'
    '"cursor":"","remark":"停售"}'
)


@pytest.mark.parametrize(
    ("method", "param", "how", "wanted"),
    [
        (SHELF, '{"kwaiItemId":24000000000001,"shelfStatus":0}', "MD5", "fd1a6cf94d0059d1105c7a7ef983c86e"),
        (
            SHELF,
            '{"kwaiItemId":24000000000001,"shelfStatus":0}',
            "HMAC_SHA256",
            "mNWMc/1C03LxaAsQjaF39K4ZEkSCbGgNk9gjHvRg8Vg=",
        ),
        (INFO, "{}", "MD5", "d10e89e8adb6dfa90a2a62402ee62d78"),
        (INFO, "{}", "HMAC_SHA256", "q7Pm2qBw1YpD5Lbj7ayw6y57zRBTVFYb0DxSv5RB7Sc="),
        ("open.order.cursor.list", LIST_PARAM, "MD5", "3aa86e527bfe83c88df71be232ae4f46"),
    ],
)
def test_vectors_of_the_reference(method: str, param: str, how: str, wanted: str) -> None:
    given = {
        "access_token": "demoAccessToken_01",
        "appkey": "ks600000000000000001",
        "method": method,
        "param": param,
        "signMethod": how,
        "timestamp": "1780000000000",
        "version": "1",
    }
    assert sign(given, "demoSignSecret_7c1f") == wanted == seal(given, "demoSignSecret_7c1f")


@pytest.mark.parametrize("how", ["MD5", "HMAC_SHA256"])
def test_a_signature_is_accepted_and_one_character_more_or_other_is_refused(desk: Desk, how: str) -> None:
    given = desk.signed(INFO, {}, signMethod=how)
    assert desk.send("GET", INFO, given)["result"] == 1
    for name, value in given.items():
        last = "1" if value[-1] != "1" else "2"
        assert desk.send("GET", INFO, {**given, name: value[:-1] + last})["result"] != 1, name
    changed = {**given, "param": "{ }"}
    refused = desk.send("GET", INFO, changed)
    assert (refused["result"], refused["error_msg"]) == (27, "验签失败")


@pytest.mark.parametrize(
    "name", ["appkey", "method", "version", "param", "access_token", "timestamp", "signMethod", "sign"]
)
def test_every_public_parameter_is_required(desk: Desk, name: str) -> None:
    given = desk.signed(INFO, {})
    del given[name]
    assert desk.send("GET", INFO, given)["result"] == 14


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("version", "2", 13),
        ("timestamp", "1780000000", 13),
        ("timestamp", "17800000000000", 13),
        ("signMethod", "hmac_sha256", 13),
        ("method", GET, 13),
        ("appkey", "ks1", 22),
        ("access_token", "ChFvnobody", 22),
        ("param", "[]", 13),
        ("param", "{", 13),
    ],
)
def test_public_parameters_are_checked_though_signed(desk: Desk, name: str, value: str, code: int) -> None:
    assert desk.get(INFO, {}, **{name: value})["result"] == code


def test_a_clock_that_is_off_is_refused_only_where_set() -> None:
    late = str(NOW - 700_000)
    assert Desk().get(INFO, {}, timestamp=late)["result"] == 1
    strict = Desk(KuaishouSettings(clock_skew_seconds=600.0))
    assert strict.get(INFO, {}, timestamp=late)["result"] == 13
    assert strict.get(INFO)["result"] == 1


def _post(desk: Desk, query: dict[str, str], body: str, content_type: str) -> Any:
    path = "/" + SHELF.replace(".", "/")
    reply = desk.raw("POST", path, urlencode(query), body, content_type=content_type)
    assert reply is not None
    return json.loads(reply.body)["result"]


def test_writes_are_forms_and_nothing_else(desk: Desk) -> None:
    item = desk.item()
    given = desk.signed(SHELF, {"kwaiItemId": int(item.item_id), "shelfStatus": 0})
    form = FORM["content-type"]
    rest = {name: value for name, value in given.items() if name != "appkey"}
    assert _post(desk, given, "", form) == 13  # everything in the query
    assert _post(desk, {}, json.dumps(given), "application/json") == 400
    assert _post(desk, {}, urlencode(given), "") == 400
    assert _post(desk, {"method": SHELF}, urlencode(given), form) == 13  # twice
    assert desk.send("GET", SHELF, given)["result"] == 400
    assert item.shelf == 1
    assert desk.effects() == []
    # The official client keeps the appkey in the query.
    assert _post(desk, {"appkey": given["appkey"]}, urlencode(rest), form) == 1
    assert item.shelf == 0


def test_reads_are_not_posted_and_unknown_paths_are_refused(desk: Desk) -> None:
    assert desk.post(GET, {"kwaiItemId": 1})["result"] == 400
    assert desk.get("open.item.nothing")["result"] == 400


def test_a_token_speaks_only_for_its_scopes(desk: Desk) -> None:
    code = desk.platform.grants.new_code(desk.identity.app_key, ("merchant_item_basic",))
    token = desk.oauth("access_token", grant_type="code", code=code)["access_token"]
    item = int(desk.item().item_id)
    assert desk.get(GET, {"kwaiItemId": item}, access_token=token)["result"] == 1
    refused = desk.get(INFO, {}, access_token=token)
    assert (refused["result"], refused["error_msg"]) == (25, "token中无scope权限")


def test_success_is_written_in_many_ways(desk: Desk) -> None:
    item = int(desk.item().item_id)
    answers = [
        desk.get(INFO),
        desk.get("open.score.shop.get"),
        desk.get("open.user.seller.get"),
        desk.get(GET, {"kwaiItemId": item}),
        desk.get("open.item.list.get"),
        desk.get("open.photo.list"),
        desk.post("open.item.video.list"),
    ]
    assert {answer["result"] for answer in answers} == {1}
    assert len({answer["error_msg"] for answer in answers}) > 1
    assert answers[-1]["code"].startswith("S-")


@pytest.mark.parametrize(
    ("plan", "method", "code", "words"),
    [
        ("shelf/status/update=1/1s", SHELF, 1016, "Exceed qps limit, KEY [apiId:"),
        ("shelf/status/update=1/day", SHELF, 1017, "[1017] exceed quota limit,[apiId:"),
        ("*=1/1s", "open.order.detail", 8, "网络繁忙"),
        ("*=1/1s", "open.seller.order.refund.detail", 16, "请求过于频繁"),
    ],
)
def test_throttles(plan: str, method: str, code: int, words: str) -> None:
    desk = Desk(quotas=QuotaPlan.parse(plan))
    call = desk.post if method == SHELF else desk.get
    assert call(method, {})["result"] in {14, 300006}
    answer = call(method, {})
    assert (answer["result"], answer["error_msg"].startswith(words)) == (code, True)


def _take_off(rule: FaultRule) -> tuple[Desk, Any, int]:
    desk = Desk(faults=FaultPlan((rule,)))
    desk.token = desk.grant()["access_token"]
    item = desk.item()
    given = desk.signed(SHELF, {"kwaiItemId": int(item.item_id), "shelfStatus": 0})
    reply = desk.raw(
        "POST", "/" + SHELF.replace(".", "/"), "", urlencode(given), content_type=FORM["content-type"]
    )
    return desk, reply, item.shelf


PATH = "/open/item/shelf"


@pytest.mark.parametrize(
    ("kind", "status", "start", "shelf"),
    [
        ("drop_request", None, b"", 1),
        ("drop_answer", None, b"", 0),
        ("accept_and_ignore", 200, b'{"result":1,', 1),
        ("error_after_effect", 500, b"<html>", 0),
        ("html_error", 200, b"<html>", 1),
        ("empty_200", 200, b"", 1),
        ("throttle", 200, b'{"result":1016,', 1),
        ("system_busy", 200, b'{"result":11,', 1),
    ],
)
def test_faults_and_what_really_happened(kind: str, status: int | None, start: bytes, shelf: int) -> None:
    desk, reply, now = _take_off(FaultRule(kind, PATH))
    assert now == shelf
    assert len(desk.effects("listing.off")) == 1 - shelf
    if status is None:
        assert reply is None
    else:
        assert (reply.status, reply.body[: len(start) or 1]) == (status, start)


def test_late_apply_does_it_later() -> None:
    desk, reply, shelf = _take_off(FaultRule("late_apply", PATH, seconds=30))
    assert (reply, shelf, desk.effects()) == (None, 1, [])
    desk.engine.time.advance(30)
    assert [effect[:2] for effect in desk.effects()] == [("api", "listing.off")]


def test_unknown_enum_bends_states_and_changes_nothing() -> None:
    desk = Desk(faults=FaultPlan((FaultRule("unknown_enum"),)))
    item = desk.item()
    shown = desk.get(GET, {"kwaiItemId": int(item.item_id)})["data"]
    assert (shown["onOfflineStatus"], shown["auditStatus"], item.shelf) == (77, 77, 1)


def test_the_books_count_calls_and_outcomes(desk: Desk) -> None:
    desk.get(INFO)
    desk.get(GET, {})
    assert desk.engine.calls.outcomes["/open/shop/info/get", "1"] == 1
    assert desk.engine.calls.outcomes["/open/item/get", "14"] == 1
