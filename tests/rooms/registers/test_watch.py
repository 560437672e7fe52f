"""Alarms before a paper ends: each once, counted in legal days, whoever looks and however often."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from os import environ

import pytest

from offshelf.monitoring.licences import What, due, thresholds
from offshelf.policy.model import Policy
from support.architecture import ROOT
from support.databases import START
from support.licence_market import TODAY, both_fairs, fair
from support.passive import alarms

__all__ = ["both_fairs", "fair"]


def test_sixty_one_days_to_the_day_after_give_each_alarm_once(both_fairs):
    fair = both_fairs
    fair.put(fair.licence(left=61))
    seen = {}
    for left in range(61, -3, -1):
        fair.on(TODAY + timedelta(days=61 - left))
        raised = fair.watch.sweep()
        assert fair.watch.sweep() == 0
        if raised:
            seen[left] = raised, fair.told()[-1]
    assert seen == {
        60: (1, ("N-1", "alarm", 60)),
        30: (1, ("N-1", "alarm", 30)),
        7: (1, ("N-1", "alarm", 7)),
        -1: (1, ("N-1", "expired", 0)),
    }
    assert [entry.verb for entry in fair.journal.entries(limit=1000) if entry.subject == "N-1"] == [
        "licence.alarm", "licence.alarm", "licence.alarm", "licence.expired",
    ]  # fmt: skip


def test_the_day_begins_in_shanghai(fair):
    fair.put(fair.licence(left=60 + 1))
    fair.on(TODAY, 23)
    assert fair.watch.sweep() == 0
    fair.clock.advance(3600 - 1)
    assert fair.watch.sweep() == 0
    fair.clock.advance(1)
    assert (fair.watch.sweep(), fair.watch.newest()[0].days_left) == (1, 60)


def test_a_paper_is_valid_until_the_last_day_is_over(fair):
    fair.put(fair.licence(left=0))
    fair.on(TODAY, 23)
    fair.watch.sweep()
    assert fair.told() == [("N-1", "alarm", 7)]
    fair.clock.advance(3600)
    assert fair.watch.sweep() == 1
    assert fair.told()[1:] == [("N-1", "expired", 0)]


def test_nobody_looked_for_weeks_gives_the_nearest_alarm_only(fair):
    fair.put(fair.licence(left=61))
    fair.on(TODAY + timedelta(days=36))
    assert (fair.watch.sweep(), fair.told()) == (1, [("N-1", "alarm", 30)])
    fair.on(TODAY + timedelta(days=80))
    assert (fair.watch.sweep(), fair.told()[1:]) == (1, [("N-1", "expired", 0)])


def test_a_new_process_and_another_one_tell_nothing_twice(both_fairs):
    both_fairs.put(both_fairs.licence(left=7))
    others = [both_fairs.beside().licences for _ in range(2)]
    assert [watch.sweep() for watch in (both_fairs.watch, *others)] == [1, 0, 0]
    assert both_fairs.told() == [("N-1", "alarm", 7)]


def test_who_looked_before_the_other_had_told_tells_nothing_twice(both_fairs):
    """Both saw that nothing was told yet; the database lets one of them tell it."""
    both_fairs.put(both_fairs.licence(left=7))
    (paper,) = both_fairs.registers.standing(both_fairs.clock.now())
    others = [both_fairs.watch, both_fairs.beside().licences]
    assert [watch._raise(paper, What.ALARM, 7) for watch in others] == [True, False]


def test_a_renewed_paper_is_told_of_anew(fair):
    fair.put(fair.licence(left=7))
    fair.watch.sweep()
    fair.clock.advance(1)
    fair.put(fair.licence(left=30))
    assert (fair.watch.sweep(), fair.told()) == (1, [("N-1", "alarm", 7), ("N-1", "alarm", 30)])


@pytest.mark.parametrize("left", [-400, -1])
def test_a_paper_that_had_ended_when_it_was_written_down_is_told_of(fair, left):
    fair.put(fair.licence(left=left))
    assert (fair.watch.sweep(), fair.told()) == (1, [("N-1", "expired", 0)])


def test_an_end_nobody_knows_is_told_once(both_fairs):
    both_fairs.put(both_fairs.licence(left=None, end_known=False), both_fairs.licence("N-2", left=None))
    assert (both_fairs.watch.sweep(), both_fairs.watch.sweep()) == (1, 0)
    assert both_fairs.told() == [("N-1", "end_unknown", 0)]
    assert both_fairs.watch.all()[0].valid_until == ""


def test_a_paper_that_was_renewed_or_replaced_needs_nobody(fair):
    starts = fair.today() + timedelta(days=6)
    fair.put(
        fair.licence(left=5),
        fair.licence("N-2", left=400, replaces="N-1", valid_from=starts),
        fair.licence("N-3", left=-1),
        fair.licence("N-4", left=400, replaces="N-3"),
    )
    assert (fair.watch.sweep(), fair.told()) == (0, [])


@pytest.mark.parametrize(
    "policy", [{}, alarms("60", "soon"), alarms(), alarms("0"), alarms("-7"), alarms("²")]
)
def test_without_the_policy_it_is_unknown_and_ends_are_told_all_the_same(fair, policy, caplog):
    fair.put(fair.licence(left=3), fair.licence("N-2", left=-1))
    fair.rooms.alarms.clear()
    fair.rooms.alarms.update(policy)
    assert (fair.watch.thresholds(), fair.watch.sweep()) == (None, 1)
    assert fair.told() == [("N-2", "expired", 0)]
    fair.rooms.alarms.update(alarms("60", "30", "7"))
    assert (fair.watch.sweep(), fair.told()[1:]) == (1, [("N-1", "alarm", 7)])


def test_the_days_are_those_of_the_policy(fair):
    assert thresholds(Policy(TODAY, alarms("7", "90", "7"))) == (7, 90)
    fair.rooms.alarms.update(alarms("90", "3"))
    fair.put(fair.licence(left=61))
    assert (fair.watch.sweep(), fair.told()) == (1, [("N-1", "alarm", 90)])


def test_more_days_than_before_tell_what_is_nearer_only(fair):
    fair.put(fair.licence(left=20))
    fair.watch.sweep()
    fair.rooms.alarms.update(alarms("60", "30", "25", "7"))
    assert (fair.watch.sweep(), fair.told()) == (1, [("N-1", "alarm", 30), ("N-1", "alarm", 25)])
    fair.rooms.alarms.update(alarms("60", "28"))
    assert fair.watch.sweep() == 0


def test_nothing_is_due_of_a_paper_that_is_well(fair):
    fair.put(fair.licence(left=61), fair.licence("N-2", left=None))
    assert [due(paper, (7, 30, 60)) for paper in fair.registers.standing(START)] == [None, None]


@pytest.mark.parametrize("zone", ["UTC", "America/Los_Angeles", "Pacific/Kiritimati"])
def test_the_zone_of_the_machine_changes_nothing(zone):
    names = ("test_the_day_begins_in_shanghai", "test_a_paper_is_valid_until_the_last_day_is_over")
    where = "tests/rooms/registers/test_watch.py"
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:randomly", *(f"{where}::{name}" for name in names)],
        cwd=ROOT, env=environ | {"TZ": zone}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (run.returncode, run.stdout.splitlines()[-1][:8]) == (0, "2 passed"), run.stdout
