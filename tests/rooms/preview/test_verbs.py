"""`plan timeline`, `plan preview` in the terminal, and `plan propose --stop-at` before the notices allow it."""

from __future__ import annotations

from pathlib import Path

import pytest

from offshelf.delisting.preview.model import Told
from offshelf.vocabulary.statements import Statement, StatementKind
from support.cli_house import Cli, House
from support.preview_house import everything, open_merchant, wired

SKUS = ("--sku", "TEA-1", "--sku", "TEA-2")


@pytest.fixture
def merchant(house: House, run_cli: Cli) -> House:
    open_merchant(house, run_cli)
    run_cli.house = everything(house)
    return house


def test_an_instant_before_the_notices_allow_it_is_proposed_but_said_loudly(merchant, run_cli):
    told = run_cli("plan", "propose", "--reason", "season", *SKUS, "--stop-at", "+12h")
    assert told.code == 3
    assert (
        "TOO EARLY: 2026-11-21 22:00:00 is before the earliest allowed instant, 2026-11-23 10:00:00"
        in told.out
    )
    plan = merchant.services.plans.all()[0]
    assert (plan.state.value, plan.stop_at and plan.stop_at.isoformat()) == (
        "proposed",
        "2026-11-21T14:00:00+00:00",
    )


def test_the_document_says_when_it_would_be_allowed(merchant, run_cli):
    told = run_cli("plan", "propose", "--reason", "season", *SKUS, "--stop-at", "+12h", "--json")
    time = told.json["timeline"]
    assert (told.code, time["too_early"], time["earliest_stop"]) == (3, True, "2026-11-23T02:00:00.000Z")


@pytest.mark.parametrize(
    ("reason", "stop_at"),
    [("season", "+48h"), ("season", "2026-11-23T10:00"), ("safety", "+0h")],
)
def test_an_instant_the_notices_allow_is_plainly_proposed(merchant, run_cli, reason, stop_at):
    told = run_cli("plan", "propose", "--reason", reason, *SKUS, "--stop-at", stop_at, "--json")
    assert (told.code, told.json["timeline"]["allowed"]) == (0, True)


def test_a_reason_that_nothing_shows_waits_like_any_other_and_says_what_is_missing(merchant, run_cli):
    told = run_cli("plan", "propose", "--reason", "platform_forced", *SKUS, "--stop-at", "+1h", "--json")
    gates = told.json["timeline"]["gates"]
    assert (told.code, told.json["timeline"]["too_early"]) == (3, True)
    assert [gate["note"] for gate in gates] == ["not_forced", "not_forced", ""]
    shown = run_cli("plan", "timeline", told.json["plan"]["id"])
    assert "No change by a platform is recorded for this plan" in shown.out


def test_without_an_instant_nothing_is_refused(merchant, run_cli):
    told = run_cli.json("plan", "propose", "--reason", "season", *SKUS)
    assert told["timeline"] is None


def test_the_timeline_shows_gates_course_and_what_outlives_it(merchant, run_cli):
    plan = run_cli.json("plan", "propose", "--reason", "season", *SKUS)["plan"]["id"]
    told = run_cli("plan", "timeline", plan)
    assert told.code == 3
    for words in (
        "Customers are told (24 hours before)",
        "met from 2026-11-22 10:00:00",
        "operating guides’ number, used as a house rule, not law",
        "by 2026-11-22 10:00:00",
        "Stop promotions",
        "Return without reason",
        "7 natural days",
        "Nothing was changed.",
    ):
        assert words in told.out
    document = run_cli("plan", "timeline", plan, "--json").json["timeline"]
    assert [gate["state"] for gate in document["gates"]] == ["not_yet", "not_yet", "skipped"]
    assert document["gates"][0]["policy"]["kind"] == "seed_claim"
    assert document["entries"][0]["name"] == "tell_suppliers"


def test_time_opens_the_gates(merchant, run_cli):
    plan = run_cli.json("plan", "propose", "--reason", "season", *SKUS)["plan"]["id"]
    now = merchant.clock.now()
    said = Statement(StatementKind.CUSTOMER_NOTICE, plan, now, "lin")
    none = Statement(StatementKind.NONE, "drop_ship", now, "lin")
    run_cli.house = wired(merchant, lambda _plan, _language: Told(statements=(said, none), places=()))
    merchant.clock.advance(24 * 3600 - 1)
    assert run_cli("plan", "timeline", plan).code == 3
    merchant.clock.advance(1)
    done = run_cli("plan", "timeline", plan)
    assert (done.code, "let sale stop at 2026-11-22 10:00:00" in done.out) == (0, True)


def test_a_statement_that_there_are_no_suppliers_grows_old(merchant, run_cli):
    plan = run_cli.json("plan", "propose", "--reason", "season", *SKUS)["plan"]["id"]
    none = Statement(StatementKind.NONE, "drop_ship", merchant.clock.now(), "lin")
    run_cli.house = wired(merchant, lambda _plan, _language: Told(statements=(none,), places=()))

    def suppliers() -> str:
        gates = run_cli("plan", "timeline", plan, "--json").json["timeline"]["gates"]
        return next(gate["code"] for gate in gates if gate["name"] == "suppliers")

    merchant.clock.advance(720 * 3600)
    assert suppliers() == "no_drop_ship"
    merchant.clock.advance(1)
    assert suppliers() == "drop_ship_unknown"


def test_a_house_where_nothing_is_wired_says_unknown(house, run_cli):
    open_merchant(house, run_cli)
    plan = run_cli.json("plan", "propose", "--reason", "season", *SKUS)["plan"]["id"]
    told = run_cli("plan", "timeline", plan)
    assert (told.code, "UNKNOWN, and therefore blocked" in told.out) == (3, True)


def test_the_preview_in_the_terminal_says_what_matters(merchant, run_cli, tmp_path: Path):
    plan = run_cli.json("plan", "propose", "--reason", "season", *SKUS)["plan"]["id"]
    told = run_cli("plan", "preview", plan, "-o", str(tmp_path / "p.html"))
    for words in (
        "TOO EARLY",
        "stays: it serves other products too",
        "Drop-ship suppliers",
        "The coupon ends for good",
    ):
        assert words in told.out
    assert f"offshelf plan timeline {plan}" in told.out
    assert "\u202e" not in told.out


def test_findings_that_stand_are_counted_in_the_timeline(merchant, run_cli):
    plan = run_cli.json("plan", "propose", "--reason", "safety", *SKUS)["plan"]["id"]
    assert run_cli("plan", "timeline", plan).code == 0
    merchant.clock.advance(3 * 3600)  # nothing was read for hours
    merchant.services.plans.check(plan)
    count = len(merchant.services.plans.blockers(plan))
    told = run_cli("plan", "timeline", plan)
    assert (told.code, count > 0) == (3, True)
    assert f"BLOCKED: check results in the way of the plan: {count}." in told.out
    assert f"offshelf plan check {plan}" in told.out
    assert run_cli("plan", "timeline", plan, "--json").json["timeline"]["standing"] == count


def test_a_plan_nobody_knows_is_refused(merchant, run_cli, tmp_path: Path):
    for verb in (("timeline", "P-0"), ("preview", "P-0", "-o", str(tmp_path / "p.html"))):
        assert run_cli("plan", *verb).code == 2
    assert not (tmp_path / "p.html").exists()
