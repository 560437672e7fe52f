"""`offshelf demo`: a generated merchant's goods go off the shelves of three platforms, while buyers buy and calls fail.

Everything is real but the shops: their own sandbox process, the wire protocol, the worker, the files that are left. The
numbers of the last line are counted by the sandbox and read from the ledger, none is written here.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from offshelf.bootstrap.demo_merchant import FIRST, SECOND, Merchant, write_policy
from offshelf.bootstrap.sandbox_process import sandbox_call, sandbox_process
from offshelf.bootstrap.sandboxed_shops import open_shops
from offshelf.bootstrap.stage import Stage
from offshelf.bootstrap.wire import initialise, open_house
from offshelf.delisting.certificate import build, sign
from offshelf.delisting.model import Plan, PlanResult
from offshelf.delisting.preview.gather import gather as gather_preview
from offshelf.delisting.preview.html import render as render_preview
from offshelf.delisting.rehearsal.settings import RehearsalSettings
from offshelf.delisting.report import render
from offshelf.delisting.settings import DelistingSettings, RunSettings
from offshelf.kit.clock import SystemClock
from offshelf.services import Services
from offshelf.settings import Settings
from offshelf.vocabulary.plans import ActKind, Outcome, Reason
from offshelf.vocabulary.shops import Platform, Shop

SHOPS = {
    Platform.WECHAT_CHANNELS: "demo-wechat",
    Platform.DOUYIN: "demo-douyin",
    Platform.KUAISHOU: "demo-kuaishou",
}
BUYERS_PER_SECOND = 40
LATE = 2.0  # s; how late the sandbox lets a write land: the demo need not wait longer for one that may still come
LOCKED, BY_HAND, ON_AIR = "locks.off", "promotion.by_hand", "media.on_air"
_TRIES = 5  # versions of the plan before the demo gives up on clear answers
# Throttling is left out: its remedy is to wait for the next minute, which tests do in virtual time.
_ANY_CALL = ("drop_request", "drop_answer", "system_busy", "html_error", "empty_200")
_SOME_CALLS = (
    "late_apply",
    "accept_and_ignore",
    "error_after_effect",
    "unknown_enum",
)  # writes, or answers with a status


def show(*, size: int, seed: int, faults: float, folder: str | None, language: str) -> dict[str, Any]:
    """Run the demo and return the document of design §12. Leaves everything under `folder` (default `.demo`)."""
    home = Path(folder or ".demo").absolute()
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    settings = Settings(home, f"sqlite:///{home / 'offshelf.db'}", None, language, "ERROR", "")
    stage = Stage(language)
    stage.say("demo.start", size=size, rate=f"{faults:.0%}")
    with _sandbox(home, size, seed, faults) as url:
        initialise(settings)
        write_policy(home, SystemClock().now(), language)
        services = open_house(settings, delisting=DelistingSettings(run=RunSettings(late_window=LATE + 2)))
        try:
            return _Show(services, settings, url, stage).play()
        finally:
            services.close()


class _Show:
    """One run of the main job."""

    def __init__(self, services: Services, settings: Settings, url: str, stage: Stage) -> None:
        self.services = services
        self.settings = settings
        self.url = url
        self.stage = stage
        self.merchant = Merchant(services, settings.home)

    def play(self) -> dict[str, Any]:
        self._open_shops()
        self._buyers("start", {"rate": BUYERS_PER_SECOND})
        services, stage = self.services, self.stage
        plan = self._propose()
        self._rehearse(plan)
        for person in (FIRST, SECOND):
            services.plans.approve(plan.plan_id, plan.fingerprint, by=person)
        stage.say("demo.approved", mark=plan.fingerprint[:12], first=FIRST, second=SECOND)
        preview = self._preview(plan)
        result = self._run(plan)
        if self._work_by_hand(result) + self._do_tasks(plan):
            result = self._run(plan)
        self._keep_buying()
        self._buyers("stop", {})
        files = self._files(result)
        drift = services.call(services.watch.survey())
        stage.say("demo.watched", watched=drift.watched, found=len(drift.found))
        return self._document(result, files | preview)

    def _rehearse(self, plan: Plan) -> None:
        """Play the plan on copies of the shops first, as an operator should."""
        services = self.services
        ahead = services.forecasts.of(plan, ask=True)
        with self.stage.bar() as progress:
            seen = services.rehearse(
                plan.plan_id, ahead, RehearsalSettings(), FIRST, None,
                lambda _what, done, of: progress("rehearsal", done, of or done),
            )  # fmt: skip
        took = timedelta(seconds=seen.seconds)
        self.stage.say("demo.rehearsed", took=took, blockers=len(seen.blockers), short=seen.sales.cannot_ship)

    def _preview(self, plan: Plan) -> dict[str, str]:
        services, language = self.services, self.settings.language
        found = services.plans.get(plan.plan_id)
        told = services.told(found, language)
        forecast = services.forecasts.of(found, ask=False).forecast
        seen = gather_preview(
            services, plan.plan_id, policy=services.in_force(), told=told, forecast=forecast
        )
        path = self.settings.home / "preview.html"
        path.write_text(render_preview(seen, language), "utf-8")
        self.stage.say("demo.previewed", path=str(path))
        return {"preview": str(path)}

    def _do_tasks(self, plan: Plan) -> int:
        done = self.merchant.do_tasks(plan)
        if done:
            self.stage.say("demo.tasks", count=done)
        return done

    def _run(self, plan: Plan) -> PlanResult:
        with self.stage.bar() as progress:
            state = self.services.worker.run(
                plan.plan_id, by=FIRST, progress=progress, confirm=plan.fingerprint
            )
        self.stage.say("demo.ran", state=self.stage.word(f"state.{state.value}"))
        return self.services.results.of(plan.plan_id)

    def _work_by_hand(self, result: PlanResult) -> int:
        """Do in the sandbox's console what no call can do, as the merchant's people would; return how much it was."""
        coupons = [record.act for record in result.acts if record.code == BY_HAND]
        # A flash item, a prize: what the platform lets no call take off.
        refused = [
            record.act
            for record in result.acts
            if record.outcome is Outcome.REFUSED and record.act.kind is ActKind.TAKE_OFF
        ]
        for act in coupons:
            self._operate(act.listing_id, "end_coupon", {"coupon_id": act.target})
        for act in refused:
            self._operate(act.listing_id, "delist", {})
        if coupons or refused:
            self.stage.say("demo.by_hand", coupons=len(coupons), listings=len(refused))
        return len(coupons) + len(refused)

    def _leave_activities(self, plan: Plan) -> int:
        """Leave the platform's activities that hold a listing fast: a finding says which, a person does it."""
        rows = self.services.plans.findings(plan.plan_id)
        found = [str(row["subject"]) for row in rows if row["code"] == LOCKED]
        for subject in found:
            self._operate(subject.partition("/")[2], "end_event", {})
        on_air = [str(row["subject"]).rpartition("/")[2] for row in rows if row["code"] == ON_AIR]
        for listing_id in on_air:
            self._operate(listing_id, "out_of_cart", {})
        if on_air:
            self.stage.say("demo.out_of_cart", count=len(on_air))
        late = self.merchant.decide_orders(plan)
        if late:
            self.stage.say("demo.decided", count=late)
        if found:
            self.stage.say("demo.left_activities", count=len(found))
        return len(found) + len(on_air) + late

    def _operate(self, listing_id: str, act: str, body: dict[str, Any]) -> None:
        sandbox_call(self.url, "POST", f"/_sandbox/products/{listing_id}/{act}", body)

    def _propose(self) -> Plan:
        """Read, propose, check; what could not be read clearly blocks, so read again, as an operator would."""
        plans, amend = self.services.plans, None
        while True:
            for shop in self.services.shops.all():
                self._sync(shop)
            keys = self.services.catalog.on_sale()
            places = self.merchant.write_register(self.services.catalog.listings(keys[:1]).values())
            plan = plans.propose(keys, reason=Reason.SEASON, by=FIRST, amend=amend)
            self.merchant.give_notice(plan.plan_id)
            self.stage.say("demo.written_down", places=places)
            findings, stand = len(plans.check(plan.plan_id)), len(plans.blockers(plan.plan_id))
            listings = len(plan.listings)
            self.stage.say(
                "demo.proposed", plan=plan.plan_id, listings=listings, findings=findings, stand=stand
            )
            left = self._leave_activities(plan)
            if not (stand or left) or plan.version == _TRIES:
                return plan
            self.stage.say("demo.again")
            amend = plan.plan_id

    def _open_shops(self) -> None:
        for shop in open_shops(self.services, self.url, SHOPS, by="demo"):
            word = self.stage.word(f"report.platform.{shop.platform.value}")
            self.stage.say("demo.shop", name=shop.name, platform=word)

    def _sync(self, shop: Shop) -> None:
        services = self.services
        connector = services.connect(shop.shop_id)
        with self.stage.bar() as progress:

            async def read() -> dict[str, int]:
                synced = await services.sync.read(
                    shop, connector, lambda part, done, of: progress(part, done, of or done)
                )
                return synced.counts

            counts = services.call(read())
        told = {name: counts.get(name, 0) for name in ("listings", "promotions", "orders")}
        self.stage.say("demo.synced", shop=shop.shop_id, **told)

    def _keep_buying(self) -> None:
        """Buyers go on trying for a while after the proof: what they get then is counted against us."""
        self.services.call(self.services.clock.sleep(3.0))

    def _buyers(self, act: str, payload: dict[str, Any]) -> None:
        sandbox_call(self.url, "POST", f"/_sandbox/buyers/{act}", payload)

    def _files(self, result: PlanResult) -> dict[str, str]:
        now = self.services.clock.now()
        document = build(result, issued_at=now, policy=self.services.policy())
        certificate = self.settings.home / "certificate.json"
        signed = sign(document, self.services.signing_key())
        certificate.write_text(json.dumps(signed, ensure_ascii=False, indent=1) + "\n", "utf-8")
        report = self.settings.home / "report.html"
        language = self.settings.language
        told = self.services.told(result.plan, language)
        picture = "" if told is None else told.picture
        report.write_text(render(result, language, issued_at=now, picture=picture), "utf-8")
        journal = self.settings.home / "journal.jsonl"
        with journal.open("wb") as stream:
            self.services.journal.export(stream)
        return {"certificate": str(certificate), "report": str(report), "journal": str(journal)}

    def _document(self, result: PlanResult, files: dict[str, str]) -> dict[str, Any]:
        summary = sandbox_call(self.url, "GET", "/_sandbox/buyers", None)
        calls = sandbox_call(self.url, "GET", "/_sandbox/calls", None)
        owed = {
            state: count for state, count in result.open_orders.items() if state not in ("unpaid", "unknown")
        }
        self.services.sweep()
        return {
            "plan": result.plan.plan_id,
            "state": result.plan.state.value,
            "listings": len(result.plan.listings),
            "places": len({(r.act.shop_id, r.act.kind, r.act.target) for r in result.acts}),
            "outcomes": result.outcomes,
            "verified_off": result.verified_off,
            "sold_after_off": self._sold_after(result),
            "oversold": summary["oversold_without_api"],
            "duties": sum(owed.values()),
            "tasks": len(self.services.tasks.list()),
            "journal_ok": result.journal_ok,
            "buyer_attempts": summary["attempts"],
            "buyer_orders": summary["orders"],
            "calls": calls["total"],
            "faults": _faults(calls["paths"]),
        } | files

    def _sold_after(self, result: PlanResult) -> int:
        """Count orders placed for a listing after the instant we called it off: it must stay at zero."""
        instants = {v.listing_id: v.verified_at for v in result.verifications if v.verified and v.verified_at}
        if not instants:
            return 0
        suspects = set(self._orders_since(min(instants.values()))) & set(instants)
        return sum(self._orders_since(instants[suspect]).get(suspect, 0) for suspect in suspects)

    def _orders_since(self, at: datetime) -> dict[str, int]:
        found = sandbox_call(self.url, "GET", f"/_sandbox/buyers/orders?since={at.timestamp()}", None)[
            "orders"
        ]
        return {str(listing_id): int(orders) for listing_id, orders in found.items()}


def _faults(paths: dict[str, dict[str, int]]) -> int:
    """Count the calls that ended otherwise than they would have: the sandbox's own book, by outcome word."""
    planned = {*_ANY_CALL, *_SOME_CALLS, "-1"}
    return sum(
        count for outcomes in paths.values() for outcome, count in outcomes.items() if outcome in planned
    )


@contextmanager
def _sandbox(home: Path, size: int, seed: int, rate: float) -> Iterator[str]:
    """Start a sandbox as its own process; yield its address; stop it at the end."""
    each = round(rate / len(_ANY_CALL), 6)
    plan = {
        "seed": seed,
        "rules": [
            {"match": "*", "kind": kind, "rate": each, "seconds": LATE} for kind in _ANY_CALL + _SOME_CALLS
        ],
    }
    file = home / "faults.json"
    file.write_text(json.dumps(plan, indent=1), "utf-8")
    with sandbox_process(size, seed, [platform.value for platform in SHOPS], file) as url:
        yield url
