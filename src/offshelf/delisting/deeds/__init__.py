"""How each kind of act is looked at and done through the ports. A deed knows no ledger, no plan and no platform."""

from offshelf.delisting.deeds.affiliate import RestoreAffiliate, StopAffiliate
from offshelf.delisting.deeds.by_hand import ByHand
from offshelf.delisting.deeds.deed import Deed, Look, Taken, trouble
from offshelf.delisting.deeds.promotions import StopPromotion
from offshelf.delisting.deeds.shelf import CancelAudit, PutOn, TakeOff
from offshelf.delisting.deeds.stock import DrainStock, RestoreStock
from offshelf.vocabulary.goods import PromotionKind
from offshelf.vocabulary.plans import ActKind

DEEDS: dict[ActKind, Deed] = {
    ActKind.STOP_LIMITED_DISCOUNT: StopPromotion(PromotionKind.LIMITED_DISCOUNT),
    ActKind.STOP_COUPON: StopPromotion(PromotionKind.COUPON),
    ActKind.STOP_AFFILIATE: StopAffiliate(),
    ActKind.CANCEL_AUDIT: CancelAudit(),
    ActKind.DRAIN_STOCK: DrainStock(),
    ActKind.TAKE_OFF: TakeOff(),
    ActKind.PUT_ON: PutOn(),
    ActKind.RESTORE_STOCK: RestoreStock(),
    ActKind.RESTORE_AFFILIATE: RestoreAffiliate(),
    ActKind.BY_HAND: ByHand(),
}

__all__ = ["DEEDS", "Deed", "Look", "Taken", "trouble"]
