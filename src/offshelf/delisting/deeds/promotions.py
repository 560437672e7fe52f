"""Ending limited-time sales and coupons."""

from __future__ import annotations

from collections.abc import Sequence

from offshelf.delisting.deeds.deed import Look, trouble
from offshelf.durable.ledger import LedgerAct
from offshelf.kit.instants import iso
from offshelf.platforms.contract import NO_API, CallFailedError, CallResult, Connector, Meaning
from offshelf.vocabulary.goods import Promotion, PromotionKind, PromotionState

_BY_HAND = CallResult(Meaning.ASK_PERSON, "promotions", NO_API, "the platform has no call for this")


def judge(promotion: Promotion) -> Look:
    """Return the look of a promotion that should have ended."""
    evidence = {"state": promotion.state.value, "raw": promotion.raw_status, "at": iso(promotion.observed_at)}
    if promotion.state is PromotionState.UNKNOWN:
        return Look(None, "promotion.unknown", evidence)
    if promotion.state is PromotionState.ENDED:
        return Look(True, "promotion.ended", evidence)
    undo = {"title": promotion.title, "listings": list(promotion.listing_ids)}
    return Look(False, "promotion.active", evidence, undo)


class StopPromotion:
    """End one promotion of a kind. Cannot be undone: what it was is written down before."""

    repeatable = True

    def __init__(self, kind: PromotionKind) -> None:
        self._kind = kind

    async def look(self, connector: Connector, acts: Sequence[LedgerAct]) -> dict[str, Look]:
        """Read the promotions of the batch together."""
        if connector.promotions is None:
            return {act.act_id: trouble(CallResult(Meaning.ASK_PERSON, "promotions")) for act in acts}
        try:
            found = await connector.promotions.observe_many(self._kind, [act.target for act in acts])
        except CallFailedError as error:
            return {act.act_id: trouble(error.result) for act in acts}
        looks: dict[str, Look] = {}
        for act in acts:
            promotion = found.get(act.target)
            look = Look(None, "promotion.not_returned") if promotion is None else judge(promotion)
            if look.satisfied is False and not connector.promotions.can_stop(self._kind):
                # A person ends it in the console; the next look sees whether that was done.
                look = Look(None, "promotion.by_hand", look.evidence, look.undo, failure=_BY_HAND)
            looks[act.act_id] = look
        return looks

    async def do(self, connector: Connector, act: LedgerAct, look: Look) -> CallResult:  # noqa: ARG002
        """End it."""
        if connector.promotions is None:
            return CallResult(Meaning.ASK_PERSON, "promotions")
        return await connector.promotions.stop(self._kind, act.target)
