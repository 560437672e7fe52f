"""Orders, after-sales and parcels: whole, once, and without personal data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import pytest

from offshelf.platforms.contract import Connector, Meaning
from support.stage import START, Stage
from support.walks import changed

DAY = 86_400


def inside(stage: Stage, what: str, since: datetime, until: datetime) -> tuple[set[str], set[str]]:
    """Return ids changed in [since, until) and those changed in [since, until]."""
    ids = (
        [(one.order_id, one.changed) for one in stage.orders()]
        if what == "orders"
        else [(one.case_id, one.changed) for one in stage.cases()]
    )
    low, high = since.timestamp(), until.timestamp()
    return {i for i, when in ids if low <= when < high}, {i for i, when in ids if low <= when <= high}


@pytest.mark.parametrize("what", ["orders", "after_sales"])
def test_what_changed_comes_once_each(stage: Stage, what: str) -> None:
    since = START - timedelta(days=60)
    seen = set(stage.play(lambda connector: changed(getattr(connector, what), since, START)))
    must, may = inside(stage, what, since, START)
    assert must <= seen <= may
    assert len(must) > 10


@pytest.mark.parametrize("days", [1, 7, 8])
def test_orders_on_the_edge_of_a_window_are_neither_lost_nor_doubled(stage: Stage, days: int) -> None:
    since = START - timedelta(days=30)
    moved = [one.order_id for one in stage.orders()][:40]
    for place, order_id in enumerate(moved):
        edge = (
            (since + timedelta(days=days * (place // 4))).timestamp() + place % 4 - 1 + 0.4
        )  # some platforms tell milliseconds
        stage.date_order(order_id, min(edge, START.timestamp() - 1))

    async def story(connector: Connector) -> tuple[list[str], list[str], list[str]]:
        middle = since + timedelta(days=14)
        return (
            await changed(connector.orders, since, START),
            await changed(connector.orders, since, middle),
            await changed(connector.orders, middle, START),
        )

    whole, first, second = stage.play(story)
    must, may = inside(stage, "orders", since, START)
    assert must <= set(whole) <= may
    assert must <= set(first) | set(second) <= may


def test_more_orders_than_a_page_are_followed_to_the_end(make: Callable[..., Stage]) -> None:
    stage = make(size=400)
    day = START - timedelta(days=3)
    for place, one in enumerate(list(stage.orders())[:260]):
        stage.date_order(one.order_id, (day + timedelta(seconds=place // 3)).timestamp())
    seen = stage.play(lambda connector: changed(connector.orders, day, day + timedelta(hours=1)))
    must, _ = inside(stage, "orders", day, day + timedelta(hours=1))
    assert set(seen) == must
    assert len(must) >= 260


def test_orders_are_seen_as_they_are_and_hold_nobodys_data(stage: Stage) -> None:
    since = (START - timedelta(days=80)).timestamp()
    true = [one for one in stage.orders() if one.changed > since][:80]

    async def story(connector: Connector) -> list[Any]:
        assert connector.orders is not None
        return [(await connector.orders.observe(one.order_id)).value for one in true]

    seen = stage.play(story)
    assert [
        (s.order_id, s.raw_status.split("/")[0], [(line.listing_id, line.quantity) for line in s.lines])
        for s in seen
    ] == [(one.order_id, one.raw_status, list(one.lines)) for one in true]
    assert "unknown" not in {one.state.value for one in seen}
    assert not [word for word in ("*", "张", "李", "王") for one in seen if word in str(asdict(one))]


def test_cases_are_seen_as_they_are(stage: Stage) -> None:
    since = (START - timedelta(days=80)).timestamp()
    true = [one for one in stage.cases() if one.changed > since]

    async def story(connector: Connector) -> list[Any]:
        assert connector.after_sales is not None
        return [(await connector.after_sales.observe(one.case_id)).value for one in true]

    assert [(s.aftersale_id, s.order_id, s.raw_status, s.amount) for s in stage.play(story)] == [
        (one.case_id, one.order_id, one.raw_status, one.amount) for one in true
    ]
    assert true


def test_a_sale_is_noticed_in_the_next_window(stage: Stage) -> None:
    async def story(connector: Connector) -> tuple[str, list[str]]:
        before = stage.clock.now()
        await stage.clock.sleep(60)
        order = stage.paid_order()[1]
        await stage.clock.sleep(60)
        return order, await changed(connector.orders, before, stage.clock.now())

    before = stage.clock.now()
    order, seen = stage.play(story)
    must, may = inside(stage, "orders", before, stage.clock.now())
    assert order in must <= set(seen) <= may


def test_a_parcel_under_way_is_stopped_once(make: Callable[..., Stage]) -> None:
    stage = make(size=400)

    async def story(connector: Connector) -> list[Meaning] | None:
        if connector.parcels is None:
            return None
        assert connector.after_sales is not None
        for one in stage.cases():
            case = (await connector.after_sales.observe(one.case_id)).value
            if case.waits_for != "nobody" and case.parcels:
                told = [(await connector.parcels.intercept(one.case_id, case.parcels[0])).meaning]
                if told != [Meaning.OK]:
                    continue
                return [*told, (await connector.parcels.intercept(one.case_id, case.parcels[0])).meaning]
        return []

    told = stage.play(story)
    if "parcels" not in stage.manifest.ports:
        assert told is None
        assert "parcel" in {row.place for row in stage.manifest.guided}
        return
    assert told == [Meaning.OK, Meaning.REFUSED]
    assert len(stage.effects("parcel.intercepted")) == 1
