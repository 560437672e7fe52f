"""Pushes: stored once, acted on later, marked handled last."""

from __future__ import annotations

import pytest

from offshelf.durable.inbox import Inbox


@pytest.fixture
def inbox(database, clock):
    return Inbox(database, clock)


def push(clock, external_id="e1", source="flagship"):
    return {
        "source": source,
        "external_id": external_id,
        "topic": "listing",
        "event": "product_spu_listing",
        "subject": "L1",
        "raw_status": "5",
        "happened_at": clock.now(),
    }


def test_a_push_is_stored_once(inbox, clock):
    first = push(clock)
    assert [inbox.receive(**first), inbox.receive(**first)] == [True, False]
    (letter,) = inbox.waiting()
    assert (letter.external_id, letter.received_at, letter.handled_at) == ("e1", clock.now(), None)


def test_the_second_copy_changes_nothing(inbox, clock):
    inbox.receive(**push(clock))
    before = inbox.waiting()
    clock.advance(5)
    inbox.receive(**push(clock) | {"raw_status": "11", "subject": "L2"})
    assert inbox.waiting() == before


def test_the_same_id_from_another_source_is_another_push(inbox, clock):
    assert inbox.receive(**push(clock)) is True
    assert inbox.receive(**push(clock, source="second")) is True


def test_pushes_wait_oldest_first_and_as_many_as_asked(inbox, clock):
    for name in ("c", "a", "b"):
        inbox.receive(**push(clock, name))
        clock.advance(1)
    assert [letter.external_id for letter in inbox.waiting()] == ["c", "a", "b"]
    assert [letter.external_id for letter in inbox.waiting(2)] == ["c", "a"]


def test_a_handled_push_waits_no_more_and_is_still_known(inbox, clock):
    inbox.receive(**push(clock))
    inbox.receive(**push(clock, "e2"))
    inbox.handled(inbox.waiting(1))
    assert [letter.external_id for letter in inbox.waiting()] == ["e2"]
    assert inbox.receive(**push(clock)) is False


def missed(inbox, clock, times):
    """Miss the first letter over and over, each time when it is due; returns the pauses in seconds."""
    pauses = []
    for _ in range(times):
        inbox.missed(inbox.waiting(1)[0])
        pauses.append(0)
        while not inbox.waiting():
            clock.advance(60)
            pauses[-1] += 60
    return pauses


def test_a_missed_push_comes_back_later_and_later(inbox, clock):
    inbox.receive(**push(clock))
    assert missed(inbox, clock, 8) == [60, 120, 240, 480, 960, 1920, 3600, 3600]
    assert inbox.waiting()[0].tries == 8


def test_missed_pushes_do_not_stand_before_new_ones(inbox, clock):
    inbox.receive(**push(clock))
    inbox.missed(inbox.waiting()[0])
    clock.advance(1)
    inbox.receive(**push(clock, "e2"))
    assert [letter.external_id for letter in inbox.waiting(1)] == ["e2"]
    clock.advance(59)
    assert [letter.external_id for letter in inbox.waiting()] == ["e2", "e1"]


def test_what_does_not_fit_is_clipped(inbox, clock):
    odd = {"event": "e" * 65, "raw_status": "a\0b\ud800", "subject": "\0L1", "topic": "t" * 33}
    inbox.receive(**push(clock) | odd)
    (letter,) = inbox.waiting()
    assert (letter.event, letter.raw_status) == ("e" * 64, "ab?")
    assert (letter.subject, letter.topic) == ("L1", "t" * 32)


@pytest.mark.parametrize("ids", [("x" * 201, "x" * 202), ("x\0", "x"), ("\ud800", "?")])
def test_ids_that_do_not_fit_stay_unique(inbox, clock, ids):
    for name in ids:
        assert [inbox.receive(**push(clock, name)), inbox.receive(**push(clock, name))] == [True, False]
    assert [len(letter.external_id) <= 200 for letter in inbox.waiting()] == [True, True]
