"""Looking through tasks: the lanes of the board, filters, pages, what stands first; the same on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest

from offshelf.tasks.browse.model import Family, Filter, Numbers, Stage, Whose
from offshelf.tasks.browse.service import TaskBrowse
from offshelf.tasks.model import FORCED_EXPLAIN, REAUTHORISE, Target
from offshelf.vocabulary.places import PlaceKind
from support.databases import START
from support.evidence import shot
from support.task_desk import TaskDesk, video


class Bench:
    """A desk with one task of each sort, and what looks through them."""

    def __init__(self, database, clock):
        self.desk = TaskDesk(database, clock, task__second_person=("take_off",))
        self.clock = clock
        self.browse = TaskBrowse(database, clock)
        self.names = {}

    def open(self, name, *targets, **more):
        (task,) = self.desk.open(*targets, **more)
        self.names[task.task_id] = name
        return task

    def single(self, name, kind, **more):
        self.clock.advance(1)
        with self.desk.database.begin() as tx:
            task = self.desk.tasks.open(tx, kind, **({"shop_id": "w", "subject": name} | more))
        self.names[task.task_id] = name
        return task

    def take(self, task, by):
        with self.desk.database.begin() as tx:
            self.desk.tasks.take(tx, task.task_id, by=by)

    def hand_in(self, task, by, mark="x"):
        """Claim everything of a task of one screenshot for each target."""
        for row in self.desk.targets.of(task.task_id):
            piece = shot((task.task_id, row.number, mark))
            self.desk.targets.claim(task.task_id, [str(row.number)], [piece], by=by)

    def found(self, **asked):
        page = self.browse.page(Filter(**asked), size=100)
        assert page.total == len(page.rows)
        return [self.names[card.task.task_id] for card in page.rows]

    def lanes(self, **asked):
        board = self.browse.board(Filter(**asked))
        shown = {
            stage.value: [self.names[card.task.task_id] for card in page.rows]
            for stage, page in board.items()
        }
        assert {stage.value: page.total for stage, page in board.items()} == {
            name: len(cards) for name, cards in shown.items()
        }
        return shown


def off(number, shop_id="d"):
    """Return a listing that is to be taken off by hand: one screenshot, and another person's look."""
    return Target(shop_id, PlaceKind.LISTING, f"g{number}", f"100%棉 {number}", listing_id=f"g{number}")


@pytest.fixture
def bench(database, clock):
    made = Bench(database, clock)
    made.open("video", video(1), due_at=START + timedelta(hours=5), selling=False)
    made.open("soon", video(2, "k"), plan="P-2", due_at=START + timedelta(hours=1), selling=False)
    taken = made.open("taken", video(3, "d"), due_at=START + timedelta(hours=9), selling=False)
    made.take(taken, "lin")
    made.open("selling", off(1), off(2), place="listing", act="take_off", plan="P-3", selling=True)
    made.single("forced", FORCED_EXPLAIN, plan_id="P-9", params={"title": "春茶_礼盒"})
    made.single("grant", REAUTHORISE, shop_id="k")
    return made


def test_the_lanes_hold_every_task_once(bench):
    assert bench.lanes() == {
        "to_do": ["selling", "soon", "video", "forced", "grant"],
        "taken": ["taken"],
        "look": [],
        "ended": [],
    }


def test_what_was_handed_in_waits_for_a_look_only_when_nothing_is_left_to_do(bench):
    task = bench.open("two", off(7), off(8), place="listing", act="take_off", selling=False)
    bench.take(task, "lin")
    bench.desk.targets.claim(task.task_id, ["1"], [shot("a")], by="lin")
    assert bench.lanes()["taken"] == ["taken", "two"]
    card = next(c for c in bench.browse.page(Filter(), size=100).rows if c.task.task_id == task.task_id)
    assert (card.stage, card.waiting, card.finished, dict(card.states)) == (
        Stage.TAKEN, 1, 0, {"claimed_done": 1, "open": 1},
    )  # fmt: skip
    bench.desk.targets.claim(task.task_id, ["2"], [shot("b")], by="lin")
    assert (bench.lanes()["taken"], bench.lanes()["look"]) == (["taken"], ["two"])
    bench.desk.targets.reject(task.task_id, ["2"], by="wang", why="still there")
    assert bench.lanes()["look"] == []


def test_a_sample_that_was_drawn_waits_for_a_look_and_then_it_ended(bench):
    task = bench.open("two", off(7), off(8), place="listing", act="take_off", selling=False)
    bench.hand_in(task, "lin")
    bench.desk.targets.confirm(task.task_id, [], by="wang")
    assert bench.lanes()["look"] == ["two"]
    (drawn,) = bench.desk.targets.to_recheck()
    card = bench.browse.board(Filter())[Stage.LOOK].rows[0]
    assert (card.drawn, card.finished) == (1, 2)
    bench.desk.targets.recheck(drawn.target_id, [shot("again")], by="zhao", passed=True)
    assert (bench.lanes()["look"], bench.lanes()["ended"]) == ([], ["two"])


def test_ended_ones_stand_newest_first(bench):
    for name in ("forced", "grant"):
        bench.clock.advance(60)
        task_id = next(task_id for task_id, named in bench.names.items() if named == name)
        with bench.desk.database.begin() as tx:
            bench.desk.tasks.done(tx, task_id, by="lin", note="mended")
    assert bench.lanes()["ended"] == ["grant", "forced"]
    assert bench.found(stage=Stage.ENDED) == ["grant", "forced"]
    assert bench.found()[-2:] == ["grant", "forced"]


def test_late_ones_stand_before_others_and_are_counted(bench):
    assert bench.browse.numbers() == Numbers(open=6, late=0, selling=1, look=0)
    bench.clock.advance(3600)
    assert bench.browse.numbers() == Numbers(open=6, late=1, selling=1, look=0)
    assert bench.found(late=True) == ["soon"]
    assert bench.found()[:2] == ["selling", "soon"]
    bench.clock.advance(9 * 3600)
    assert bench.found(late=True) == ["soon", "video", "taken"]
    assert [card.late for card in bench.browse.page(Filter(late=True)).rows] == [True] * 3


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        ({"shop_id": "k"}, ["soon", "grant"]),
        ({"plan_id": "P-2"}, ["soon"]),
        ({"family": Family.GUIDED}, ["selling", "soon", "video", "taken"]),
        ({"family": Family.FORCED}, ["forced"]),
        ({"family": Family.REAUTHORISE}, ["grant"]),
        ({"place": PlaceKind.LISTING}, ["selling"]),
        ({"place": PlaceKind.COUPON}, []),
        ({"stage": Stage.TAKEN}, ["taken"]),
        ({"stage": Stage.TO_DO, "shop_id": "w"}, ["video", "forced"]),
        ({"selling": True}, ["selling"]),
        ({"whose": Whose.MINE, "person": "lin"}, ["taken"]),
        ({"whose": Whose.MINE, "person": "wang"}, []),
        ({"whose": Whose.NOBODY, "person": "lin"}, ["selling", "soon", "video", "forced", "grant"]),
        ({"text": "视频 2"}, ["soon"]),
        ({"text": "g1"}, ["selling"]),
        ({"text": "100%"}, ["selling"]),
        ({"text": "春茶_"}, ["forced"]),
        ({"text": "_"}, ["forced"]),
        ({"text": "nowhere"}, []),
    ],
)
def test_a_filter_gives_exactly_what_it_asks_for(bench, asked, wanted):
    assert bench.found(**asked) == wanted


def test_a_plan_that_joined_a_target_sees_its_task(bench):
    bench.desk.open(video(1), plan="P-7")
    assert bench.found(plan_id="P-7") == ["video"]


def test_my_look_is_what_others_handed_in_or_was_drawn_of_theirs(bench):
    task = bench.open("two", off(7), off(8), place="listing", act="take_off", selling=False)
    bench.hand_in(task, "lin")
    looks = {name: bench.found(whose=Whose.MY_LOOK, person=name) for name in ("lin", "wang")}
    assert looks == {"lin": [], "wang": ["two"]}
    bench.desk.targets.confirm(task.task_id, [], by="wang")
    looks = {name: bench.found(whose=Whose.MY_LOOK, person=name) for name in ("lin", "wang", "zhao")}
    assert looks == {"lin": [], "wang": [], "zhao": ["two"]}


def test_a_page_beyond_the_end_is_the_last_one(bench):
    first, last = (bench.browse.page(Filter(), number=number, size=4) for number in (1, 99))
    assert (first.total, first.pages, len(first.rows)) == (6, 2, 4)
    assert (last.number, len(last.rows)) == (2, 2)
    assert {c.task.task_id for c in first.rows}.isdisjoint(c.task.task_id for c in last.rows)


def test_plans_of_open_tasks_are_named_once(bench):
    assert bench.browse.plans() == ("P-9", "P-3", "P-2", "P-1")
