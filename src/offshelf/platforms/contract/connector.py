"""A connector for one shop, and its graded manifest."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from offshelf.platforms.contract.pace import PaceView
from offshelf.platforms.contract.ports import (
    AffiliatePort,
    AfterSalesPort,
    GrantPort,
    InboundPort,
    LicencesPort,
    ListingsPort,
    LiveCartPort,
    LocksPort,
    OrdersPort,
    ParcelsPort,
    ProbePort,
    PromotionsPort,
    QuotaPort,
    ShowcasePort,
    StockPort,
    VideosPort,
)


class Grade(StrEnum):
    """How far a connector goes; each grade is proven by the conformance suite, never claimed."""

    READS = "reads"
    DELISTS = "delists"
    RELISTS = "relists"
    AFTER_SALES = "after_sales"
    MESSAGES = "messages"
    WEBHOOKS = "webhooks"


class Risk(StrEnum):
    """What a call can do. Verbs do not tell: some platforms write by GET."""

    READS = "reads"
    REVERSIBLE = "reversible"  # changes something that a call of ours can put back
    IRREVERSIBLE = "irreversible"


@dataclass(frozen=True, slots=True)
class Fact:
    """A number of the platform: what it counts, where it stands, how certain it is."""

    value: int
    unit: str
    source: str
    certainty: str


@dataclass(frozen=True, slots=True)
class Method:
    """One method of the platform that the connector calls, and for what."""

    name: str
    place: str
    risk: Risk
    source: str
    certainty: str


@dataclass(frozen=True, slots=True)
class Guided:
    """What only a person can do: at which place, doing what, by which path of menus, and what to keep as evidence."""

    place: str
    act: str
    menu: dict[str, str]  # by language
    evidence: tuple[str, ...]
    source: str
    certainty: str


@dataclass(frozen=True, slots=True)
class Setup:
    """One thing to do in the platform's console before a shop can be connected: `what` (`keys`, `account_id`, `allow_list`,
    `push`, `consent`, `assistant`), by which path of menus, doing what, and where that console is.
    """

    what: str
    menu: dict[str, str]  # by language
    do: dict[str, str]  # by language
    url: str
    source: str
    certainty: str


@dataclass(frozen=True, slots=True)
class Credential:
    """A slot of the vault. `sandbox` is what the sandbox calls it in its description of a shop."""

    slot: str
    required: bool
    sandbox: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What `manifest.toml` declares: grades reached, ports offered, credentials, methods, what is done by hand, what
    is set up before a shop can be connected.

    `gateway` is the platform's own address. `limits` are the values of `facts`.
    """

    platform: str
    grades: frozenset[Grade]
    ports: frozenset[str]
    limits: dict[str, int]
    observed_on: str
    gateway: str = ""
    facts: dict[str, Fact] = field(default_factory=dict)
    methods: tuple[Method, ...] = ()
    guided: tuple[Guided, ...] = ()
    credentials: tuple[Credential, ...] = ()
    setup: tuple[Setup, ...] = ()


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
    locks: LocksPort | None = None
    licences: LicencesPort | None = None
    videos: VideosPort | None = None
    live_cart: LiveCartPort | None = None
    parcels: ParcelsPort | None = None
    grant: GrantPort | None = None
    pace: PaceView | None = None
