"""What the platform's codes mean to us: one table of (method, code, sub-code), and when to come back.

The sub-code is what stands after its last colon (`isv.business-failed:2010045` gives `2010045`), or all of it where
there is no colon. The number is unique only inside one method (reference §3.1): under `ALL` stand words of the
gateway, and the one number that means the same everywhere. What stands nowhere here is unknown.
"""

from __future__ import annotations

from offshelf.platforms.calling.reading import mark
from offshelf.platforms.calling.verdicts import Verdict, Wait
from offshelf.platforms.contract import Meaning
from offshelf.platforms.douyin import wire

ALL = "*"  # every method
ANY = "*"  # every sub-code that has no line of its own
SUCCESS = 10000
THROTTLED = 60000
THROTTLED_PRODUCT = "50002:2010401"  # the product service's own way of saying so, reference §3.1

NO_SUCH_PRODUCT = "40004:2010058"  # product.detail
TOO_MANY_ORDERS = "40004:20013"  # order.searchList
NOT_IN_ALLIANCE = "50002:1549"
TOKEN_CODES = frozenset(
    {
        "40001:isv.access-token-missing",
        "40003:isv.access-token-expired",
        "40003:isv.access-token-no-existed",
        "40003:isv.access-token-invalid",
    }
)

_OK = Verdict(Meaning.OK)
_ASK = Verdict(Meaning.ASK_PERSON)
_AUTH = Verdict(Meaning.AUTH)
_REFUSED = Verdict(Meaning.REFUSED)
_GONE = Verdict(Meaning.GONE)
_ALREADY = Verdict(Meaning.ALREADY_SO)
_FIRST = Verdict(Meaning.PRECONDITION)
_BUSY = Verdict(Meaning.NOT_NOW, Wait.SHORT)
_TOMORROW = Verdict(Meaning.NOT_NOW, Wait.DAY)
_UNSURE = Verdict(Meaning.UNKNOWN, Wait.SHORT)
_UNLISTED = Verdict(Meaning.UNKNOWN)

Key = tuple[str, int, str]

# Words of the gateway, reference §3.1. What a person or we did wrong, no retry helps.
_GATEWAY: dict[Key, Verdict] = {
    (ALL, SUCCESS, ANY): _OK,
    (ALL, 10001, ANY): _UNLISTED,  # part of a batch failed: which part, only the items or a read tell
    (ALL, 20000, ANY): _BUSY,
    (ALL, 30001, ANY): _ASK,
    (ALL, 30001, "dop.authorization-no-existed"): _AUTH,  # the grant lapsed
    (ALL, 30001, "dop.authorization-closed"): _AUTH,  # the merchant switched it off
    (ALL, 30002, ANY): _ASK,  # single source: this address is not on the list
    (ALL, 40001, ANY): _ASK,
    (ALL, 40001, "isv.access-token-missing"): _AUTH,
    (ALL, 40002, ANY): _ASK,
    (ALL, 40003, "isv.access-token-expired"): _AUTH,
    (ALL, 40003, "isv.access-token-no-existed"): _AUTH,
    (ALL, 40003, "isv.access-token-invalid"): _AUTH,
    (ALL, 40003, "isv.signature-invalid"): _AUTH,
    (ALL, 40003, "isv.app-id-invalid"): _AUTH,
    (ALL, 40003, "isv.app-id-expired"): _AUTH,
    (ALL, 40003, "isv.authorization-type-invalid"): _ASK,
    (ALL, 40003, "isv.timestamp-invalid"): _ASK,  # this machine's clock is wrong
    (ALL, 40003, "isv.timestamp-format-error"): _ASK,
    (ALL, 40003, "isv.parameter-invalid"): _REFUSED,
    (ALL, 40003, "isv.parameter-format-invalid"): _REFUSED,
    (ALL, 50001, ANY): _AUTH,
    (ALL, 50002, "2010401"): _BUSY,
    (ALL, THROTTLED, ANY): _BUSY,
    (ALL, 70000, ANY): _ASK,
    (ALL, 90000, "isv.env-suspected"): _ASK,
}
# "System error, try again" does not say that nothing was done: look first (inferred).
_GATEWAY |= {(method, 20000, ANY): _UNSURE for method in wire.WRITES}

# Reference §5.2, §5.5, §5.6; every line single source.
_PRODUCTS: dict[Key, Verdict] = {
    (wire.TAKE_OFF, 40004, "2010021"): _ALREADY,
    (wire.TAKE_OFF, 40004, "2010022"): _GONE,
    (wire.TAKE_OFF, 40004, "2010005"): _REFUSED,  # in a platform seckill
    (wire.TAKE_OFF, 40004, "2010004"): _REFUSED,  # a prize product
    (wire.TAKE_OFF, 40004, "10008"): _ASK,
    (wire.TAKE_OFF, 40004, "20024"): _ASK,
    (wire.TAKE_OFF, 50002, "2010045"): _REFUSED,  # in a platform activity
    (wire.TAKE_OFF, 50002, "2010064"): _GONE,
    (wire.TAKE_OFF, 50002, "2010058"): _GONE,
    (wire.TAKE_OFF, 50002, "2010002"): _UNSURE,
    (wire.TAKE_OFF, 50002, "2010001"): _UNSURE,
    (wire.TAKE_OFF, 50002, "2010013"): _UNSURE,
    (wire.LIST, 40004, "2010004"): _ASK,
    (wire.LIST, 50002, "2010201"): _BUSY,
    (wire.LIST, 50002, "2010203"): _BUSY,
    (wire.DETAIL, 40004, "2010058"): _GONE,
}
_SYNC = "sku.syncStock"
# Reference §6. Published for the batch form of the same service; that the single form answers alike is inferred.
_STOCK: dict[Key, Verdict] = {
    (_SYNC, 50002, "2010041"): _FIRST,  # in audit
    (_SYNC, 50002, "2010042"): _REFUSED,
    (_SYNC, 50002, "2010043"): _REFUSED,
    (_SYNC, 50002, "2010005"): _ASK,  # the shop is suspended
    (_SYNC, 50002, "2010012"): _REFUSED,  # not so many left
    (_SYNC, 50002, "2010045"): _REFUSED,  # held by a platform activity
    (_SYNC, 50002, "2010307"): _REFUSED,
    (_SYNC, 50002, "2010330"): _REFUSED,
    (_SYNC, 40004, "2010021"): _ALREADY,  # this idempotent id was used
}
# The single form's own codes (public copies of the C# SDK, single source).
_STOCK |= {
    (_SYNC, 40004, "4"): _REFUSED,  # the SKU is deleted
    (_SYNC, 40004, "5"): _REFUSED,  # no such SKU
    (_SYNC, 40004, "40010"): _ALREADY,  # this idempotent id was used, the change is done
    (_SYNC, 40004, "40004"): _UNSURE,  # a time-out inside
    (wire.STOCK_ADD, 40003, "isv.idempotent-id-existed"): _ALREADY,
    (wire.STOCK_SUBTRACT, 40003, "isv.idempotent-id-existed"): _ALREADY,
    (wire.SKUS, 40004, "4"): _REFUSED,  # not a product of this shop
    (wire.SKUS, 50002, "7"): _BUSY,
    (wire.SKUS, 50002, "2010058"): _GONE,  # inferred from setOffline, as the next: no such product
    (wire.SKUS, 50002, "2010064"): _GONE,
}
# Reference §7.1, §8.1, §8.4; single source.
_TRADE: dict[Key, Verdict] = {
    (wire.ORDER_LIST, 40004, "20022"): _REFUSED,  # older than the platform keeps
    (wire.ORDER_LIST, 40004, "20013"): _FIRST,  # ask for a shorter time
    (wire.ORDER_LIST, 40004, "20012"): _ASK,
    (wire.ORDER_LIST, 40004, "20011"): _ASK,
    (wire.ORDER_LIST, 40004, "20008"): _ASK,
    (wire.ORDER_LIST, 40004, "10035"): _ASK,
    (wire.ORDER_LIST, 50002, "20009"): _ASK,
    (wire.CASE_LIST, 40004, "11000"): _REFUSED,
    (wire.CASE_LIST, 40004, "11003"): _REFUSED,
    (wire.CASE_LIST, 50002, "12000"): _REFUSED,
    (wire.CASE_LIST, 50002, "12001"): _REFUSED,
    (wire.CASE_GET, 40004, "11000"): _REFUSED,
    (wire.CASE_GET, 40004, "11003"): _GONE,
    (wire.CASE_GET, 50002, "10002"): _BUSY,
    (wire.CASE_GET, 50002, "12000"): _REFUSED,
    (wire.CASE_GET, 50002, "12001"): _REFUSED,
    (wire.INTERCEPT, 50002, "10000"): _UNSURE,  # asking twice may cost twice
}
# Reference §9, §10; single source.
_PROMOTION: dict[Key, Verdict] = {
    (wire.COUPONS, 40004, "605012024"): _ASK,
    (wire.COUPONS, 40004, "605012025"): _ASK,
    (wire.COUPONS, 40004, "605012026"): _ASK,
    ("buyin.simplePlan", 50002, "1549"): _ASK,
    ("buyin.simplePlan", 40004, "257"): _REFUSED,
    (wire.SIMPLE_LIST, 50002, "1549"): _ASK,  # inferred from simplePlan, as the two below
    (wire.ALLIANCE, 50002, "1549"): _ASK,
    ("buyin.exclusivePlan", 50002, "1549"): _ASK,
    (wire.TARGETED_LIST, 50002, "4102"): _ASK,  # the platform closed this merchant's promotion
    ("buyin.orienPlanCtrl", 40004, "4114"): _GONE,
    ("buyin.orienPlanCtrl", 40004, "257"): _REFUSED,
    ("buyin.orienPlanCtrl", 50002, "4096"): _ASK,
    ("buyin.orienPlanCtrl", 50002, "4124"): _UNSURE,
    ("buyin.orienPlanCtrl", 50002, "4126"): _REFUSED,
    (wire.TARGETED_CLOSE, 50002, "4123"): _TOMORROW,  # it ends today: tomorrow it will have ended by itself
}

TABLE: dict[Key, Verdict] = _GATEWAY | _PRODUCTS | _STOCK | _TRADE | _PROMOTION


def verdict(method: str, code: int, sub: str) -> Verdict:
    """Return what a code means for a method; unknown for one that is not listed."""
    for tail in (sub, ANY):
        for name in (method, wire.base_method(method), ALL):
            found = TABLE.get((name, code, tail))
            if found is not None:
                return found
    return _UNLISTED


def sub_of(value: object) -> str:
    """Return what counts of a `sub_code`: what stands after its last colon, or all of it; `?` for no text at all."""
    if value is None or value == "":
        return ""
    told = mark(value)
    return "?" if told is None else told.rpartition(":")[2][:64]


def spelled(code: int, sub: str) -> str:
    """Return both as one text, for evidence and comparison: `50002:2010045`, `40003:isv.access-token-expired`."""
    return f"{code}:{sub}" if sub else str(code)
