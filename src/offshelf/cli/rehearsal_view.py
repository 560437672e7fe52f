"""A rehearsal as print."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from offshelf.cli.paper import Paper
from offshelf.cli.plan_view import OUTCOMES
from offshelf.kit.instants import from_iso, local

if TYPE_CHECKING:
    from offshelf.delisting.rehearsal.model import Rehearsal
    from offshelf.delisting.rehearsal.records import Standing

_SHOWN = 15  # rows of a kind; --json gives all
_NAMED = 3  # targets of a row


def show_rehearsal(paper: Paper, played: Rehearsal) -> None:
    """Print how the copy went."""
    paper.heading("rehearsal")
    took = _lasting(played.seconds)
    hands = sum(row.count for row in played.blockers)
    key = (
        "rehearsal.not_all_done"
        if not played.complete
        else "rehearsal.done_but"
        if hands
        else "rehearsal.done"
    )
    given = {"took": took, "verified": played.verified, "listings": played.listings}
    paper.say(key, **given, **({"hands": hands} if key == "rehearsal.done_but" else {}), style="bold")
    if played.percent is not None:
        paper.say("rehearsal.beside_forecast", percent=played.percent)
    paper.say("rehearsal.calls", calls=played.calls, throttled=played.throttled)
    _show_shops(paper, played)
    _show_outcomes(paper, played)
    _show_blockers(paper, played)
    _show_sales(paper, played)
    _show_losses(paper, played)
    _show_differences(paper, played)


def show_standing(paper: Paper, plan: str, standing: Standing, commands: list[str]) -> None:
    """Print the last rehearsal in short, and what has changed since."""
    document = standing.document
    if document is None:
        paper.say("rehearsal.never", plan=plan)
    else:
        took, at = _lasting(document["seconds"]), local(from_iso(document["at"]))
        key = "rehearsal.last_done" if document["complete"] else "rehearsal.last_not_done"
        missing = document["sales"]["cannot_ship"]
        paper.say(key, plan=plan, at=at, took=took, by_hand=document["by_hand"], missing=missing)
        for name in standing.outdated:
            what = paper.words.word("rehearsal.changed", name)
            paper.say("rehearsal.outdated", what=what, style="bold")
    paper.next_steps(commands)


def _lasting(seconds: int | None) -> str:
    return "–" if seconds is None else str(timedelta(seconds=seconds))


def _show_shops(paper: Paper, played: Rehearsal) -> None:
    paper.table(
        ("shop", "acts", "settled_well", "off_after", "finished_after", "foreseen"),
        [
            (
                shop.shop_id,
                shop.acts,
                shop.good,
                _lasting(shop.off_seconds),
                _lasting(shop.seconds),
                _lasting(shop.foreseen),
            )
            for shop in played.shops
        ],
        right=frozenset({"acts", "settled_well"}),
    )


def _show_outcomes(paper: Paper, played: Rehearsal) -> None:
    words = paper.words
    for kind, counts in played.outcomes.items():
        told = " · ".join(
            f"{words.word('outcome', name)} {counts[name]}" for name in OUTCOMES if counts.get(name)
        )
        paper.say("rehearsal.outcome", act=words.word("act", kind), counts=told)


def _show_blockers(paper: Paper, played: Rehearsal) -> None:
    if not played.blockers:
        paper.say("rehearsal.no_blockers")
        return
    words = paper.words
    paper.say("rehearsal.blockers", kinds=len(played.blockers), by_hand=played.by_hand, style="bold")
    paper.table(
        ("shop", "act", "count", "why", "target"),
        [
            (
                row.shop_id,
                words.word("act", row.kind),
                row.count,
                words.act_code(row.code) or words.word("outcome", row.outcome),
                ", ".join(row.targets[:_NAMED]),
            )
            for row in played.blockers[:_SHOWN]
        ],
        right=frozenset({"count"}),
    )


def _show_sales(paper: Paper, played: Rehearsal) -> None:
    sales = played.sales
    orders = f"{sales.per_1000_hours / 1000:.2f}"
    paper.say("rehearsal.sales", orders=sales.orders, units=sales.units, hourly=orders)
    for shop_id in sales.assumed:
        paper.say("rehearsal.assumed", shop=shop_id)
    if sales.cannot_ship or sales.after_off:
        paper.say(
            "rehearsal.shortfall",
            cannot=sales.cannot_ship,
            beyond=sales.beyond_stock,
            after_off=sales.after_off,
            style="bold",
        )
    else:
        paper.say("rehearsal.no_shortfall")
    paper.say("rehearsal.synced" if played.setting.synced else "rehearsal.not_synced")
    waiting = sales.open_orders
    paper.say("rehearsal.open_orders", unpaid=waiting["unpaid"], unshipped=waiting["unshipped"])


def _show_losses(paper: Paper, played: Rehearsal) -> None:
    for loss in played.losses[:_SHOWN]:
        text = paper.words.word("rehearsal.loss", loss.code)
        named = ", ".join(loss.subjects[:_NAMED])
        paper.say("rehearsal.lost", shop=loss.shop_id, text=text, count=loss.count, named=named)
        if loss.touches:
            paper.say("rehearsal.touches", count=loss.touches)


def _show_differences(paper: Paper, played: Rehearsal) -> None:
    if not played.differences:
        return
    paper.say("rehearsal.differs", style="bold")
    for one in played.differences[:_SHOWN]:
        what = paper.words.word("rehearsal.changed", one.what)
        paper.say("rehearsal.difference", what=what, before=one.before, now=one.now)
