"""Limited-time sales: list, stop, delete, and their own beginning and end (reference §6.1)."""

from __future__ import annotations

from bisect import bisect_left
from itertools import islice
from typing import Any

from offshelf.sandbox.ledger import PLATFORM, Cause
from offshelf.sandbox.wechat import state
from offshelf.sandbox.wechat.calls import Call, Endpoint
from offshelf.sandbox.wechat.cursors import bind, read_cursor, write_cursor
from offshelf.sandbox.wechat.envelope import RefusalError
from offshelf.sandbox.wechat.params import id_of, one_of, text_of, whole_of
from offshelf.sandbox.wechat.shop import Shop
from offshelf.sandbox.wechat.state import Task

WAITING, RUNNING, ENDED = 0, 1, 2
NO_TASK = 10020076


def schedule(shop: Shop) -> None:
    """Put the beginning and end of every task on the agenda."""
    for task in shop.stores.tasks.values():
        _schedule(shop, task)


def _schedule(shop: Shop, task: Task) -> None:
    if task.status == WAITING:
        shop.engine.time.at(task.start_time, lambda: begin(shop, task))
    if task.status != ENDED:
        shop.engine.time.at(task.end_time, lambda: end(shop, task, PLATFORM))


def begin(shop: Shop, task: Task) -> None:
    """Start a waiting task: its stock moves from normal to reserved, as much as is there."""
    product = shop.stores.products.get(task.product_id)
    if task.status != WAITING or product is None:
        return
    task.status = RUNNING
    product.task_id = task.task_id
    for sku in product.skus:
        moved = min(sku.normal, task.stocks.get(sku.sku_id, 0))
        sku.normal -= moved
        sku.reserved += moved
    shop.engine.ledger.record(
        PLATFORM, "promotion.started", WAITING, RUNNING, product_id=task.product_id, subject=task.task_id
    )


def end(shop: Shop, task: Task, cause: Cause) -> None:
    """End a task: what is left of its reserved stock goes back to normal stock."""
    if task.status == ENDED:
        return
    before, task.status = task.status, ENDED
    product = shop.stores.products.get(task.product_id)
    shop.engine.ledger.record(
        cause, "promotion.stopped", before, ENDED, product_id=task.product_id, subject=task.task_id
    )
    if before != RUNNING or product is None or product.task_id != task.task_id:
        return
    product.task_id = None
    for sku in product.skus:
        if sku.reserved:
            moved, sku.reserved = sku.reserved, 0
            shop.set_normal(product, sku, sku.normal + moved, cause, "task")


def list_tasks(call: Call) -> dict[str, Any]:
    """Return one page of tasks, oldest first."""
    body, shop = call.body, call.shop
    status = one_of(body, "status", frozenset({WAITING, RUNNING, ENDED}))
    size = whole_of(body, "page_size", low=1, high=50, default=10)
    cursor = text_of(body, "next_key")
    fingerprint = bind(body, "next_key", "tasks", shop.identity.app_id)
    place = bisect_left(shop.task_ids, read_cursor(cursor, fingerprint) + "\0") if cursor else 0
    tasks = shop.stores.tasks
    fitting = (
        tasks[key]
        for key in shop.task_ids[place:]
        if key in tasks and (status is None or tasks[key].status == status)
    )
    page = list(islice(fitting, size))
    total = sum(1 for task in tasks.values() if status is None or task.status == status)
    next_key = write_cursor(page[-1].task_id, fingerprint) if len(page) == size else ""
    return {
        "limited_discount_tasks": [_shown(call, task) for task in page],
        "next_key": next_key,
        "total_num": total,
    }


def _shown(call: Call, task: Task) -> dict[str, Any]:
    return {
        "task_id": call.id(task.task_id),
        "product_id": call.id(task.product_id),
        "status": task.status,
        "create_time": task.create_time,
        "start_time": task.start_time,
        "end_time": task.end_time,
        "limited_discount_skus": [
            {"sku_id": call.id(sku_id), "sale_price": task.prices[sku_id], "sale_stock": stock}
            for sku_id, stock in task.stocks.items()
        ],
    }


def stop(call: Call) -> dict[str, Any]:
    """Stop a task for good; a task that ended before answers like one that does not exist."""
    task = _task(call)
    if task.status == ENDED:
        raise RefusalError(NO_TASK)
    product = call.shop.stores.products.get(task.product_id)
    if product is None or product.status == state.DELETED:
        raise RefusalError(10020052)
    end(call.shop, task, call.cause)
    return {}


def delete(call: Call) -> dict[str, Any]:
    """Delete an ended task."""
    task = _task(call)
    if task.status != ENDED:
        raise RefusalError(10020077)
    del call.shop.stores.tasks[task.task_id]
    call.shop.engine.ledger.record(
        call.cause, "promotion.deleted", ENDED, None, product_id=task.product_id, subject=task.task_id
    )
    return {}


def _task(call: Call) -> Task:
    task = call.shop.stores.tasks.get(id_of(call.body, "task_id"))
    if task is None:
        raise RefusalError(NO_TASK)
    return task


ENDPOINTS = {
    "/channels/ec/product/limiteddiscounttask/list/get": Endpoint(list_tasks, tells_status=True),
    "/channels/ec/product/limiteddiscounttask/stop": Endpoint(stop, writes=True),
    "/channels/ec/product/limiteddiscounttask/delete": Endpoint(delete, writes=True),
}
