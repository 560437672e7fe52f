"""The twelve checks on a merchant of three platforms: each condition planted once through its real source, and mended."""

from __future__ import annotations

from bisect import insort
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from offshelf import cli
from offshelf.bootstrap.wire import open_house
from offshelf.checks.rules import verdicts
from offshelf.checks.specs import ALL as CHECKS
from offshelf.delisting.model import Plan
from offshelf.kit.errors import BlockedError
from offshelf.kit.instants import iso
from offshelf.kit.redact import Secret
from offshelf.sandbox.douyin.state import Video
from offshelf.sandbox.ledger import OPERATOR
from offshelf.sandbox.wechat.promotions import end
from offshelf.sandbox.wechat.state import Task
from offshelf.services import Doors
from offshelf.settings import Settings
from offshelf.vocabulary.plans import PlanState, Reason, Verdict
from support.beside import beside
from support.declared_merchant import CODE, OTHER, SUPPLIER, Merchant, item
from support.evidence import png
from support.rehearsing import StillClock
from support.virtual_house import ALL, VirtualHouse, play

Act = Callable[[Merchant, Plan], Awaitable[None]]
FLASH = "99999999999"
HALF = {"stock.stale", "places.stale"}
HOUR = {"promotions.stale", "locks.stale", "orders.stale", "aftersales.stale"}
WHOLE = {"size": 20, "platforms": ALL, "wired": True}


@dataclass(frozen=True)
class Condition:
    """What is wrong, through which source it comes about and is mended, and what the checks then say.

    `found` are (code, verdict, subject); `{s1}` stands for the product's listing in a shop, `{plan}` for the plan.
    `evidence` is that of the first, as far as it does not change from run to run.
    """

    check: str
    plant: Act
    mend: Act
    found: tuple[tuple[str, str, str], ...]
    evidence: dict[str, Any]


def operate(merchant: Merchant, shop_id: str, act: str, **body: Any) -> None:
    """Do something in the shop's console, as another operator."""
    listing = merchant.listings[shop_id]
    merchant.house.world.platform_of(listing).operate(listing, act, body)


def says(*lines: Callable[[Merchant, Plan], list[str]], section: str = "statements") -> Act:
    """Return the act of declaring something."""

    async def declare(merchant: Merchant, plan: Plan) -> None:
        await merchant.house.clock.sleep(1)  # said after what was said before
        merchant.declare(f"{section}:", *(line for some in lines for line in some(merchant, plan)))

    return declare


def binding(state: str) -> Act:
    def place(merchant: Merchant, _plan: Plan) -> list[str]:
        shown = {}
        if state == "ended":  # a place that sells ends by what shows it, never by a word
            (merchant.house.beside.folder / "unbound.png").write_bytes(png("unbound"))
            shown = {"evidence": "unbound.png"}
        return merchant.place("binding", "mall-1", shop="s1", title="a mall elsewhere", state=state, **shown)

    return says(place, section="places")


async def restocked(merchant: Merchant, _plan: Plan) -> None:
    operate(merchant, "s2", "restock", num=3)
    await merchant.read()


async def sold_back(merchant: Merchant, _plan: Plan) -> None:
    operate(merchant, "s2", "set_stock", num=41)
    await merchant.read()


async def flash_sale(merchant: Merchant, _plan: Plan) -> None:
    """Somebody sets up a limited-time sale in the console, to begin tomorrow."""
    now = int(merchant.now.timestamp())
    mine = merchant.listings["s1"]
    task = Task(FLASH, mine, 0, now, now + 86_400, now + 2 * 86_400, {}, {})
    shop = merchant.house.world.wechat.shops[0]
    shop.stores.tasks[FLASH] = task
    insort(shop.task_ids, FLASH)
    await merchant.read()


async def no_sale(merchant: Merchant, _plan: Plan) -> None:
    shop = merchant.house.world.wechat.shops[0]
    end(shop, shop.stores.tasks[FLASH], OPERATOR)
    await merchant.read()


async def nobody_ships(merchant: Merchant, plan: Plan) -> None:
    """Two units are bought; days pass, everything is read and said again, but they have not left."""
    platform: Any = merchant.house.world.platform_of(merchant.listings["s2"])
    front, mine = platform.fronts[0], merchant.listings["s2"]
    for _ in range(2):
        placed = front.place(mine, platform.shops[0].stores.products[mine].skus[0].sku_id, 1)
        assert front.pay(placed.order_id)
    await merchant.house.clock.sleep(3 * 86_400)
    await merchant.read()
    merchant.declare()
    merchant.declare(*merchant.statements(merchant.notice(plan)))


async def ship_them(merchant: Merchant, plan: Plan) -> None:
    late = merchant.finding(plan, "orders.overdue")
    said = [item(kind="order_decision", subject=f"{late['subject']}/{order}", decision="ship")
            for order in late["evidence"]["ids"]]  # fmt: skip
    merchant.declare(*merchant.statements(*said))


def videos(merchant: Merchant) -> dict[str, Video]:
    platform: Any = merchant.house.world.platform_of(merchant.listings["s2"])
    found: dict[str, Video] = platform.shops[0].stores.videos
    return found


async def new_video(merchant: Merchant, _plan: Plan) -> None:
    some = videos(merchant)
    like = next(iter(some.values()))
    now = int(merchant.now.timestamp())
    some["7999"] = replace(
        like, video_id="7999", status=0, create_time=now, product_ids=(merchant.listings["s2"],)
    )
    await merchant.read()


async def video_deleted(merchant: Merchant, _plan: Plan) -> None:
    videos(merchant)["7999"].status = -1
    await merchant.read()


def others(merchant: Merchant, stock: int) -> None:
    """Set what is left of the substitute, in every shop."""
    keys, _ = merchant.house.catalog.find([OTHER])
    for key, one in merchant.house.catalog.listings(keys[OTHER]).items():
        for sku in one.skus:
            body = {"sku_id": sku.sku_id, "num": stock}
            merchant.house.world.platform_of(key[1]).operate(key[1], "set_stock", body)


async def substitute_gone(merchant: Merchant, _plan: Plan) -> None:
    others(merchant, 0)
    await merchant.read()


async def substitute_back(merchant: Merchant, _plan: Plan) -> None:
    others(merchant, 9)
    await merchant.read()


PLACE = {"state": "live", "source": "file"}
LIE = "亲，这款已售罄啦，需要请转人工"
UNSAID = "下列商品停止销售。退货期限自您实际签收之日的次日起计算。"
CONDITIONS = (
    Condition(
        "payment", binding("live"), binding("ended"),
        (("payment.path_open", "fail", "s1/binding/mall-1"),), {"kind": "binding", "ref": "mall-1", **PLACE},
    ),
    Condition(
        "stock", restocked, sold_back,
        (("stock.contradiction", "fail", CODE),), {"erp": [41], "shops": {"s1": 41, "s2": 44, "s3": 41}},
    ),
    Condition(
        "scripts",
        says(lambda m, _: m.script(LIE), section="places"),
        says(lambda m, _: m.script("需要请转人工"), section="places"),
        (("scripts.false_sold_out", "fail", "s1/script/reply-3"),),
        {"kind": "script", "ref": "reply-3", "word": "已售罄", **PLACE},
    ),
    Condition(
        "promotions", flash_sale, no_sale,
        (("promotions.not_stopped", "fail", f"s1/limited_discount/{FLASH}"),), {"raw_status": "0", "state": "waiting"},
    ),
    Condition("orders", nobody_ships, ship_them, (("orders.overdue", "fail", "s2"),), {"count": 2}),
    Condition(
        "media", new_video, video_deleted,
        (("media.not_ended", "fail", "s2/video/7999"),),
        {"kind": "video", "ref": "7999", "state": "live", "source": "api"},
    ),
    Condition(
        "licences",
        says(lambda m, _: m.licence("JY-1", "2026-11-20"), section="licences"),
        says(lambda m, _: m.licence("JY-2", "2031-03-31", replaces="JY-1"), section="licences"),
        (("licences.ended", "fail", "JY-1"),),
        {"kind": "food_licence", "covers": [CODE], "until": "2026-11-20"},
    ),
    Condition(
        "backup",
        says(lambda m, _: m.drill("s2", passed=False)), says(lambda m, _: m.drill("s2", passed=True)),
        (("backup.drill_failed", "fail", "s2"),), {"passed": 0, "evidence": ""},
    ),
    Condition(
        "drop_ship",
        says(lambda m, _: m.told_supplier(acknowledged=False)),
        says(lambda m, _: m.told_supplier(acknowledged=True)),
        (("drop_ship.unacknowledged", "fail", f"{SUPPLIER}/{CODE}"),), {"acknowledged_at": ""},
    ),
    Condition(
        "notice",
        says(lambda m, plan: m.notice(plan, UNSAID)), says(lambda m, plan: m.notice(plan)),
        (("notice.clause_missing", "fail", "{plan}"),), {"clause": "three_guarantees"},
    ),
    Condition(
        "presale", says(lambda m, _: m.settled(399)), says(lambda m, _: m.settled(400)),
        (("presale.owed", "fail", "s3/presale/pre-1"),),
        {"owed": 400, "paid": 399, "payers": 2, "paid_to": 2, **PLACE},
    ),
    Condition(
        "substitutes", substitute_gone, substitute_back,
        (("substitutes.out_of_stock", "fail", CODE),), {"substitute": OTHER, "units": 0},
    ),
)  # fmt: skip


def test_every_check_has_its_condition() -> None:
    assert [one.check for one in CONDITIONS] == [spec.check_id for spec in CHECKS]


@pytest.mark.parametrize("condition", CONDITIONS, ids=lambda one: one.check)
def test_a_condition_gives_its_findings_with_evidence_and_mended_none(
    condition: Condition, tmp_path: Path
) -> None:
    async def story(house: VirtualHouse) -> None:
        merchant = Merchant(house)
        plan = await merchant.begin()
        assert merchant.blocking(plan) == []
        await condition.plant(merchant, plan)
        names = merchant.listings | {"plan": plan.plan_id}
        wanted = [(code, word, subject.format(**names)) for code, word, subject in condition.found]
        assert merchant.blocking(plan) == wanted
        row = merchant.finding(plan, wanted[0][0])
        assert row["check_name"] == condition.check
        assert {name: row["evidence"].get(name) for name in condition.evidence} == condition.evidence
        with pytest.raises(BlockedError) as refused:
            house.plans.approve(plan.plan_id, plan.fingerprint, by="wang")
        assert refused.value.code == "plan.findings_stand"
        await condition.mend(merchant, plan)
        assert merchant.blocking(plan) == []
        found = verdicts(house.plans.check(plan.plan_id))
        assert found == {spec.check_id: Verdict.PASS for spec in CHECKS}

    play(story, tmp_path, **WHOLE)


def test_with_time_every_input_is_stale_and_each_check_unknown_and_nothing_can_be_signed(
    tmp_path: Path,
) -> None:
    async def story(house: VirtualHouse) -> None:
        merchant = Merchant(house)
        plan = await merchant.begin(Reason.WIND_DOWN)
        assert merchant.blocking(plan) == []
        await house.clock.sleep(timedelta(days=100).total_seconds())
        found = verdicts(house.plans.check(plan.plan_id))
        assert found == {spec.check_id: Verdict.UNKNOWN for spec in CHECKS}
        before = (house.plans.get(plan.plan_id), house.journal.entries(subject=plan.plan_id, limit=100))
        with pytest.raises(BlockedError) as refused:
            house.plans.approve(plan.plan_id, plan.fingerprint, by="wang")
        assert refused.value.code == "plan.findings_stand"
        after = (house.plans.get(plan.plan_id), house.journal.entries(subject=plan.plan_id, limit=100))
        assert after == before
        assert after[0].state is PlanState.PROPOSED
        assert house.plans.signatures(plan.plan_id).given == ()
        # Read and said again, all is well.
        await merchant.read()
        merchant.declare()
        merchant.declare(*merchant.statements(merchant.notice(plan)))
        assert [code for code, _, _ in merchant.blocking(plan)] == []

    play(story, tmp_path, **WHOLE)


def test_a_register_declared_every_night_unchanged_does_not_keep_its_words_fresh(tmp_path: Path) -> None:
    async def story(house: VirtualHouse) -> None:
        merchant = Merchant(house)
        plan = await merchant.begin()
        words = merchant.register()[1:]  # without `at`
        await house.clock.sleep(timedelta(days=100).total_seconds())
        merchant.declare(*words)
        await merchant.read()
        stale = {code for code, word, _ in merchant.blocking(plan) if word == "unknown"}
        assert {"licences.paper_stale", "places.stale", "substitutes.stale"} <= stale
        # On the word of a person who has looked again, it is of today.
        merchant.declare(f"at: {iso(merchant.now)}", *words)
        left = {code for code, _, _ in merchant.blocking(plan)}
        assert left.isdisjoint({"licences.paper_stale", "places.stale", "substitutes.stale"})

    play(story, tmp_path, **WHOLE)


@pytest.mark.parametrize(
    ("wait", "stale"),
    [
        (timedelta(minutes=29), set()),
        (timedelta(minutes=31), HALF),
        (timedelta(minutes=61), HALF | HOUR),
        (
            timedelta(minutes=121),
            HALF | HOUR | {"listings.stale", "audit.stale", "substitutes.read_long_ago"},
        ),
    ],
)
def test_each_input_has_an_age_of_its_own(tmp_path: Path, wait: timedelta, stale: set[str]) -> None:
    async def story(house: VirtualHouse) -> None:
        merchant = Merchant(house)
        plan = await merchant.begin()
        await house.clock.sleep(wait.total_seconds())
        found = merchant.blocking(plan)
        assert {code for code, _, _ in found} == stale
        assert {word for _, word, _ in found} <= {"unknown"}

    play(story, tmp_path, **WHOLE)


def test_sold_out_with_stock_left_is_refused_and_nobody_waives_it(tmp_path: Path) -> None:
    async def story(house: VirtualHouse) -> None:
        merchant = Merchant(house)
        plan = await merchant.begin(Reason.SOLD_OUT)
        mine = [(f"{shop}/{listing}") for shop, listing in merchant.listings.items()]
        wanted = [("reason.false_sold_out", "fail", one) for one in mine]
        assert merchant.blocking(plan) == [*wanted, ("reason.left_in_erp", "fail", CODE)]
        rows = house.plans.blockers(plan.plan_id)
        assert [row["evidence"]["units"] for row in rows] == [41, 41, 41, 41]
        until = merchant.now + timedelta(days=1)
        for code in ("reason.false_sold_out", "reason.left_in_erp"):
            with pytest.raises(BlockedError) as refused:
                house.plans.waive(plan.plan_id, code, subject="*", by="boss", why="really", until=until)
            assert refused.value.code == "plan.waiver_never"
        assert house.plans.blockers(plan.plan_id) == rows
        with pytest.raises(BlockedError) as refused:
            house.plans.approve(plan.plan_id, plan.fingerprint, by="wang")
        assert refused.value.code == "plan.findings_stand"
        assert house.plans.get(plan.plan_id).state is PlanState.PROPOSED

    play(story, tmp_path, **WHOLE)


def test_the_command_line_ends_with_3_while_something_stands_in_the_way(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def story(house: VirtualHouse) -> None:
        merchant = Merchant(house)
        plan = await merchant.begin()
        drill = CONDITIONS[7]
        for act, code in ((drill.plant, 3), (drill.mend, 0)):
            await act(merchant, plan)
            assert beside(lambda: check(house, tmp_path, plan.plan_id)) == code
            told = capsys.readouterr()
            assert ("backup.drill_failed" in told.out) is (code == 3), told

    play(story, tmp_path, **WHOLE)


def check(house: VirtualHouse, home: Path, plan_id: str) -> int:
    """Run `plan check` as a process would, over the same database and at the same instant."""
    url = f"sqlite:///{home / 'offshelf.db'}"
    settings = Settings(home, url, Secret("00" * 16), "en", "ERROR", "")
    services = open_house(settings, clock=StillClock(house.clock))

    def none(*_given: Any) -> Any:
        raise AssertionError(iso(house.clock.now()))

    names = ("initialise", "doctor", "serve_house", "serve_sandbox", "demo", "sandbox_call")
    doors = Doors(language="en", open=lambda: services, now=house.clock.now, **dict.fromkeys(names, none))
    return cli.run(doors, ["plan", "check", plan_id, "--json"])
