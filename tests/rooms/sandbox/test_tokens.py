"""Tokens: who gets one, how long it lives, what kills it."""

from __future__ import annotations

import json

import pytest

from support.sandbox_desk import PRODUCT, SandboxDesk

LIST = PRODUCT + "list/get"


def test_a_stable_token_is_the_same_with_its_remaining_life(desk: SandboxDesk) -> None:
    first = desk.stable()
    desk.clock.advance(1000)
    second = desk.stable()
    assert second == {**first, "expires_in": 6200}
    assert first["expires_in"] == 7200


def test_in_the_last_five_minutes_old_and_new_are_both_good(desk: SandboxDesk) -> None:
    old = desk.stable()["access_token"]
    desk.clock.advance(7200 - 200)
    new = desk.stable()["access_token"]
    assert new != old
    assert [desk.code(LIST, token=token) for token in (old, new)] == [0, 0]
    desk.clock.advance(301)
    assert [desk.code(LIST, token=token) for token in (old, new)] == [42001, 0]


def test_forcing_kills_the_former_token(desk: SandboxDesk) -> None:
    old = desk.stable()["access_token"]
    new = desk.stable(force_refresh=True)["access_token"]
    assert desk.code(LIST, token=old) == 40001
    assert desk.code(LIST, token=new) == 0


def test_forcing_again_within_thirty_seconds_is_refused_and_changes_nothing(desk: SandboxDesk) -> None:
    token = desk.stable(force_refresh=True)["access_token"]
    desk.clock.advance(29)
    assert desk.stable(force_refresh=True)["errcode"] == 45011
    assert desk.code(LIST, token=token) == 0
    desk.clock.advance(1)
    assert desk.stable(force_refresh=True)["access_token"] != token


def test_the_twenty_first_forced_refresh_of_a_day_is_refused(desk: SandboxDesk) -> None:
    for _ in range(20):
        assert "access_token" in desk.stable(force_refresh=True)
        desk.clock.advance(30)
    assert desk.stable(force_refresh=True)["errcode"] == 45009
    desk.clock.advance(12 * 3600)
    assert "access_token" in desk.stable(force_refresh=True)


def test_plain_and_stable_tokens_leave_each_other_alone(desk: SandboxDesk) -> None:
    stable = desk.stable()["access_token"]
    plain = [_plain(desk)["access_token"] for _ in range(2)]
    assert len({stable, *plain}) == 3
    assert [desk.code(LIST, token=token) for token in (stable, *plain)] == [0, 0, 0]
    desk.clock.advance(301)
    assert [desk.code(LIST, token=token) for token in (stable, *plain)] == [0, 42001, 0]


def _plain(desk: SandboxDesk) -> dict[str, str]:
    query = "&".join(f"{name}={value}" for name, value in desk.credentials().items())
    reply = desk.raw("GET", "/cgi-bin/token", query)
    assert reply is not None
    answer: dict[str, str] = json.loads(reply.body)
    return answer


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"appid": "wx0"}, 40013),
        ({"appid": ""}, 41002),
        ({"secret": "wrong"}, 40001),
        ({"grant_type": "password"}, 40002),
        ({"force_refresh": "yes"}, 40097),
        ({"appid": 7}, 40097),
    ],
)
def test_wrong_credentials_are_refused(desk: SandboxDesk, change: dict[str, object], code: int) -> None:
    assert desk.stable(**change)["errcode"] == code
    assert desk.world.wechat.office.expire_all() == 0


def test_an_expired_token_and_all_expired_at_once(desk: SandboxDesk) -> None:
    token = desk.token()
    assert desk.world.wechat.office.expire_all() == 1
    assert desk.code(LIST, token=token) == 42001
    assert desk.stable()["access_token"] != token


def test_refreshes_are_counted_by_mode(desk: SandboxDesk) -> None:
    desk.stable()
    desk.stable()
    desk.stable(force_refresh=True)
    assert dict(desk.world.calls.tokens) == {"stable_normal": 2, "stable_forced": 1}


def test_a_short_lifetime_can_be_set() -> None:
    desk = SandboxDesk(token_seconds=40)
    token = desk.token()
    desk.clock.advance(39)
    assert desk.code(LIST, token=token) == 0
    desk.clock.advance(1)
    assert desk.code(LIST, token=token) == 42001
