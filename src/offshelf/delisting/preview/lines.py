"""What stops with a plan, what undoing costs, and who must be told. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from offshelf.delisting.by_hand import undo_of
from offshelf.delisting.courtesy import Gate, GateName, GateState
from offshelf.delisting.model import UNDO
from offshelf.delisting.plan import touching
from offshelf.delisting.preview.model import (
    Audience,
    CostLine,
    Fate,
    Heard,
    PromotionLine,
    TellLine,
)
from offshelf.delisting.records import act_of
from offshelf.delisting.timeline import LINE_OF, STAGE_OF, Timeline
from offshelf.durable.ledger import LedgerAct
from offshelf.vocabulary.goods import Listing, Promotion, PromotionKind, PromotionState
from offshelf.vocabulary.places import Place, PlaceKind, PlaceState
from offshelf.vocabulary.plans import ActKind, Undo

# Where a platform is known to make undoing dearer or trickier than elsewhere; each has a sentence of its own.
_OWN_WORDS = frozenset(
    {
        (ActKind.TAKE_OFF, "wechat_channels"),  # audited anew, within an hourly and a daily audit quota
        (ActKind.TAKE_OFF, "douyin"),  # whether it is audited anew is not known
        (ActKind.TAKE_OFF, "kuaishou"),  # needs a passed audit
        (ActKind.DRAIN_STOCK, "kuaishou"),  # stock is told as a difference only
    }
)
_FEW = 5  # names written out


def promotion_lines(
    promotions: Iterable[Promotion],
    listings: Sequence[Listing],
    acts: Sequence[LedgerAct],
    shops: Mapping[str, tuple[str, str]],
) -> tuple[PromotionLine, ...]:
    """Return every promotion that touches the plan's listings, with what becomes of it; the worst first."""
    planned = {(act.lane, act.target, act.kind) for act in acts}
    scope = {(item.shop_id, item.listing_id) for item in listings}
    found = [
        PromotionLine(
            shop_id=p.shop_id,
            platform=shops.get(p.shop_id, ("", ""))[0],
            kind=p.kind,
            promotion_id=p.promotion_id,
            title=p.title,
            state=p.state,
            fate=_fate(
                p,
                (p.shop_id, p.promotion_id, f"stop_{p.kind.value}") in planned,
                (p.shop_id, f"{p.kind.value}/{p.promotion_id}", ActKind.BY_HAND) in planned,
            ),
            here=sum((p.shop_id, one) in scope for one in p.listing_ids),
            all_listings=len(p.listing_ids),
        )
        for p in touching(promotions, listings)
    ]
    order = (Fate.NOT_STOPPED, Fate.UNKNOWN, Fate.ENDS, Fate.STAYS_MIXED, Fate.STAYS_WHOLE_SHOP, Fate.ENDED)
    return tuple(sorted(found, key=lambda line: (order.index(line.fate), line.shop_id, line.promotion_id)))


def _fate(promotion: Promotion, planned: bool, taken_out: bool) -> Fate:
    if promotion.state is PromotionState.ENDED:
        return Fate.ENDED
    if planned:
        return Fate.ENDS
    if promotion.state is PromotionState.UNKNOWN:
        return Fate.UNKNOWN
    if promotion.whole_shop:
        return Fate.STAYS_WHOLE_SHOP
    # Goods that stay are in it too: a person takes only the plan's out.
    return Fate.STAYS_MIXED if taken_out or promotion.kind is PromotionKind.COUPON else Fate.NOT_STOPPED


def cost_lines(acts: Sequence[LedgerAct], shops: Mapping[str, tuple[str, str]]) -> tuple[CostLine, ...]:
    """Return one line for each kind of act and platform, in the order they run, with what undoing costs."""
    counts: dict[tuple[int, str, str, str], int] = {}
    for act in acts:
        undo = undo_of(act_of(act)).value
        key = (act.step, act.kind, undo, shops.get(act.lane, ("", ""))[0])
        counts[key] = counts.get(key, 0) + 1
    return tuple(
        cost_line(ActKind(kind), platform, count, Undo(undo))
        for (_, kind, undo, platform), count in sorted(counts.items())
    )


def cost_line(kind: ActKind, platform: str, count: int, undo: Undo | None = None) -> CostLine:
    """Return what undoing `count` acts of a kind costs on a platform; by hand it depends on the place (`undo`)."""
    costs = UNDO[kind] if undo is None else undo
    text = f"{kind.value}_{platform}" if (kind, platform) in _OWN_WORDS else kind.value
    text = f"{text}_lost" if kind is ActKind.BY_HAND and costs is Undo.LOST else text
    return CostLine(kind, platform, count, costs, STAGE_OF[LINE_OF[kind]], text)


def tell_lines(
    time: Timeline,
    listings: Sequence[Listing],
    promotions: Sequence[PromotionLine],
    places: tuple[Place, ...] | None,
    orders: Mapping[str, int] | None,
    suppliers: Mapping[str, frozenset[str]],
) -> tuple[TellLine, ...]:
    """Return who must be told, in the order of time. What no statement says is unknown, not untold."""
    by = {entry.name: entry.at for entry in time.entries}
    gates = {gate.name: gate for gate in time.gates}
    found: list[TellLine] = []
    if GateName.CUSTOMERS in gates:
        when = by.get("tell_customers")
        found.append(TellLine(Audience.CUSTOMERS, len(listings), when, _heard(gates[GateName.CUSTOMERS])))
    closing = gates.get(GateName.CLOSING)
    if closing is not None and closing.code != "not_closing":
        shops = len({item.shop_id for item in listings})
        found.append(TellLine(Audience.PUBLIC, shops, by.get("tell_closing"), _heard(closing)))
    owed = None if orders is None else sum(orders.values())
    if owed != 0:
        found.append(TellLine(Audience.BUYERS, owed, time.start, Heard.UNKNOWN))
    found += _creators(time, promotions, places)
    gate = gates.get(GateName.SUPPLIERS)
    if gate is not None and gate.code != "no_drop_ship":
        named = tuple(sorted(suppliers))
        count = len(named) or None
        when = by.get("tell_suppliers")
        found.append(TellLine(Audience.SUPPLIERS, count, when, _heard(gate), named[:_FEW], not named))
    found += [TellLine(team, 1, time.start, Heard.UNKNOWN) for team in (Audience.SERVICE, Audience.WAREHOUSE)]
    return tuple(sorted(found, key=lambda line: line.by or time.start))


def _creators(
    time: Timeline, promotions: Sequence[PromotionLine], places: tuple[Place, ...] | None
) -> list[TellLine]:
    plans = [p for p in promotions if p.kind is PromotionKind.AFFILIATE and p.fate is not Fate.ENDED]
    shown = [
        p for p in places or () if p.kind is PlaceKind.CREATOR_SHOWCASE and p.state is not PlaceState.ENDED
    ]
    if not plans and not shown and places is not None:
        return []
    count = len(plans) + len(shown)
    named = tuple(sorted({p.holder for p in shown if p.holder}))[:_FEW]
    unsure = places is None
    return [TellLine(Audience.CREATORS, count or None, time.start, Heard.UNKNOWN, named, at_least=unsure)]


def _heard(gate: Gate) -> Heard:
    if gate.state is GateState.SKIPPED and gate.code != "waived":
        return Heard.SPARED
    if gate.state is GateState.UNKNOWN:
        return Heard.UNKNOWN
    return Heard.TOLD if gate.given_at is not None else Heard.NOT_TOLD
