"""Policies: what is in force, from the shipped packs and the merchant's own files, and which version of them.

Every question looks at the merchant's folder first. A file that changed and is good is adopted: its text is stored and
the journal says so, once, whoever noticed. A file that is no good changes nothing: its last good text stays in force and
`troubles` tells file and line. A file that was taken away is given up; a folder that is missing as a whole is trouble.
Adopting writes, so whoever asks inside a writing transaction of its own is told what was adopted last; the change is
adopted by the next question outside one. Hand the `Policy` you got around: one decision, one version.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from offshelf.kit.clock import Clock
from offshelf.kit.db import Database
from offshelf.kit.errors import OutsideError, UsageError
from offshelf.kit.texts import LANGUAGES
from offshelf.policy import folder as files
from offshelf.policy.adopt import Adopted, Adopter, Note, State, Trouble
from offshelf.policy.days import Calendar, legal_day
from offshelf.policy.load import Book, judge, per_platform
from offshelf.policy.model import Kind, Policy, Value
from offshelf.policy.schema import Known, Pack, near, read_pack
from offshelf.policy.settle import Own
from offshelf.vocabulary.texts import catalogue

_TRIES = 20


@dataclass(frozen=True, slots=True)
class Difference:
    """A merchant's value and what it replaces; None: the program ships no such value."""

    own: Value
    shipped: Value | None
    file: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What a file would do if it were put into the folder: every mistake, else every difference."""

    mistakes: tuple[UsageError, ...]
    pack: Pack | None = None
    differences: tuple[Difference, ...] = ()


class Policies:
    """The values in force. Safe to ask from several threads; several processes agree through the database."""

    def __init__(
        self,
        *,
        folder: Path,
        database: Database,
        clock: Clock,
        note: Note,
        words: Callable[[], Mapping[str, Collection[str]]] = dict,
    ) -> None:
        """`words` are those a merchant's list may hold, by id of the list; a list that is not named may hold any."""
        self.folder = folder
        self._clock = clock
        self._words = words
        self._adopter = Adopter(folder=folder, database=database, clock=clock, note=note, known=self._known)
        self._database = database
        self._lock = threading.Lock()
        # What the folder showed, when, and what came of it.
        self._last: tuple[files.Seen, date, State] | None = None

    def today(self) -> Policy:
        """Return what is in force on the present legal day."""
        return self.on(self._today())

    def on(self, day: date) -> Policy:
        """Return what is in force on a legal day, as the files say now."""
        state = self._look()
        if day not in state.days:
            state.days[day] = state.book.on(day)
        return state.days[day]

    def calendar(self) -> Calendar:
        """Return rest days and working days as known today."""
        return Calendar.of(self.today())

    def values(
        self,
        *,
        kind: Kind | None = None,
        platform: str | None = None,
        text: str | None = None,
        certainty: str | None = None,
        own: bool = False,
    ) -> tuple[Value, ...]:
        """Return the values in force today, by id. `text` is looked for in id, name, value, source, note and reason.

        With `own` only those of the merchant's files.
        """
        packs = {one.pack for one in self.adopted()} if own else set()
        return tuple(
            value
            for _, value in sorted(self.today().values.items())
            if kind in (None, value.kind)
            and platform in (None, value.platform)
            and certainty in (None, value.certainty)
            and (not own or value.pack in packs)
            and (text is None or text.casefold() in _words_of(value))
        )

    def windows(self, policy_id: str) -> tuple[Value, ...]:
        """Return every value of an id over all days, also those not in force now, the merchant's first."""
        book = self._look().book
        found = book.windows(policy_id)
        if not found:
            known = {value.base for value in (*book.own, *book.shipped)}
            raise UsageError("policy.unknown_value", id=policy_id[:80], near=near(policy_id, sorted(known)))
        return found

    def diff(self) -> tuple[Difference, ...]:
        """Return the merchant's values with what they replace, by id; also those that begin later or have ended."""
        state = self._look()
        return tuple(
            sorted(
                (one for name, own in state.in_force.items() for one in _differences(state.book, own, name)),
                key=lambda one: (one.own.policy_id, one.own.effective_from),
            )
        )

    def adopted(self) -> tuple[Adopted, ...]:
        """Return the merchant's files in force."""
        return self._look().adopted

    def troubles(self) -> tuple[Trouble, ...]:
        """Return every file that is not in force as it lies there; empty when all is well."""
        return self._look().troubles

    def check(self, path: Path) -> Checked:
        """Judge a file as if it were put into the folder, in place of the one of its name or pack. Adopts nothing."""
        try:
            return self._judge(files.read(path), path.name)
        except UsageError as error:
            return Checked((error,))

    def check_sent(self, name: str, data: bytes) -> Checked:
        """Judge bytes that were sent, as `check` does a file of that name; they are kept nowhere."""
        try:
            return self._judge(files.text_of(name, data), name)
        except UsageError as error:
            return Checked((error,))

    def _judge(self, text: str, name: str) -> Checked:
        reading = read_pack(text, name, today=self._today(), known=self._known())
        if reading.pack is None:
            return Checked(reading.mistakes)
        state = self._look()
        beside = [
            own.pack
            for file, own in state.in_force.items()
            if file != name and own.pack.name != reading.pack.name
        ]
        values, mistakes = judge(reading.pack, beside)
        if mistakes:
            return Checked(mistakes)
        own = Own(reading.pack, values)
        return Checked((), reading.pack, tuple(_differences(state.book, own, name)))

    def _known(self) -> Known:
        return Known(per_platform, self._words())

    def _today(self) -> date:
        return legal_day(self._clock.now())

    def _look(self) -> State:
        """Return what is in force; does nothing but look at the folder while no file changes and no day ends."""
        if self._database.writing:
            # Neither write here nor wait for a thread that waits for this one's transaction.
            return self._adopter.kept() if self._last is None else self._last[2]
        with self._lock:
            for _ in range(_TRIES):
                seen, today = files.look(self.folder), self._today()
                if self._last is not None and self._last[:2] == (seen, today):
                    return self._last[2]
                state = self._adopter.adopt(seen, today)
                if state is not None:
                    self._last = (seen, today, state)
                    return state
            raise OutsideError("policy.folder_unsteady", folder=str(self.folder))


def _differences(book: Book, own: Own, file: str) -> Iterator[Difference]:
    for value in own.values:
        yield Difference(value, book.replaced_by(value), file)


def _words_of(value: Value) -> str:
    """Return everything a person may look for in a value."""
    texts, key = catalogue(), f"policy_value.{value.base}"
    names = [texts.raw(key, language) for language in LANGUAGES if texts.has(key, language)]
    told = [value.policy_id, *names, str(value.value), value.source, value.note, value.why]
    return " ".join(told).casefold()
