"""Check 6: live rooms, replays, short videos, creators' showcases and affiliate links are all known and all end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from offshelf.checks import knowing
from offshelf.checks.model import Facts, fails, passes, unclear, warns
from offshelf.vocabulary.places import Place, PlaceKind, PlaceState
from offshelf.vocabulary.plans import Finding

_KINDS = (
    PlaceKind.LIVE,
    PlaceKind.REPLAY,
    PlaceKind.VIDEO,
    PlaceKind.CREATOR_SHOWCASE,
    PlaceKind.AFFILIATE,
)


def media(facts: Facts) -> Iterator[Finding]:
    """Judge every place where somebody shows the goods to an audience."""
    known = [knowing.told(facts, kind, shop_id) for shop_id in facts.shops for kind in _KINDS]
    found = [told.problem for told in known if told.problem is not None]
    found += knowing.unsure(facts, _KINDS, facts.shops)
    judged = {(one.shop_id, one.kind.value, one.promotion_id) for one in facts.promotions}
    ended: Counter[str] = Counter()
    for place in facts.standing(*_KINDS):
        if (place.shop_id, place.kind.value, place.ref) in judged:
            continue  # an affiliate plan that check 4 judges
        if place.kind is PlaceKind.LIVE:
            found += _on_air(facts, place)
        if facts.covers(place):
            ended[place.kind.value] += 1
        else:
            found.append(_left(place))
    at = min((told.at for told in known if told.at is not None), default=None)
    params = {"count": sum(ended.values())}
    yield from knowing.summed(found, passes("media.covered", "plan", at, params, dict(ended)))


def _on_air(facts: Facts, place: Place) -> Iterator[Finding]:
    """Goods leave the cart of a running live room before anything else; a safety reason does not wait for that."""
    subject, params = knowing.of_place(place)
    start, end = knowing.instant(place.detail, "started_at"), knowing.instant(place.detail, "ends_at")
    evidence = knowing.seen(place) | {
        "started_at": str(place.detail.get("started_at", "")),
        "ends_at": str(place.detail.get("ends_at", "")),
    }
    # A platform tells a cart only of the room that is on.
    told_on = place.source == "api" and place.state is PlaceState.LIVE
    if start is None and not told_on:
        yield unclear("media.live_untold", subject, place.observed_at, params, evidence)
    elif start is None or (start <= facts.now and (end is None or end > facts.now)):
        if facts.reason.urgent:
            yield warns("media.on_air", subject, place.observed_at, params, evidence)
        else:
            yield fails("media.on_air", subject, place.observed_at, params, evidence)


def _left(place: Place) -> Finding:
    subject, params = knowing.of_place(place)
    if place.state is PlaceState.UNKNOWN:
        return unclear("media.unclear_state", subject, place.observed_at, params, knowing.seen(place))
    return fails("media.not_ended", subject, place.observed_at, params, knowing.seen(place))
