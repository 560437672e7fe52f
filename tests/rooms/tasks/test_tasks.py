"""The ledger of tasks: one open task of a name, two ends, told in two languages."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest

from offshelf.access.shops import Shops
from offshelf.kit.db import Database
from offshelf.kit.errors import BlockedError, UsageError
from offshelf.kit.redact import Secret
from offshelf.kit.seal import FixedKey, Seal
from offshelf.platforms.contract import Guided, Manifest
from offshelf.tasks.model import FORCED_EXPLAIN, REAUTHORISE, TaskState
from offshelf.tasks.service import Tasks
from offshelf.vocabulary.shops import Platform, Shop
from support.databases import START
from support.evidence import evidence_store

APPEAL = Guided(
    "listing",
    "appeal",
    {"zh": "违规管理 → 申诉", "en": "Violations → Appeal"},
    ("screenshot",),
    "§16",
    "inferred",
)
COUPON = Guided(
    "coupon", "stop_coupon", {"zh": "营销 → 优惠券", "en": "Marketing → Coupons"}, (), "§15", "agreed"
)
MANIFEST = Manifest("wechat_channels", frozenset(), frozenset(), {}, "2026-11", guided=(APPEAL, COUPON))
NAMED = {"shop_id": "flagship", "subject": "L1"}


class Desk:
    """The service with a notebook in place of the journal."""

    def __init__(self, database: Database, clock: Any) -> None:
        self.database, self.clock = database, clock
        shops = Shops(database, clock, Seal(FixedKey(Secret("0f" * 16), "test")))
        with database.begin() as tx:
            shops.add(tx, Shop("flagship", Platform.WECHAT_CHANNELS, "店", "wx1", "http://localhost"), {})
        self.noted: list[tuple[str, str, str]] = []
        self.tasks = Tasks(
            database=database, clock=clock, shops=shops, manifests=lambda: {"wechat_channels": MANIFEST},
            note=lambda _tx, actor, verb, subject, _body: self.noted.append((actor, verb, subject)),
            evidence=evidence_store(database),
        )  # fmt: skip

    def open(self, kind: str = FORCED_EXPLAIN, **more: Any) -> Any:
        with self.database.begin() as tx:
            return self.tasks.open(tx, kind, **(NAMED | more))

    def end(self, verb: str, task_id: str, said: str = "mended") -> Any:
        word = {"done": "note", "drop": "why"}[verb]
        with self.database.begin() as tx:
            return getattr(self.tasks, verb)(tx, task_id, by="lin", **{word: said})


@pytest.fixture
def desk(sqlite_database, clock):
    return Desk(sqlite_database, clock)


def test_opening_twice_gives_the_same_task_and_one_note(database, clock):
    desk = Desk(database, clock)
    first, second = desk.open(params={"title": "茶"}), desk.open(params={"title": "other"})
    assert second == first
    assert desk.tasks.list() == (first,)
    assert desk.noted == [("offshelf", "task.opened", first.task_id)]


@pytest.mark.parametrize("other", [{"shop_id": "outlet"}, {"subject": "L2"}, {"kind": REAUTHORISE}])
def test_another_name_is_another_task(desk, other):
    assert desk.open().task_id != desk.open(**other).task_id


def test_many_at_once_open_one(database, clock):
    desk = Desk(database, clock)
    threads = [threading.Thread(target=desk.open) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(desk.tasks.list()), len(desk.noted)) == (1, 1)


@pytest.mark.parametrize(("verb", "state"), [("done", TaskState.DONE), ("drop", TaskState.DROPPED)])
def test_an_ended_task_says_who_when_and_what(desk, verb, state):
    task = desk.open()
    desk.clock.advance(60)
    ended = desk.end(verb, task.task_id)
    assert (ended.state, ended.closed_by, ended.note) == (state, "lin", "mended")
    assert ended.closed_at == START + timedelta(seconds=60)
    assert desk.noted[-1] == ("lin", f"task.{state.value}", task.task_id)
    assert (desk.tasks.list(), desk.tasks.list(None)) == ((), (ended,))


def test_what_comes_up_again_is_a_new_task(desk):
    first = desk.open()
    desk.end("done", first.task_id)
    assert desk.open().task_id != first.task_id


def test_what_is_opened_once_stays_closed(desk):
    first = desk.open(once=True)
    ended = desk.end("done", first.task_id)
    assert desk.open(once=True) == ended
    assert desk.tasks.list() == ()


@pytest.mark.parametrize("verb", ["done", "drop"])
def test_a_closed_task_is_not_closed_again(desk, verb):
    ended = desk.end("done", desk.open().task_id)
    with pytest.raises(BlockedError) as caught:
        desk.end(verb, ended.task_id, "again")
    assert (caught.value.code, caught.value.params["by"]) == ("tasks.closed", "lin")
    assert desk.tasks.get(ended.task_id) == ended
    assert len(desk.noted) == 2


@pytest.mark.parametrize("verb", ["done", "drop"])
def test_an_end_without_a_word_is_refused(desk, verb):
    task = desk.open()
    with pytest.raises(UsageError) as caught:
        desk.end(verb, task.task_id, "  ")
    assert caught.value.code == "tasks.note_missing"
    assert desk.tasks.list() == (task,)


@pytest.mark.parametrize("verb", ["done", "drop"])
def test_an_unknown_task_is_refused(desk, verb):
    with pytest.raises(UsageError) as caught:
        desk.end(verb, "T-0")
    assert caught.value.code == "tasks.unknown"


def test_those_whose_cause_is_gone_end_by_themselves(desk):
    kept, gone, other = desk.open(), desk.open(subject="L2"), desk.open(REAUTHORISE)
    with desk.database.begin() as tx:
        count = desk.tasks.close_others(tx, FORCED_EXPLAIN, standing={("flagship", "L1")}, note="over")
    assert (count, desk.tasks.get(gone.task_id).state) == (1, TaskState.DONE)
    assert {task.task_id for task in desk.tasks.list()} == {kept.task_id, other.task_id}


def test_due_ones_come_first_then_the_oldest(desk):
    late = desk.open(subject="a", due_at=START + timedelta(days=2))
    never = desk.open(subject="b")
    soon = desk.open(subject="c", due_at=START + timedelta(days=1))
    assert [task.task_id for task in desk.tasks.list()] == [soon.task_id, late.task_id, never.task_id]


def test_an_opening_that_is_rolled_back_leaves_nothing(desk):
    def breaks():
        with desk.database.begin() as tx:
            desk.tasks.open(tx, FORCED_EXPLAIN, **NAMED)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        breaks()
    assert desk.tasks.list(None) == ()


# -- told ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("lang", "menu"), [("zh", "违规管理 → 申诉"), ("en", "Violations → Appeal")])
def test_a_task_is_told_with_its_values_and_the_menu_of_its_platform(desk, lang, menu):
    task = desk.open(plan_id="P-1", params={"listing": "L1", "title": "{茶}", "raw": "13/1", "said": ""})
    guide = desk.tasks.guide(task, lang)
    assert (guide.menu, guide.evidence, guide.certainty) == (menu, ("screenshot",), "inferred")
    assert "L1" in guide.title
    assert "{茶}" in guide.title
    assert "13/1" in guide.why
    assert len(guide.steps) == 4
    assert "offshelf plan show P-1" in guide.steps[2]


def test_a_step_that_leads_nowhere_is_left_out(desk):
    guide = desk.tasks.guide(desk.open(params={"listing": "L1"}), "en")
    assert len(guide.steps) == 3
    assert not any("plan show" in step for step in guide.steps)


def test_a_shop_without_a_menu_has_none(desk):
    guide = desk.tasks.guide(desk.open(shop_id="gone"), "en")
    assert (guide.menu, guide.evidence, guide.certainty) == ("", (), "")


def test_guided_work_is_told_from_the_manifest(desk):
    guide = desk.tasks.guide(desk.open("guided.stop_coupon", params={"place": "coupon"}), "en")
    assert (guide.title, guide.menu) == ("By hand: L1", "Marketing → Coupons")


def test_a_kind_of_a_later_version_is_told_by_its_name(desk):
    guide = desk.tasks.guide(desk.open("later.kind"), "zh")
    assert (guide.title, guide.steps) == ("later.kind", ())
