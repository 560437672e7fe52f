"""The journal read from its end."""

from __future__ import annotations

import pytest

from offshelf.journal.recent.service import Recent
from offshelf.journal.service import Journal


@pytest.fixture
def written(database, clock):
    journal = Journal(database, clock)
    with database.begin() as tx:
        for subject, verb in (("P-1", "plan.made"), ("P-2", "plan.made"), ("P-1", "acts.recorded"), ("P-1", "plan.done")):  # fmt: skip
            journal.append(tx, actor="lin", verb=verb, subject=subject, body={})
    return Recent(database)


def test_the_last_number_about_each_subject(written):
    assert written.last_seqs(["P-1", "P-2", "P-3"]) == {"P-1": 4, "P-2": 2}
    assert written.last_seqs([]) == {}
    assert written.last_seqs([f"X-{n}" for n in range(900)] + ["P-2"]) == {"P-2": 2}


def test_what_happened_is_told_newest_first(written):
    assert [e.verb for e in written.story("P-1")] == ["plan.done", "acts.recorded", "plan.made"]
    assert [e.seq for e in written.story("P-1", without=("acts.recorded",))] == [4, 1]
    assert [e.seq for e in written.story("P-1", limit=1)] == [4]
