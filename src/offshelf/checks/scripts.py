"""Check 3: what service says of the goods is true, stops offering them, and leads to a person."""

from __future__ import annotations

from collections.abc import Iterator

from offshelf.checks import knowing, wording
from offshelf.checks.model import Facts, fails, passes, unclear
from offshelf.vocabulary.places import Place, PlaceKind
from offshelf.vocabulary.plans import Finding


def scripts(facts: Facts) -> Iterator[Finding]:
    """Judge every auto-reply and script that speaks of the goods."""
    known = [knowing.told(facts, PlaceKind.SCRIPT, shop_id) for shop_id in facts.shops]
    found = [told.problem for told in known if told.problem is not None]
    sold_out = facts.policy.words("lexicon.sold_out")
    untrue = wording.lie(facts, wording.left(facts))
    read = 0
    for place in facts.standing(PlaceKind.SCRIPT):
        read += 1
        found += _says(place, sold_out, untrue=untrue)
        found += _leads(facts, place)
    at = min((told.at for told in known if told.at is not None), default=None)
    yield from knowing.summed(found, passes("scripts.true", "plan", at, {"count": read}, {"scripts": read}))


def _says(place: Place, sold_out: tuple[str, ...], *, untrue: bool | None) -> Iterator[Finding]:
    subject, params = knowing.of_place(place)
    text = str(place.detail.get("text", ""))
    if not text.strip():
        yield unclear("scripts.no_text", subject, place.observed_at, params, knowing.seen(place))
        return
    word = wording.says(text, sold_out)
    if not word or untrue is False:
        return
    evidence = knowing.seen(place) | {"word": word}
    if untrue:
        yield fails("scripts.false_sold_out", subject, place.observed_at, params | {"word": word}, evidence)
    else:
        yield unclear("scripts.unproven", subject, place.observed_at, params | {"word": word}, evidence)


def _leads(facts: Facts, place: Place) -> Iterator[Finding]:
    subject, params = knowing.of_place(place)
    if not facts.covers(place):
        yield fails("scripts.still_offers", subject, place.observed_at, params, knowing.seen(place))
    person = knowing.count(place.detail, "routes_to_human")
    if person is None:
        yield unclear("scripts.human_untold", subject, place.observed_at, params, knowing.seen(place))
    elif person == 0:
        yield fails("scripts.no_human", subject, place.observed_at, params, knowing.seen(place))
