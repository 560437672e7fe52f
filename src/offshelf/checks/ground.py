"""On what ground sale may stop without notice. A reason alone is a person's word; the ground is what shows it.

Safety stops at once on the word, because people are hurt otherwise, and owes the proof afterwards. Every other reason of
this kind lets no courtesy wait only where the ground is known; else it is announced like any other stop.
"""

from __future__ import annotations

from collections.abc import Mapping

from offshelf.catalog.registers.standing import Sold
from offshelf.checks import notices
from offshelf.checks.model import Facts
from offshelf.policy.days import legal_day
from offshelf.vocabulary.places import PlaceKind, Role
from offshelf.vocabulary.plans import Reason
from offshelf.vocabulary.statements import StatementKind

# Rows of the compliance reference that forbid the sale itself; the first is the one a timeline names.
LAW: Mapping[Reason, tuple[str, ...]] = {
    Reason.SAFETY: ("R-13", "F-2"),
    Reason.PLATFORM: ("F-4",),
    Reason.CERTIFICATE: ("F-7", "F-3"),
    Reason.VIOLATION: ("A-1", "F-4"),
}
FOOD_LAW = "F-2"  # the row that counts for food


def skips_courtesy(facts: Facts) -> bool:
    """Tell whether no notice may delay the stop."""
    return facts.reason.urgent or (facts.reason.at_once and proven(facts))


def proven(facts: Facts) -> bool:
    """Tell whether what forbids the sale is known: by the platform, by the register of papers, by a stated proof."""
    match facts.reason:
        case Reason.PLATFORM:
            return bool(facts.forced)
        case Reason.CERTIFICATE:
            return _without_papers(facts)
        case Reason.VIOLATION | Reason.SAFETY:
            return _stated(facts)
    return False


def _without_papers(facts: Facts) -> bool:
    """Tell whether every listing of the plan lacks a paper today, or sells as a bundle what lacks one."""
    papers, sold = facts.papers_on(legal_day(facts.now)), facts.sold_by_listing
    bundles = {
        (place.shop_id, member.listing_id)
        for place in facts.standing(PlaceKind.BUNDLE)
        if any(
            one.role is Role.COMPONENT and papers.lacking(Sold(place.shop_id, (one.code,)))
            for one in place.members
        )
        for member in place.members
        if member.role is Role.GOODS
    }
    lacking = {key for key, some in sold.items() if any(papers.lacking(one) for one in some)}
    return bool(sold) and sold.keys() <= lacking | bundles


def _stated(facts: Facts) -> bool:
    """Tell whether somebody stated the ground of this reason, with evidence, for all goods of the plan."""
    heard = notices.of_goods(facts, StatementKind.GROUND)
    sound = (one.evidence and one.detail.get("reason") == facts.reason.value for one in heard.words)
    return bool(heard.words) and not heard.untold and all(sound)
