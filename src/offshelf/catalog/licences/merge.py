"""What platforms and the merchant say of one paper, put together. Pure.

A paper is one by its kind and number, in one shop or in every shop as the merchant declared it. Of two ends the earlier
counts: what a platform holds to be over sells no more, and what the merchant knows to be over must not be sold.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from offshelf.platforms.contract import Force, LicenceSeen
from offshelf.vocabulary.statements import Doubt, Licence, LicenceKind, Term, TermKind

Name = tuple[str, str, str]  # (kind, number, shop)


@dataclass(frozen=True, slots=True)
class Sighting:
    """A paper as a shop's platform told of it last.

    `replaces` is the number it had before. `ended_on` is the last day before the platform first said that it has ended,
    `gone_at` since when whole readings do not hold it any more.
    """

    shop_id: str
    seen: LicenceSeen
    replaces: str = ""
    ended_on: date | None = None
    gone_at: datetime | None = None

    @property
    def end(self) -> tuple[date | None, bool]:
        """Return the last day, and whether it is known; what the platform says has ended has, whatever its dates say."""
        until = self.seen.valid_until
        if self.ended_on is None:
            return until, self.seen.end_known
        return min(until or self.ended_on, self.ended_on), True

    @property
    def terms(self) -> tuple[Term, ...]:
        """Return what it covers."""
        brands = (Term(self.shop_id, TermKind.BRAND, ref) for ref in self.seen.brand_ids)
        return (*brands, *(Term(self.shop_id, TermKind.CATEGORY, ref) for ref in self.seen.category_ids))

    @property
    def at(self) -> datetime:
        """Return the instant that what is said of it is true for."""
        return self.gone_at or self.seen.observed_at


def register_of(declared: Iterable[Licence], sightings: Iterable[Sighting], shop_id: str) -> list[Licence]:
    """Return what the register is to say of the papers a shop's platform tells of.

    `declared` are the merchant's own words, the newest of each paper; `sightings` those of every shop.
    """
    words = {(one.kind.value, one.number, one.shop_id): one for one in declared}
    groups: dict[Name, list[Sighting]] = {}
    for sighting in sightings:
        groups.setdefault(_name(sighting, words), []).append(sighting)
    mine = {name: some for name, some in groups.items() if any(one.shop_id == shop_id for one in some)}
    found = [_together(name, words.get(name), some) for name, some in sorted(mine.items())]
    return [one for one in found if one is not None]


def _name(sighting: Sighting, words: Mapping[Name, Licence]) -> Name:
    kind, number = sighting.seen.kind.value, sighting.seen.number
    here, everywhere = (kind, number, sighting.shop_id), (kind, number, "")
    return everywhere if everywhere in words and here not in words else here


def _together(name: Name, word: Licence | None, sightings: Sequence[Sighting]) -> Licence | None:
    """Return one paper; None where only the merchant's word counts: it is newer than the platform's silence."""
    heard = [
        one for one in sightings if word is None or one.gone_at is None or one.gone_at >= word.observed_at
    ]
    if not heard:
        return None
    until, known = _end(word, heard)
    starts = [one.seen.valid_from for one in heard] + ([] if word is None else [word.valid_from])
    first = heard[0].seen
    return Licence(
        kind=LicenceKind(name[0]),
        number=name[1],
        holder=(word.holder if word else "") or first.holder,
        covers=word.covers if word else (),
        valid_from=max((start for start in starts if start is not None), default=None),
        valid_until=until,
        source="both" if word else "api",
        # Never before the word: of one paper the newest counts, and the bare word is not the whole.
        observed_at=max([one.at for one in heard] + ([] if word is None else [word.observed_at])),
        shop_id=name[2],
        title=(word.title if word else "") or first.title,
        evidence=word.evidence if word else "",
        end_known=known,
        replaces=(word.replaces if word else "") or heard[0].replaces,
        doubt=_doubt(word, heard),
        terms=tuple(dict.fromkeys(term for one in heard for term in one.terms)),
    )


def _end(word: Licence | None, heard: Sequence[Sighting]) -> tuple[date | None, bool]:
    ends = [one.end for one in heard] + ([] if word is None else [(word.valid_until, word.end_known)])
    days = [until for until, _ in ends if until is not None]
    if days:
        return min(days), True
    return None, any(known for _, known in ends)


def _doubt(word: Licence | None, heard: Sequence[Sighting]) -> Doubt:
    if any(one.gone_at is not None for one in heard):
        return Doubt.NOT_LISTED
    for force, doubt in ((Force.UNKNOWN, Doubt.STATUS_UNKNOWN), (Force.NOT_IN_FORCE, Doubt.NOT_IN_FORCE)):
        if any(one.seen.force is force for one in heard):
            return doubt
    told = {one.end[0] for one in heard if one.end[1]}
    own = word is not None and (word.end_known or word.valid_until is not None)
    return Doubt.ENDS_DIFFER if word is not None and own and told - {word.valid_until} else Doubt.NONE
