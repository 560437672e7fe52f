"""Looking through the journal: filters, pages by number, a bounded search, entries somebody has changed."""

# ruff: noqa: S608 - the statements are written here
from __future__ import annotations

from datetime import date

import pytest

from offshelf.journal import Journal
from offshelf.journal.browse import _store
from offshelf.journal.browse.model import Filter, Page
from offshelf.journal.browse.service import JournalPages
from offshelf.kit.clock import ManualClock
from offshelf.kit.db import Database
from offshelf.kit.errors import UsageError
from support.tampering import tamper

WHO = ("lin", "wang")
VERBS = ("plan.checked", "plan.proposed", "task.opened")
DAY = 24 * 3600


@pytest.fixture
def journal(database: Database, clock: ManualClock) -> Journal:
    """Return twelve entries, six hours apart: the first at 08:00 of 21 November in Shanghai."""
    made = Journal(database, clock)
    for number in range(1, 13):
        with database.begin() as tx:
            made.append(
                tx,
                actor=WHO[number % 2],
                verb=VERBS[number % 3],
                subject=f"P-{number % 4}",
                body={"n": number, "why": "换季 50%" if number == 5 else "a_b"},
            )
        clock.advance(6 * 3600)
    return made


@pytest.fixture
def pages(database, journal) -> JournalPages:
    return JournalPages(database)


def seqs(page: Page) -> list[int]:
    return [line.seq for line in page.lines]


def test_the_newest_come_first_and_the_list_goes_both_ways(pages):
    first = pages.page(Filter(), size=5)
    assert (seqs(first), first.older, first.newer, first.searched_to) == ([12, 11, 10, 9, 8], 8, None, None)
    second = pages.page(Filter(), before=first.older, size=5)
    assert (seqs(second), second.older, second.newer) == ([7, 6, 5, 4, 3], 3, 7)
    last = pages.page(Filter(), before=second.older, size=5)
    assert (seqs(last), last.older, last.newer) == ([2, 1], None, 2)
    back = pages.page(Filter(), after=last.newer, size=5)
    assert (seqs(back), back.older, back.newer) == ([7, 6, 5, 4, 3], 3, 7)
    top = pages.page(Filter(), after=7, size=5)
    assert (seqs(top), top.newer) == ([12, 11, 10, 9, 8], None)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (Filter(actor="lin"), [12, 10, 8, 6, 4, 2]),
        (Filter(verb="task.opened"), [11, 8, 5, 2]),
        (Filter(subject="P-1"), [9, 5, 1]),
        (Filter(actor="lin", verb="task.opened"), [8, 2]),
        (Filter(subject="P-1", verb="task.opened", actor="wang"), [5]),
        (Filter(text="换季"), [5]),
        (Filter(text="TASK.opened"), [11, 8, 5, 2]),
        (Filter(text="50%"), [5]),
        (Filter(text='0%"'), [5]),
        (Filter(text="a_b"), [12, 11, 10, 9, 8, 7, 6, 4, 3, 2, 1]),
        (Filter(text="axb"), []),
        (Filter(since=date(2026, 11, 23)), [12, 11, 10, 9, 8]),
        (Filter(until=date(2026, 11, 21)), [3, 2, 1]),
        (Filter(since=date(2026, 11, 22), until=date(2026, 11, 22), actor="lin"), [6, 4]),
        (Filter(since=date(2027, 1, 1)), []),
        (Filter(since=date(2026, 11, 23), until=date(2026, 11, 22)), []),
    ],
)
def test_filters(pages, asked, expected):
    assert seqs(pages.page(asked)) == expected
    assert [line.seq for line in pages.all(asked)] == expected


def test_a_clock_set_back_hides_nothing_from_a_day(pages, journal, database, clock):
    clock.advance(-60 * DAY)
    with database.begin() as tx:
        journal.append(tx, actor="lin", verb="plan.checked", subject="P-9", body={})
    assert seqs(pages.page(Filter(until=date(2026, 11, 21)))) == [13, 3, 2, 1]
    assert 13 not in seqs(pages.page(Filter(since=date(2026, 11, 22))))


def test_a_search_stops_after_its_fill_and_goes_on(pages, monkeypatch):
    monkeypatch.setattr(_store, "LOOKED_AT", 4)
    found = pages.page(Filter(text="换季"))
    assert (seqs(found), found.searched_to, found.older) == ([], 9, 9)
    further = pages.page(Filter(text="换季"), before=9)
    assert (seqs(further), further.searched_to, further.older) == ([5], 5, 5)
    end = pages.page(Filter(text="换季"), before=5)
    assert (seqs(end), end.older) == ([], 1)
    assert pages.page(Filter(text="换季"), before=1).older is None
    assert [line.seq for line in pages.all(Filter(text="换季"))] == [5]


def test_an_entry_tells_its_neighbours_and_whether_it_follows(pages, journal):
    record = pages.record(5)
    assert (record.line.body, record.line.intact, record.linked) == ({"n": 5, "why": "换季 50%"}, True, True)
    assert (record.before, record.after) == (4, 6)
    assert (pages.record(1).before, pages.record(1).linked) == (None, True)
    assert (pages.record(12).after, pages.record(12).line.hash) == (None, journal.head().hash)
    with pytest.raises(UsageError) as refused:
        pages.record(13)
    assert (refused.value.code, refused.value.params) == ("journal.unknown_entry", {"seq": 13})


@pytest.mark.parametrize(
    "change", ["body = '{\"n\":'", "body = '[]'", "body = '{\"n\":1.5}'", "at = 9000000000000000000"]
)
def test_an_entry_somebody_changed_is_shown_as_changed(pages, database, change):
    tamper(database, f"UPDATE journal_entry SET {change} WHERE seq = 5")
    found = pages.page(Filter())
    assert [line.seq for line in found.lines if not line.intact] == [5]
    assert not pages.record(5).line.intact
    assert pages.record(5).linked


def test_an_entry_behind_one_that_was_taken_away_or_changed_does_not_follow(pages, database):
    tamper(
        database,
        "DELETE FROM journal_entry WHERE seq = 4",
        "UPDATE journal_entry SET hash = prev_hash WHERE seq = 8",
    )
    assert {seq: pages.record(seq).linked for seq in (3, 5, 8, 9)} == {3: True, 5: None, 8: True, 9: False}
    assert pages.record(5).before == 3


def test_who_and_what_there_is_to_choose_from(pages):
    assert (pages.actors(), pages.verbs()) == (WHO, VERBS)


def test_letters_that_are_none_are_shown_all_the_same(pages, database):
    if database.dialect != "sqlite":
        return  # PostgreSQL lets no such bytes in
    tamper(database, "UPDATE journal_entry SET actor = CAST(x'ff41' AS TEXT) WHERE seq = 5")
    line = next(line for line in pages.page(Filter()).lines if line.seq == 5)
    assert (line.actor, line.intact) == ("\ufffdA", False)
