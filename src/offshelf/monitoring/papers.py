"""Papers as people look through them: how each stands, what needs somebody, what depends on it and what was said of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from offshelf.catalog.registers.model import Observation, Standing
from offshelf.catalog.registers.service import Registers
from offshelf.catalog.registers.standing import EVERYTHING, TOLD
from offshelf.catalog.service import Catalog, Key
from offshelf.journal.browse.model import Filter as Entries
from offshelf.journal.browse.service import JournalPages
from offshelf.kit.errors import UsageError
from offshelf.monitoring.licences import LicenceEvent, LicenceWatch
from offshelf.vocabulary.goods import Listing
from offshelf.vocabulary.statements import Doubt, LicenceKind, LicenceState

_LOOKED_UP = 100  # codes of a paper whose listings are looked up for one page
_LISTED = 50  # listings of a paper that are shown
_SAID = 100  # entries of the journal read for who said a paper first
_IN_ANY_CASE = (LicenceState.EXPIRED, LicenceState.UNKNOWN)  # needs somebody whatever the calendar says


class Condition(StrEnum):
    """How a paper stands, for people: its state, and whether its end is near or its papers contradict each other."""

    EXPIRED = "expired"
    SOON = "soon"  # it ends within the alarm days, and nothing takes over
    UNKNOWN = "unknown"  # nobody wrote down when it ends
    DOUBTED = "doubted"  # platforms say something else
    NOT_YET = "not_yet"
    VALID = "valid"
    REPLACED = "replaced"


@dataclass(frozen=True, slots=True)
class Filter:
    """What a list of papers is narrowed to; an empty part narrows nothing. `needs`: only what needs somebody."""

    kind: LicenceKind | None = None
    shop_id: str = ""
    condition: Condition | None = None
    text: str = ""
    needs: bool = False


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper with what is to be told of it."""

    standing: Standing
    condition: Condition
    needs: bool


@dataclass(frozen=True, slots=True)
class Shelf:
    """Papers that match, by their end, with those of unknown end first; how many of all stand how.

    `at` is when it was looked; `alarms` the days before an end that are alarms, None: nobody knows, so no end counts as near.
    """

    papers: tuple[Paper, ...]
    counts: dict[Condition, int]
    at: datetime
    alarms: tuple[int, ...] | None


@dataclass(frozen=True, slots=True)
class Said:
    """An observation, and who wrote it down ("" where the journal does not tell)."""

    observation: Observation
    by: str


@dataclass(frozen=True, slots=True)
class Depends:
    """The listings that need a paper: how many by shop, and the first of them.

    `whole` False: the paper names more codes than were looked up, so there may be more listings.
    """

    by_shop: dict[str, int]
    listings: tuple[Listing, ...]
    whole: bool

    @property
    def count(self) -> int:
        """Return how many there are in all."""
        return sum(self.by_shop.values())


@dataclass(frozen=True, slots=True)
class Record:
    """All there is to tell of one paper."""

    paper: Paper
    said: tuple[Said, ...]
    events: tuple[LicenceEvent, ...]
    depends: Depends
    heirs: tuple[Paper, ...]  # papers that name it as the one they replace


def needs_somebody(paper: Standing, days: Sequence[int] | None) -> bool:
    """Tell whether a paper needs somebody now or soon; `days` are the alarm days, None: unknown."""
    if paper.licence.idle or paper.state is LicenceState.REPLACED:
        return False
    if paper.licence.doubt is not Doubt.NONE or paper.state in _IN_ANY_CASE:
        return True
    if paper.renewed or paper.days_left is None:
        return False
    return days is None or paper.days_left <= max(days)  # unknown days: rather too many than one too few


def condition_of(paper: Standing, days: Sequence[int] | None) -> Condition:
    """Return how a paper stands, for people."""
    if paper.state in (LicenceState.REPLACED, LicenceState.EXPIRED):
        return Condition(paper.state.value)
    if paper.licence.doubt is not Doubt.NONE:
        return Condition.DOUBTED
    if paper.state is not LicenceState.VALID:
        return Condition(paper.state.value)
    near = paper.days_left is not None and days is not None and paper.days_left <= max(days)
    return Condition.SOON if near and not paper.renewed else Condition.VALID


class PaperPages:
    """The papers of one database, as people look through them."""

    def __init__(
        self, *, registers: Registers, watch: LicenceWatch, catalog: Catalog, journal: JournalPages
    ) -> None:
        self._registers = registers
        self._watch = watch
        self._catalog = catalog
        self._journal = journal

    def shelf(self, asked: Filter) -> Shelf:
        """Return every paper that matches, as it stood at most ten minutes ago."""
        seen, days = self._registers.lately.seen(), self._watch.thresholds()
        every = [_paper(one, days) for one in seen.papers]
        counts = dict.fromkeys(Condition, 0)
        for paper in every:
            counts[paper.condition] += 1
        found = sorted((paper for paper in every if _matches(paper, asked)), key=_by_end)
        return Shelf(tuple(found), counts, seen.at, days)

    def record(self, kind: str, number: str, shop_id: str) -> Record:
        """Return one paper with all that is told of it. Raises `UsageError('registers.unknown_paper')`."""
        name, days = (kind, number, shop_id), self._watch.thresholds()
        every = self._registers.lately.seen().papers
        found = next((one for one in every if _name(one) == name), None)
        if found is None:
            raise UsageError("registers.unknown_paper", number=number[:128])
        heirs = (one for one in every if _follows(one, found))
        return Record(
            paper=_paper(found, days),
            said=self._said(found),
            events=self._watch.of(*name),
            depends=self._depends(found),
            heirs=tuple(_paper(one, days) for one in heirs),
        )

    def _said(self, paper: Standing) -> tuple[Said, ...]:
        """Return what was written down of a paper, by whom as far as the last entries of the journal on it tell."""
        licence = paper.licence
        text = json.dumps(licence.number, ensure_ascii=False)[1:-1]
        entries = self._journal.page(Entries(verb="register.licences", text=text), size=_SAID)
        by = {
            str(item[-1]): line.actor
            for line in entries.lines
            for item in (line.body or {}).get("items", ())
            if isinstance(item, list) and item
        }
        found = self._registers.history_of(licence.kind, licence.number, licence.shop_id)
        return tuple(Said(one, by.get(one.digest, "")) for one in found)

    def _depends(self, paper: Standing) -> Depends:
        licence = paper.licence
        if EVERYTHING in licence.covers:
            return self._everything(licence.shop_id)
        keys, codes = set(licence.listings or ()), licence.covers if licence.source != TOLD else ()
        found, _ = self._catalog.find(codes[:_LOOKED_UP])
        keys |= {key for some in found.values() for key in some}
        return self._of([key for key in keys if licence.shop_id in ("", key[0])], len(codes) <= _LOOKED_UP)

    def _everything(self, shop_id: str) -> Depends:
        by_shop: dict[str, int] = {}
        for row in self._catalog.counts():
            if shop_id in ("", row["shop_id"]):
                by_shop[row["shop_id"]] = by_shop.get(row["shop_id"], 0) + row["count"]
        return Depends(dict(sorted(by_shop.items())), (), whole=True)

    def _of(self, keys: Sequence[Key], whole: bool) -> Depends:
        by_shop: dict[str, int] = {}
        for shop_id, _ in sorted(keys):
            by_shop[shop_id] = by_shop.get(shop_id, 0) + 1
        first = sorted(keys)[:_LISTED]
        listings = self._catalog.listings(first) if first else {}
        return Depends(by_shop, tuple(listings[key] for key in first if key in listings), whole)


def _paper(standing: Standing, days: Sequence[int] | None) -> Paper:
    return Paper(standing, condition_of(standing, days), needs_somebody(standing, days))


def _name(paper: Standing) -> tuple[str, str, str]:
    return paper.licence.kind.value, paper.licence.number, paper.licence.shop_id


def _follows(heir: Standing, paper: Standing) -> bool:
    one, other = heir.licence, paper.licence
    return one.kind is other.kind and one.replaces == other.number and one.shop_id in ("", other.shop_id)


def _matches(paper: Paper, asked: Filter) -> bool:
    licence = paper.standing.licence
    if asked.kind not in (None, licence.kind) or asked.condition not in (None, paper.condition):
        return False
    if asked.shop_id and licence.shop_id not in ("", asked.shop_id):  # one for every shop serves this one too
        return False
    if asked.needs and not paper.needs:
        return False
    text = asked.text.casefold()
    told = (licence.number, licence.title, licence.holder, *licence.covers)
    return not text or any(text in one.casefold() for one in told)


def _by_end(paper: Paper) -> tuple[bool, int, date, tuple[str, str, str]]:
    """Sort by end: unknown ends first, those without an end last, what was replaced below everything."""
    licence = paper.standing.licence
    end = licence.valid_until
    rank = 1 if end is not None else 2 if licence.end_known else 0
    return paper.condition is Condition.REPLACED, rank, end or date.max, _name(paper.standing)
