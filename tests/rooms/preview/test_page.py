"""The page: what ends, what stays, what is lost, who must be told; unknown never silent, titles never markup."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from offshelf.delisting.preview.gather import gather
from offshelf.delisting.preview.html import render
from offshelf.delisting.preview.model import SECTIONS, Preview, Rehearsed, Told
from offshelf.platforms.contract import Meaning
from offshelf.vocabulary.goods import Shelf
from offshelf.vocabulary.plans import PlanState, Reason
from support.cli_house import Cli, House
from support.memory_shop import answers
from support.policies import policy
from support.preview_house import EVIL, everything, open_merchant, places, statements, unknown_promotion

LANGUAGES = ("zh", "en")
KEYS = (("flagship", "L1"), ("flagship", "L2"))


@pytest.fixture
def merchant(house: House, run_cli: Cli) -> House:
    open_merchant(house, run_cli)
    return house


def made(house: House, told: Told | None = None, reason: Reason = Reason.SEASON, **changes) -> Preview:
    plan = house.services.plans.propose(KEYS, reason=reason, by="lin")
    return gather(house.services, plan.plan_id, policy=changes.get("policy", policy()), told=told)


def whole(house: House, **changes) -> Preview:
    now = house.clock.now()
    return made(house, Told(statements=statements(now), places=places(now)), **changes)


def section_of(page: str, heading: str) -> str:
    """Return what a reader sees of one section, spaces folded."""
    parts = [part for part in page.split("<section") if f"<h2>{heading}</h2>" in part]
    assert len(parts) == 1, heading
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", parts[0].partition(">")[2]))


class _Balance(HTMLParser):
    """Fails on a tag that is closed out of turn; collects tags and addresses."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.addresses: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        if tag not in ("meta", "br"):
            self.open.append(tag)
        self.addresses += [value for name, value in attrs if name in ("src", "href", "xlink:href")]

    def handle_startendtag(self, tag, attrs):
        self.tags.add(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


# -- what stops with it -----------------------------------------------------------------------------------------------


def test_what_ends_and_what_stays_is_named(merchant):
    text = section_of(render(whole(merchant), "en"), "What stops with it")
    assert re.search(r"Coupon · .{3,120}C-ends … ends with the plan", text)
    assert "F-1 ! stays: it serves other products too Products that stay with it: 1" in text
    assert "C-mixed ! stays: it serves other products too Products that stay with it: 1" in text
    assert "C-all · stays: it covers the whole shop" in text


def test_a_promotion_nobody_can_read_is_unknown(merchant, run_cli):
    unknown_promotion(merchant)
    run_cli.json("catalog", "sync")
    text = section_of(render(whole(merchant), "en"), "What stops with it")
    assert "C-odd ? its state is unknown" in text


def test_promotions_that_were_not_read_are_not_called_none(house, run_cli):
    house.open_shop("flagship", 2)
    run_cli.json("catalog", "sync")
    read = made(house)
    assert (read.promotions, read.unread) == ((), ())
    assert "No promotion is known" in section_of(render(read, "en"), "What stops with it")
    text = section_of(render(replace(read, unread=(("flagship", "promotions"),)), "en"), "What stops with it")
    assert "No promotion is known" not in text
    assert "were not read whole in: flagship 旗舰店" in text


def test_goods_are_told_apart_by_shop_code_and_id(merchant):
    preview = whole(merchant)
    page = render(preview, "en")
    for shop, code, listing, title in preview.titles:
        name = preview.shops[shop][1]
        assert f"{title} <small>{code} · WeChat Channels shop · {name} · {listing}</small>" in page


def test_a_place_for_hands_names_its_shop_and_its_id(merchant):
    preview = whole(merchant)
    told = section_of(render(preview, "en"), "Places a person clears")
    named = [place for place in preview.by_hand or () if place.title and place.shop_id in preview.shops]
    assert named
    assert all(f"{preview.shops[place.shop_id][1]} · {place.ref}" in told for place in named)


# -- what cannot be undone ----------------------------------------------------------------------------------------------


def test_what_is_lost_is_counted_and_said(merchant):
    preview = whole(merchant)
    assert {u.value: n for u, n in preview.costs_by_undo.items()} == {
        "free": 2,
        "by_hand": 0,
        "audit": 2,
        "lost": 2,
    }
    text = section_of(render(preview, "en"), "What cannot be undone, and what undoing costs")
    assert "Cannot be put back: 2 Back only through an audit: 2 Back by hand: 0 Back by one call: 2" in text
    assert (
        "Stop coupon WeChat Channels shop · front display withdrawn 1 ✕ lost The coupon ends for good" in text
    )
    assert "within an hourly and a daily audit quota" in text
    assert [line.kind.value for line in preview.lost] == ["stop_coupon", "by_hand"]


def test_irreversible_acts_ask_for_two_persons_and_a_delay(merchant):
    asked = whole(merchant).signatures
    assert (asked.needed, asked.irreversible, asked.delay_minutes, asked.given) == (2, 2, 10, ())
    text = section_of(render(whole(merchant), "en"), "Approval and rehearsal")
    assert "2 (acts that cannot be undone: 2)" in text
    none = made(merchant, policy=None)
    assert none.signatures.needed is None
    assert "? unknown: no policy in force says" in section_of(render(none, "en"), "Approval and rehearsal")


# -- who must be told ---------------------------------------------------------------------------------------------------


def test_who_must_be_told_by_when(merchant):
    found = {line.audience.value: (line.count, line.heard.value, line.named) for line in whole(merchant).tell}
    assert found == {
        "suppliers": (1, "told", ("云南茶厂",)),
        "customers": (2, "not_told", ()),
        "buyers": (3, "unknown", ()),
        "creators": (1, "unknown", ("茶语达人",)),
        "service": (1, "unknown", ()),
        "warehouse": (1, "unknown", ()),
    }
    text = section_of(render(whole(merchant), "en"), "Who must be told")
    assert "Drop-ship suppliers suppliers: 1 · 云南茶厂 2026-11-21 10:00:00 ✓ told" in text
    assert "Customers of the listings listings: 2 2026-11-22 10:00:00 ✕ not told" in text


def test_safety_spares_nobody_the_word_but_waits_for_none(merchant):
    preview = whole(merchant, reason=Reason.SAFETY)
    heard = {line.audience.value: line.heard.value for line in preview.tell}
    assert (heard["customers"], heard["suppliers"]) == ("spared", "spared")
    assert preview.timeline.allowed is True
    stops = [line.kind.value for line in preview.costs]
    assert stops == ["drain_stock", "take_off", "stop_coupon", "by_hand"]


def test_the_public_is_told_when_a_shop_closes(merchant):
    found = {line.audience.value: line for line in whole(merchant, reason=Reason.WIND_DOWN).tell}
    assert (found["public"].count, found["public"].heard.value) == (1, "not_told")


# -- what is not told is unknown ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_no_room_tells_is_unknown_everywhere(merchant, lang):
    preview = made(merchant, policy=None)
    lines = {line.code: line.known.value for section in preview.sections for line in section.lines}
    unknown = ("no_policy", "by_hand_unknown", "lasts_unknown", "backup_unknown", "supply_unknown")
    unknown += ("gates_unknown", "after_unknown", "substitutes_unknown", "not_rehearsed", "checks_missing")
    assert {code: lines[code] for code in unknown} == dict.fromkeys(unknown, "unknown")
    assert (preview.blocked, preview.timeline.earliest_stop, preview.by_hand) == (True, None, None)
    assert '<section class="answer unknown">' in render(preview, lang)


def test_orders_that_were_never_read_are_not_none(merchant):
    preview = replace(whole(merchant), open_orders=None)
    assert "How many orders are open is not known" in section_of(render(preview, "en"), "Orders and stock")
    none = section_of(render(replace(preview, open_orders={}), "en"), "Orders and stock")
    assert "No open order is known" in none


def test_orders_whose_reading_failed_are_unknown(house, run_cli):
    open_merchant(house, run_cli)
    house.shops["flagship"].faults["orders.observe"] = [answers(Meaning.REFUSED) for _ in range(9)]
    run_cli("catalog", "sync")
    preview = made(house)
    assert (preview.unread, preview.open_orders) == ((("flagship", "orders"),), None)
    assert "buyers" in [line.audience.value for line in preview.tell if line.count is None]


def test_the_notices_alone_can_block(merchant):
    clear = replace(whole(merchant), checked=True, findings=())
    assert (clear.timeline.allowed, clear.blocked) == (False, True)
    assert replace(clear, timeline=whole(merchant, reason=Reason.SAFETY).timeline).blocked is False


def test_the_eight_sections_stand_in_order(merchant):
    preview = whole(merchant)
    assert tuple(section.name for section in preview.sections) == SECTIONS
    assert all(section.lines for section in preview.sections)
    lines = {line.code: dict(line.params) for section in preview.sections for line in section.lines}
    assert lines["drill_missing"] == {"count": 1}
    assert lines["substitutes"] == {"have": 1, "of": 2}
    assert lines["orders_need_goods"] == {"count": 2}
    assert lines["by_hand"] == {"count": 5}
    assert lines["supply"] == {"count": 2}
    assert lines["stock_units"] == {"units": 10, "skus": 2}


def test_a_rehearsal_of_another_version_is_said_to_be_one(merchant):
    preview = whole(merchant)
    old = Rehearsed(merchant.clock.now(), "0" * 64, 60.0, None, 0)
    text = section_of(render(replace(preview, rehearsal=old), "en"), "Approval and rehearsal")
    assert "of another version of this plan" in text
    mine = replace(old, fingerprint=preview.plan.fingerprint)
    text = section_of(render(replace(preview, rehearsal=mine), "en"), "Approval and rehearsal")
    assert "blockers: 0; expected shortfall: unknown" in text


def test_a_plan_that_has_left_the_proposal_says_so(merchant):
    preview = whole(merchant)
    done = replace(preview, plan=replace(preview.plan, state=PlanState.DONE))
    assert "This plan has left the stage of proposal" in render(done, "en")


# -- the page as such -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
def test_hostile_titles_are_only_text(merchant, lang):
    preview = whole(merchant)
    page = render(replace(preview, titles=(("flagship", EVIL, EVIL, EVIL),)), lang)
    assert "<script" not in page
    assert "\u202e" not in page
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;") == 5  # product with code and id, coupon, video
    assert not re.search(r"<(td|dd)>\s*=", page)  # no cell a spreadsheet would read as a formula
    assert "{{ 7*7 }}" in page


def test_no_name_from_outside_turns_the_direction_of_a_line(merchant):
    shops = {"flagship": ("wechat_channels", "\u2067店\u202e铺")}
    page = render(replace(whole(merchant), shops=shops), "zh")
    assert "\ufffd店\ufffd铺" in page
    assert not re.search("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]", page)


@pytest.mark.parametrize("reason", list(Reason))
@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_reason_makes_a_whole_page_in_both_languages(merchant, lang, reason):
    for preview in (whole(merchant, reason=reason), made(merchant, reason=reason, policy=None)):
        page = render(preview, lang)
        reader = _Balance()
        reader.feed(page)
        assert (reader.open, reader.addresses) == ([], [])
        assert "script" not in reader.tags
        assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)(?!x&)", page)
        if lang == "en":
            words = re.sub(
                r"旗舰店|茶语达人|云南茶厂|周五晚场直播回放|主仓",
                "",
                re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL),
            )
            sources = {one.source for one in policy().values.values()}
            for source in sources:
                words = words.replace(source, "")
            assert re.findall(r"[\u4e00-\u9fff]+", words) == []


def test_the_place_graph_is_put_in_as_it_is_drawn(merchant):
    assert '<div class="picture">' not in render(whole(merchant), "en")
    told = Told(picture='<svg xmlns="http://www.w3.org/2000/svg"><title>places</title></svg>')
    assert "<title>places</title>" in render(made(merchant, told), "en")


def test_the_preview_is_written_and_nothing_is_changed(merchant, run_cli, tmp_path: Path):
    run_cli.house = everything(merchant)
    plan = run_cli.json("plan", "propose", "--reason", "season", "--sku", "TEA-1", "--sku", "TEA-2")["plan"][
        "id"
    ]
    head, calls = merchant.services.journal.head().seq, list(merchant.shops["flagship"].effects)
    told = run_cli("plan", "preview", plan, "-o", str(tmp_path / "p.html"), "--json", "--lang", "zh")
    assert (told.code, told.json["blocked"], told.json["checked"]) == (3, True, False)
    assert told.json["undo"] == {"free": 2, "by_hand": 0, "audit": 2, "lost": 2}
    assert {p["promotion_id"]: p["fate"] for p in told.json["promotions"]} == {
        "C-ends": "ends",
        "F-1": "stays_mixed",
        "C-mixed": "stays_mixed",
        "C-all": "stays_whole_shop",
    }
    assert (tmp_path / "p.html").read_text("utf-8").startswith('<!doctype html>\n<html lang="zh-CN">')
    assert (merchant.services.journal.head().seq, merchant.shops["flagship"].effects) == (head, calls)


def test_a_relist_is_shown_as_putting_back(merchant: House, run_cli: Cli) -> None:
    merchant.shops["flagship"].goods["L2"].shelf = Shelf.OFF
    run_cli.json("catalog", "sync")
    plans, services = merchant.services.plans, merchant.services
    plan = plans.propose(KEYS, reason=Reason.SAFETY, by="lin")
    plans.check(plan.plan_id)
    plans.approve(plan.plan_id, plan.fingerprint, by="wang")
    assert run_cli("plan", "run", plan.plan_id, "--execute").code in (0, 4)
    back, _ = plans.propose_relist(plan.plan_id, by="lin")
    now = merchant.clock.now()
    told = Told(statements=statements(now), places=places(now))
    seen = gather(services, back.plan_id, policy=policy(), told=told)
    assert len(back.listings) == 2
    page = render(seen, "en")
    assert "1 listing(s) in 1 shop(s) to go back on sale" in page
    assert "front display back" in page
    for alien in ("front display withdrawn", "What stops with it", "Off and verified", "Work by hand"):
        assert alien not in page
    assert (seen.promotions, seen.by_hand) == ((), ())
