"""A connector for one shop, and its graded manifest."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from offshelf.platforms.contract.ports import (
    AffiliatePort,
    AfterSalesPort,
    InboundPort,
    ListingsPort,
    OrdersPort,
    ProbePort,
    PromotionsPort,
    QuotaPort,
    ShowcasePort,
    StockPort,
)


class Grade(StrEnum):
    """How far a connector goes; each grade is proven by the conformance suite, never claimed."""

    READS = "reads"
    DELISTS = "delists"
    RELISTS = "relists"
    AFTER_SALES = "after_sales"
    MESSAGES = "messages"
    WEBHOOKS = "webhooks"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What `manifest.toml` declares: name, grades reached, ports offered, dated limits with their source."""

    platform: str
    grades: frozenset[Grade]
    ports: frozenset[str]
    limits: dict[str, int]
    observed_on: str


@dataclass(frozen=True, slots=True)
class Connector:
    """The ports of one shop; None where the platform or the account offers nothing."""

    manifest: Manifest
    listings: ListingsPort
    stock: StockPort | None = None
    promotions: PromotionsPort | None = None
    affiliate: AffiliatePort | None = None
    showcase: ShowcasePort | None = None
    orders: OrdersPort | None = None
    after_sales: AfterSalesPort | None = None
    quota: QuotaPort | None = None
    probe: ProbePort | None = None
    inbound: InboundPort | None = None
