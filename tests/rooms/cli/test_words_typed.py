"""What people type: values in English or Chinese, and instants from now or by the calendar."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from offshelf.cli.choices import Choice
from offshelf.cli.instants import read_instant
from offshelf.cli.tree import tree
from offshelf.kit.errors import UsageError
from offshelf.vocabulary.plans import PlanState, Reason
from offshelf.vocabulary.shops import Platform
from support.cli_house import Cli, House

NOW = datetime(2026, 11, 21, 2, tzinfo=UTC)
REASONS = Choice(Reason, "reason")
STATES = Choice(PlanState, "state")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("safety", Reason.SAFETY),
        ("SAFETY", Reason.SAFETY),
        ("安全", Reason.SAFETY),
        ("安全问题", Reason.SAFETY),
        ("换季", Reason.SEASON),
        ("sold out", Reason.SOLD_OUT),
        ("sold-out", Reason.SOLD_OUT),
        ("售罄", Reason.SOLD_OUT),
    ],
)
def test_a_value_is_known_by_its_words(typed: str, meant: Reason) -> None:
    assert REASONS(typed) is meant


def test_a_whole_word_goes_before_a_piece_of_another() -> None:
    """橱窗 is a kind of its own and stands in 达人橱窗 too."""
    kinds = Choice(("showcase", "creator_showcase"), "place")
    assert (kinds("橱窗"), kinds("达人")) == ("showcase", "creator_showcase")


def test_a_piece_that_fits_several_is_refused_with_the_list() -> None:
    with pytest.raises(UsageError) as refused:
        STATES("完成")
    assert refused.value.code == "cli.ambiguous_choice"
    assert refused.value.params["choices"] == "incomplete 已执行完，未全部完成, done 已完成"


@pytest.mark.parametrize("typed", ["boredom", "", " ", "sa", "安全\n问题", "全安"])
def test_what_fits_nothing_is_refused_with_every_value(typed: str) -> None:
    with pytest.raises(UsageError) as refused:
        REASONS(typed)
    assert refused.value.code in {"cli.bad_choice", "cli.ambiguous_choice"}
    assert "safety 安全问题" in str(refused.value.params["choices"])


def _options(command: Any = None) -> list[Any]:
    command = tree() if command is None else command
    below = getattr(command, "commands", {}).values()
    return [*command.params, *(param for child in below for param in _options(child))]


def test_every_option_with_values_takes_their_chinese_words() -> None:
    valued = [param for param in _options() if param.type_descriptor.choices]
    reads = [param.type_descriptor.parameter_info.parser for param in valued]
    assert len(valued) >= 13
    assert [
        param.name for param, read in zip(valued, reads, strict=True) if not isinstance(read, Choice)
    ] == []


def test_help_names_values_with_their_words(run_cli: Cli) -> None:
    told = "".join(run_cli("plan", "propose", "--help", "--lang", "zh").out.split())
    assert "safety(安全问题)" in told
    assert "certificate_expired" in run_cli("plan", "propose", "--help").out


def test_a_plan_is_proposed_and_found_in_chinese(run_cli: Cli, house: House) -> None:
    house.open_shop()
    run_cli.json("catalog", "sync")
    plan = run_cli.json("plan", "propose", "--reason", "安全", "--all")["plan"]
    assert plan["reason"] == "safety"
    assert [row["id"] for row in run_cli.json("plan", "list", "--state", "已提出")["plans"]] == [plan["id"]]
    assert run_cli.json("plan", "list", "--state", "取消")["plans"] == []
    assert len(run_cli.json("catalog", "list", "--shelf", "在售")["listings"]) == 4


def test_none_of_a_kind_is_declared_in_chinese(run_cli: Cli) -> None:
    told = run_cli.json("catalog", "declare", "--none", "橱窗", "--none", "替代商品", "--none", "证照")
    assert [row["statement"]["subject"] for row in told["statements"]] == [
        "showcase",
        "substitute",
        "licences",
    ]
    shown = run_cli("catalog", "declare", "--none", "橱窗", "--lang", "zh").out
    assert "橱窗" in shown
    assert "showcase" not in shown


def test_an_ambiguous_kind_is_refused_and_nothing_is_written(run_cli: Cli, house: House) -> None:
    refused = run_cli("catalog", "declare", "--none", "通知", "--json")
    assert (refused.code, refused.json["error"]["code"]) == (2, "cli.ambiguous_choice")
    assert house.services.registers.statements() == ()


def test_platforms_have_their_own_words() -> None:
    platforms = Choice(Platform, "report.platform")
    assert [platforms(word) for word in ("抖店", "快手", "视频号", "微信小店")] == [
        "douyin",
        "kuaishou",
        "wechat_channels",
        "wechat_channels",
    ]


# -- instants -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "ahead"),
    [
        ("+30m", timedelta(minutes=30)),
        ("+12h", timedelta(hours=12)),
        ("+1d", timedelta(hours=24)),
        ("+90D", timedelta(days=90)),
        (" +0m ", timedelta()),
    ],
)
def test_an_instant_may_be_told_from_now(typed: str, ahead: timedelta) -> None:
    assert read_instant(typed, NOW) == NOW + ahead


@pytest.mark.parametrize(
    "typed", ["", "+", "+d", "+1", "+1w", "1d", "-1d", "+1.5h", "+1d2h", "+1234567d", "+١d", "soon", "24:00"]
)
def test_anything_else_is_refused(typed: str) -> None:
    with pytest.raises(UsageError) as refused:
        read_instant(typed, NOW)
    assert refused.value.code == "cli.bad_instant"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_refusal_gives_examples(run_cli: Cli, language: str) -> None:
    told = run_cli("plan", "propose", "--reason", "season", "--all", "--stop-at", "1d", "--lang", language)
    assert told.code == 2
    assert all(example in told.err for example in ("+30m", "+12h", "+1d", "2026-12-01T00:00+08:00"))


def test_a_waiver_and_a_start_take_days_from_now(run_cli: Cli, house: House) -> None:
    house.open_shop()
    run_cli.json("catalog", "sync")
    made = run_cli("plan", "propose", "--reason", "season", "--all", "--stop-at", "+2d", "--json").json
    now = house.clock.now()
    assert datetime.fromisoformat(made["plan"]["stop_at"]) == now + timedelta(hours=48)
    plan = made["plan"]["id"]
    run_cli("plan", "check", plan)
    refused = run_cli("plan", "waive", plan, "orders.counted", "--why", "x", "--until", "+1d", "--json")
    assert refused.json["error"]["code"] != "cli.bad_instant"
