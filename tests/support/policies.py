"""A small policy as the packs would give it, for the rooms that read one."""

from __future__ import annotations

from datetime import date
from typing import Any

from offshelf.policy.model import Kind, Plain, Policy, Unit, Value

DAY = date(2026, 11, 21)


def value(policy_id: str, plain: Plain, unit: Unit | None, kind: Kind = Kind.HOUSE, **more: Any) -> Value:
    """Return one value with its papers."""
    source = more.pop(
        "source", {Kind.LAW: "电子商务法 §16", Kind.SEED_CLAIM: "运营指南 S1.33"}.get(kind, "ours")
    )
    return Value(policy_id, plain, kind, source, DAY, DAY, "test", unit, **more)


SHIPPED = (
    value("notice.customers", 24, Unit.HOURS, Kind.SEED_CLAIM),
    value("notice.suppliers", 48, Unit.HOURS, Kind.SEED_CLAIM, source="运营指南 S1.26"),
    value("notice.closing", 30, Unit.NATURAL_DAYS, Kind.LAW),
    value("notice.valid", 30, Unit.NATURAL_DAYS),
    value("notice.valid.closing", 90, Unit.NATURAL_DAYS),
    value("fresh.places", 24, Unit.HOURS),
    value("fresh.drop_ship", 24, Unit.HOURS),
    value("promotion.removal", 48, Unit.HOURS),
    value("return.no_reason", 7, Unit.NATURAL_DAYS, Kind.LAW, source="消费者权益保护法 §25"),
    value("refund.after_return", 7, Unit.NATURAL_DAYS, Kind.LAW, source="消费者权益保护法 §25"),
    value("refund.violation", 15, Unit.NATURAL_DAYS, Kind.LAW, source="侵害消费者权益行为处罚办法 §9"),
    value("aftersales.channel@wechat_channels", 180, Unit.NATURAL_DAYS, Kind.SEED_CLAIM, source="S0.35"),
    value("aftersales.channel@kuaishou", 90, Unit.NATURAL_DAYS, Kind.SEED_CLAIM, source="S0.37"),
    value("reopen.after@wechat_channels", 30, Unit.NATURAL_DAYS, Kind.SEED_CLAIM, source="S0.10"),
    value("appeal.within@douyin", 6, Unit.MONTHS, Kind.SEED_CLAIM, source="S0.18"),
    value("retention.trade", 36, Unit.MONTHS, Kind.LAW, source="电子商务法 §31"),
    value("approval.persons", 1, Unit.COUNT),
    value("approval.persons.irreversible", 2, Unit.COUNT),
    value("approval.delay.irreversible", 10, Unit.MINUTES),
    value("fresh.none", 720, Unit.HOURS),
)


def policy(*changes: Value, without: tuple[str, ...] = ()) -> Policy:
    """Return the policy in force, with some values put in place of the shipped ones and some left out."""
    values = {one.policy_id: one for one in (*SHIPPED, *changes)}
    return Policy(DAY, {name: one for name, one in values.items() if name not in without})
