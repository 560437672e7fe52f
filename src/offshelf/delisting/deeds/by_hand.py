"""Places that a person ends: looked at where a read can tell, never written to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from offshelf.delisting.deeds.deed import Look, trouble
from offshelf.durable.ledger import LedgerAct
from offshelf.kit.instants import iso
from offshelf.platforms.contract import (
    NO_API,
    CallFailedError,
    CallResult,
    Connector,
    Meaning,
    ShowcaseItem,
)
from offshelf.tasks.model import Sight, comparable
from offshelf.tasks.sights import out_of_cart, unlinked
from offshelf.vocabulary.places import PlaceKind

_WAITS = CallResult(Meaning.ASK_PERSON, "by_hand", NO_API, "a person does this")
_FEW = 20  # showcase items asked for at once: more, and a connector may read the whole showcase for them

Looks = dict[str, Look]


class ByHand:
    """An act of a person. A look is satisfied only where a read shows that the place is gone."""

    repeatable = True

    async def look(self, connector: Connector, acts: Sequence[LedgerAct]) -> dict[str, Look]:
        """Read what can be read of these places, each kind together; the rest waits for a person."""
        looks: Looks = {act.act_id: _waits(act) for act in acts}
        readers: dict[str, Callable[[Connector, list[LedgerAct]], Awaitable[Looks]]] = {
            PlaceKind.LIVE: _live,
            PlaceKind.SHOWCASE: _showcase,
            PlaceKind.VIDEO: _videos,
        }
        for kind, read in readers.items():
            some = [act for act in acts if act.params.get("place") == kind and _provable(act)]
            if not some:
                continue
            try:
                looks.update(await read(connector, some))
            except CallFailedError as error:
                looks.update((act.act_id, trouble(error.result)) for act in some)
        return looks

    async def do(self, connector: Connector, act: LedgerAct, look: Look) -> CallResult:  # noqa: ARG002
        """Call nothing."""
        return _WAITS


def _provable(act: LedgerAct) -> bool:
    """Tell whether the platform's silence says anything: it listed the place itself, in the shop of this lane."""
    return act.params.get("listed") is True and act.params.get("shop") == act.lane


def _goods(act: LedgerAct) -> tuple[str, ...]:
    """Return the platform's ids of what is to leave a place: with a code of ours a look would compare nothing."""
    return comparable(str(name) for name in act.params.get("listings", act.params["items"]))


def _waits(act: LedgerAct, **evidence: Any) -> Look:
    undo = {name: act.params.get(name, "") for name in ("title", "holder")}
    return Look(None, "place.by_hand", evidence, undo, failure=_WAITS)


async def _live(connector: Connector, acts: list[LedgerAct]) -> Looks:
    """Ask whether the products are in the cart of the live that is on; it is the only one the platform tells of."""
    port = connector.live_cart
    looks: Looks = {}
    for act in acts:
        if port is None:
            looks[act.act_id] = _waits(act)
            continue
        goods = _goods(act)
        held = [item for item in goods if await port.holds(item)]
        gone = out_of_cart(held, goods, listed=True) is Sight.YES
        looks[act.act_id] = Look(True, "place.gone", {"held": []}) if gone else _waits(act, held=held)
    return looks


async def _showcase(connector: Connector, acts: list[LedgerAct]) -> Looks:
    """Ask how the listings stand. The shop's own showcase follows the shelf a little late; if not, a person removes it."""
    port = connector.showcase
    if port is None:
        return {act.act_id: _waits(act) for act in acts}
    ids = list(dict.fromkeys(act.params["ref"] for act in acts))
    found: dict[str, ShowcaseItem] = {}
    for start in range(0, len(ids), _FEW):
        found |= await port.items(ids[start : start + _FEW])
    looks: Looks = {}
    for act in acts:
        item = found.get(act.params["ref"])
        if item is None or item.visible is None:
            evidence = {} if item is None else {"raw": item.raw_status}
            # Asking again tells no more: a person looks, and looks by calls go on beside the task.
            looks[act.act_id] = Look(None, "place.not_told", evidence, failure=_WAITS)
        elif item.visible:
            looks[act.act_id] = Look(None, "place.still_there", {"raw": item.raw_status}, hold=True)
        else:
            looks[act.act_id] = Look(True, "place.gone", {"raw": item.raw_status})
    return looks


async def _videos(connector: Connector, acts: list[LedgerAct]) -> Looks:
    """Read the list of published videos once: one that is gone, or links none of the goods any more, is ended."""
    port = connector.videos
    if port is None:
        return {act.act_id: _waits(act) for act in acts}
    published = {video.video_id: video for video in await port.published()}
    # Where the platform lists only the newest ones, an old video that is missing may still be there.
    lists_all = "video_list_back_seconds" not in connector.manifest.limits
    looks: Looks = {}
    for act in acts:
        video = published.get(act.params["ref"])
        if video is None:
            gone = Look(True, "place.gone", {"published": len(published)})
            looks[act.act_id] = gone if lists_all else _waits(act, published=len(published))
            continue
        evidence = {"raw": video.raw_status, "at": iso(video.observed_at)}
        left = unlinked(video.listing_ids, _goods(act)) is Sight.YES
        looks[act.act_id] = Look(True, "place.unlinked", evidence) if left else _waits(act, **evidence)
    return looks
