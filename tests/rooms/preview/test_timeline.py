"""The timeline: in order, never earlier than a gate, never guessed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offshelf.delisting.courtesy import Asked, GateState
from offshelf.delisting.preview.drawing import draw
from offshelf.delisting.preview.telling import Telling
from offshelf.delisting.timeline import (
    Certainty,
    Course,
    Lasts,
    Stage,
    Timeline,
    latest_start,
    timeline,
)
from offshelf.kit.instants import SHANGHAI, iso
from offshelf.policy.model import Unit
from offshelf.vocabulary.plans import ActKind, Reason
from offshelf.vocabulary.statements import Statement, StatementKind
from support.courtesy import ONE, asked
from support.policies import policy, value

NOW = datetime(2026, 11, 21, 2, 30, tzinfo=UTC)  # 10:30 in Beijing
HOUR = timedelta(hours=1)
LASTS = Lasts(timedelta(minutes=30), timedelta(minutes=6))
BY_CALL = [
    kind for kind in ActKind if kind is not ActKind.BY_HAND
]  # the work of people is an entry of its own
ACTS = [
    ("s1", ActKind.STOP_COUPON),
    ("s1", ActKind.DRAIN_STOCK),
    ("s1", ActKind.DRAIN_STOCK),
    ("s1", ActKind.TAKE_OFF),
]


def told(at: datetime = NOW, **detail: str) -> Statement:
    return Statement(StatementKind.CUSTOMER_NOTICE, "P-1", at, "lin", detail)


def line(reason: Reason = Reason.SEASON, *notices: Statement, now: datetime = NOW, **course) -> Timeline:
    question = asked(reason, now, policy(), notices, goods=ONE, suppliers={})
    return timeline(question, Course(**({"acts": ACTS, "by_hand": 0, "lasts": LASTS} | course)))


def at(time: Timeline, name: str) -> datetime:
    return next(entry.at for entry in time.entries if entry.name == name)


# -- when sale may stop ---------------------------------------------------------------------------------------------


def test_it_starts_when_the_gates_let_it():
    time = line(Reason.SEASON, told())
    assert (time.earliest_stop, time.start) == (NOW + 24 * HOUR, NOW + 24 * HOUR)
    assert (time.allowed, time.too_early) == (False, True)  # now is too early
    assert at(time, "tell_customers") == NOW


@pytest.mark.parametrize(
    ("wanted", "allowed"),
    [(NOW + 24 * HOUR - timedelta(seconds=1), False), (NOW + 24 * HOUR, True), (NOW + 90 * HOUR, True)],
)
def test_a_wanted_instant_is_measured_to_the_second(wanted, allowed):
    time = line(Reason.SEASON, told(), wanted=wanted)
    assert (time.allowed, time.too_early, time.start) == (allowed, not allowed, max(wanted, NOW + 24 * HOUR))


def test_an_instant_in_the_past_is_now():
    time = line(Reason.SAFETY, wanted=NOW - 5 * HOUR)
    assert (time.start, time.allowed) == (NOW, True)


def test_a_course_nobody_can_judge_is_not_allowed():
    question = asked(Reason.SEASON, NOW, policy(), (told(NOW - 50 * HOUR),), goods=ONE, suppliers=None)
    time = timeline(question, Course(acts=ACTS))
    assert (time.earliest_stop, time.allowed, time.too_early) == (None, False, False)
    assert [gate.name.value for gate in time.unknown] == ["suppliers"]


# -- what was promised (D32) ----------------------------------------------------------------------------------------


def test_to_be_off_when_announced_it_starts_early_enough():
    assert latest_start(NOW + 30 * HOUR, LASTS) == NOW + 30 * HOUR - timedelta(minutes=36)
    assert latest_start(NOW, None) is None


@pytest.mark.parametrize(
    ("promised", "late"),
    [(24 * HOUR, True), (24 * HOUR + timedelta(minutes=36), False), (30 * HOUR, False)],
)
def test_a_promise_that_cannot_be_kept_is_said(promised, late):
    time = line(Reason.SEASON, told(stop_at=iso(NOW + promised)))
    assert (time.announced, time.late) == (NOW + promised, late)
    assert time.off_by == NOW + 24 * HOUR + timedelta(minutes=36)
    assert at(time, "latest_start") == NOW + promised - timedelta(minutes=36)


def test_without_a_forecast_the_promise_is_unknown_until_it_is_certainly_broken():
    promise = told(stop_at=iso(NOW + 24 * HOUR))
    assert line(Reason.SEASON, promise, lasts=None).late is None
    assert line(Reason.SEASON, promise, lasts=None, wanted=NOW + 25 * HOUR).late is True
    assert line(Reason.SEASON, told(), lasts=None).late is False  # no instant was promised


# -- the course -----------------------------------------------------------------------------------------------------


def test_acts_fall_where_the_forecast_puts_them():
    time = line(Reason.SAFETY, acts=ACTS, wanted=NOW)
    spans = {e.name: (e.at - NOW, e.until and e.until - NOW, e.count, e.certainty) for e in time.entries}
    minutes = [timedelta(minutes=m) for m in (0, 7.5, 22.5, 30, 36)]
    assert spans["promotions"] == (minutes[0], minutes[1], 1, Certainty.EXACT)
    assert spans["stock"] == (minutes[1], minutes[2], 2, Certainty.ABOUT)
    assert spans["shelf"] == (minutes[2], minutes[3], 1, Certainty.ABOUT)
    assert spans["verify"] == (minutes[3], minutes[4], None, Certainty.ABOUT)


def test_without_a_forecast_nothing_after_the_first_act_has_an_instant():
    time = line(Reason.SAFETY, lasts=None)
    sure = {e.name: e.certainty for e in time.entries}
    assert (sure["promotions"], sure["stock"], sure["verify"]) == (
        Certainty.EXACT,
        Certainty.NOT_BEFORE,
        Certainty.NOT_BEFORE,
    )
    assert (time.off_by, [e.until for e in time.entries if e.until]) == (None, [])


def test_work_by_hand_stands_in_the_course_only_where_there_is_some():
    names = [entry.name for entry in line(by_hand=7).entries]
    assert "by_hand" in names
    assert [e.count for e in line(by_hand=7).entries if e.name == "by_hand"] == [7]
    for none in (0, None):
        assert "by_hand" not in [entry.name for entry in line(by_hand=none).entries]


def test_promotion_is_gone_48_hours_after_the_start():
    time = line(Reason.SAFETY)
    assert at(time, "promotion_removal") == NOW + 48 * HOUR
    assert line(Reason.SAFETY).entries[-1].source == policy().get("promotion.removal")


def test_a_target_of_another_unit_is_left_out_rather_than_guessed():
    odd = policy(value("promotion.removal", 2, Unit.WORKING_DAYS))
    question = asked(Reason.SAFETY, NOW, odd, goods=ONE)
    assert "promotion_removal" not in [e.name for e in timeline(question, Course(acts=ACTS)).entries]


def test_the_three_stages_stand_over_the_acts():
    stages = {e.name: e.stage for e in line(by_hand=1).entries}
    assert stages["shelf"] is stages["promotions"] is stages["by_hand"] is Stage.FRONT
    assert (stages["stock"], stages["verify"], stages["tell_customers"]) == (Stage.TRADE, Stage.ARCHIVE, None)


def test_the_home_page_notice_is_shown_by_the_end_of_the_thirty_first_day_before():
    wanted = datetime(2026, 12, 25, 9, 0, tzinfo=SHANGHAI).astimezone(UTC)
    time = line(Reason.WIND_DOWN, wanted=wanted)
    assert at(time, "tell_closing") == datetime(2026, 11, 25, tzinfo=SHANGHAI).astimezone(UTC)
    assert (time.not_before, time.start) == (datetime(2026, 12, 22, tzinfo=SHANGHAI), wanted)


def test_putting_back_owes_no_notice_and_no_duty():
    time = line(putting_back=True, acts=[("s1", ActKind.PUT_ON)])
    assert (time.gates, time.afterwards, time.earliest_stop) == ((), (), NOW)
    assert [entry.name for entry in time.entries] == ["put_on", "verify"]


# -- what outlives it -----------------------------------------------------------------------------------------------


def after(reason: Reason, *platforms: str, **changes) -> dict[tuple[str, str], object]:
    question = asked(reason, NOW, changes.get("policy", policy()), goods=ONE)
    found = timeline(question, Course(acts=ACTS, platforms=platforms)).afterwards
    return {(one.policy_id, one.platform): one.value and one.value.value for one in found}


def test_duties_after_come_from_the_policy_and_the_platforms_matrix():
    assert after(Reason.SEASON, "douyin", "kuaishou", "wechat_channels") == {
        ("return.no_reason", ""): 7,
        ("refund.after_return", ""): 7,
        ("refund.violation", ""): 15,
        ("aftersales.channel", "kuaishou"): 90,
        ("aftersales.channel", "wechat_channels"): 180,
        ("retention.trade", ""): 36,
    }


def test_some_belong_to_a_reason():
    assert ("appeal.within", "douyin") in after(Reason.VIOLATION, "douyin")
    assert ("reopen.after", "wechat_channels") in after(Reason.WIND_DOWN, "wechat_channels")
    assert ("reopen.after", "wechat_channels") not in after(Reason.SEASON, "wechat_channels")


def test_a_legal_period_nobody_has_is_shown_as_unknown():
    assert after(Reason.SEASON, policy=policy(without=("retention.trade",)))["retention.trade", ""] is None
    assert after(Reason.SEASON, policy=None)["return.no_reason", ""] is None


# -- properties -----------------------------------------------------------------------------------------------------

INSTANTS = st.integers(-100 * 3600, 100 * 3600).map(lambda s: NOW + timedelta(seconds=s))
STATEMENTS = st.builds(
    lambda kind, when, ack, stop: Statement(
        kind,
        {StatementKind.SHOP_NOTICE: "s1", StatementKind.SUPPLIER_NOTICE: "acme"}.get(kind, "L1"),
        when,
        "lin",
        {"acknowledged_at": iso(when) if ack else "", "stop_at": iso(stop)}
        | {"first_seen": iso(when - 900 * HOUR), "last_seen": iso(when)},
    ),
    st.sampled_from(
        [StatementKind.CUSTOMER_NOTICE, StatementKind.SUPPLIER_NOTICE, StatementKind.SHOP_NOTICE]
    ),
    INSTANTS,
    st.booleans(),
    INSTANTS,
)
ASKED = st.builds(
    asked,
    reason=st.sampled_from(list(Reason)),
    now=INSTANTS,
    policy=st.sampled_from([None, policy(), policy(without=("notice.suppliers",))]),
    goods=st.just(ONE),
    notices=st.one_of(st.none(), st.lists(STATEMENTS, max_size=5).map(tuple)),
    suppliers=st.sampled_from([{"acme": ("TEA",)}, {}, None]),
)
COURSES = st.builds(
    Course,
    acts=st.lists(st.tuples(st.sampled_from(["s1", "s2"]), st.sampled_from(BY_CALL)), max_size=30),
    by_hand=st.one_of(st.none(), st.integers(0, 9)),
    lasts=st.one_of(st.none(), st.just(LASTS)),
    wanted=st.one_of(st.none(), INSTANTS),
    platforms=st.just(("douyin", "kuaishou")),
)


@given(ASKED, COURSES)
def test_it_is_sorted_and_never_before_an_unmet_gate(question: Asked, course):
    time = timeline(question, course)
    assert [e.at for e in time.entries] == sorted(e.at for e in time.entries)
    unmet = [g for g in time.gates if g.state in (GateState.NOT_YET, GateState.UNKNOWN)]
    assert all(time.start >= g.until for g in unmet if g.until)
    if time.earliest_stop is None:
        assert any(g.state is GateState.UNKNOWN for g in time.gates)
    else:
        assert all(g.state is GateState.NOT_YET for g in unmet)
        assert time.earliest_stop == max([question.now, *(g.until for g in unmet)])
    acts = [e for e in time.entries if e.stage is not None]
    assert all(e.at >= time.start for e in acts)
    assert sum(e.count or 0 for e in acts if e.name != "by_hand") == len(course.acts)


@given(ASKED, st.integers(0, 40 * 3600))
def test_waiting_never_makes_the_earliest_instant_earlier(question: Asked, seconds):
    # What is still to be said now may be said meanwhile: only what was said by then is compared.
    known = tuple(s for s in question.facts.statements if s.at <= question.now)
    later = question.now + timedelta(seconds=seconds)
    instants = [
        timeline(
            replace(question, facts=replace(question.facts, statements=known, now=at)), Course(acts=ACTS)
        )
        for at in (question.now, later)
    ]
    before, then = (time.earliest_stop for time in instants)
    assert then is None or (before is not None and then >= before)


@given(ASKED, COURSES, st.sampled_from(["zh", "en"]))
def test_the_picture_is_well_formed_and_has_a_row_for_everything(question: Asked, course, lang):
    time = timeline(question, course)
    picture = ET.fromstring(draw(time, Telling(lang)))  # noqa: S314 - drawn by us a moment ago
    name = "{http://www.w3.org/2000/svg}"
    shown = [gate for gate in time.gates if gate.state is not GateState.SKIPPED]
    tracks = [rect for rect in picture.iter(f"{name}rect") if rect.get("class") == "track"]
    assert len(tracks) == len(time.entries) + len(shown)
    percents = [float(e.get(k).rstrip("%")) for e in picture.iter() for k in ("x1", "cx") if e.get(k)]
    assert all(0 <= p <= 100 for p in percents)
