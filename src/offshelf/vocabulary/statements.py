"""What no platform tells: statements of people and of systems beside us, and the register of licences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import NamedTuple

from offshelf.kit.instants import SHANGHAI


class StatementKind(StrEnum):
    """What can be stated. `subject` and `detail` of each kind stand behind it.

    Later rooms (archive, comms, supply, substitutes) write the same statements from what they did themselves.
    """

    NONE = "none"  # there is none of it; subject: a place kind (`drop_ship`) or another statement kind
    READ = "read"  # all there is was written down; subject: a place kind (`video`, `replay`)
    BACKUP = "backup"  # subject: shop id; detail: through (ISO instant), rows
    RESTORE_DRILL = "restore_drill"  # subject: shop id; detail: passed (0 or 1), backup_through (ISO instant)
    CUSTOMER_NOTICE = (
        "customer_notice"  # subject: plan id, listing id or code; detail: stop_at (ISO), text, channel
    )
    SHOP_NOTICE = (
        "shop_notice"  # subject: shop id; detail: first_seen, last_seen (ISO): shown without a break
    )
    SUPPLIER_NOTICE = (
        "supplier_notice"  # subject: supplier; detail: code, stop_at (ISO), acknowledged_at (ISO or "")
    )
    INTERCEPTION_RULES = "interception_rules"  # subject: supplier or shop id; detail: text
    ORDER_DECISION = (
        "order_decision"  # subject: shop/order id; detail: decision (ship, exchange, refund), consent
    )
    PRESALE_SETTLED = "presale_settled"  # subject: ref of the presale; detail: payers, amount (fen)
    SUBSTITUTE = "substitute"  # subject: code that goes; detail: code (what is offered instead)
    # What a delisting was for is mended; subject: plan id, listing id or code; detail: text; always with evidence.
    HAZARD_REMEDIED = "hazard_remedied"
    VIOLATION_REMEDIED = "violation_remedied"
    GROUND = (
        "ground"  # why sale stops without notice; subject: plan id, listing id or code; detail: reason, text
    )


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement: who said what, when, on what evidence.

    `at` is the instant it is true for, `by` who said it, `evidence` the SM3 hash of what proves it ("" where there is
    none), `valid_until` an end where it has one. A newer statement of the same kind and subject replaces an older one.
    """

    kind: StatementKind
    subject: str
    at: datetime
    by: str
    detail: Mapping[str, str | int] = field(default_factory=dict)
    evidence: str = ""
    valid_until: datetime | None = None


class LicenceKind(StrEnum):
    """Papers a sale may need (资质). In code a paper is a licence; a certificate is our own proof of a delisting."""

    FOOD_LICENCE = "food_licence"  # 食品经营许可证
    FOOD_FILING = "food_filing"  # 仅销售预包装食品备案
    BRAND_AUTHORISATION = "brand_authorisation"  # 品牌授权书
    BUSINESS_LICENCE = "business_licence"  # 营业执照
    CATEGORY_RIGHT = "category_right"  # 类目资质: what a platform grants on the papers handed in to it
    TEST_REPORT = "test_report"  # 质检报告
    NOT_NEEDED = (
        "not_needed"  # 无需食品许可: edible farm produce; `number` is the merchant's own name of the proof
    )
    OTHER = "other"


class LicenceState(StrEnum):
    """Where a paper stands on a legal day. Unknown is a state: nobody wrote down when it ends."""

    VALID = "valid"
    NOT_YET = "not_yet"
    EXPIRED = "expired"
    UNKNOWN = "unknown"
    REPLACED = "replaced"  # another paper took its place; no day alone tells this


class Doubt(StrEnum):
    """Why a platform's word on a paper does not settle it."""

    NONE = ""
    NOT_LISTED = "not_listed"  # a later whole reading of the platform does not hold it any more
    NOT_IN_FORCE = "not_in_force"  # the platform has it in audit, refused or withdrawn
    STATUS_UNKNOWN = "status_unknown"  # the platform's word for its state is none we know
    ENDS_DIFFER = "ends_differ"  # the platform and the merchant name different ends: the earlier counts

    @property
    def unsettled(self) -> bool:
        """Tell whether nobody can say by it that the paper is in force."""
        return self not in (Doubt.NONE, Doubt.ENDS_DIFFER)


class TermKind(StrEnum):
    """What a platform says a paper is for."""

    BRAND = "brand"
    CATEGORY = "category"


class Term(NamedTuple):
    """What a paper covers in the words of a platform: listings of one shop with this brand, or in this category."""

    shop_id: str
    kind: TermKind
    ref: str  # the platform's id of the brand or category


@dataclass(frozen=True, slots=True)
class Licence:
    """One paper, known by kind, number and shop. It ends at the end of the legal day `valid_until` (Asia/Shanghai).

    `valid_until` None: it has no end where `end_known`, else nobody wrote down its end (never read that as "no end").
    `covers` are the merchant's codes of products and SKUs it is needed for; `*` covers everything. `shop_id` is empty
    where it serves every shop. `source` is `api`, `file`, `hand`, or `both` (declared, and told by a platform too).
    `replaces` is the number of the paper of the same kind whose place it takes.

    Of a paper a platform tells of, `terms` are what it covers in the platform's words, and `listings` which (shop, listing)
    those are by what was last read of the listings; their codes stand in `covers` too. `listings` is None where no platform
    tells of the paper, or nobody knows which listings it means; empty: none now. Whoever reads fills it in, nobody stores it.
    """

    kind: LicenceKind
    number: str
    holder: str
    covers: tuple[str, ...]
    valid_from: date | None
    valid_until: date | None
    source: str
    observed_at: datetime
    shop_id: str = ""
    title: str = ""
    evidence: str = ""
    end_known: bool = True
    replaces: str = ""
    doubt: Doubt = Doubt.NONE
    terms: tuple[Term, ...] = ()
    listings: tuple[tuple[str, str], ...] | None = None

    @property
    def idle(self) -> bool:
        """Tell whether it is known that nothing on sale or off is covered by it now."""
        return self.listings == () and not self.covers

    def state_on(self, day: date) -> LicenceState:
        """Return where it stands on a legal day of Asia/Shanghai, by its own dates."""
        if self.valid_until is not None and day > self.valid_until:
            return LicenceState.EXPIRED
        if self.valid_from is not None and day < self.valid_from:
            return LicenceState.NOT_YET
        if self.doubt.unsettled:
            return LicenceState.UNKNOWN
        return LicenceState.VALID if self.valid_until or self.end_known else LicenceState.UNKNOWN

    def days_left(self, day: date) -> int | None:
        """Return natural days to its last one: 0 on the last day, negative after it; None without a known end."""
        return None if self.valid_until is None else (self.valid_until - day).days

    @property
    def ends_at(self) -> datetime | None:
        """Return the instant it ends: 24:00 of its last day in Asia/Shanghai."""
        if self.valid_until is None:
            return None
        return datetime.combine(self.valid_until + timedelta(days=1), time(), SHANGHAI)
