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
