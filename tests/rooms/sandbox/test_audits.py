"""Audits: submitting, quotas, results, withdrawing, and drafts that put a product back on sale."""

from __future__ import annotations

import pytest

from offshelf.sandbox.ledger import OPERATOR, PLATFORM
from support.sandbox_desk import PRODUCT, SandboxDesk

LISTING, CANCEL = PRODUCT + "listing", PRODUCT + "audit/cancel"


def test_listing_puts_the_product_back_only_after_the_audit(desk: SandboxDesk) -> None:
    product = desk.product(11)
    assert desk.code(LISTING, {"product_id": product.product_id}) == 0
    assert (product.status, product.edit_status) == (11, 2)
    desk.world.advance(600 * 1.25)
    assert (product.status, product.edit_status) == (5, 4)
    kinds = [(e.actor, e.kind) for e in desk.effects() if e.product_id == product.product_id]
    assert kinds == [("api", "audit.submitted"), ("platform", "audit.passed"), ("platform", "listing.on")]


def test_a_refused_audit_leaves_the_product_off() -> None:
    desk = SandboxDesk(audit_pass_rate=0.0)
    product = desk.product(11)
    desk.call(LISTING, {"product_id": product.product_id})
    desk.world.advance(3600)
    assert (product.status, product.edit_status) == (11, 3)


def test_a_withdrawn_audit_never_decides(desk: SandboxDesk) -> None:
    product = desk.product(edit_status=2)
    assert desk.code(CANCEL, {"product_id": product.product_id}) == 0
    assert desk.code(PRODUCT + "delisting", {"product_id": product.product_id}) == 0
    desk.world.advance(7200)
    assert (product.status, product.edit_status) == (11, 1)


def test_withdrawing_what_is_not_in_audit(desk: SandboxDesk) -> None:
    product = desk.product()
    assert desk.code(CANCEL, {"product_id": product.product_id}) == 10020044
    assert (product.edit_status, desk.effects()) == (4, [])


def test_a_draft_submitted_by_somebody_else_puts_it_back_on_sale(desk: SandboxDesk) -> None:
    product = desk.product()
    desk.call(PRODUCT + "delisting", {"product_id": product.product_id})
    desk.world.wechat.operate(product.product_id, "submit_audit", {"seconds": 60})
    desk.world.advance(59)
    assert product.status == 11
    desk.world.advance(1)
    assert product.status == 5


def test_a_draft_without_relisting_only_passes(desk: SandboxDesk) -> None:
    product = desk.product(11)
    desk.world.wechat.operate(product.product_id, "submit_audit", {"relist_on_pass": False, "seconds": 1})
    desk.world.advance(2)
    assert (product.status, product.edit_status) == (11, 4)


@pytest.mark.parametrize(
    ("status", "code"), [(13, 10020053), (14, 10020070), (15, 10020088), (20, 10020053), (6, 10020052)]
)
def test_states_that_cannot_be_listed(desk: SandboxDesk, status: int, code: int) -> None:
    product = desk.product(status)
    assert desk.code(LISTING, {"product_id": product.product_id}) == code
    assert (product.edit_status, desk.effects()) == (4, [])


def test_drafts_and_sales_that_stand_in_the_way(desk: SandboxDesk) -> None:
    in_audit, on_task, uploading = desk.product(edit_status=2), desk.product(task=True), desk.product(11)
    uploading.edit_status = 7
    codes = [desk.code(LISTING, {"product_id": p.product_id}) for p in (in_audit, on_task, uploading)]
    assert codes == [10020049, 10020014, 10020067]


def test_a_live_flash_product_cannot_be_listed(desk: SandboxDesk) -> None:
    product = desk.product(11)
    product.product_type = 3
    assert desk.code(LISTING, {"product_id": product.product_id}) == 10020091


def test_hourly_and_daily_audit_quota() -> None:
    desk = SandboxDesk(audits_per_hour=1, audits_per_day=2)
    codes = []
    for wait in (0, 0, 3600, 3600):
        desk.world.advance(wait)
        product = next(p for p in desk.shop.stores.products.values() if (p.status, p.edit_status) == (11, 4))
        codes.append(
            desk.code(LISTING, {"product_id": product.product_id}, token=desk.stable()["access_token"])
        )
    assert codes == [0, 10020066, 0, 10020111]
    quota = desk.call(PRODUCT + "getauditquota", {}, token=desk.stable()["access_token"])["audit_quota"]
    assert quota == {"block_status": True, "avail_quota": 0, "total_quota": 2}


def test_a_banned_product_is_not_put_on_sale_by_its_audit(desk: SandboxDesk) -> None:
    product = desk.product(edit_status=2)
    desk.shop.set_status(product, 20, PLATFORM)
    desk.world.advance(3600)
    assert (product.status, product.edit_status) == (20, 4)


def test_every_generated_draft_is_decided_in_time(desk: SandboxDesk) -> None:
    waiting = [p for p in desk.shop.stores.products.values() if p.edit_status == 2]
    assert len(waiting) >= 2
    desk.world.advance(600 * 1.25)
    assert {(p.status, p.edit_status) for p in waiting} == {(5, 4)}


def test_only_the_last_submission_decides(desk: SandboxDesk) -> None:
    product = desk.product(11)
    desk.world.wechat.operate(product.product_id, "submit_audit", {"seconds": 10})
    desk.world.wechat.desks[0].withdraw(product, OPERATOR)
    desk.world.wechat.operate(product.product_id, "submit_audit", {"seconds": 100})
    desk.world.advance(50)
    assert product.status == 11
    desk.world.advance(50)
    assert product.status == 5
