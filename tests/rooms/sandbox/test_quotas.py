"""Quotas: the string, fixed windows, what is told and what is hidden."""

from __future__ import annotations

from typing import Any

import pytest

from offshelf.kit.errors import UsageError
from offshelf.sandbox import QuotaPlan
from support.sandbox_desk import PRODUCT, SandboxDesk

LIST = PRODUCT + "list/get"


def _desk(text: str) -> SandboxDesk:
    return SandboxDesk(quotas=QuotaPlan.parse(text))


def _codes(desk: SandboxDesk, count: int, path: str = LIST) -> list[int]:
    return [desk.code(path, {}) for _ in range(count)]


def _told(desk: SandboxDesk, path: str = LIST) -> Any:
    return desk.call("/cgi-bin/openapi/quota/get", {"cgi_path": path})


def test_a_rate_refuses_with_45011_until_the_fixed_window_ends() -> None:
    desk = _desk("product/list/get=2/60s")
    desk.clock.advance(50)
    assert _codes(desk, 3) == [0, 0, 45011]
    desk.clock.advance(10)
    assert _codes(desk, 3) == [0, 0, 45011]


def test_a_refused_call_is_not_counted() -> None:
    desk = _desk("product/list/get=2/60s,3/day")
    assert _codes(desk, 5) == [0, 0, 45011, 45011, 45011]
    assert _told(desk)["quota"] == {"daily_limit": 3, "used": 2, "remain": 1}


def test_a_daily_quota_refuses_with_45009_until_midnight_in_shanghai() -> None:
    desk = _desk("product/list/get=1/day")
    assert _codes(desk, 2) == [0, 45009]
    desk.clock.advance(12 * 3600 - 1)
    desk.stable()
    assert _codes(desk, 1, PRODUCT + "getauditquota") == [42001]
    desk._tokens.clear()
    assert _codes(desk, 1) == [45009]
    desk.clock.advance(1)
    assert _codes(desk, 1) == [0]


def test_declared_limits_are_told_and_hidden_ones_are_not() -> None:
    desk = _desk("product/list/get=600/60s,1000/day,hidden 1/1s")
    assert _codes(desk, 2) == [0, 45011]
    assert _told(desk) == {
        "errcode": 0,
        "errmsg": "ok",
        "quota": {"daily_limit": 1000, "used": 1, "remain": 999},
        "rate_limit": {"call_count": 600, "refresh_second": 60},
        "component_rate_limit": {"call_count": 0, "refresh_second": 0},
    }


def test_star_counts_every_path_for_itself_and_all_counts_them_together() -> None:
    alone = _desk("*=1/60s")
    assert _codes(alone, 2) == [0, 45011]
    assert _codes(alone, 1, PRODUCT + "getauditquota") == [0]
    together = _desk("all=hidden 1/60s")
    assert _codes(together, 1) == [0]
    assert _codes(together, 1, PRODUCT + "getauditquota") == [45011]


def test_accounts_have_quotas_of_their_own() -> None:
    desk = _desk("all=1/60s")
    window = "/channels/ec/window/product/list/get"
    assert _codes(desk, 2) == [0, 45011]
    assert desk.code(window, {"page_size": 1}, account="assistant") == 0


def test_clearing_one_path_frees_only_that_path() -> None:
    desk = _desk("*=1/day")
    assert [*_codes(desk, 1), *_codes(desk, 1, PRODUCT + "getauditquota")] == [0, 0]
    assert desk.code("/cgi-bin/openapi/quota/clear", {"cgi_path": LIST}) == 0
    assert _codes(desk, 2) == [0, 45009]
    assert _codes(desk, 1, PRODUCT + "getauditquota") == [45009]


def test_the_fifty_first_clear_of_a_day_is_refused(desk: SandboxDesk) -> None:
    codes = [desk.code("/cgi-bin/openapi/quota/clear", {"cgi_path": LIST}) for _ in range(51)]
    assert codes == [0] * 50 + [48006]


@pytest.mark.parametrize(
    ("path", "code"),
    [("", 76003), ("product/get", 76003), ("/none", 76021), ("/channels/ec/window/product/get", 76022)],
)
def test_quota_of_paths_that_are_not_ours(desk: SandboxDesk, path: str, code: int) -> None:
    assert desk.code("/cgi-bin/openapi/quota/get", {"cgi_path": path}) == code


def test_without_a_plan_nothing_throttles(desk: SandboxDesk) -> None:
    assert set(_codes(desk, 300)) == {0}
    assert _told(desk)["quota"]["used"] == 300


@pytest.mark.parametrize("text", ["product/get", "=1/60s", "a=1", "a=1/0s", "a=1/60", "a=x/60s", "a=1/2day"])
def test_a_plan_that_cannot_be_read(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        QuotaPlan.parse(text)
    assert caught.value.code == "sandbox.quota_plan"
