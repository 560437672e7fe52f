"""Tasks in a real browser: a batch done on a phone and confirmed at a desk, the board, refusals that lose nothing."""

from __future__ import annotations

import base64
import re
import struct
import zlib
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from offshelf.tasks.model import FORCED_EXPLAIN, Target, TaskState
from offshelf.vocabulary.places import PlaceKind
from support.browsing import PHONE, WIDE, person
from support.databases import START
from support.evidence import shot


def picture(mark, side=240):
    """Return a picture large enough to be looked at."""
    rows = b"".join(
        b"\0"
        + bytes(
            (80 + (x * 3 + y + 40 * mark) % 150, 120, 200 - y % 90)[c] for x in range(side) for c in range(3)
        )
        for y in range(side)
    )

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def upload(mark):
    return {"name": f"IMG_{mark}.png", "mimeType": "image/png", "buffer": picture(mark)}


@pytest.fixture
def desk(house, shop):
    return house.services


def open_batch(services, kind, place, act, names, **more):
    given = {"plan_id": "P-261121-7KQ4M2", "due_at": START + timedelta(hours=30)} | more
    about = [
        Target(
            "flagship", kind, f"{place}-100{n}", f"{name} 春季新款", url=f"https://example.com/{place}/{n}",
            listing_id="L1",
        )
        for n, name in enumerate(names, 1)
    ]  # fmt: skip
    with services.database.begin() as tx:
        (task,) = services.tasks.open_batch(
            tx, f"guided.{act}", shop_id="flagship", place=place, act=act, targets=about,
            params={"what": place, "count": len(names)}, **given,
        )  # fmt: skip
    return task.task_id


@pytest.fixture
def batch(desk):
    return open_batch(desk, PlaceKind.SHOWCASE, "showcase", "remove", ["龙井礼盒", "白茶散装", "普洱茶饼"])


@pytest.fixture
def several(desk, batch):
    """Make one task of every sort, so that no lane is empty."""
    lives = open_batch(desk, PlaceKind.LIVE, "live", "switch_off", ["今晚八点场", "周末专场"])
    videos = open_batch(
        desk, PlaceKind.VIDEO, "video", "unlink", ["开箱", "评测"], due_at=START - timedelta(hours=2)
    )
    replay = open_batch(desk, PlaceKind.REPLAY, "replay", "dissociate", ["双十一返场"])
    with desk.database.begin() as tx:
        desk.tasks.open(
            tx, FORCED_EXPLAIN, shop_id="flagship", subject="L3", plan_id="P-261120-AAAA22",
            params={"listing": "L3", "title": "碧螺春", "raw": "13", "said": "资质不全"},
        )  # fmt: skip
        desk.tasks.take(tx, videos, by="lin")
    desk.sweep()
    desk.tasks.targets.claim(lives, ["1"], [shot("l1")], by="lin")
    desk.tasks.targets.claim(lives, ["2"], [shot("l2")], by="lin")
    desk.tasks.targets.claim(replay, ["1"], [shot(n) for n in range(3)], by="lin")
    (drawn,) = desk.tasks.targets.to_recheck()
    desk.tasks.targets.recheck(drawn.target_id, [shot("again")], by="boss", passed=True)
    return {"showcase": batch, "live": lives, "video": videos, "replay": replay}


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_the_pages_are_sound(browser, address, several, language, size):
    width = "phone" if size is PHONE else "wide"
    with person(browser, address, language=language, size=size) as somebody:
        somebody.sign_in("boss")
        pages = {"tasks": "/tasks", "tasks-list": "/tasks?as=list", "tasks-none": "/tasks?text=nowhere"}
        pages |= {f"task-{name}": f"/tasks/{task}" for name, task in several.items()}
        for name, path in pages.items():
            somebody.open(path)
            somebody.picture(f"{name}-{width}-{language[:2]}-light")
            assert (path, somebody.faults(), somebody.narrow()) == (path, [], True)
        assert somebody.complaints == []


def test_it_is_sound_in_the_dark_and_on_paper(browser, address, several):
    with person(browser, address, theme="dark") as somebody:
        somebody.sign_in("lin")
        for name, path in (("tasks", "/tasks"), ("task-live", f"/tasks/{several['live']}")):
            somebody.open(path)
            somebody.picture(f"{name}-wide-zh-dark")
            assert somebody.faults() == []
        page = somebody.open(f"/tasks/{several['showcase']}/sheet")
        somebody.picture("task-sheet-wide-zh-light")
        expect(page.locator("h1")).to_have_text("从橱窗移除 3 件商品")
        assert page.evaluate("getComputedStyle(document.querySelector('.box')).borderTopStyle") == "solid"
        assert somebody.complaints == []


def test_a_batch_is_done_on_a_phone_and_confirmed_by_another_person(browser, address, desk, batch):
    with (
        person(browser, address, size=PHONE) as lin,
        person(browser, address) as boss,
    ):
        page = lin.sign_in("lin").open("/tasks")
        page.get_by_role("link", name="从橱窗移除 3 件商品").click()
        page.get_by_role("button", name="我来处理").click()
        expect(page.get_by_text("lin 在处理")).to_be_visible()
        # A refusal: the numbers are missing. Nothing chosen or typed is lost.
        page.set_input_files("#f-photos", [upload(1)])
        page.set_input_files("#f-photos", [upload(2)])
        expect(page.locator(".picked img")).to_have_count(2)
        page.fill("#f-note", "三件都移除了")
        page.get_by_role("button", name="提交", exact=True).click()
        expect(page.locator("#wrong-work")).to_contain_text("还缺凭证：数字 × 2")
        lin.picture("task-refused-phone-zh-light")
        assert (page.input_value("#f-note"), desk.tasks.targets.evidence(batch)) == ("三件都移除了", ())
        page.fill("#f-number-1", "120")
        page.fill("#f-number-2", "117")
        page.get_by_role("button", name="提交", exact=True).click()
        page.wait_for_url(re.compile("sent="))
        expect(page.locator("#decide")).to_contain_text("已提交 3 个目标，还不算完成")
        expect(page.get_by_role("button", name="确认已勾选的")).to_have_count(0)
        kinds = [piece.kind.value for piece in desk.tasks.targets.evidence(batch)]
        assert (kinds.count("screenshot"), kinds.count("number")) == (2, 2)
        lin.picture("task-handed-in-phone-zh-light")

        other = boss.sign_in("boss").open(f"/tasks/{batch}")
        other.get_by_role("button", name=re.compile("查看凭证内容")).click()
        expect(other.locator(".proofs img")).to_have_count(2)
        for image in other.locator(".proofs img").all():
            expect(image).to_have_js_property("naturalWidth", 240)
        boss.picture("task-look-wide-zh-light")
        other.get_by_role("button", name="确认已勾选的").click()
        other.wait_for_url(re.compile("sent="))
        expect(other.locator(".chip.ok", has_text="已完成").first).to_be_visible()
        assert [
            text for text in lin.complaints + boss.complaints if "Status Error Code 400" not in text
        ] == []
        assert (lin.faults(), boss.faults(), lin.narrow()) == ([], [], True)
    ended = desk.tasks.get(batch)
    assert (ended.state, ended.closed_by) == (TaskState.DONE, "boss")


def test_one_target_after_another_leads_through_a_batch(browser, address, desk):
    task = open_batch(desk, PlaceKind.LIVE, "live", "switch_off", ["今晚八点场", "周末专场"])
    with person(browser, address, language="en", size=PHONE) as somebody:
        page = somebody.sign_in("lin").open(f"/tasks/{task}")
        for number in (1, 2):
            expect(page.locator("#work .about")).to_contain_text(f"Target {number}")
            page.set_input_files("#f-photos", [upload(number)])
            page.get_by_role("button", name="Hand in", exact=True).click()
            page.wait_for_url(re.compile(f"sent=hand-in-{task}-{number}&"))
        expect(page.locator("#work")).to_have_count(0)
        assert somebody.complaints == []
    assert [row.state.value for row in desk.tasks.targets.of(task)] == ["claimed_done"] * 2


def test_what_was_typed_survives_a_session_that_ended(browser, address, desk, batch, house):
    with person(browser, address, language="en") as somebody:
        page = somebody.sign_in("lin").open(f"/tasks/{batch}")
        page.fill("#f-note", "all three are out")
        page.locator("#work input[type=checkbox]").nth(1).uncheck()
        somebody.context.clear_cookies(name="offshelf_session")
        page.get_by_role("button", name="Hand in", exact=True).click()
        expect(page.locator("#wrong-work")).to_contain_text("Your session has ended")
        assert page.input_value("#f-note") == "all three are out"
        somebody.sign_in("lin").open(f"/tasks/{batch}")
        expect(page.locator("#f-note")).to_have_value("all three are out")
        expect(page.locator("#work input[type=checkbox]").nth(1)).not_to_be_checked()
        expect(page.locator("#work input[type=checkbox]").nth(0)).to_be_checked()


def test_a_photograph_too_large_is_made_smaller_before_it_is_sent(browser, address, desk):
    task = open_batch(desk, PlaceKind.LIVE, "live", "switch_off", ["今晚八点场"])
    with person(browser, address, size=PHONE) as somebody:
        page = somebody.sign_in("lin").open(f"/tasks/{task}")
        large = page.evaluate(
            """async () => {
              const canvas = document.createElement("canvas");
              canvas.width = 3000; canvas.height = 2000;
              const ink = canvas.getContext("2d"), data = ink.createImageData(3000, 2000);
              for (let i = 0; i < data.data.length; i += 60000) crypto.getRandomValues(data.data.subarray(i, i + 60000));
              ink.putImageData(data, 0, 0);
              const blob = await new Promise(done => canvas.toBlob(done, "image/jpeg", 0.92));
              const bytes = new Uint8Array(await blob.arrayBuffer());
              let text = "";
              for (let i = 0; i < bytes.length; i += 32768) text += String.fromCharCode(...bytes.subarray(i, i + 32768));
              return btoa(text);
            }"""
        )
        body = base64.b64decode(large)
        assert len(body) > 2_500_000
        page.set_input_files("#f-photos", [{"name": "IMG.jpg", "mimeType": "image/jpeg", "buffer": body}])
        expect(page.locator(".picked img")).to_have_count(1)
        page.get_by_role("button", name="提交", exact=True).click()
        page.wait_for_url(re.compile("sent="))
        assert somebody.complaints == []
    (kept,) = desk.tasks.targets.evidence(task)
    assert (kept.media_type, kept.size < len(body)) == ("image/jpeg", True)


def test_filters_work_without_loading_the_page_anew(browser, address, several):
    with person(browser, address, language="en") as somebody:
        page = somebody.sign_in("lin").open("/tasks")
        expect(page.locator(".cards > li")).to_have_count(5)
        page.select_option("#f-whose", "mine")
        page.wait_for_url("**whose=mine**")
        expect(page.locator(".cards > li")).to_have_count(1)
        page.get_by_role("link", name="List", exact=True).click()
        page.wait_for_url("**as=list**")
        expect(page.locator("tbody tr")).to_have_count(1)
        page.go_back()
        expect(page.locator(".cards > li")).to_have_count(1)
        assert somebody.complaints == []


def test_without_scripts_a_batch_can_be_handed_in(browser, address, desk, batch):
    context = browser.new_context(java_script_enabled=False, locale="zh-CN")
    page = context.new_page()
    page.goto(f"{address}/sign-in")
    page.fill("#f-name", "lin")
    page.fill("#f-passphrase", "a long secret of lin")
    page.click("button.main")
    page.wait_for_url(f"{address}/")
    page.goto(f"{address}/tasks/{batch}")
    page.fill("#f-number-1", "12")
    page.fill("#f-note", "已移除")
    page.get_by_role("button", name="提交", exact=True).click()
    expect(page.locator(".note.bad").first).to_contain_text("还缺凭证")
    expect(page.locator("#f-note")).to_have_value("已移除")
    page.fill("#f-number-2", "9")
    page.set_input_files("#f-photos", [upload(1)])
    page.get_by_role("button", name="提交", exact=True).click()
    expect(page.locator("#decide")).to_be_visible()
    context.close()
