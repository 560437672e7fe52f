"""The report: the answer first, unknown never green, everything from outside escaped, small enough to open."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from offshelf.delisting.certificate import build, sign
from offshelf.delisting.report import render
from offshelf.kit.signing import SigningKey
from offshelf.vocabulary.goods import Shelf
from offshelf.vocabulary.plans import ActKind, Outcome, PlanKind, PlanState, Reason, Undo
from offshelf.vocabulary.shops import Platform
from offshelf.vocabulary.texts import catalogue
from offshelf.vocabulary.trade import OrderState
from support.proof_results import ISSUED, POLICY, act, at, proven, read, result

LANGUAGES = ("en", "zh")
EVIL = """=\u202e<script>alert(1)</script><img src=x onerror="x">'{{ 7*7 }}"""


def page(made=None, lang: str = "en", **kwargs) -> str:
    return render(made or result(), lang, issued_at=ISSUED, **kwargs)


def text_of(html: str) -> str:
    """Return what a reader sees, spaces folded."""
    body = html[html.index("<body") :]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))


class _Balance(HTMLParser):
    """Fails on a tag that is closed out of turn; collects addresses."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.addresses: list[str] = []

    def handle_starttag(self, tag, attrs):
        if tag not in ("meta", "br"):
            self.open.append(tag)
        self.addresses += [value for name, value in attrs if name in ("src", "href")]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.mark.parametrize(
    ("lang", "headline"),
    [("en", "2 of 2 listings are proven off sale"), ("zh", "2 件商品中，已核实下架 2 件")],
)
def test_the_answer_stands_first(lang, headline):
    html = page(lang=lang)
    assert f'<section class="answer good">\n<h2>{headline}</h2>' in html
    assert html.index(headline) < html.index("<main>") < html.index('class="answer')


@pytest.mark.parametrize(
    ("changes", "tone", "says"),
    [
        ({"verified": None}, "unknown", "? unknown"),
        ({"verified": False, "probe": "buyable"}, "bad", "✕ not off"),
        ({"verified": False}, "bad", "✕ may come back"),
        ({"reads": (read(60),)}, "unknown", "? unknown"),
        ({"observed": "unknown", "reads": (read(60), read(90, "unknown"))}, "unknown", "? unknown"),
    ],
)
def test_one_unproven_listing_takes_the_green_away(changes, tone, says):
    html = page(result((proven(1), proven(2, **changes)), state=PlanState.INCOMPLETE))
    assert f'<section class="answer {tone}">\n<h2>1 of 2 listings are proven off sale</h2>' in html
    assert html.count(f'<span class="tag {tone}">{says}</span>') == 2  # explained, and in the table
    assert html.count('<span class="tag good">✓ proven off</span>') == 1


def test_a_done_act_without_proof_is_not_off():
    html = text_of(page(result((proven(1, verified=None, reads=(), verified_at=None),))))
    assert "0 of 1 listings are proven off sale" in html
    assert "It was not looked at after the acts." in html


def test_a_plan_that_never_ran_says_so():
    made = result(
        (proven(1, verified=None, reads=()),), started_at=None, ended_at=None, state=PlanState.PROPOSED
    )
    assert '<section class="answer wait">' in page(made)
    assert "Nothing was changed in the shops by it." in page(made)


def test_a_plan_without_listings_is_not_green():
    assert '<section class="answer unknown">' in page(replace(result(), verifications=()))


def test_a_relist_report_speaks_of_being_on_sale():
    back = {"wanted": "on", "observed": "on", "probe": "buyable", "reads": (read(60, "on"), read(90, "on"))}
    made = result((proven(1, **back),))
    html = page(replace(made, plan=replace(made.plan, kind=PlanKind.RELIST)))
    assert "1 of 1 listings are proven on sale again" in html
    assert "✓ proven on sale" in html


def test_the_reasons_come_from_the_evidence():
    listing = proven(
        1, verified=False, probe="buyable", reads=(read(60, "unknown"), read(90, "on", "on_sale_list"))
    )
    refused = act(ActKind.TAKE_OFF, 1, Outcome.REFUSED, code="refused:10020052")
    told = text_of(page(result((listing,), acts=(refused,), state=PlanState.INCOMPLETE)))
    assert "The buyer’s page still lets people buy." in told
    assert "On sale at 2026-11-21 10:01:30 (the shop’s list of what is on sale)." in told
    assert "Looks without a usable answer: 1" in told
    assert "Take off the shelf: refused (the platform refuses this item (platform code 10020052))" in told


def test_what_needs_a_person_comes_most_urgent_first():
    acts = (act(ActKind.STOP_COUPON, 1, Outcome.WAITING), act(ActKind.TAKE_OFF, 1, None))
    made = result((proven(1, verified=None),), acts=acts, open_orders={"unshipped": 3, "unknown": 1})
    html = page(replace(made, journal_ok=False))
    needs = re.findall(r'<li class="(\w+)"><b>(.*?)</b>', html[html.index('class="needs"') :])
    assert needs == [
        ("bad", "The journal is damaged."),
        ("unknown", "Listings in an unknown state: 1"),
        ("unknown", "Orders in an unknown state: 1"),
        ("wait", "Waiting: Stop coupon (1)"),
        ("wait", "Acts not tried yet: 1"),
        ("wait", "Open orders still owed: 3"),
    ]


@pytest.mark.parametrize(
    ("lang", "told"),
    [
        ("en", "Waiting: Stock to zero (1) – stock is held by a running promotion"),
        ("zh", "等待中：库存清零（1 次）："),
    ],
)
def test_what_waits_says_why_and_goes_on_with_a_command_that_does_it(lang, told):
    held = act(ActKind.DRAIN_STOCK, 1, Outcome.WAITING, code="stock.reserved")
    seen = text_of(page(result(acts=(held,), state=PlanState.INCOMPLETE), lang))
    assert told in seen
    assert "offshelf plan run P-261121-7KQ4M2 --execute" in seen


def test_the_goal_is_a_goal_and_not_a_fact():
    seen = text_of(page(result((proven(1, observed="on", verified=False),)), "zh"))
    assert "下架 在售 ✕ 未下架" in seen or "下架 在售 ✕ 可能重新上架" in seen


def test_nothing_to_do_is_said():
    assert "Nothing needs a person at the moment." in page()


def test_stopped_promotions_say_what_undoing_costs():
    acts = (act(ActKind.STOP_COUPON), act(ActKind.STOP_AFFILIATE, 2, Outcome.UNKNOWN))
    told = text_of(page(result(acts=acts, state=PlanState.INCOMPLETE)))
    shop = "WeChat Channels shop 云朵茶铺旗舰店"
    done = f"Coupon 10000000001 明前龙井 250g 罐装 1 · TEA-001 · {shop} ✓ done Cannot be put back; must be made anew"
    assert done in told
    unknown = (
        f"Affiliate plan 10000000002 明前龙井 250g 罐装 2 · TEA-002 · {shop} ? unknown One call puts it back"
    )
    assert unknown in told


FINDING = {
    "check": "audits", "code": "no.such.text", "verdict": "unknown", "blocking": True, "subject": "L-1",
    "params": {}, "observed_at": None, "waived_by": "", "waived_why": "", "stands": True,
}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, "In the way (1) no.such.text L-1 ? unknown"),
        ({"verdict": "fail"}, "In the way (1) no.such.text L-1 ✕ failed"),
        (
            {"stands": False, "waived_by": "wang", "waived_why": "seen"},
            "Waived (1) no.such.text L-1 Waived by wang: seen ? unknown",
        ),
        ({"stands": False, "blocking": False, "verdict": "fail"}, "To know (1) no.such.text L-1 ! note"),
        ({"stands": False, "verdict": "pass"}, "Passed (1) no.such.text L-1 ✓ passed"),
    ],
)
def test_findings_stand_in_groups(changes, told):
    assert told in text_of(page(result(findings=(FINDING | changes,))))


def test_an_approval_of_an_older_version_is_told_apart():
    made = result()
    old = replace(made.approvals[0], person="zhao", fingerprint="0" * 64, at=at(-3600))
    told = text_of(page(replace(made, approvals=(old, *made.approvals))))
    assert "Approved by zhao, but an older version of the plan" in told
    assert "2026-11-21 09:59:00 Approved by wang “certificate ends today”" in told


def test_the_fingerprints_of_plan_journal_and_certificate_are_shown():
    made = result(journal_seq=812, journal_hash="ab" * 32)
    signed = sign(build(made, issued_at=ISSUED, policy=POLICY), SigningKey(bytes(32)))
    html = page(made, certificate=signed)
    shown = {made.plan.fingerprint, "ab" * 32, signed["sm3"], signed["signature"]["public_key"]}
    assert {mark for mark in shown if f"<code>{mark}</code>" in html} == shown
    assert "entry 812" in html


@pytest.mark.parametrize("lang", LANGUAGES)
def test_words_from_outside_are_escaped_everywhere(lang):
    listing = proven(
        1, title=EVIL, merchant_code=EVIL, listing_id=EVIL, shop_id=EVIL, probe=EVIL, observed=EVIL,
        verified=False, reads=({"at": EVIL, "path": EVIL, "shelf": "on"},),
    )  # fmt: skip
    deed = act(ActKind.STOP_COUPON, 1, Outcome.REFUSED, code=EVIL)
    deed = replace(deed, act=replace(deed.act, target=EVIL, shop_id=EVIL, listing_id=EVIL))
    finding = FINDING | dict.fromkeys(
        ("code", "subject", "waived_by", "waived_why", "observed_at", "verdict"), EVIL
    )
    made = result(
        (listing,), acts=(deed,), findings=(finding,), open_orders={EVIL: 1}, shops={EVIL: (EVIL, EVIL)}
    )
    made = replace(
        made,
        plan=replace(made.plan, plan_id=EVIL, created_by=EVIL),
        approvals=(replace(made.approvals[0], person=EVIL, note=EVIL),),
    )
    html = page(made, lang)
    assert "<script" not in html
    assert "<img" not in html
    assert "\u202e" not in html
    assert not re.search(r"<td>=", html)  # no title a spreadsheet would read as a formula
    assert "{{ 7*7 }}" in html  # shown, not worked out


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_is_whole_and_asks_nothing_of_the_network(lang):
    made = result((proven(1), proven(2, verified=None)), findings=(FINDING,), open_orders={"paid": 1})
    html = page(made, lang)
    parser = _Balance()
    parser.feed(html)
    assert (parser.open, parser.addresses) == ([], [])
    assert "url(" not in html
    assert "@import" not in html


def test_five_thousand_listings_stay_under_three_megabytes_with_the_unproven_first():
    title = "【限量】武夷山大红袍礼盒装送长辈中秋节日礼品" * 3
    many = tuple(proven(n, title=title, verified=None if n % 20 == 0 else True) for n in range(1, 5001))
    html = page(result(many, state=PlanState.INCOMPLETE), "zh")
    assert len(html.encode()) < 3_000_000
    assert "5000 件商品中，已核实下架 4750 件" in html
    table = html[html.index("全部 5,000 件商品") :]
    assert table.rindex("? 未知") < table.index("✓ 已核实下架")
    assert "另有 50 件商品未核实" in html


def test_more_than_the_table_holds_is_said():
    html = page(result(tuple(proven(n) for n in range(1, 5004))))
    assert "Listings left out here to keep this page readable: 3." in html


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("reason", Reason), ("state", PlanState), ("shelf", Shelf), ("outcome", [*Outcome, "open"]), ("undo", Undo),
        ("act", ActKind), ("order", [s for s in OrderState if s.open]), ("platform", Platform), ("title", PlanKind),
    ],
)  # fmt: skip
def test_every_word_has_a_text(lang, kind, words):
    missing = [str(word) for word in words if not catalogue().has(f"report.{kind}.{word}", lang)]
    assert missing == []


@pytest.mark.parametrize(
    "room", ["report.", "journal.", "error.journal.", "error.signing.", "error.certificate."]
)
def test_both_languages_have_the_same_texts_and_places(room):
    texts = catalogue()
    keys = {lang: {key for key in texts.keys(lang) if key.startswith(room)} for lang in LANGUAGES}
    assert keys["en"] == keys["zh"] != set()
    assert [k for k in keys["en"] if texts.places(k, "en") != texts.places(k, "zh")] == []


UNDONE = {"check": "orders", "verdict": "fail", "blocking": False, "subject": "flagship", "stands": False}
DECIDE = UNDONE | {"code": "orders.undecided", "params": {"shop": "flagship", "count": 2}}
PROOF = UNDONE | {"code": "notice.proof_due", "params": {"hours": 24, "due": "2026-11-22 10:00"}}


def test_what_a_safety_stop_did_not_wait_for_takes_the_green_away():
    safe = result(owed=(DECIDE, PROOF))
    assert '<section class="answer wait">' in page(safe)
    told = text_of(page(safe))
    assert (
        "Owed after the stop (1) – For a safety reason: 2 unshipped orders of flagship have no decision."
        in told
    )
    assert "by 2026-11-22 10:00" in told
    assert "kind: ground, reason: safety" in told
    assert '<section class="answer good">' in page(result(owed=()))


@pytest.mark.parametrize("reason", [Reason.SAFETY, Reason.VIOLATION, Reason.SEASON])
def test_goods_that_hurt_people_are_not_simply_shipped(reason):
    orders = {OrderState.UNSHIPPED.value: 3, OrderState.SHIPPED.value: 5}
    made = result(open_orders=orders)
    told = text_of(page(replace(made, plan=replace(made.plan, reason=reason))))
    ships = "Ship them or settle them with the buyer" in told
    assert ships == (reason is Reason.SEASON)
    assert ("Orders not sent yet that need a decision: 3" in told) != ships
    assert ("Stop the parcel where the carrier allows it" in told) != ships
    assert "Open orders still owed: 8" not in told
