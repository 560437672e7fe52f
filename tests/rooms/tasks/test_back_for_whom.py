"""What is back is a case for the plans that still want it gone: the looks by calls and what was read ask one rule."""

from __future__ import annotations

from dataclasses import replace

import pytest

from offshelf.catalog.places.service import Places
from offshelf.catalog.service import Catalog
from offshelf.delisting.up_again import UpAgain
from offshelf.vocabulary.places import Member, Place, PlaceKind, PlaceState, Role
from support.look_bench import Bench
from support.task_desk import video

WIDE = video(1, "k", items=("L1", "L2"), listed=True)
NARROW = replace(WIDE, items=("L1",))


class Watch:
    """One who watches, over one desk: by calls, or by what was read."""

    def __init__(self, database, clock, way):
        self.bench, self.way, self.gone = Bench(database, clock), way, set()
        self.selling = set()
        self.bench.cancelled, self.bench.selling = self.gone, self.selling
        catalog = Catalog(database)
        catalog.wanted_on = lambda: frozenset(self.selling)
        self.read = UpAgain(
            database=database, catalog=catalog, tasks=self.bench.tasks, not_wanted=self.gone.__contains__
        )

    def finished(self):
        """Open the video for two plans, and let it be seen gone."""
        self.bench.ports.videos_told = ()
        (task,) = self.bench.open(WIDE, plan="P-A")
        self.bench.open(NARROW, plan="P-B")
        self.bench.claim(task, "v1")
        self.bench.sweep()
        assert self.bench.states(task) == ["confirmed"]
        self.bench.clock.advance(60)

    def seen(self, *links):
        """See that the video links these; returns the goods and the plans of each case this opened."""
        if self.way == "call":
            self.bench.ports.videos_told = (self.bench.published("v1", *links),)
            self.bench.sweep()
        else:
            members = tuple(Member(Role.GOODS, listing_id=one) for one in links)
            now = self.bench.clock.now()
            place = Place("k", PlaceKind.VIDEO, "v1", "视频 1", PlaceState.LIVE, members, "api", now)
            with self.bench.database.begin() as tx:
                Places(self.bench.database).record(tx, [place])
            self.read.sweep()
        tasks = self.bench.tasks
        return [
            (row.target.items, [plan for plan in ("P-A", "P-B") if tasks.open_selling(plan)])
            for task in tasks.list()
            for row in self.bench.targets.of(task.task_id)
        ]


@pytest.fixture(params=["call", "read"])
def watch(request, sqlite_database, clock):
    return Watch(sqlite_database, clock, request.param)


def test_a_video_read_with_the_goods_again_is_a_case_of_both_plans(watch):
    watch.finished()
    assert watch.seen("L1") == [(("L1", "L2"), ["P-A", "P-B"])]
    assert len(watch.seen("L1")) == 1


def test_it_is_none_for_the_plan_that_opened_it_and_was_cancelled(watch):
    """Once the case was the first plan's alone: with it cancelled, the second waited for nothing."""
    watch.finished()
    watch.gone.add("P-A")
    assert watch.seen("L2") == []  # only the cancelled plan wanted L2 gone
    assert watch.seen("L1", "L2") == [(("L1",), ["P-B"])]


def test_a_put_back_plan_whose_first_listing_is_not_put_on_is_not_opened_to_be_dropped(watch):
    watch.finished()
    watch.gone.add("P-A")
    watch.selling.add(("k", "L2"))
    assert watch.seen("L1", "L2") == [(("L1",), ["P-B"])]


def test_every_listing_of_a_target_counts_as_sold_again_not_its_first_alone(watch):
    watch.finished()
    watch.gone.add("P-B")
    watch.selling.add(("k", "L2"))
    assert watch.seen("L1", "L2") == []


def test_nothing_is_a_case_where_nobody_wants_it_gone(watch):
    watch.finished()
    watch.gone.update({"P-A", "P-B"})
    assert watch.seen("L1", "L2") == []
