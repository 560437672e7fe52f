"""Audits of drafts: submitting, withdrawing, and what their end does to the product."""

from __future__ import annotations

from collections import Counter
from typing import Any

from offshelf.sandbox.ledger import PLATFORM, Cause
from offshelf.sandbox.quotas import shanghai_day
from offshelf.sandbox.wechat import state
from offshelf.sandbox.wechat.calls import Call, Endpoint
from offshelf.sandbox.wechat.envelope import RefusalError
from offshelf.sandbox.wechat.params import id_of
from offshelf.sandbox.wechat.shop import Shop
from offshelf.sandbox.wechat.state import Product

# A listing refused outright because of what the platform did to the product (reference §4.4, the list column).
REFUSED_STATES = {
    state.VIOLATION: 10020053,
    state.BANNED: 10020053,
    state.DEPOSIT_SHORT: 10020070,
    state.RECYCLED: 10020052,
    10: 10020053,
}
EXPIRED_BRAND = 6


class AuditDesk:
    """Counts submissions and decides them when their time has come."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._dice = shop.engine.dice(f"audit:{shop.place}")
        self._used: Counter[tuple[str, int]] = Counter()

    def submit(
        self,
        product: Product,
        cause: Cause,
        *,
        relist_on_pass: bool = True,
        seconds: float | None = None,
        passes: bool | None = None,
    ) -> None:
        """Put the draft into audit; the result falls due after the configured time, up to a quarter later."""
        product.relist_on_pass = relist_on_pass
        self._shop.set_edit_status(product, state.IN_AUDIT, cause, "audit.submitted")
        if seconds is None:
            seconds = self._shop.engine.config.audit_seconds * (1 + self._dice.random() / 4)
        self.expect(product, seconds, passes)

    def expect(self, product: Product, seconds: float, passes: bool | None = None) -> None:
        """Let the draft in audit be decided after `seconds`; `passes` None throws the dice."""
        number = product.submission = self._shop.new_submission()
        verdict = self._dice.random() < self._shop.engine.config.audit_pass_rate if passes is None else passes
        self._shop.engine.time.after(seconds, lambda: self._decide(product, number, passes=verdict))

    def withdraw(self, product: Product, cause: Cause) -> None:
        """Take the draft back out of audit."""
        product.submission = 0
        self._shop.set_edit_status(product, state.EDITING, cause, "audit.cancelled")
        self._push(product, 4)

    def count(self) -> None:
        """Count one submission against the quota; refused with 10020066 (hour) or 10020111 (day)."""
        config = self._shop.engine.config
        hour, day = self._windows()
        if self._used[hour] >= config.audits_per_hour:
            raise RefusalError(10020066)
        if self._used[day] >= config.audits_per_day:
            raise RefusalError(10020111)
        self._used[hour] += 1
        self._used[day] += 1

    def quota(self) -> dict[str, Any]:
        """Return the daily quota as the platform tells it."""
        total = self._shop.engine.config.audits_per_day
        left = max(0, total - self._used[self._windows()[1]])
        return {"block_status": left == 0, "avail_quota": left, "total_quota": total}

    def _windows(self) -> tuple[tuple[str, int], tuple[str, int]]:
        now = self._shop.engine.time.now()
        return ("hour", int(now // 3600)), ("day", shanghai_day(now))

    def _decide(self, product: Product, number: int, *, passes: bool) -> None:
        if product.submission != number or product.edit_status != state.IN_AUDIT:
            return
        product.submission = 0
        shop = self._shop
        if not passes:
            shop.set_edit_status(product, state.AUDIT_FAILED, PLATFORM, "audit.refused")
            self._push(product, 2)
            return
        shop.set_edit_status(product, state.AUDIT_PASSED, PLATFORM, "audit.passed")
        self._push(product, 3)
        if product.relist_on_pass and product.status not in {
            state.BANNED,
            state.VIOLATION,
            state.RECYCLED,
            state.DELETED,
        }:
            shop.set_status(product, state.ON_SALE, PLATFORM)

    def _push(self, product: Product, status: int) -> None:
        fields = {"product_id": product.product_id, "status": status, "reason": "", "audit_info": "{}"}
        self._shop.push("product_spu_audit", "ProductSpuAudit", fields)


def listable(shop: Shop, product: Product) -> None:
    """Refuse what `listing` refuses, in the order the gateway looks."""
    if product.product_type in {2, 3}:
        raise RefusalError(10020091)
    if product.edit_status == state.IN_AUDIT:
        raise RefusalError(10020049)
    if product.edit_status == state.UPLOADING:
        raise RefusalError(10020067)
    if product.status in REFUSED_STATES:
        raise RefusalError(REFUSED_STATES[product.status])
    task = shop.stores.tasks.get(product.task_id or "")
    if task is not None and task.status == 1:
        raise RefusalError(10020014)
    brand = shop.stores.brands.get(product.brand_id)
    if brand is not None and brand.status == EXPIRED_BRAND:
        raise RefusalError(10020088)


def endpoints(desks: dict[int, AuditDesk]) -> dict[str, Endpoint]:
    """Return the calls about audits; `desks` are the shops' desks by place."""

    def listing(call: Call) -> dict[str, Any]:
        product = call.shop.product(id_of(call.body, "product_id"))
        listable(call.shop, product)
        desk = desks[call.shop.place]
        desk.count()
        desk.submit(product, call.cause)
        return {}

    def cancel(call: Call) -> dict[str, Any]:
        product = call.shop.product(id_of(call.body, "product_id"))
        if product.edit_status != state.IN_AUDIT:
            raise RefusalError(10020044)
        desks[call.shop.place].withdraw(product, call.cause)
        return {}

    def quota(call: Call) -> dict[str, Any]:
        return {"audit_quota": desks[call.shop.place].quota()}

    return {
        "/channels/ec/product/listing": Endpoint(listing, writes=True),
        "/channels/ec/product/audit/cancel": Endpoint(cancel, writes=True),
        "/channels/ec/product/getauditquota": Endpoint(quota),
    }
