"""Tokens: the same pair until the last hour, an old pair that lives on for one, and refusals by name."""

from __future__ import annotations

from typing import Any

import pytest

from support.douyin_desk import DouyinDesk

HOUR, DAY = 3_600, 86_400
PING = ("product.listV2", {"page": 1, "size": 1})


def _refresh(desk: DouyinDesk, token: str) -> Any:
    return desk.call("token.refresh", {"grant_type": "refresh_token", "refresh_token": token})


def _pair(data: dict[str, Any]) -> tuple[str, str]:
    return data["access_token"], data["refresh_token"]


def test_a_pair_lives_seven_days_and_tells_what_is_left(desk: DouyinDesk) -> None:
    first = desk.create()
    desk.advance(DAY)
    again = desk.create()
    assert (first["expires_in"], again["expires_in"]) == (7 * DAY, 6 * DAY)
    assert _pair(first) == _pair(again)
    assert (first["shop_id"], again["shop_name"]) == (desk.identity["account_id"], desk.identity["name"])
    desk.advance(6 * DAY)
    answer = desk.call(*PING, token=first["access_token"])
    assert (answer["code"], answer["sub_code"]) == (40003, "isv.access-token-expired")


def test_refreshing_early_changes_nothing(desk: DouyinDesk) -> None:
    first = desk.create()
    desk.advance(7 * DAY - HOUR - 1)
    data = _refresh(desk, first["refresh_token"])["data"]
    assert (_pair(data), data["expires_in"]) == (_pair(first), HOUR + 1)
    assert data["shop_id"] == int(desk.identity["account_id"])  # a number here, a text at creation


def test_refreshing_in_the_last_hour_lets_the_old_pair_live_one_hour_more(desk: DouyinDesk) -> None:
    first = desk.create()
    desk.advance(7 * DAY - HOUR // 2)
    second = _refresh(desk, first["refresh_token"])["data"]
    assert _pair(second) != _pair(first)
    assert second["expires_in"] == 7 * DAY
    assert _pair(_refresh(desk, first["refresh_token"])["data"]) == _pair(second)
    desk.advance(HOUR - 1)
    codes = [desk.call(*PING, token=one["access_token"])["code"] for one in (first, second)]
    desk.advance(1)
    codes += [desk.call(*PING, token=one["access_token"])["code"] for one in (first, second)]
    assert codes == [10000, 10000, 40003, 10000]
    assert _refresh(desk, first["refresh_token"])["sub_code"] == "dop.token-generate-failed:token-expired"


def test_refreshing_after_the_end_kills_the_old_pair_at_once(desk: DouyinDesk) -> None:
    first = desk.create()
    desk.advance(7 * DAY + 1)
    second = _refresh(desk, first["refresh_token"])["data"]
    assert desk.call(*PING, token=second["access_token"])["code"] == 10000
    assert desk.call(*PING, token=first["access_token"])["sub_code"] == "isv.access-token-no-existed"
    assert _refresh(desk, first["refresh_token"])["sub_code"] == "dop.token-generate-failed:token-invalid"


def test_a_refresh_token_lives_fourteen_days(desk: DouyinDesk) -> None:
    first = desk.create()
    desk.advance(14 * DAY)
    answer = _refresh(desk, first["refresh_token"])
    assert (answer["code"], answer["sub_code"]) == (50001, "dop.token-generate-failed:token-expired")
    assert _pair(desk.create()) != _pair(first)


@pytest.mark.parametrize(
    ("change", "code", "why"),
    [
        ({"grant_type": "authorization_code", "code": "x"}, 50001, "code-invalid"),
        ({"grant_type": "password"}, 50001, "grant-type-invalid"),
        ({"code": None}, 50001, "grant-type-invalid"),
        ({"shop_id": "1"}, 50001, "no-authorization"),
        ({"grant_type": ""}, 40002, "2010004"),
    ],
)
def test_what_gives_no_token(desk: DouyinDesk, change: dict[str, object], code: int, why: str) -> None:
    params = {"grant_type": "authorization_self", "code": "", **change}
    answer = desk.call("token.create", params)
    assert (answer["code"], answer["sub_code"].partition(":")[2]) == (code, why)


def test_expiring_all_tokens_leaves_the_refresh_token_alive(desk: DouyinDesk) -> None:
    first = desk.create()
    assert desk.platform.expire_tokens() == 1
    assert desk.call(*PING, token=first["access_token"])["sub_code"] == "isv.access-token-expired"
    assert _refresh(desk, first["refresh_token"])["code"] == 10000
    assert desk.engine.calls.tokens == {"douyin.create": 1, "douyin.refresh": 1}


def test_a_token_of_another_app_is_refused() -> None:
    desk = DouyinDesk(shops=2)
    mine = desk.create()
    desk.identity = desk.platform.identities()[1]
    answer = desk.call(*PING, token=mine["access_token"])
    assert (answer["code"], answer["sub_code"]) == (40003, "isv.access-token-invalid")


def test_a_revoked_grant_stops_calls_and_tokens_until_it_is_given_back(desk: DouyinDesk) -> None:
    token, product = desk.token(), desk.product()
    refresh = desk.create()["refresh_token"]
    desk.operate(product, "revoke_grant")
    assert desk.call(*PING, token=token)["sub_code"] == "dop.authorization-closed"
    assert _refresh(desk, refresh)["sub_code"] == "dop.token-generate-failed:no-authorization"
    assert desk.call("token.create", {"code": "", "grant_type": "authorization_self"})["code"] == 50001
    desk.operate(product, "restore_grant")
    assert desk.call(*PING, token=token)["code"] == 10000
