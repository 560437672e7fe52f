"""What comes back from a platform, in our words.

Writes return a `CallResult` and never raise for what the platform said. Reads return what was seen, or raise
`CallFailedError` carrying a `CallResult`. Nothing here is a success by absence of an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Generic, TypeVar

from offshelf.vocabulary.statements import LicenceKind

T = TypeVar("T")
ANEW = "authorise the shop anew"  # stands in the note where only a new consent of the merchant helps
NO_API = "no_api"  # code of a write that a platform has no call for


class Meaning(StrEnum):
    """What an answer (or its absence) means for the caller, from the table of (method, code) of each platform."""

    OK = "ok"  # the documented success mark was seen
    ALREADY_SO = "already_so"  # the platform says it is so already: confirm by reading
    PRECONDITION = "precondition"  # do another step first (for example cancel the audit)
    NOT_NOW = "not_now"  # busy, throttled, uploading: come back at `retry_at`
    QUOTA = "quota"  # the allowance of the day or hour is used up: stop this method until `retry_at`
    AUTH = "auth"  # token or secret refused
    ASK_PERSON = "ask_person"  # permission, configuration, ban: no retry helps
    REFUSED = "refused"  # this item cannot be; the batch goes on
    GONE = "gone"  # the item does not exist (any more)
    NOT_SENT = "not_sent"  # certainly not executed: safe to repeat
    UNKNOWN = "unknown"  # no whole answer, unknown code or shape: observe before anything else


@dataclass(frozen=True, slots=True)
class CallResult:
    """One call's result.

    `code` is the platform's own code as text (`""` when there was none), `note` a short scrubbed explanation for
    evidence, `trace_id` the platform's request id, `retry_at` when to come back (None: the caller's usual backoff).
    `effective_at` is set where the platform accepts now and lets it take effect then (a plan closed "from tomorrow").
    """

    meaning: Meaning
    method: str
    code: str = ""
    note: str = ""
    trace_id: str = ""
    retry_at: datetime | None = None
    effective_at: datetime | None = None

    @property
    def ok(self) -> bool:
        """Tell whether the documented success mark was seen."""
        return self.meaning is Meaning.OK


class CallFailedError(Exception):
    """A read that brought nothing usable; `result` says why."""

    def __init__(self, result: CallResult) -> None:
        super().__init__(f"{result.method}: {result.meaning} {result.code} {result.note}".strip())
        self.result = result


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a listing call. `cursor` is None after the last page; `total` is what the platform claims."""

    items: tuple[T, ...]
    cursor: str | None
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Seen(Generic[T]):
    """An observation that worked: the value and the platform's trace id."""

    value: T
    trace_id: str = ""


@dataclass(frozen=True, slots=True)
class StockSeen:
    """Stock of one SKU: `normal` on the platform, `reserved` by a promotion, `elsewhere` in regional warehouses.

    `warehouses` names each of them with its units; `elsewhere` is their sum.
    """

    listing_id: str
    sku_id: str
    normal: int
    reserved: int
    elsewhere: int
    observed_at: datetime
    warehouses: tuple[tuple[str, int], ...] = ()

    @property
    def total(self) -> int:
        """Return what buyers could take in all."""
        return self.normal + self.reserved + self.elsewhere


@dataclass(frozen=True, slots=True)
class Quota:
    """The platform's allowance for one method. `per_window` calls each `window_seconds`; `left_today` None: not told."""

    method: str
    per_window: int | None
    window_seconds: int | None
    daily: int | None
    left_today: int | None


@dataclass(frozen=True, slots=True)
class ShowcaseItem:
    """A product in a showcase (橱窗). `visible` None: the platform's number is unknown to us."""

    listing_id: str
    visible: bool | None
    raw_status: str


@dataclass(frozen=True, slots=True)
class Locks:
    """What the platform itself holds fast on a listing, so that the write would be refused.

    `raw` keeps the platform's own numbers as evidence; one we do not know is in `raw` only.
    """

    listing_id: str
    off: bool
    on: bool
    stock_down: bool
    stock_up: bool
    raw: str
    observed_at: datetime


@dataclass(frozen=True, slots=True)
class Probe:
    """A buyer's view of a listing: `buyable` None means it could not be told."""

    buyable: bool | None
    note: str
    observed_at: datetime


@dataclass(frozen=True, slots=True)
class Push:
    """A platform push after signature and decryption.

    `external_id` is what makes it unique with its source; `topic` our name (`listing`, `audit`, `order`,
    `aftersale`, `other`), `subject` the platform id it is about. A push is a hint to look, never a new state.
    """

    external_id: str
    topic: str
    event: str
    subject: str
    raw_status: str
    happened_at: datetime


@dataclass(frozen=True, slots=True)
class Delivery:
    """What somebody posted to our address for pushes, as it came. Header names are in lower case."""

    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the platform wants as answer to a push, with status 200."""

    body: str
    media_type: str = "text/plain"


class Force(StrEnum):
    """What a platform's word for the state of a paper means."""

    IN_FORCE = "in_force"
    ENDED = "ended"
    NOT_IN_FORCE = "not_in_force"  # in audit, refused, withdrawn
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class LicenceSeen:
    """A paper as a platform tells of it.

    `ref` is the platform's own id within the kind, `number` what people know it by. It is valid until the end of the legal
    day `valid_until` (Asia/Shanghai); None: no end where `end_known`, else the platform did not tell an end we can read.
    `raw_status` keeps the platform's own word, `reason` what it said of why. It covers listings with one of `brand_ids` or in
    one of `category_ids`.
    """

    ref: str
    kind: LicenceKind
    number: str
    title: str
    holder: str
    valid_from: date | None
    valid_until: date | None
    end_known: bool
    force: Force
    raw_status: str
    observed_at: datetime
    brand_ids: tuple[str, ...] = ()
    category_ids: tuple[str, ...] = ()
    reason: str = ""
