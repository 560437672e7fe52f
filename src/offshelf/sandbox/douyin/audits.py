"""Audits: submitting, withdrawing, and what their end does to a product (reference §5.1)."""

from __future__ import annotations

from typing import Any

from offshelf.sandbox.douyin import state
from offshelf.sandbox.douyin.calls import Call, Method
from offshelf.sandbox.douyin.envelope import FAILED, ILLEGAL, refuse
from offshelf.sandbox.douyin.params import flag, optional_whole, whole, within
from offshelf.sandbox.douyin.shop import Shop
from offshelf.sandbox.douyin.state import Product
from offshelf.sandbox.ledger import PLATFORM, Cause

NO_PRODUCT = refuse(FAILED, 2010064, "商品不存在")
REPEATED = refuse(ILLEGAL, 2010021, "商品状态重复操作")
# Numbers of these refusals are not published for the methods here; they are borrowed from setOffline and syncStock.
BAD_STATE = refuse(ILLEGAL, 2010022, "商品状态不合法")
IN_AUDIT = refuse(FAILED, 2010041, "商品审核中")
HELD = refuse(FAILED, 2010045, "商品处于平台活动中")
NOT_IN_AUDIT = refuse(ILLEGAL, 2010022, "商品不在审核中")
BAD_PAGE = refuse(ILLEGAL, 2010004, "页码从0开始，每页最多100条")
EDITABLE = ("presell_type", "start_sale_type")


class AuditDesk:
    """Takes submissions and decides them when their time has come."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._dice = shop.engine.dice(f"douyin:audit:{shop.place}")

    def submit(self, product: Product, cause: Cause) -> None:
        """Put a product into audit: the whole of it, or the new version of one that is on sale."""
        if product.on_sale:
            self._shop.move(product, cause, draft=state.WAITING, kind="audit.submitted")
        else:
            self._shop.move(
                product,
                cause,
                status=state.UP,
                check=state.WAITING,
                draft=state.WAITING,
                kind="audit.submitted",
            )
        self.expect(product, self._shop.engine.config.audit_seconds * (1 + self._dice.random() / 4))

    def expect(self, product: Product, seconds: float) -> None:
        """Let the audit in flight be decided after `seconds`."""
        number = product.submission = self._shop.new_submission()
        passes = self._dice.random() < self._shop.engine.config.audit_pass_rate
        self._shop.engine.time.after(seconds, lambda: self._decide(product, number, passes=passes))

    def withdraw(self, product: Product, cause: Cause) -> None:
        """Take a product or its new version back out of audit."""
        product.submission = 0
        if product.on_sale:
            self._shop.move(product, cause, draft=state.NOT_SUBMITTED, kind="audit.cancelled")
        else:
            self._shop.move(
                product,
                cause,
                check=state.NOT_SUBMITTED,
                draft=state.NOT_SUBMITTED,
                kind="audit.cancelled",
            )

    def _decide(self, product: Product, number: int, *, passes: bool) -> None:
        if product.submission != number or not product.in_audit:
            return
        product.submission, product.audited_at = 0, self._shop.now()
        if not passes:
            product.reasons = ("商品信息与资质不符",)
            check = None if product.on_sale else state.REFUSED
            self._shop.move(product, PLATFORM, check=check, draft=state.REFUSED, kind="audit.refused")
            return
        product.reasons = ()
        for name, value in product.pending.items():
            setattr(product, name, value)
        product.pending = {}
        if product.start_sale_type == 1 and not product.on_sale:
            self._shop.move(
                product, PLATFORM, status=state.DOWN, check=state.PARKED, draft=0, kind="audit.passed"
            )
        else:
            self._shop.move(product, PLATFORM, check=state.PASSED, draft=state.PASSED, kind="audit.passed")


def taken_off(shop: Shop, product: Product, cause: Cause) -> None:
    """Put a product into the warehouse; what was in audit is withdrawn with it (reference §5.1: 1, 1, 0)."""
    kind = "audit.cancelled" if product.in_audit else ""
    product.submission = 0
    product.pending = {}
    shop.move(product, cause, status=state.DOWN, check=state.NOT_SUBMITTED, draft=state.NO_DRAFT, kind=kind)


def _addressed(call: Call) -> Product:
    product = call.shop.product(whole(call.body, "product_id"))
    if product is None:
        raise NO_PRODUCT.error()
    return product


def _raisable(product: Product) -> None:
    """Refuse what cannot be brought up, in the order the gateway looks."""
    if product.status == state.DELETED or product.check_status == state.BANNED:
        raise BAD_STATE.error()
    if state.LOCK_ON in product.locks:
        raise HELD.error()
    if product.in_audit:
        raise IN_AUDIT.error()


class AuditCalls:
    """The calls that bring a product up or take it out of audit; `desks` are the shops' desks by place."""

    def __init__(self, desks: dict[int, AuditDesk]) -> None:
        self._desks = desks

    def set_online(self, call: Call) -> Any:
        """Bring a product up; whether it needs an audit for that is a setting."""
        product = _addressed(call)
        if product.on_sale:
            raise REPEATED.error()
        _raisable(product)
        if call.shop.settings.online_needs_audit:
            self._submit(call, product)
        else:
            call.shop.move(product, call.cause, status=state.UP, check=state.PASSED, draft=state.NO_DRAFT)
        return None

    def edit(self, call: Call) -> Any:
        """Save a new version and, with `commit`, hand it in for audit."""
        product = _addressed(call)
        commit = flag(call.body, "commit", default=None)
        _editable(product)
        changes = {name: optional_whole(call.body, name) for name in EDITABLE}
        product.pending |= {name: value for name, value in changes.items() if value is not None}
        if commit:
            self._submit(call, product)
        else:
            call.shop.move(product, call.cause, draft=state.NOT_SUBMITTED, kind="draft.saved")
        return None

    def cancel(self, call: Call) -> Any:
        """Take a product out of audit."""
        product = _addressed(call)
        if not product.in_audit:
            raise NOT_IN_AUDIT.error()
        self._desks[call.shop.place].withdraw(product, call.cause)
        return None

    def _submit(self, call: Call, product: Product) -> None:
        self._desks[call.shop.place].submit(product, call.cause)


def _editable(product: Product) -> None:
    if product.status == state.DELETED or product.check_status == state.BANNED:
        raise BAD_STATE.error()
    if product.in_audit:
        raise IN_AUDIT.error()
    if state.LOCK_EDIT in product.locks:
        raise HELD.error()


def launch(call: Call) -> Any:
    """Put a product on sale that passed its audit and was parked."""
    product = _addressed(call)
    if product.check_status != state.PARKED:
        raise BAD_STATE.error()
    call.shop.move(product, call.cause, status=state.UP, check=state.PASSED, draft=state.NO_DRAFT)
    return None


def endpoints(desks: dict[int, AuditDesk]) -> dict[str, Method]:
    """Return the calls about audits and coming up."""
    calls = AuditCalls(desks)
    return {
        "product.setOnline": Method(calls.set_online, writes=True),
        "product.launchProduct": Method(launch, writes=True),
        "product.editV2": Method(calls.edit, writes=True),
        "product.cancelAudit": Method(calls.cancel, writes=True),
        "product.auditList": Method(audit_list, tells=frozenset({"publish_status"})),
    }


def audit_list(call: Call) -> dict[str, Any]:
    """Return products by the state of their last audit: 0 in audit, 1 passed, 2 refused."""
    wanted = within(whole(call.body, "publish_status"), 0, 2, BAD_PAGE)
    page = within(whole(call.body, "page"), 0, 99, BAD_PAGE)
    size = within(whole(call.body, "size"), 1, 100, BAD_PAGE)
    product_id = optional_whole(call.body, "product_id")
    found = [
        product
        for product in call.shop.stores.products.values()
        if _outcome(product) == wanted and product_id in {None, int(product.product_id)}
    ]
    return {
        "total": len(found),
        "records": [_record(product, wanted) for product in found[page * size : (page + 1) * size]],
    }


def _outcome(product: Product) -> int | None:
    if product.status in {state.DELETED, state.DESTROYED}:
        return None
    if product.in_audit:
        return 0
    if state.REFUSED in {product.check_status, product.draft_status}:
        return 2
    return 1 if product.check_status in {state.PASSED, state.PARKED} else None


def _record(product: Product, outcome: int) -> dict[str, Any]:
    return {
        "product_id": int(product.product_id),
        "title": product.title,
        "img_url": f"https://example.invalid/{product.code}.jpg",
        "publish_status": outcome,
        "publish_time": product.update_time,
        "audit_time": product.audited_at,
        "audit_reason": {"audit": list(product.reasons)} if product.reasons else {},
    }
