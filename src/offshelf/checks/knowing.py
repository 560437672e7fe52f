"""Whether an input is known, whole and young enough. What is not gives a finding, never silence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from offshelf.checks.model import Facts, Params, unclear
from offshelf.kit.instants import from_iso
from offshelf.vocabulary.goods import Listing
from offshelf.vocabulary.places import Place, PlaceKind
from offshelf.vocabulary.plans import Finding
from offshelf.vocabulary.statements import StatementKind

_AGES = {
    PlaceKind.LIVE: "fresh.live",
    PlaceKind.SCRIPT: "fresh.scripts",
    PlaceKind.ERP_STOCK: "fresh.erp_stock",
    PlaceKind.WMS_PICKING: "fresh.wms",
    PlaceKind.DROP_SHIP: "fresh.drop_ship",
    PlaceKind.PRESALE: "fresh.presale",
}
NAMED = 20  # ids that a finding names; its count tells of all


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of one kind of place in one shop: `at` the instant it is true for, or `problem` that says why not.

    `none`: somebody stated that there is none.
    """

    at: datetime | None
    none: bool = False
    problem: Finding | None = None


def age_id(kind: PlaceKind) -> str:
    """Return the policy id of the age that what is known of a kind of place may have."""
    return _AGES.get(kind, "fresh.places")


def listings(facts: Facts, shop_id: str) -> Finding | None:
    """Judge the reading of a shop's listings. None: well."""
    return _stale(facts, "listings", shop_id, limit(facts, "fresh.listings", shop_id))


def promotions(facts: Facts, shop_id: str) -> Finding | None:
    """Judge the reading of a shop's promotions. None: well."""
    return _stale(facts, "promotions", shop_id, limit(facts, "fresh.promotions", shop_id))


def locks(facts: Facts, shop_id: str) -> Finding | None:
    """Judge the reading of what a shop's platform holds fast. None: well."""
    return _stale(facts, "locks", shop_id, limit(facts, "fresh.promotions", shop_id))


def orders(facts: Facts, shop_id: str) -> Finding | None:
    """Judge the reading of a shop's orders. None: well."""
    return _stale(facts, "orders", shop_id, limit(facts, "fresh.orders", shop_id))


def aftersales(facts: Facts, shop_id: str) -> Finding | None:
    """Judge the reading of a shop's after-sale cases. None: well."""
    return _stale(facts, "aftersales", shop_id, limit(facts, "fresh.orders", shop_id))


def _stale(facts: Facts, part: str, shop_id: str, most: timedelta) -> Finding | None:
    at = facts.read_at.get((shop_id, part))
    if at is None:
        return unclear(f"{part}.never_read", shop_id, None, {"shop": shop_id})
    if (shop_id, part) in facts.incomplete:
        return unclear(f"{part}.partly_read", shop_id, at, {"shop": shop_id})
    if outdated(facts, at, most):
        return unclear(f"{part}.stale", shop_id, at, {"shop": shop_id, "minutes": minutes(facts.now - at)})
    return None


def told(facts: Facts, kind: PlaceKind, shop_id: str) -> Told:
    """Return what is known of a kind of place of the goods in a shop (empty: on no shop of ours).

    Known are a whole reading of them, somebody's word that all were written down, or that there is none; the youngest
    counts. A word that there is none counts for nothing while one stands in the catalog; and where a call tells the kind, no
    longer than what that call told: an empty place ages like any other.
    """
    most = limit(facts, age_id(kind), shop_id)
    read, partly = _read(facts, kind, shop_id)
    if read is not None and not partly and not outdated(facts, read, most):
        return Told(read)
    none = facts.said(StatementKind.NONE, *_subjects(kind, shop_id))
    there = (*facts.standing(kind), *facts.sharing(kind))
    stands = any(place.shop_id in ("", shop_id) for place in there)
    age = most if _called(facts, kind, shop_id) else limit(facts, "fresh.none", shop_id)
    if none is not None and not stands and facts.now - none.at <= age:
        return Told(none.at, none=True)
    at = read or (none.at if none is not None and not stands else None)
    params: Params = {"shop": shop_id or "*", "kind": kind.value}
    subject = f"{shop_id}/{kind.value}" if shop_id else kind.value
    if at is None:
        return Told(None, problem=unclear("places.never_read", subject, None, params))
    if partly:
        return Told(None, problem=unclear("places.partly_read", subject, at, params))
    late = params | {"minutes": minutes(facts.now - at)}
    return Told(None, problem=unclear("places.stale", subject, at, late))


def unsure(facts: Facts, kinds: Iterable[PlaceKind], shops: Iterable[str]) -> Iterator[Finding]:
    """Yield one finding per kind and shop with places of which the platform does not say what stands there.

    Somebody who has looked through them lately and wrote down those with the goods settles those that were there then:
    nobody has looked at what appeared since. That there are none settles nothing: there they are.
    """
    for kind in kinds:
        for shop_id in shops:
            some = facts.unsure(kind, shop_id)
            said = facts.said(StatementKind.READ, *_subjects(kind, shop_id))
            if said and not outdated(facts, said.at, limit(facts, age_id(kind), shop_id)):
                some = tuple(one for one in some if said.at < appeared(one))
            if not some:
                continue
            params: Params = {"shop": shop_id or "*", "kind": kind.value}
            params |= {"count": len(some), "first": some[0].title or some[0].ref}
            evidence: dict[str, object] = {"refs": [one.ref for one in some[:NAMED]], "count": len(some)}
            at = min(one.observed_at for one in some)
            subject = f"{shop_id}/{kind.value}" if shop_id else kind.value
            yield unclear("places.unsure", subject, at, params, evidence)


def appeared(place: Place, seen: datetime | None = None) -> datetime:
    """Return since when a place stands of which nobody knows the goods: a word from before says nothing of it.

    `seen` is when it was first seen like that (None: as the catalog has it). Where the platform tells an earlier begin,
    that counts.
    """
    first = seen or place.unsure_since or place.observed_at
    began = instant(place.detail, "started_at")
    return first if began is None else min(first, began)


def _subjects(kind: PlaceKind, shop_id: str) -> tuple[str, ...]:
    return (kind.value, f"{shop_id}/{kind.value}") if shop_id else (kind.value,)


def _read(facts: Facts, kind: PlaceKind, shop_id: str) -> tuple[datetime | None, bool]:
    """Return the newest instant a reading or a word "all is written down" is true for, and whether it missed items."""
    part = f"places.{kind.value}"
    found = [mark for shop in {shop_id, ""} for mark in _mark(facts, shop, part)]
    if kind is PlaceKind.AFFILIATE and (shop_id, "untold.affiliate") not in facts.read_at:
        # Affiliate plans come with the reading of promotions, where the platform tells them.
        found += _mark(facts, shop_id, "promotions")
    said = facts.said(StatementKind.READ, *_subjects(kind, shop_id))
    if said is not None:
        found.append((said.at, False))
    return max(found, default=(None, False), key=lambda one: (one[0], not one[1]))


def _called(facts: Facts, kind: PlaceKind, shop_id: str) -> bool:
    """Tell whether a call has told this kind of place before, whole or in part."""
    return bool(_mark(facts, shop_id, f"places.{kind.value}")) if shop_id else False


def _mark(facts: Facts, shop_id: str, part: str) -> list[tuple[datetime, bool]]:
    at = facts.read_at.get((shop_id, part))
    return [] if at is None else [(at, (shop_id, part) in facts.incomplete)]


def outdated(facts: Facts, at: datetime, most: timedelta) -> bool:
    """Tell whether a reading of an instant is older than it may be.

    A reading is what a platform, a file or a person who looked everything through says of things that move. One that was
    young enough at the check is so at the start too, or every start would race the clock; what must be true then is seen
    by each act before it acts. What people stated, papers and notices are measured without that grace.
    """
    return facts.now - at > most + facts.grace


def limit(facts: Facts, policy_id: str, shop_id: str = "") -> timedelta:
    """Return a length of time of the policy in force for a shop's platform. Raises `NoPolicyError`."""
    return facts.policy.span(policy_id, facts.platforms.get(shop_id, ""))


def summed(found: Sequence[Finding], well: Finding) -> Iterator[Finding]:
    """Yield what was found, and that all is well only where nothing blocks."""
    yield from found
    if not any(finding.blocks for finding in found):
        yield well


def minutes(age: timedelta) -> int:
    """Return whole minutes."""
    return int(age.total_seconds() // 60)


def of(listing: Listing) -> tuple[str, Params]:
    """Return the subject of a listing and what its texts are filled with."""
    return f"{listing.shop_id}/{listing.listing_id}", {"listing": listing.listing_id, "title": listing.title}


def of_place(place: Place) -> tuple[str, Params]:
    """Return the subject of a place and what its texts are filled with."""
    subject = "/".join(part for part in (place.shop_id, place.kind.value, place.ref) if part)
    return subject, {"kind": place.kind.value, "place": place.ref, "title": place.title}


def seen(place: Place) -> dict[str, object]:
    """Return a place as evidence. Its holder may be a person and is left out."""
    return {"kind": place.kind.value, "ref": place.ref, "state": place.state.value, "source": place.source}


def oldest(facts: Facts) -> datetime | None:
    """Return the oldest sight among the plan's listings."""
    return min((listing.observed_at for listing in facts.listings), default=None)


def instant(detail: Mapping[str, str | int], name: str) -> datetime | None:
    """Return an instant of a detail; None where it is missing or cannot be read."""
    try:
        return from_iso(str(detail.get(name, "")))
    except ValueError:
        return None


def count(detail: Mapping[str, str | int], name: str) -> int | None:
    """Return a whole number of a detail that is not negative; None where it is missing or is none."""
    value = detail.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
