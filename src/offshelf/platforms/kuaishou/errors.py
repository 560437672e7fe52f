"""What the platform's result codes mean to us: one table of (method, result), and the texts that say more than a number.

Success is `result == 1` and nothing else. A code that stands nowhere here is unknown. A line for a method with its use
(`open.item.shelf.status.update#on`) counts before one for the method, and that before the line for all (`*`).
"""

from __future__ import annotations

import re

from offshelf.platforms.calling.verdicts import Verdict, Wait
from offshelf.platforms.contract import Meaning
from offshelf.platforms.kuaishou import wire

SUCCESS = 1
NO_SUCH_ITEM = 100002
STALE_CURSOR = 53  # "called again after nomore", "page too large"; reference §5.2
SPAN_CODES = frozenset({300004, 300019})  # the window is too long today
GRANT_GONE = frozenset({100200102, 100200105, 100200106})  # answers to a refresh that only a person can mend
_TOKEN_OLD = re.compile(r"token\s*(?:已)?(?:过期|失效|expired)", re.IGNORECASE)
_SIGNATURE = re.compile(r"验签失败|签名(?:校验)?(?:失败|错误)|sign\w*\s+(?:invalid|error)", re.IGNORECASE)

ALL = "*"
_ASK = Verdict(Meaning.ASK_PERSON)
_AUTH = Verdict(Meaning.AUTH)
_REFUSED = Verdict(Meaning.REFUSED)
_GONE = Verdict(Meaning.GONE)
_FIRST = Verdict(Meaning.PRECONDITION)
_BUSY = Verdict(Meaning.NOT_NOW, Wait.SHORT)
_UNSURE = Verdict(Meaning.UNKNOWN, Wait.SHORT)
_USED_UP = Verdict(Meaning.QUOTA, Wait.DAY)
_UNLISTED = Verdict(Meaning.UNKNOWN)

TABLE: dict[tuple[str, int], Verdict] = {
    (ALL, SUCCESS): Verdict(Meaning.OK),
    # The gateway, reference §1.5.
    (ALL, 8): _BUSY,
    (ALL, 11): _BUSY,
    (ALL, 500): _BUSY,
    # A change of stock by so many must not be made twice: an error inside the platform leaves it open.
    (wire.STOCK_ADD, 11): _UNSURE,
    (wire.STOCK_SUBTRACT, 11): _UNSURE,
    (wire.STOCK_ADD, 500): _UNSURE,
    (wire.STOCK_SUBTRACT, 500): _UNSURE,
    (ALL, 13): _REFUSED,
    (ALL, 14): _REFUSED,
    (ALL, 15): _BUSY,
    (ALL, 16): _BUSY,
    (ALL, 17): _BUSY,
    (ALL, 1016): _BUSY,
    (ALL, 802000): _BUSY,
    (ALL, 1017): _USED_UP,  # the day's allowance of this method for this shop
    (ALL, 21): _REFUSED,  # a refusal of business of any kind; its text may say more (below)
    (ALL, 22): _AUTH,
    (ALL, 24): _AUTH,  # the grant is withdrawn or has lapsed
    (ALL, 25): _AUTH,
    (ALL, 26): _ASK,  # the wrong kind of account gave the grant
    (ALL, 27): _AUTH,  # the sign secret is wrong
    (ALL, 28): _AUTH,  # conflict: signature or token; either way nobody was let in
    (ALL, 400): _REFUSED,
    # Items, reference §3.2, §3.3, §3.5, §3.6.
    (ALL, NO_SUCH_ITEM): _GONE,
    (ALL, 100003): _REFUSED,
    (ALL, 100019): _REFUSED,
    (ALL, 100022): _REFUSED,
    (ALL, 100042): _REFUSED,
    (ALL, 100086): _REFUSED,
    (ALL, 100065): _BUSY,
    (wire.STOCK_ADD, 100065): _UNSURE,
    (wire.STOCK_SUBTRACT, 100065): _UNSURE,
    (ALL, 2007): _REFUSED,  # the state of this item does not allow it: read again, then a person
    (ALL, 2055): _REFUSED,
    (ALL, 2066): _REFUSED,
    (ALL, 100038): _REFUSED,  # a flash item: only by hand, but that says nothing about the next item
    (ALL, 6102): _REFUSED,
    (ALL, 20038): _REFUSED,
    **{(wire.PUT_ON, code): _REFUSED for code in (300, 2045, 2046, 2099, 100023, *range(3101, 3107))},
    (wire.PUT_ON, 100069): _ASK,  # the shop is closed
    # Distribution, reference §7.1.
    (wire.PLAN_QUERY, 24101): _GONE,
    (wire.PLAN_QUERY, 24102): _GONE,
    # After-sales, reference §5.2.
    (wire.CASE_LIST, 51): _REFUSED,
    (wire.CASE_LIST, STALE_CURSOR): _FIRST,
    **{(wire.CASE_LIST, code): _REFUSED for code in (300002, 300003, 300004, 300005, 300019, 300109)},
    (wire.CASE_GET, 300006): _REFUSED,
    (wire.CASE_GET, 300011): _GONE,
    (wire.CASE_GET, 300012): _REFUSED,
    # Accounts, reference §9.
    (ALL, 63570501): _ASK,
    # OAuth, reference §2.4.
    (ALL, 100200100): _ASK,
    (ALL, 100200101): _ASK,
    (ALL, 100200102): _AUTH,
    (ALL, 100200103): _ASK,
    (ALL, 100200104): _ASK,
    (ALL, 100200105): _AUTH,
    (ALL, 100200106): _AUTH,
    (ALL, 100200107): _ASK,
    (ALL, 100200500): _BUSY,
}

# What a text says more than its number, reference §1.5 and §3.5; the first that fits counts. Texts about the gateway
# come under several numbers.
_TEXTS: tuple[tuple[re.Pattern[str], Verdict], ...] = (
    (re.compile(r"exceed quota limit", re.IGNORECASE), _USED_UP),
    (re.compile(r"exceed qps limit", re.IGNORECASE), _BUSY),
    (re.compile(r"scope\s*权限"), _ASK),
    (_TOKEN_OLD, _AUTH),
    (_SIGNATURE, _AUTH),
    (re.compile(r"鉴权失败"), _AUTH),
)
_BUSINESS = 21
_BUSINESS_TEXTS: tuple[tuple[re.Pattern[str], Verdict], ...] = (
    (re.compile(r"系统繁忙|网络繁忙|稍后再试|稍后重试"), _BUSY),
)
_THROTTLES = frozenset({"8", "15", "16", "17", "1016", "802000", "http429"})
_TOKEN_CODES = frozenset({"24", "28"})


def verdict(method: str, result: int, said: str = "") -> Verdict:
    """Return what a result means for a method, with the text that came with it; unknown for one that is not listed."""
    if result == SUCCESS:
        return TABLE[ALL, SUCCESS]
    found = _by_text(_TEXTS, said)
    if found is None and result == _BUSINESS:
        found = _by_text(_BUSINESS_TEXTS, said)
        if found is _BUSY and method in (wire.STOCK_ADD, wire.STOCK_SUBTRACT):
            found = _UNSURE
    if found is not None:
        return found
    for name in (method, wire.base(method), ALL):
        listed = TABLE.get((name, result))
        if listed is not None:
            return listed
    return _UNLISTED


def token_refused(code: str, said: str) -> bool:
    """Tell whether another token would help.

    28 is a conflict between sources: it counts for the token unless its text speaks of the signature. After 24 (the
    grant is withdrawn or has lapsed) no token helps, but the one refresh that is tried is what proves the loss.
    """
    if _SIGNATURE.search(said) is not None:
        return False
    return code in _TOKEN_CODES or _TOKEN_OLD.search(said) is not None


def throttled(code: str, said: str) -> bool:
    """Tell whether everyone who calls this method has to wait."""
    return code in _THROTTLES or re.search(r"exceed qps limit", said, re.IGNORECASE) is not None


def _by_text(texts: tuple[tuple[re.Pattern[str], Verdict], ...], said: str) -> Verdict | None:
    return next((meaning for pattern, meaning in texts if pattern.search(said)), None)
