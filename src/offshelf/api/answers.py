"""What callers get: the shapes of answers. Instants are ISO 8601 UTC with milliseconds, money is integer fen."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, PlainSerializer, WithJsonSchema

from offshelf.kit.instants import iso

When = Annotated[
    datetime,
    PlainSerializer(iso, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]


class Mark(BaseModel):
    """When a part of a shop was last read whole; `failed` items brought nothing usable."""

    through: When
    finished_at: When
    failed: int


class ShopShape(BaseModel):
    """A shop, how many listings stand where, and when its parts were last read."""

    shop_id: str
    platform: str
    name: str
    app_id: str
    probe: str
    listings: dict[str, int]
    read: dict[str, Mark]


class ShopList(BaseModel):
    """Every shop in use."""

    items: list[ShopShape]


class HealthShape(BaseModel):
    """What one call to the platform showed."""

    shop_id: str
    ok: bool
    code: str
    platform_code: str
    trace_id: str


class SyncedShape(BaseModel):
    """What one reading of a shop brought; `complete` only when no item failed."""

    shop_id: str
    complete: bool
    counts: dict[str, int]
    failed: dict[str, int]


class ListingShape(BaseModel):
    """A listing as last observed. `shelf` is what the platform's status says, not a proof."""

    shop_id: str
    listing_id: str
    merchant_code: str
    title: str
    shelf: str
    audit: str
    raw_status: str
    price: int
    observed_at: When


class SkuShape(BaseModel):
    """One specification; `stock` null: not read."""

    sku_id: str
    merchant_code: str
    title: str
    price: int
    stock: int | None
    reserved: int
    elsewhere: int
    warehouses: list[tuple[str, int]]


class ListingDetail(ListingShape):
    """A listing with its SKUs."""

    skus: list[SkuShape]


class ListingPage(BaseModel):
    """One page of listings in key order; `next` is null on the last one."""

    items: list[ListingShape]
    next: str | None


class PlanShape(BaseModel):
    """A plan version. `state` done is the only one that means: every act good and every listing verified."""

    plan_id: str
    version: int
    kind: str
    reason: str
    state: str
    asked: str
    created_at: When
    created_by: str
    stop_at: When | None
    origin: str
    fingerprint: str


class PlanPage(BaseModel):
    """One page of plans, newest first."""

    items: list[PlanShape]
    next: str | None


class SignatureShape(BaseModel):
    """A signature under the plan's present fingerprint."""

    person: str
    at: When
    note: str


class Signatures(BaseModel):
    """Who must sign and who has. `needed` null: a policy value is missing (`unknown` names it), and nothing may start.

    `void` names signatures that do not count (any more); `confirm`: a start needs the fingerprint typed once more.
    """

    needed: int | None
    given: list[str]
    missing: int | None
    void: list[str]
    cannot_be_undone: int
    confirm: bool
    confirmed_by: str
    unknown: str


class UncoveredShape(BaseModel):
    """A place that sells goods of a plan and has no act of it, or (`unsure`) of which that is not known.

    `way` is how it comes to its end: `task` (one is open), `propose` (a plan that takes it in), `declare` (somebody looks).
    `listings` are `[shop_id, listing_id]` of the plan; empty: it may concern every one of its shop.
    """

    shop_id: str
    kind: str
    ref: str
    title: str
    unsure: bool
    way: str
    listings: list[tuple[str, str]]
    seen_at: When


class PlanSummary(PlanShape):
    """A plan and how it stands. `outcomes` counts acts, never proofs; `findings` counts by verdict.

    While `uncovered` is not empty the plan is not done and nothing it concerns is called off. `left_out` counts listings of
    removed shops that were found and not taken in; told in the answer to a proposal only.
    """

    signatures: Signatures
    may_start_at: When | None

    listings: int
    acts: int
    outcomes: dict[str, int]
    findings: dict[str, int]
    findings_standing: int
    approvals: list[SignatureShape]
    uncovered: list[UncoveredShape]
    left_out: int = 0


class LostShape(BaseModel):
    """Something that cannot be put back and must be made anew."""

    kind: str
    shop_id: str
    target: str
    title: str


class RelistSummary(PlanSummary):
    """The plan that puts back what another took, and what it cannot."""

    lost: list[LostShape]


class ActShape(BaseModel):
    """One act; `outcome` null: not tried yet."""

    act_id: str
    kind: str
    shop_id: str
    listing_id: str
    target: str
    step: int
    params: dict[str, Any]
    outcome: str | None
    code: str
    attempts: int
    next_try_at: When | None
    settled_at: When | None
    evidence: dict[str, Any]


class ActPage(BaseModel):
    """One page of acts in their order."""

    items: list[ActShape]
    next: str | None


class FindingShape(BaseModel):
    """What a check said about one subject; `stands` means it is in the way of approval and start."""

    number: int
    check: str
    code: str
    verdict: str
    blocking: bool
    stands: bool
    subject: str
    text: str
    observed_at: When | None
    params: dict[str, Any]
    evidence: dict[str, Any]
    waived_by: str
    waived_why: str


class FindingPage(BaseModel):
    """One page of findings in their order."""

    items: list[FindingShape]
    next: int | None


class ProofShape(BaseModel):
    """Wanted, observed and verified side by side. `verified` null is unknown; `says` is what the evidence allows."""

    shop_id: str
    listing_id: str
    merchant_code: str
    title: str
    wanted: str
    observed: str
    verified: bool | None
    says: str
    probe: str
    verified_at: When | None


class ProofPage(BaseModel):
    """One page of listings of a plan, with counts by `says` over the whole plan."""

    counts: dict[str, int]
    items: list[ProofShape]
    next: int | None


class DriftShape(BaseModel):
    """A listing that is not as wanted, soon may not be, or cannot be seen."""

    kind: str
    shop_id: str
    listing_id: str
    merchant_code: str
    title: str
    wanted: str
    observed: str
    raw_status: str
    plan_id: str
    wanted_since: When
    observed_at: When | None


class SurveyShape(BaseModel):
    """What one look over the shops found; with `unread_shops` it is not a clean bill."""

    watched: int
    complete: bool
    found: list[DriftShape]
    unread_shops: list[str]


class EntryShape(BaseModel):
    """An entry of the journal with its chain hashes."""

    seq: int
    at: When
    actor: str
    verb: str
    subject: str
    body: dict[str, Any]
    prev_hash: str
    hash: str


class JournalPage(BaseModel):
    """One page of the journal, oldest first."""

    items: list[EntryShape]
    next: int | None


class VerdictShape(BaseModel):
    """What a walk over the whole journal found."""

    ok: bool
    count: int
    head_seq: int
    head_hash: str
    first_bad_seq: int | None
    why: str
    text: str


class Alive(BaseModel):
    """The program answers and reaches its database."""

    ok: bool


class Problem(BaseModel):
    """Trouble (RFC 9457) with our code and what to do next."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    next: str
