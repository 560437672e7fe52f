"""A merchant on three platforms who has written down everything no platform tells, and a plan over one product of his."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from offshelf.delisting.model import Plan
from offshelf.kit.instants import iso
from offshelf.vocabulary.plans import Reason
from support.virtual_house import VirtualHouse, authorise

CODE, OTHER = "SNK0003", "HOM0003"  # sold in each of the three shops; neither held fast nor in a live
SHOPS = ("s1", "s2", "s3")
SUPPLIER = "Hua Supply"
LETTER = "尊敬的顾客：下列商品因季节更替停止销售。三包服务不受影响；七日无理由退货期限自您实际签收之日的次日起计算。"
REPLY = "该商品正在下架，如需帮助请回复“人工”转人工客服。"
NONE = ("bundle", "creator_showcase", "live", "replay", "showcase", "wms_picking")
READ = ("binding", "drop_ship", "erp_stock", "gift", "presale", "script", "video", "licences")
Lines = list[str]


class Merchant:
    """The words of the merchant, each to be said again with something else in it."""

    def __init__(self, house: VirtualHouse) -> None:
        self.house = house
        self.listings: dict[str, str] = {}
        self.saved = ""  # until when the last backup reaches

    async def begin(self, reason: Reason = Reason.SEASON) -> Plan:
        """Read the shops, declare everything, propose, and give notice of that plan."""
        await authorise(self.house)
        await self.read()
        keys, _ = self.house.catalog.find([CODE])
        self.listings = dict(keys[CODE])
        assert set(self.listings) == set(SHOPS)
        self.declare()
        plan = self.house.plans.propose(keys[CODE], reason=reason, by="lin", codes=[CODE])
        self.declare(*self.statements(self.notice(plan)))
        return plan

    async def read(self) -> None:
        """Read every shop whole."""
        for shop_id, synced in (await self.house.sync_all()).items():
            assert not any(synced.failed.values()), (shop_id, synced.failed)

    @property
    def now(self) -> datetime:
        return self.house.clock.now()

    def ago(self, **span: float) -> str:
        return iso(self.now - timedelta(**span))

    def blocking(self, plan: Plan) -> list[tuple[str, str, str]]:
        """Check a plan; return (code, verdict, subject) of what stands in its way, each once."""
        found = [one for one in self.house.plans.check(plan.plan_id) if one.blocks]
        return list(dict.fromkeys((one.code, one.verdict.value, one.subject) for one in found))

    def finding(self, plan: Plan, code: str) -> dict[str, Any]:
        """Return the one standing finding of a code, as the plan keeps it."""
        (row,) = [row for row in self.house.plans.blockers(plan.plan_id) if row["code"] == code]
        return row

    # -- the register ---------------------------------------------------------------------------------------------

    def declare(self, *lines: str) -> None:
        """Declare these lines, the whole register where there are none."""
        self.house.beside.declare(self.house, *(lines or self.register()))

    def register(self) -> Lines:
        """Return everything but the notice."""
        self.saved = iso(self.now)
        lines = [f"at: {iso(self.now)}", "none:", *(f"  - {kind}" for kind in NONE)]
        lines += ["places:", *self.erp(), *self.script(REPLY), *self.drop_ship(), *self.presale()]
        lines += ["statements:"]
        for kind in READ:
            lines += item(kind="read", subject=kind)
        for shop_id in SHOPS:
            lines += item(kind="backup", subject=shop_id, through=self.saved, rows=1000)
            lines += self.drill(shop_id, passed=True)
            lines += item(
                kind="shop_notice", subject=shop_id, first_seen=self.ago(days=40), last_seen=iso(self.now)
            )
        lines += self.told_supplier(acknowledged=True) + self.settled()
        lines += item(
            kind="interception_rules",
            subject=SUPPLIER,
            text="stop what is unpicked, call back what is under way",
        )
        lines += item(kind="substitute", subject=CODE, code=OTHER)
        return [*lines, "licences:", *self.licence("JY-1", "2028-03-31")]

    @staticmethod
    def places(*lines: Sequence[str]) -> Lines:
        return ["places:", *(line for some in lines for line in some)]

    @staticmethod
    def statements(*lines: Sequence[str]) -> Lines:
        return ["statements:", *(line for some in lines for line in some)]

    def place(self, kind: str, ref: str, *members: str, **fields: Any) -> Lines:
        """Return one place; a member is `key: value`, joined by a comma."""
        goods = members or (f"code: {CODE}",)
        return [
            *item(kind=kind, ref=ref, **fields), "    members:", *(f"      - {{{member}}}" for member in goods),
        ]  # fmt: skip

    def erp(self) -> Lines:
        return self.place("erp_stock", CODE, units=41)

    def script(self, text: str) -> Lines:
        return self.place("script", "reply-3", shop="s1", text=text, routes_to_human=True)

    def drop_ship(self) -> Lines:
        return self.place("drop_ship", "contract-1", holder=SUPPLIER)

    def presale(self) -> Lines:
        money = {"legal_nature": "earnest_money", "payers": 2, "amount": 200, "price": 10_000}
        return self.place("presale", "pre-1", shop="s3", **money)

    def settled(self, amount: int = 400) -> Lines:
        return item(kind="presale_settled", subject="pre-1", payers=2, amount=amount)

    def drill(self, shop_id: str, *, passed: bool) -> Lines:
        return item(kind="restore_drill", subject=shop_id, passed=passed, backup_through=self.saved)

    def told_supplier(self, *, acknowledged: bool) -> Lines:
        given = {"at": self.ago(hours=50), "code": CODE, "stop_at": self.ago(hours=1)}
        more = {"acknowledged_at": self.ago(hours=49)} if acknowledged else {}
        return item(kind="supplier_notice", subject=SUPPLIER, **given, **more)

    def notice(self, plan: Plan, text: str = LETTER) -> Lines:
        given = {"at": self.ago(hours=26), "stop_at": self.ago(hours=1), "channel": "shop page", "text": text}
        return item(kind="customer_notice", subject=plan.plan_id, **given)

    def licence(self, number: str, until: str, replaces: str = "") -> Lines:
        more = {"replaces": replaces} if replaces else {}
        return item(kind="food_licence", number=number, covers=f"[{CODE}]", valid_until=until, **more)


def item(**fields: Any) -> Lines:
    """Return one entry of a list in YAML."""
    told = [f"{name}: {_yaml(value)}" for name, value in fields.items()]
    return [f"  - {told[0]}", *(f"    {line}" for line in told[1:])]


def _yaml(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
