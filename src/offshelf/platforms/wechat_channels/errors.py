"""What the platform's error codes mean to us: one table of (method, code), and when to come back.

A code that stands nowhere here is unknown: undocumented codes occur in practice (reference §4.4). A line for a method
with its use (`product/stock/update#add`) counts before one for the method, and that before the line for all (`*`).
"""

from __future__ import annotations

from offshelf.platforms.calling.verdicts import Verdict, Wait
from offshelf.platforms.contract import Meaning
from offshelf.platforms.wechat_channels import wire

TOKEN_CODES = frozenset({40001, 40014, 42001})  # the token is refused, reference §3.2
THROTTLE_CODES = frozenset({45011, 300000})  # everyone who calls this method waits
NOT_ON_SALE = 10020065
NO_SUCH_PRODUCT = 10020052
NO_DRAFT = 10020207
TOO_MANY_ORDERS = 31042
STALE_CURSOR = 606006
STALE = str(STALE_CURSOR)
NOT_ON_WINDOW = 10022003
LEAGUE_NOT_OPENED = 10023007
NO_SUCH_PLAN = 10023103
NO_SUCH_COUPON = 10021037


ALL = "*"
_ASK = Verdict(Meaning.ASK_PERSON)
_AUTH = Verdict(Meaning.AUTH)
_REFUSED = Verdict(Meaning.REFUSED)
_GONE = Verdict(Meaning.GONE)
_ALREADY = Verdict(Meaning.ALREADY_SO)
_FIRST = Verdict(Meaning.PRECONDITION)
_BUSY = Verdict(Meaning.NOT_NOW, Wait.SHORT)
_LATER = Verdict(Meaning.NOT_NOW)
_UNSURE = Verdict(Meaning.UNKNOWN, Wait.SHORT)

TABLE: dict[tuple[str, int], Verdict] = {
    (ALL, 0): Verdict(Meaning.OK),
    # Common codes, reference §3.2. Mistakes of our own program and of the configuration need a person alike.
    (ALL, -1): _BUSY,
    # Nothing says that "system busy" did nothing; where doing twice does harm, look first (inferred).
    (wire.STOCK_ADD, -1): _UNSURE,
    (wire.STOCK_SUBTRACT, -1): _UNSURE,
    (wire.WAREHOUSE_ADD, -1): _UNSURE,
    (wire.WAREHOUSE_SUBTRACT, -1): _UNSURE,
    (wire.RELIST, -1): _UNSURE,
    (ALL, 40001): _AUTH,
    (ALL, 40014): _AUTH,
    (ALL, 42001): _AUTH,
    (ALL, 40013): _AUTH,
    (ALL, 40002): _ASK,
    (ALL, 40003): _REFUSED,
    (ALL, 40066): _ASK,
    (ALL, 40097): _REFUSED,
    (ALL, 41001): _ASK,
    (ALL, 41002): _ASK,
    (ALL, 41018): _ASK,
    (ALL, 43001): _ASK,
    (ALL, 43002): _ASK,
    (ALL, 43003): _ASK,
    (ALL, 44002): _ASK,
    (ALL, 45002): _REFUSED,
    (ALL, 45009): Verdict(Meaning.QUOTA, Wait.DAY),
    (ALL, 45011): Verdict(Meaning.NOT_NOW, Wait.MINUTE),
    (ALL, 45035): _ASK,
    (ALL, 61004): _ASK,
    (ALL, 47001): _REFUSED,
    (ALL, 48001): _ASK,
    (ALL, 48004): _ASK,
    (ALL, 48006): Verdict(Meaning.QUOTA, Wait.DAY),
    (ALL, 50001): _ASK,
    (ALL, 50002): _ASK,
    (ALL, 76003): _REFUSED,
    (ALL, 76021): _REFUSED,
    (ALL, 76022): _REFUSED,
    (ALL, 10080000): _ASK,  # shop closure announced (single source)
    (ALL, 10080001): _ASK,  # shop closed (single source)
    (ALL, TOO_MANY_ORDERS): _FIRST,  # single source: ask for a shorter time
    (ALL, STALE_CURSOR): _FIRST,  # single source: begin the paging again
    (ALL, 300000): _BUSY,  # single source
    # Products, reference §4.4.
    (wire.CANCEL_AUDIT, 10020044): _ALREADY,
    (ALL, 10020047): _FIRST,
    (ALL, 10020049): _FIRST,
    (ALL, 10020050): _ASK,
    (ALL, 10020051): _REFUSED,
    (ALL, NO_SUCH_PRODUCT): _GONE,
    ("product/stock/update", NO_SUCH_PRODUCT): _REFUSED,  # there it also means "was never listed"
    (wire.STOCK_GET, NO_SUCH_PRODUCT): _REFUSED,
    ("warehouse/stock/update", NO_SUCH_PRODUCT): _REFUSED,
    (wire.DELIST, NOT_ON_SALE): _ALREADY,
    (wire.GET, NOT_ON_SALE): _ALREADY,  # also a way of saying "off sale", reference §4.3
    (wire.GET, NO_DRAFT): _REFUSED,
    # Listing (and the update family): what a shop cannot do for this item is refused, for any item asks a person.
    (ALL, 10020008): _LATER,
    (ALL, 10020014): _FIRST,
    (ALL, 10020018): _REFUSED,
    (ALL, 10020252): _REFUSED,
    (ALL, 10020041): _ASK,
    (ALL, 10020043): _REFUSED,
    (ALL, 10020048): _REFUSED,
    (ALL, 10020070): _REFUSED,
    (ALL, 10020083): _REFUSED,
    (ALL, 10020053): _REFUSED,
    (ALL, 10020066): Verdict(Meaning.QUOTA, Wait.HOUR),
    (ALL, 10020111): Verdict(Meaning.QUOTA, Wait.DAY),
    (ALL, 1002002): Verdict(Meaning.QUOTA, Wait.DAY),
    (ALL, 10020067): _LATER,
    (ALL, 10020279): _REFUSED,
    (ALL, 10020088): _REFUSED,
    (ALL, 10020089): _ASK,
    (ALL, 10020091): _REFUSED,
    (ALL, 10020099): _REFUSED,
    (ALL, 10020100): _REFUSED,
    (ALL, 10020101): _REFUSED,
    (ALL, 10020102): _REFUSED,
    (ALL, 10020103): _REFUSED,
    (ALL, 10020104): _REFUSED,
    (ALL, 10020109): _REFUSED,
    (ALL, 10020110): _REFUSED,
    (ALL, 10020208): _ASK,
    (ALL, 10020221): _REFUSED,
    (ALL, 10020222): _REFUSED,
    (ALL, 10020223): _REFUSED,
    (ALL, 10020231): _REFUSED,
    (ALL, 10020234): _REFUSED,
    (ALL, 10020235): _REFUSED,
    (ALL, 10020246): _REFUSED,
    (ALL, 10020247): _ASK,
    # Stock, reference §4.4 and §5.
    (ALL, 10020054): _LATER,
    (ALL, 10020055): _REFUSED,
    (ALL, 10020112): Verdict(Meaning.NOT_NOW, Wait.MINUTE),  # per SKU; how often is not published
    (ALL, 10020217): _FIRST,
    (ALL, 10020218): _REFUSED,
    (ALL, 10020219): _REFUSED,
    (ALL, 10020220): _REFUSED,
    (ALL, 10020289): _REFUSED,
    # Limited-time sales, reference §6.1.
    (wire.TASK_STOP, 10020076): _ALREADY,
    (ALL, 10020077): _REFUSED,
    # Finder window and agency, reference §7.2, §18.
    (ALL, 10022001): _ASK,
    (ALL, 10022002): _ASK,
    (wire.WINDOW_GET, NOT_ON_WINDOW): _GONE,
    (ALL, 10022007): _REFUSED,
    (ALL, 10022008): _ASK,
    (ALL, 10024011): _ASK,
    # Orders and after-sales, reference §8, §9.
    (wire.ORDER_GET, 100002): _GONE,
    (wire.CASE_LIST, 10020003): _REFUSED,
    (wire.CASE_LIST, 10020004): _REFUSED,
    # Coupons, reference §10.
    (wire.COUPON_STATUS, 10021001): _ALREADY,  # wrong state, which includes "invalidated before"
    (ALL, 10021003): _REFUSED,
    (ALL, 10021034): _BUSY,
    (ALL, NO_SUCH_COUPON): _GONE,
    # League, reference §11.
    (ALL, 10023000): _REFUSED,
    (ALL, 10023001): _REFUSED,
    (ALL, LEAGUE_NOT_OPENED): _ASK,
    (ALL, 10023100): _REFUSED,
    (ALL, 10023101): _REFUSED,
    (ALL, 10023102): _REFUSED,
    (ALL, NO_SUCH_PLAN): _GONE,
    (wire.LEAGUE_TAKE_DOWN, NO_SUCH_PLAN): _ALREADY,
    (ALL, 10023104): _REFUSED,
    (wire.LEAGUE_PROMOTE, 10023104): _FIRST,
    (ALL, 10023105): _REFUSED,
}
_UNLISTED = Verdict(Meaning.UNKNOWN)


def verdict(method: str, code: int) -> Verdict:
    """Return what a code means for a method; unknown for a code that is not listed."""
    for name in (method, wire.base_method(method), ALL):
        found = TABLE.get((name, code))
        if found is not None:
            return found
    return _UNLISTED
