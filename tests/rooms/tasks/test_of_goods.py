"""Which tasks are about some goods, and how many wait, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest

from offshelf.tasks.of_goods import SOON, GoodsTasks, Tally
from support.databases import START
from support.task_desk import TaskDesk, video


@pytest.fixture
def desk(database, clock):
    return TaskDesk(database, clock)


@pytest.fixture
def goods(desk):
    return GoodsTasks(desk.database, desk.clock)


def test_a_task_is_found_by_its_listing_also_where_it_is_one_of_several(desk, goods):
    (one,) = desk.open(video(1))
    desk.clock.advance(60)
    (several,) = desk.open(video(2, listing_id="L2", items=("L2", 'L"3')), plan="P-2")
    with desk.database.begin() as tx:
        single = desk.tasks.open(tx, "forced.explain", shop_id="w", subject="L1")
    assert [task.task_id for task in goods.of("w", "L1", 9)] == [single.task_id, one.task_id]
    assert [task.task_id for task in goods.of("w", 'L"3', 9)] == [several.task_id]
    assert (
        goods.count("w", "L1"),
        goods.count("w", "L2"),
        goods.count("w", "L"),
        goods.count("d", "L1"),
    ) == (2, 1, 0, 0)
    assert goods.of("w", "L1", 1)[0].task_id == single.task_id


def test_a_dropped_task_stays_in_the_history_and_out_of_the_count(desk, goods):
    (one,) = desk.open(video(1))
    desk.drop(one)
    assert goods.count("w", "L1") == 1
    assert goods.tally() == Tally(0, 0, 0, 0, None)


def test_open_tasks_are_counted_by_what_waits(desk, goods):
    desk.open(video(1), due_at=START + SOON)
    desk.open(video(2, listing_id="L2"), plan="P-2", due_at=START + timedelta(days=3), selling=False)
    late = desk.open(video(3, listing_id="L3"), plan="P-3", due_at=START + timedelta(seconds=1))
    told = goods.tally()
    assert (told.open, told.selling, told.overdue, told.soon) == (3, 2, 0, 2)
    desk.clock.advance(2)
    desk.tasks.escalate()
    told = goods.tally()
    assert (told.overdue, told.soon, told.next_due) == (1, 1, START + SOON)
    assert late[0].task_id
