"""One task by touch: told, taken, handed in, refused without a loss, printed, dropped."""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode

import pytest

from offshelf.tasks.model import Target, TaskState
from offshelf.vocabulary.goods import Shelf
from offshelf.vocabulary.places import PlaceKind
from support.evidence import pdf, png
from support.task_pages import Desk, claim, photo, send


@pytest.fixture
def desk(console):
    made = Desk(console)
    console.house.open_shop("flagship")
    return made


# -- one task -------------------------------------------------------------------------------------------------------


def test_a_task_is_told_with_its_path_steps_and_targets(desk):
    task = desk.batch()
    english = desk.browser("audit").get(f"/tasks/{task}").text
    chinese = desk.browser("audit", "zh-CN").get(f"/tasks/{task}").text
    assert "从橱窗移除 2 件商品" in chinese
    assert "需要这些角色之一：店主、运营、客服" in chinese
    assert re.search(r'class="menu-path"><span>[^<]+</span><span>', chinese)
    assert all(f"茶 {ref}" in english and f">{ref}</code>" in english for ref in ("s1", "s2"))
    assert 'href="/plans/P-1"' in english
    assert 'href="/products/flagship/L1"' in english
    assert not any(act in english for act in ("hand-in", "/take", "/drop", "/decide", "/recheck", "/see"))
    assert "人工任务" in chinese


def test_a_command_that_has_a_page_leads_to_it(desk):
    task = desk.single()
    text = desk.browser("lin").get(f"/tasks/{task}").text
    assert "offshelf plan show" not in text
    assert "offshelf tasks" not in text


def test_it_is_taken_once_and_another_hears_by_whom(desk):
    task = desk.batch()
    lin, boss = desk.browser("lin"), desk.browser("boss")
    assert lin.post(f"/tasks/{task}/take").headers["location"] == f"/tasks/{task}#work"
    before = desk.stored()
    answer = boss.post(f"/tasks/{task}/take")
    assert (answer.status_code, "tasks.taken" in answer.text, "lin" in answer.text) == (409, True, True)
    assert desk.stored() == before
    shown = boss.get(f"/tasks/{task}").text
    assert ("lin is at it" in shown, "/take" in shown) == (True, False)
    desk.console.house.clock.advance(6 * 3600)
    desk.services.sweep()
    assert "Take over" in boss.get(f"/tasks/{task}").text
    assert boss.post(f"/tasks/{task}/take").status_code == 303
    assert desk.services.tasks.get(task).taken_by == "boss"


def test_a_batch_is_handed_in_at_one_go_and_another_person_ends_it(desk):
    task = desk.batch()
    lin, boss = desk.browser("lin"), desk.browser("boss")
    answer = claim(desk, lin, task, *(photo(n, f"{n}.jpg") for n in range(10)))
    assert answer.status_code == 303, answer.text
    assert answer.headers["location"].startswith(f"/tasks/{task}?sent=F&at=")
    assert desk.states(task) == ["claimed_done"] * 2
    assert [piece.kind.value for piece in desk.services.tasks.targets.evidence(task)].count(
        "screenshot"
    ) == 10
    assert "not lin" in boss.get(f"/tasks/{task}").text
    assert boss.post(f"/tasks/{task}/decide", desk.claims(task)).status_code == 303
    ended = desk.services.tasks.get(task)
    assert (desk.states(task), ended.state, ended.closed_by) == (["confirmed"] * 2, TaskState.DONE, "boss")
    verbs = [(e.actor, e.verb) for e in desk.services.journal.entries(subject=task)]
    assert ("lin", "task.claimed") in verbs
    assert ("boss", "task.confirmed") in verbs


def test_ticked_ones_alone_are_handed_in(desk):
    task = desk.batch()
    assert claim(desk, desk.browser("lin"), task, photo("x"), targets=(2,)).status_code == 303
    assert desk.states(task) == ["open", "claimed_done"]


def test_what_is_proved_one_by_one_is_asked_for_one_by_one(desk):
    task = desk.lives()
    lin = desk.browser("lin")
    text = lin.get(f"/tasks/{task}").text
    first, second = desk.rows(task)
    assert (f"target-{first.target_id}" in text, f"target-{second.target_id}" in text) == (True, False)
    assert f"target-{second.target_id}" in lin.get(f"/tasks/{task}?target=2").text
    assert claim(desk, lin, task, photo("x"), targets=(1,), numbers=()).status_code == 303
    assert f"target-{second.target_id}" in lin.get(f"/tasks/{task}").text
    before = desk.stored()
    answer = claim(desk, lin, desk.lives("v7", "v8"), photo("y"), numbers=())
    assert (answer.status_code, "one by one" in answer.text) == (400, True)
    assert len(desk.stored()[2]) == len(before[2])


def test_gone_already_needs_a_picture_alone(desk):
    task = desk.lives("v1")
    answer = claim(desk, desk.browser("lin"), task, photo("x"), numbers=(), gone="1")
    assert answer.status_code == 303
    (row,) = desk.rows(task)
    assert (row.state.value, row.gone) == ("claimed_done", True)


def test_texts_numbers_and_files_are_evidence_too(desk):
    task = desk.single()
    fields = {"note": "appeal sent", "text-1": "ticket 7781", "number-1": "1,200", "text-2": " ", "form": "F"}
    files = [("files", "a.pdf", pdf("a")), ("photos", "", b"")]
    assert send(desk.browser("lin"), f"/tasks/{task}/hand-in", fields, files).status_code == 303
    kinds = sorted(
        (piece.kind.value, piece.media_type) for piece in desk.services.tasks.targets.evidence(task)
    )
    assert kinds == [
        ("number", "application/json"),
        ("screenshot", "application/pdf"),
        ("text", "application/json"),
    ]
    ended = desk.services.tasks.get(task)
    assert (ended.state, ended.note, ended.closed_by) == (TaskState.DONE, "appeal sent", "lin")


# -- refusals -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("files", "fields", "status", "told"),
    [
        ((), {}, 400, "还缺凭证：截图 × 1"),
        ([("photos", "空.jpg", b"")], {}, 400, "文件 空.jpg 是空的"),
        ([("photos", "a.jpg", b"MZ program")], {}, 400, "a.jpg 不是完整的"),
        ([("photos", "a.jpg", png("x") + b"!")], {}, 400, "a.jpg 不是完整的"),
        ([photo("x"), photo("x")], {}, 400, "同一份凭证提交了两次"),
        ([photo("x")], {"number-1": "很多"}, 400, "“很多”不是数量"),
        ([photo("x")], {"number-1": "-3"}, 400, "“-3”不是数量"),
        ([photo("x")], {"number-2": ""}, 400, "还缺凭证：数字 × 1"),
        ([photo("used")], {}, 409, "这份凭证已用于任务"),
    ],
)  # fmt: skip
def test_a_refusal_keeps_what_was_typed_and_changes_nothing(desk, files, fields, status, told):
    lin = desk.browser("lin", "zh-CN")
    claim(desk, lin, desk.batch(refs=("other",)), photo("used"))
    task = desk.batch()
    desk.services.tasks.targets.of(task)
    before = desk.stored()
    given = desk.form(task, note="我处理好了") | {"number-1": "120", "number-2": "70"} | fields
    answer = send(lin, f"/tasks/{task}/hand-in", given, files)
    assert (answer.status_code, told in answer.text) == (status, True), answer.text
    assert "offshelf tasks" not in answer.text
    assert desk.stored() == before
    assert "我处理好了</textarea>" in answer.text
    assert [f'value="{given[name]}"' in answer.text for name in ("number-1", "number-2")] == [True] * 2
    piece = send(
        lin, f"/tasks/{task}/hand-in", given, files, **{"hx-request": "true", "hx-target": "wrong-work"}
    )
    assert (piece.status_code, piece.headers["hx-retarget"], "<html" in piece.text) == (
        status,
        "#wrong-work",
        False,
    )
    assert told in piece.text


def test_a_piece_of_trouble_goes_to_no_place_of_anothers_choice(desk):
    task = desk.batch()
    piece = send(
        desk.browser("lin"), f"/tasks/{task}/hand-in", {}, **{"hx-request": "true", "hx-target": "main"}
    )
    assert piece.headers["hx-retarget"] == "#flash"


def test_fifty_one_files_are_refused_in_words(desk):
    task, lin = desk.batch(), desk.browser("lin")
    before = desk.stored()
    answer = claim(desk, lin, task, *(photo(n) for n in range(51)))
    assert (answer.status_code, "console.form_unreadable" in answer.text) == (400, True)
    assert desk.stored() == before


def test_an_upload_never_lies_on_a_disk_in_clear(desk, monkeypatch, tmp_path):
    """A photograph larger than what a reader of forms keeps in memory by itself, where no temporary file can be made."""
    task, lin = desk.lives("v1"), desk.browser("lin")
    mark = "open secret " * 200_000
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
    assert claim(desk, lin, task, photo(mark), numbers=()).status_code == 303
    (row,) = desk.rows(task)
    kept = desk.services.tasks.targets.evidence(task)
    assert [(piece.targets, piece.size) for piece in kept] == [((row.target_id,), len(png(mark)))]
    assert all(b"open secret" not in path.read_bytes() for path in desk.folder.iterdir())


def test_goods_that_became_more_meanwhile_are_not_claimed(desk):
    task = desk.batch()
    given = desk.form(task)
    row = desk.rows(task)[0]
    desk.services.tasks.targets.of(task)
    with desk.services.database.begin() as tx:
        desk.services.tasks.open_batch(
            tx, "guided.remove", shop_id="flagship", place="showcase", act="remove", plan_id="P-2",
            targets=[Target("flagship", PlaceKind.SHOWCASE, "s1", "茶", listing_id="L1", items=("L1", "L2"))],
        )  # fmt: skip
    given[f"goods-{row.target_id}"] = "L1"
    lin = desk.browser("lin")
    answer = send(lin, f"/tasks/{task}/hand-in", given | {"number-1": "1", "number-2": "2"}, [photo("x")])
    assert (answer.status_code, "take out all the goods it names" in answer.text) == (409, True)
    assert desk.states(task) == ["open", "open"]


# -- paper, end -----------------------------------------------------------------------------------------------------


def test_the_sheet_opens_with_its_one_style_allowed_by_its_hash(desk):
    task = desk.batch()
    answer = desk.browser("audit", "zh-CN").get(f"/tasks/{task}/sheet")
    (style,) = re.findall(r"<style>(.*?)</style>", answer.text, re.DOTALL)
    allowed = b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{allowed}';" in answer.headers["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert ("从橱窗移除 2 件商品" in answer.text, answer.text.count('class="box"')) == (True, 4)


def test_a_task_is_dropped_with_a_reason_alone(desk):
    task = desk.batch()
    lin = desk.browser("lin")
    before = desk.stored()
    assert lin.post(f"/tasks/{task}/drop", {"drop_why": " "}).status_code == 400
    assert desk.stored() == before
    assert lin.post(f"/tasks/{task}/drop", {"drop_why": "closing the shop"}).status_code == 303
    assert desk.services.tasks.get(task).state is TaskState.DROPPED
    text = lin.get(f"/tasks/{task}").text
    assert ("closing the shop" in text, "hand-in" in text) == (True, False)
    again = lin.post(f"/tasks/{task}/drop", {"drop_why": "again"})
    assert (again.status_code, "Load the page again" in again.text) == (409, True)


def test_what_the_system_sees_still_there_goes_back(desk):
    task = desk.batch(PlaceKind.LISTING, "listing", "take_off", ("L1",))
    lin = desk.browser("lin")
    assert claim(desk, lin, task, photo("x"), numbers=()).status_code == 303
    assert desk.states(task) == ["open"]
    text = lin.get(f"/tasks/{task}").text
    assert ("The system looked: " in text, "chip bad" in text) == (True, True)
    assert "seen_still_there" not in text
    desk.console.house.shops["flagship"].goods["L1"].shelf = Shelf.OFF
    desk.console.house.clock.advance(60)
    assert lin.post(f"/tasks/{task}/see").headers["location"] == f"/tasks/{task}#targets"
    (row,) = desk.rows(task)
    assert (row.state.value, row.how, desk.services.tasks.get(task).state) == (
        "confirmed",
        "observed",
        TaskState.DONE,
    )


def test_hostile_titles_and_reasons_are_harmless(desk):
    evil = '<script>alert(1)</script>=HYPERLINK("x")'
    about = Target(
        "flagship", PlaceKind.LIVE, "javascript:alert(1)", evil, url="javascript:alert(1)", listing_id="L1"
    )
    with desk.services.database.begin() as tx:
        (task,) = desk.services.tasks.open_batch(
            tx,
            "guided.switch_off",
            shop_id="flagship",
            plan_id="P-1",
            place="live",
            act="switch_off",
            targets=[about],
        )
    lin = desk.browser("lin")
    claim(desk, lin, task.task_id, photo("x"), numbers=(), note=evil)
    for path in (f"/tasks/{task.task_id}", "/tasks", "/tasks?as=list"):
        text = lin.get(path).text
        assert "<script>alert" not in text
        assert 'href="javascript' not in text


@pytest.mark.parametrize("path", ["/tasks/T-0", "/tasks/T-0/sheet"])
def test_a_task_that_is_not_there_is_told_so(desk, path):
    answer = desk.browser("lin").get(path)
    assert (answer.status_code, "tasks.unknown" in answer.text) == (404, True)
