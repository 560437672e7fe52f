"""From what was seen and answered to one outcome: the table, row by row."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from offshelf.delisting.deeds import Look, Taken, trouble
from offshelf.delisting.judge import ASK_A_PERSON, judge_after, judge_before
from offshelf.delisting.settings import RunSettings
from offshelf.durable.ledger import LedgerAct
from offshelf.platforms.contract import NO_API, CallResult, Meaning
from support.databases import START

NOW = START
SETTINGS = RunSettings()
YES, NO, HOLD = Look(True, "seen.yes"), Look(False, "seen.no"), Look(None, "seen.hold", hold=True)
DARK = Look(None, "seen.dark")


def act(kind="take_off", **changes):
    fields = {"act_id": "A", "owner": "P", "lane": "a", "chunk": 0, "batch": 0, "step": 5, "subject": "L1"}
    return LedgerAct(**fields | {"kind": kind, "target": "L1", "params": {}} | changes)


def result(meaning, code="", retry_at=None):
    return CallResult(meaning, "m", code, retry_at=retry_at)


def seconds(item):
    return (item.next_try_at - NOW).total_seconds()


def test_what_is_so_before_we_ever_tried_was_already_so():
    item = judge_before(act(), YES, NOW, SETTINGS)
    assert (item.outcome, item.code, item.settled, item.next_try_at) == ("already_so", "seen.yes", True, None)


def test_what_is_so_after_an_intent_of_ours_is_done():
    assert judge_before(act(intent_at=NOW), YES, NOW, SETTINGS).outcome == "done"


def test_what_is_not_so_is_to_be_done_now():
    assert judge_before(act(), NO, NOW, SETTINGS) is None


def test_a_repeatable_act_is_tried_again_without_waiting_for_the_lost_answer():
    assert judge_before(act(intent_at=NOW), NO, NOW, SETTINGS) is None


@pytest.mark.parametrize("kind", ["put_on", "restore_stock"])
@pytest.mark.parametrize(("age", "again"), [(0, False), (119.9, False), (120, True)])
def test_an_act_that_must_not_be_doubled_waits_until_a_lost_call_cannot_land(kind, age, again):
    tried = act(kind, intent_at=NOW - timedelta(seconds=age))
    item = judge_before(tried, NO, NOW, SETTINGS)
    assert (item is None) is again
    if not again:
        assert (item.outcome, item.code, item.settled) == ("unknown", "act.may_still_land", False)
        assert item.next_try_at == tried.intent_at + timedelta(seconds=120)


@pytest.mark.parametrize("meaning", ["not_sent", "not_now", "quota", "auth", "precondition", "ask_person"])
def test_a_call_that_never_ran_needs_no_such_wait(meaning):
    tried = act(
        "restore_stock", intent_at=NOW, attempts=1, evidence={"result": {"meaning": meaning}, "attempts": 1}
    )
    assert judge_before(tried, NO, NOW, SETTINGS) is None


def test_what_an_earlier_try_said_tells_nothing_of_a_later_one_that_a_crash_cut_off():
    evidence = {"result": {"meaning": "not_now"}, "attempts": 1}
    tried = act("restore_stock", intent_at=NOW, attempts=2, evidence=evidence)
    assert judge_before(tried, NO, NOW, SETTINGS).code == "act.may_still_land"


@pytest.mark.parametrize(
    ("look", "outcome"),
    [
        (DARK, "unknown"),
        (HOLD, "waiting"),
        (trouble(result(Meaning.UNKNOWN)), "unknown"),
        (trouble(result(Meaning.GONE)), "unknown"),
        (trouble(result(Meaning.NOT_NOW)), "waiting"),
        (trouble(result(Meaning.QUOTA)), "waiting"),
        (trouble(result(Meaning.AUTH)), "waiting"),
        (trouble(result(Meaning.NOT_SENT)), "waiting"),
    ],
)
def test_what_cannot_be_seen_is_not_done(look, outcome):
    item = judge_before(act(), look, NOW, SETTINGS)
    assert (item.outcome, item.code, item.settled, seconds(item)) == (outcome, look.code, False, 1.0)


# (answer, seen after) -> (outcome, code, settled)
AFTER = [
    (Meaning.OK, YES, ("done", "seen.yes", True)),
    (Meaning.ALREADY_SO, YES, ("already_so", "seen.yes", True)),
    (Meaning.UNKNOWN, YES, ("done", "seen.yes", True)),
    (Meaning.REFUSED, YES, ("already_so", "seen.yes", True)),
    (Meaning.NOT_SENT, YES, ("already_so", "seen.yes", True)),
    (Meaning.OK, NO, ("unknown", "act.accepted_not_seen", False)),
    (Meaning.ALREADY_SO, NO, ("unknown", "act.accepted_not_seen", False)),
    (Meaning.UNKNOWN, NO, ("unknown", "unknown:7", False)),
    (Meaning.REFUSED, NO, ("refused", "refused:7", True)),
    (Meaning.GONE, NO, ("refused", "gone:7", True)),
    (Meaning.NOT_SENT, NO, ("waiting", "not_sent:7", False)),
    (Meaning.NOT_NOW, NO, ("waiting", "not_now:7", False)),
    (Meaning.QUOTA, NO, ("waiting", "quota:7", False)),
    (Meaning.AUTH, NO, ("waiting", "auth:7", False)),
    (Meaning.PRECONDITION, NO, ("waiting", "precondition:7", False)),
    (Meaning.OK, DARK, ("unknown", "seen.dark", False)),
    (Meaning.UNKNOWN, DARK, ("unknown", "seen.dark", False)),
    (Meaning.REFUSED, DARK, ("refused", "refused:7", True)),
    (Meaning.NOT_SENT, DARK, ("waiting", "not_sent:7", False)),
    (Meaning.OK, HOLD, ("waiting", "seen.hold", False)),
    (Meaning.UNKNOWN, HOLD, ("waiting", "seen.hold", False)),
]


@pytest.mark.parametrize(("answer", "after", "expected"), AFTER)
def test_the_outcome_is_what_was_seen(answer, after, expected):
    item = judge_after(act(), NO, result(answer, "7"), after, NOW, SETTINGS)
    assert (item.outcome, item.code, item.settled) == expected
    assert (item.next_try_at is None) is item.settled


@pytest.mark.parametrize("answer", [Meaning.ALREADY_SO, Meaning.REFUSED, Meaning.NOT_SENT])
def test_what_an_earlier_call_of_ours_may_have_done_is_ours(answer):
    item = judge_after(act(intent_at=NOW, attempts=1), NO, result(answer), YES, NOW, SETTINGS)
    assert item.outcome == "done"


# (answer, units the call takes, units seen before and after) -> units counted as taken
TAKEN = [
    (Meaning.OK, 5, 5, 0, 5),
    (Meaning.OK, 5, 5, 3, 5),  # three came back from a promotion
    (Meaning.OK, 5, 5, 5, 0),  # a yes without an effect
    (Meaning.UNKNOWN, 5, 5, 0, 0),  # ours or a buyer's: nobody can tell
    (Meaning.UNKNOWN, 5, 5, 4, 0),  # a buyer's, not ours
    (Meaning.UNKNOWN, 5, 5, None, 0),
    (Meaning.NOT_SENT, 5, 5, 0, 0),
]


@pytest.mark.parametrize(("answer", "units", "there", "left", "taken"), TAKEN)
@pytest.mark.parametrize("so_far", [0, 4])
def test_units_are_counted_as_taken_only_when_they_were_seen_to_go(answer, units, there, left, taken, so_far):
    drain = act("drain_stock", evidence={"taken": so_far} if so_far else {})
    after = Look(None, "x", {} if left is None else {"units": left})
    call = Taken(answer, "m", units=units)
    item = judge_after(drain, Look(False, "x", {"units": there}), call, after, NOW, SETTINGS)
    assert item.evidence["taken"] == so_far + taken


def test_units_taken_are_remembered_by_a_look_that_changes_nothing():
    drain = act("drain_stock", evidence={"taken": 4})
    assert judge_before(drain, HOLD, NOW, SETTINGS).evidence["taken"] == 4


def test_a_missing_permission_says_nothing_about_the_item_and_stays_open_for_a_person():
    item = judge_after(act(), NO, result(Meaning.ASK_PERSON, "48001"), NO, NOW, SETTINGS)
    assert (item.outcome, item.code, item.settled) == ("waiting", "ask_person:48001", False)
    assert item.next_try_at == ASK_A_PERSON


def test_a_look_without_permission_waits_for_a_person():
    item = judge_before(act(), trouble(result(Meaning.ASK_PERSON)), NOW, SETTINGS)
    assert (item.outcome, item.settled, item.next_try_at) == ("waiting", False, ASK_A_PERSON)


@pytest.mark.parametrize("meaning", list(Meaning))
@pytest.mark.parametrize("after", [NO, DARK, HOLD], ids=["no", "dark", "hold"])
def test_nothing_is_called_good_that_was_not_seen(meaning, after):
    item = judge_after(act(), NO, result(meaning), after, NOW, SETTINGS)
    assert item.outcome in ("unknown", "waiting", "refused")


def test_sold_out_after_already_so_is_off_by_the_platform_s_own_hand():
    sold = Look(False, "shelf.sold_out")
    item = judge_after(act(), NO, result(Meaning.ALREADY_SO), sold, NOW, SETTINGS)
    assert (item.outcome, item.code, item.settled) == ("already_so", "shelf.sold_out", True)
    assert judge_after(act(), NO, result(Meaning.OK), sold, NOW, SETTINGS).outcome == "unknown"


@pytest.mark.parametrize(("tries", "wait"), [(0, 1), (1, 2), (2, 5), (3, 15), (4, 60), (6, 60)])
def test_waits_grow_with_the_tries(tries, wait):
    item = judge_before(act(evidence={"tries": tries}), DARK, NOW, SETTINGS)
    assert (seconds(item), item.evidence["tries"]) == (wait, tries + 1)


def test_after_too_many_tries_a_person_is_asked():
    item = judge_before(act(evidence={"tries": 7}), DARK, NOW, SETTINGS)
    assert (item.next_try_at, item.settled) == (ASK_A_PERSON, False)


@pytest.mark.parametrize(("later", "wait"), [(600, 600), (0.2, 1)])
def test_the_platform_s_own_instant_counts_when_it_is_later(later, wait):
    answer = result(Meaning.QUOTA, retry_at=NOW + timedelta(seconds=later))
    assert seconds(judge_after(act(), NO, answer, NO, NOW, SETTINGS)) == wait
    assert seconds(judge_before(act(), trouble(answer), NOW, SETTINGS)) == wait


def test_the_evidence_holds_before_answer_and_after():
    before, after = Look(False, "x", {"n": 1}), Look(True, "y", {"n": 2})
    answer = CallResult(Meaning.OK, "product/delisting", "0", "fine", "trace-1")
    item = judge_after(act(attempts=2), before, answer, after, NOW, SETTINGS)
    told = {"meaning": "ok", "method": "product/delisting", "code": "0", "note": "fine", "trace": "trace-1"}
    expected = {"before": {"n": 1}, "result": told, "after": {"n": 2}, "attempts": 3}
    assert {name: item.evidence[name] for name in expected} == expected
    assert item.evidence["at"] == "2026-11-21T02:00:00.000Z"


def test_what_takes_effect_later_waits_for_that_instant():
    answer = replace(result(Meaning.OK), effective_at=NOW + timedelta(hours=8))
    judged = judge_after(act("stop_affiliate"), NO, answer, NO, NOW, SETTINGS)
    due = NOW + timedelta(hours=8, seconds=1)
    assert (judged.outcome, judged.code, judged.settled) == ("waiting", "act.takes_effect_later", False)
    assert judged.next_try_at == due


def test_a_change_by_so_many_is_not_repeated_while_a_lost_one_may_land():
    item = act("drain_stock", intent_at=NOW - timedelta(seconds=60))
    held = judge_before(item, replace(NO, once=True), NOW, SETTINGS)
    assert (held.outcome, held.code) == ("unknown", "act.may_still_land")
    later = NOW + timedelta(seconds=SETTINGS.late_window)
    assert judge_before(item, replace(NO, once=True), later, SETTINGS) is None


def test_what_only_a_person_can_finish_waits_for_one_even_after_our_call_worked():
    left = replace(DARK, code="stock.reserved", failure=CallResult(Meaning.ASK_PERSON, "stock", NO_API))
    judged = judge_after(act("drain_stock"), NO, result(Meaning.OK), left, NOW, SETTINGS)
    assert (judged.outcome, judged.code, judged.next_try_at) == ("waiting", "stock.reserved", ASK_A_PERSON)
