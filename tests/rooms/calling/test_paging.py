"""A list is followed to its end, and never round and round."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import cast

import pytest

from offshelf.platforms.calling.client import Client
from offshelf.platforms.calling.paging import Sheet, follow
from offshelf.platforms.contract import CallFailedError, CallResult, Meaning


class Told:
    """A list whose cursors are told one after the other, then from `again` on anew."""

    def __init__(self, cursors: str, again: int | None = None) -> None:
        self.after = dict(pairwise(["", *cursors]))
        if again is not None:
            self.after[cursors[-1]] = cursors[again]
        self.asked: list[str] = []

    async def turn(self, cursor: str, _page: int) -> Sheet[str]:
        self.asked.append(cursor)
        if len(self.asked) > 20:
            raise AssertionError("it goes on and on")
        return Sheet([f"i{cursor}"], self.after.get(cursor, ""), None, cursor in self.after)

    def failure(self, method: str, note: str, trace: str = "") -> CallFailedError:
        return CallFailedError(CallResult(Meaning.UNKNOWN, method, note=note, trace_id=trace))


def followed(told: Told) -> list[str]:
    return asyncio.run(follow(cast("Client", told), "list", told.turn))


def test_a_list_ends_where_it_is_said_to_end() -> None:
    assert followed(Told("ABC")) == ["i", "iA", "iB", "iC"]


@pytest.mark.parametrize(("again", "asked"), [(0, ["", "A", "B", "C"]), (1, ["", "A", "B", "C"])])
def test_cursors_that_come_again_are_a_failure(again: int, asked: list[str]) -> None:
    told = Told("ABC", again)
    with pytest.raises(CallFailedError) as caught:
        followed(told)
    assert (caught.value.result.meaning, caught.value.result.note) == (
        Meaning.UNKNOWN,
        "the list goes in circles",
    )
    assert told.asked == asked
