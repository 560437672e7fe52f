"""Plans, acts, outcomes, findings: the words of the main job."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Reason(StrEnum):
    """Why something goes off sale. Drives order, gates, texts and duties."""

    SOLD_OUT = "sold_out"
    SEASON = "season"
    STRATEGY = "strategy"
    CERTIFICATE = "certificate_expired"
    VIOLATION = "violation"
    COMPLAINT = "complaint"
    SAFETY = "safety"
    PLATFORM = "platform_forced"
    WIND_DOWN = "winding_down"

    @property
    def urgent(self) -> bool:
        """Tell whether sale must stop before anything else (safety first: stock and shelf, then the rest)."""
        return self is Reason.SAFETY

    @property
    def at_once(self) -> bool:
        """Tell whether such a reason lets no courtesy notice delay the stop where its ground is known (`checks.ground`)."""
        return self in (Reason.SAFETY, Reason.CERTIFICATE, Reason.VIOLATION, Reason.PLATFORM)


class PlanKind(StrEnum):
    """What a plan does."""

    DELIST = "delist"
    RELIST = "relist"


class PlanState(StrEnum):
    """Where a plan stands. The moves allowed are a table in `delisting.model`."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    RUNNING = "running"
    PAUSED = "paused"
    INCOMPLETE = "incomplete"  # ran to the end, but some acts wait, were refused or are unknown
    DONE = "done"  # every act done or already so, and verified
    CANCELLED = "cancelled"


# The sets of states that rules ask for, each said once.
NOT_STARTED = (PlanState.PROPOSED, PlanState.APPROVED)  # may be checked, amended, approved
BEGUN = (PlanState.RUNNING, PlanState.PAUSED, PlanState.INCOMPLETE)  # has done something, and is not over
STARTED = (*BEGUN, PlanState.DONE)  # acts, or has acted, and still stands for it
NOT_OVER = (*NOT_STARTED, *BEGUN)  # may still do something
STANDING = (*NOT_STARTED, *STARTED)  # all but cancelled


class ActKind(StrEnum):
    """One change at one place."""

    STOP_LIMITED_DISCOUNT = "stop_limited_discount"
    STOP_COUPON = "stop_coupon"
    STOP_AFFILIATE = "stop_affiliate"
    CANCEL_AUDIT = "cancel_audit"
    DRAIN_STOCK = "drain_stock"
    TAKE_OFF = "take_off"
    PUT_ON = "put_on"
    RESTORE_STOCK = "restore_stock"
    RESTORE_AFFILIATE = "restore_affiliate"
    BY_HAND = "by_hand"  # at a place no call ends: a person does it, params say where and what


class Outcome(StrEnum):
    """The five words for what became of an act."""

    DONE = "done"
    ALREADY_SO = "already_so"
    REFUSED = "refused"
    WAITING = "waiting"
    UNKNOWN = "unknown"

    @property
    def settled(self) -> bool:
        """Tell whether nothing more will be tried."""
        return self in (Outcome.DONE, Outcome.ALREADY_SO, Outcome.REFUSED)

    @property
    def good(self) -> bool:
        """Tell whether the wanted state was observed."""
        return self in (Outcome.DONE, Outcome.ALREADY_SO)


class Undo(StrEnum):
    """What undoing an act costs."""

    FREE = "free"  # one call puts it back
    AUDIT = "audit"  # the platform audits again and may refuse
    LOST = "lost"  # cannot be put back; must be made anew
    BY_HAND = "by_hand"  # a person puts it back the way it was taken away


class Verdict(StrEnum):
    """The three words of a check."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    FAIL = "fail"
    UNKNOWN = "unknown"


class Department(StrEnum):
    """Who owns a check: the desk that mends what it finds."""

    OPERATIONS = "operations"
    FINANCE = "finance"
    WAREHOUSE = "warehouse"
    SERVICE = "service"
    MARKETING = "marketing"
    LEGAL = "legal"
    DATA = "data"
    SUPPLY = "supply"
    MERCHANDISING = "merchandising"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check says about one subject.

    `code` names the text (`finding.<code>`, its remedy `finding.<code>.next`), `params` fill it. `blocking` findings with
    verdict fail or unknown stop approval unless waived. `evidence` is plain data without a buyer's name, phone or
    address; `observed_at` the oldest instant the verdict rests on. `check` is the id of the check, `number` its place
    among the twelve (0: a further check), `legal` the ids of `compliance-law.md`, `policy` the version of the policy that
    decided and `policy_ids` the values it read.
    """

    check: str
    code: str
    verdict: Verdict
    blocking: bool
    subject: str  # listing id, shop id or plan id
    observed_at: datetime | None
    params: dict[str, str | int] = field(default_factory=dict)
    evidence: dict[str, object] = field(default_factory=dict)
    number: int = 0
    department: Department | None = None
    legal: tuple[str, ...] = ()
    policy: str = ""
    policy_ids: tuple[str, ...] = ()

    @property
    def blocks(self) -> bool:
        """Tell whether this finding stands in the way (unknown blocks like fail)."""
        return self.blocking and self.verdict is not Verdict.PASS
