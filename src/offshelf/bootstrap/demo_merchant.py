"""What the demo's merchant knows and no platform tells: own policy, the register, notices, and the work of people."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

from offshelf.delisting.model import Plan
from offshelf.kit.instants import iso
from offshelf.services import Services
from offshelf.tasks.intake import Piece
from offshelf.tasks.model import EvidenceKind, Task
from offshelf.vocabulary.goods import Listing
from offshelf.vocabulary.texts import catalogue

FIRST, SECOND = "demo", "demo-second"  # two persons: what cannot be undone needs both
_DAY_BEFORE = timedelta(hours=25)
# Kinds of places this merchant has none of, beside those written down below.
_NONE = (
    "binding", "bundle", "creator_showcase", "drop_ship", "erp_stock", "gift", "live", "presale", "replay", "script",
    "showcase", "wms_picking",
)  # fmt: skip
_LETTER = (
    "尊敬的顾客：下列商品因季节更替，将于公告所示时间停止销售。三包服务不受影响；七日无理由退货期限自您实际签收之日的次日起计算。"
    "如有疑问请联系店铺客服。"
)
_POLICY = """\
# The demo cannot wait ten minutes between the second signature and the run. A real shop should.
pack: demo
version: 1
values:
  - id: approval.delay.irreversible
    value: 0
    unit: minutes
    kind: house
    source: {source}
    why: {why}
    observed_on: {day}
    effective_from: {day}
"""


def write_policy(home: Path, now: datetime, language: str) -> None:
    """Leave a policy file of the merchant's own, as `docs/policy.md` shows it, in the language of the demo."""
    folder = home / "policy"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "demo.yaml").write_text(
        _POLICY.format(
            day=iso(now)[:10],
            source=catalogue().say("demo.policy_source", language),
            why=catalogue().say("demo.policy_why", language),
        ),
        "utf-8",
    )


class Merchant:
    """The people of the demo's shop."""

    def __init__(self, services: Services, home: Path) -> None:
        self._services = services
        self._home = home

    def write_register(self, listings: Iterable[Listing]) -> int:
        """Write down and declare what no platform tells; returns how many places that were."""
        now = self._services.clock.now()
        shops = [shop.shop_id for shop in self._services.shops.all()]
        places = _places(list(listings))
        kinds = {line.split(": ")[1] for line in places if line.startswith("  - kind:")}
        lines = [f"at: {iso(now)}", f"by: {FIRST}", "none:"]
        lines += [f"  - {kind}" for kind in (*_NONE, "substitute", "licences") if kind not in kinds]
        lines += ["places:", *places, "statements:"]
        for kind in sorted({"video", *kinds}):
            lines += ["  - kind: read", f"    subject: {kind}"]
        for shop_id in shops:
            lines += [
                "  - kind: backup",
                f"    subject: {shop_id}",
                f"    through: {iso(now)}",
                "    rows: 1000",
            ]
            lines += ["  - kind: restore_drill", f"    subject: {shop_id}", "    passed: true"]
            lines += [f"    backup_through: {iso(now)}"]
        self._declare("register.yaml", lines)
        return sum(line.startswith("  - kind:") for line in places)

    def give_notice(self, subject: str) -> None:
        """Write down the notice that customers were given a day before, about a plan or a listing."""
        told = self._services.clock.now() - _DAY_BEFORE
        lines = [
            "statements:",
            "  - kind: customer_notice",
            f"    subject: '{subject}'",
            f"    at: {iso(told)}",
        ]
        lines += [
            f"    stop_at: {iso(told + timedelta(hours=24))}",
            "    channel: shop page",
            f"    text: {_LETTER}",
        ]
        self._declare("notice.yaml", [f"by: {FIRST}", *lines])

    def decide_orders(self, plan: Plan) -> int:
        """Write down that orders past their time are shipped all the same; returns how many."""
        rows = self._services.plans.findings(plan.plan_id)
        late = [
            f"{row['subject']}/{order}"
            for row in rows
            if row["code"] == "orders.overdue"
            for order in row["evidence"]["ids"]
        ]
        if late:
            lines = [f"by: {FIRST}", "statements:"]
            for order in late:
                lines += ["  - kind: order_decision", f"    subject: {order}", "    decision: ship"]
            self._declare("orders.yaml", lines)
        return len(late)

    def _declare(self, name: str, lines: list[str]) -> None:
        path = self._home / name
        path.write_text("\n".join(lines) + "\n", "utf-8")
        declarations = self._services.declarations
        declarations.apply(declarations.read(path, by=FIRST), by=FIRST)

    # -- work by hand -------------------------------------------------------------------------------------------

    def do_tasks(self, plan: Plan) -> int:
        """Do the open work of a plan as its tasks say, one person with evidence, another to confirm; returns targets."""
        self._services.sweep()
        done = 0
        for task in self._services.tasks.list():
            if task.plan_id == plan.plan_id and task.targets:
                done += self._do(task)
        self._services.sweep()
        return done

    def _do(self, task: Task) -> int:
        targets = self._services.tasks.targets
        needed = targets.required(task)
        rows = targets.of(task.task_id)
        for row in rows:
            pieces = [
                _piece(kind, f"{row.target_id}/{kind.value}/{number}")
                for kind, many in needed.kinds.items()
                for number in range(many)
            ]
            targets.claim(task.task_id, [row.target_id], pieces, by=FIRST)
        if targets.second_person(task):
            targets.confirm(task.task_id, [], by=SECOND)
        return len(rows)


def _places(listings: list[Listing]) -> list[str]:
    """Return places around one product that only the merchant knows of: two replays, a creator, a reply of the service."""
    if not listings:
        return []
    one = listings[0]
    told = (
        ("replay", "live-1101", "11 月 1 日直播回放", ""),
        ("replay", "live-1108", "11 月 8 日直播回放", ""),
        ("creator_showcase", "creator-7", "达人橱窗", ""),
        ("script", "reply-3", "商品问答", "该商品正在下架，如需帮助请回复“人工”转人工客服。"),
    )
    lines: list[str] = []
    for kind, ref, title, text in told:
        lines += [f"  - kind: {kind}", f"    shop: {one.shop_id}", f"    ref: {ref}", f"    title: {title}"]
        lines += ["    members:", f"      - listing: '{one.listing_id}'"]
        lines += [f"    text: {text}", "    routes_to_human: true"] if text else []
    return lines


def _piece(kind: EvidenceKind, mark: str) -> Piece:
    """Return evidence as a person would hand it in: a picture of one dot, a word, a number."""
    if kind in (EvidenceKind.TEXT, EvidenceKind.NUMBER):
        said = mark if kind is EvidenceKind.TEXT else str(zlib.crc32(mark.encode()))
        return Piece(kind, "text/plain", said.encode())
    return Piece(kind, "image/png", _picture(mark))


def _picture(mark: str) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    parts = (
        (b"IHDR", head),
        (b"tEXt", f"demo\0{mark}".encode()),
        (b"IDAT", zlib.compress(b"\0\0\0\0")),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts)
