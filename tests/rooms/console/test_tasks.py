"""The page of tasks: the board and the list, one task by touch, evidence in and out, refusals that keep what was typed."""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from offshelf.access.roles import Role
from offshelf.kit.digest import sm3
from offshelf.tasks.model import FORCED_EXPLAIN, Target, TargetState, TaskState
from offshelf.tasks.showing import SHOWN
from offshelf.vocabulary.goods import Shelf
from offshelf.vocabulary.places import PlaceKind
from support.approval import passphrase
from support.databases import START
from support.evidence import pdf, png

TABLES = ("task", "task_target", "evidence", "journal_entry")


@dataclass
class Desk:
    """The console over a shop, with tasks in it."""

    console: Any

    @property
    def services(self):
        return self.console.house.services

    @property
    def folder(self):
        return self.services.tasks.targets._files._folder

    def batch(self, kind=PlaceKind.SHOWCASE, place="showcase", act="remove", refs=("s1", "s2"), **more):
        """Open a batch in the flagship; a showcase's is proved in one go, a live's wants another person."""
        given = {"plan_id": "P-1", "due_at": START + timedelta(hours=5)} | more
        about = [Target("flagship", kind, ref, f"茶 {ref}", listing_id="L1") for ref in refs]
        with self.services.database.begin() as tx:
            (task,) = self.services.tasks.open_batch(
                tx, f"guided.{act}", shop_id="flagship", place=place, act=act, targets=about, **given
            )
        return task.task_id

    def lives(self, *refs):
        return self.batch(PlaceKind.LIVE, "live", "switch_off", refs or ("v1", "v2"))

    def single(self):
        with self.services.database.begin() as tx:
            task = self.services.tasks.open(
                tx,
                FORCED_EXPLAIN,
                shop_id="flagship",
                subject="L1",
                params={"listing": "L1", "title": "春茶"},
            )
        return task.task_id

    def browser(self, name, language="en"):
        return self.console.browser(language).sign_in(name)

    def add(self, name):
        """Register somebody at the desk for buyers, and return the name."""
        users = self.services.users
        users.add(name, [Role.DESK], passphrase(name), by=users.sign_in("boss", passphrase("boss")))
        return name

    def rows(self, task_id):
        return self.services.tasks.targets.of(task_id)

    def states(self, task_id):
        return [row.state.value for row in self.rows(task_id)]

    def form(self, task_id, *numbers, **more):
        """Return the fields of a claim over these targets (all) as the page makes them."""
        rows = [row for row in self.rows(task_id) if not numbers or row.number in numbers]
        told = {f"goods-{row.target_id}": "\n".join(row.target.names) for row in rows}
        return told | {f"target-{row.target_id}": "1" for row in rows} | {"form": "F"} | more

    def claims(self, task_id, act="confirm", **more):
        """Return the fields of a decision over every claim."""
        rows = [row for row in self.rows(task_id) if row.state is TargetState.CLAIMED_DONE]
        told = {f"made-{row.target_id}": row.claimed_at.isoformat() for row in rows}
        return told | {f"claim-{row.target_id}": "1" for row in rows} | {"act": act} | more

    def stored(self):
        with self.services.database.read() as tx:
            return [tx.exec_driver_sql(f"SELECT * FROM {name} ORDER BY 1").all() for name in TABLES]  # noqa: S608


def send(browser, path, fields=None, files=(), **headers):
    """Send a form with files: (field, name, bytes)."""
    browser.get("/me")
    data = {"proof": browser.proof} | (fields or {})
    parts = [(field, (name, body, "image/jpeg")) for field, name, body in files]
    return browser.client.post(
        path, data=data, files=parts, headers=dict(browser.headers) | headers, follow_redirects=False
    )


def claim(desk, browser, task_id, *files, numbers=(120, 70), targets=(), **more):
    fields = desk.form(task_id, *targets, **more) | {f"number-{n}": str(v) for n, v in enumerate(numbers, 1)}
    return send(browser, f"/tasks/{task_id}/hand-in", fields, files)


def photo(mark, name="IMG_1.jpg"):
    return "photos", name, png(mark)


@pytest.fixture
def desk(console):
    made = Desk(console)
    console.house.open_shop("flagship")
    return made


# -- board and list -------------------------------------------------------------------------------------------------


def lanes(text):
    """Return the ids of tasks by lane."""
    found = re.findall(r'aria-labelledby="lane-(\d)">(.*?)</section>', text, re.DOTALL)
    return {int(number): re.findall(r'href="/tasks/(T-[^"]+)"', part) for number, part in found}


def test_the_board_holds_each_task_in_its_lane(desk):
    first, taken, looked = desk.batch(), desk.lives(), desk.batch(refs=("s8",))
    lin = desk.browser("lin")
    lin.get(f"/tasks/{taken}")
    lin.post(f"/tasks/{taken}/take")
    claim(desk, lin, looked, photo("x"))
    text = lin.get("/tasks").text
    assert lanes(text) == {1: [first], 2: [taken], 3: [looked], 4: []}
    assert text.count("chip bad") == 3
    assert "0 of 2 targets done" in text
    assert '<span class="count">3</span>' in text


def test_the_list_has_the_same_and_a_piece_is_the_list_alone(desk):
    task = desk.batch()
    browser = desk.browser("audit")
    whole = browser.get("/tasks?as=list").text
    assert f'href="/tasks/{task}"' in whole
    assert 'href="/plans/P-1"' in whole
    assert "page 1 of 1, 1 in all" in whole
    piece = browser.get("/tasks?as=list", **{"hx-request": "true"})
    assert ("<html" in piece.text, f'href="/tasks/{task}"' in piece.text) == (False, True)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("shop=flagship", True), ("shop=other", False), ("plan=P-1", True), ("plan=P-2", False),
        ("family=guided", True), ("family=licence", False), ("place=showcase", True), ("place=live", False),
        ("whose=nobody", True), ("whose=mine", False), ("text=s2", True), ("text=nowhere", False),
        ("stage=to_do", True), ("stage=ended", False), ("selling=1", True), ("late=1", False),
    ],
)  # fmt: skip
def test_filters_stand_in_the_address(desk, query, found):
    task = desk.batch()
    text = desk.browser("lin").get(f"/tasks?{query}").text
    assert (f'href="/tasks/{task}"' in text, "No task matches" in text) == (found, not found)


@pytest.mark.parametrize("query", ["family=luck", "place=moon", "whose=yours", "stage=never"])
def test_a_filter_nobody_understands_is_refused_by_name(desk, query):
    answer = desk.browser("lin").get(f"/tasks?{query}")
    assert (answer.status_code, "console.bad_filter" in answer.text) == (400, True)


def test_an_empty_board_says_how_tasks_come_and_a_finished_one_that_it_is_finished(desk):
    browser = desk.browser("lin")
    assert "There has been no task yet" in browser.get("/tasks").text
    task = desk.single()
    browser.get(f"/tasks/{task}")
    assert "Nothing is left to do" not in browser.get("/tasks").text
    assert send(browser, f"/tasks/{task}/hand-in", {"note": "asked", "form": "F"}).status_code == 303
    assert "Nothing is left to do" in browser.get("/tasks").text


def test_checking_now_finds_what_is_late(desk):
    task = desk.batch()
    browser = desk.browser("lin")
    desk.console.house.clock.advance(6 * 3600)
    answer = browser.post("/tasks/refresh", {"next": "/tasks?late=1"})
    assert answer.headers["location"] == "/tasks?late=1"
    assert desk.services.tasks.get(task).overdue
    assert browser.post("/tasks/refresh", {"next": "//evil.test"}).headers["location"] == "/tasks"


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


# -- looking --------------------------------------------------------------------------------------------------------


def test_whoever_handed_in_may_not_confirm_but_take_back(desk):
    task = desk.lives("v1")
    lin = desk.browser("lin")
    claim(desk, lin, task, photo("x"), numbers=())
    assert 'value="confirm"' not in lin.get(f"/tasks/{task}").text
    before = desk.stored()
    answer = lin.post(f"/tasks/{task}/decide", desk.claims(task))
    assert (answer.status_code, "sign in and confirm" in answer.text) == (409, True)
    assert desk.stored() == before
    given = desk.claims(task, "reject", back_why="wrong live")
    assert lin.post(f"/tasks/{task}/decide", given).status_code == 303
    assert [(row.state.value, row.why) for row in desk.rows(task)] == [("rejected", "wrong live")]
    assert "wrong live" in lin.get(f"/tasks/{task}").text


def test_sending_back_needs_a_reason_and_nothing_ticked_is_told(desk):
    task = desk.lives("v1")
    claim(desk, desk.browser("lin"), task, photo("x"), numbers=())
    boss = desk.browser("boss")
    before = desk.stored()
    missing = boss.post(f"/tasks/{task}/decide", desk.claims(task, "reject", back_why=" "))
    nothing = boss.post(f"/tasks/{task}/decide", {"act": "reject", "back_why": "still there"})
    assert [(a.status_code, w in a.text) for a, w in ((missing, "one sentence"), (nothing, "No target is ticked"))] == [
        (400, True), (400, True),
    ]  # fmt: skip
    assert "still there</textarea>" in nothing.text
    assert desk.stored() == before


def test_a_claim_made_anew_since_the_page_was_opened_is_not_confirmed(desk):
    task = desk.lives("v1")
    lin, boss = desk.browser("lin"), desk.browser("boss")
    claim(desk, lin, task, photo("x"), numbers=())
    opened = desk.claims(task)
    desk.console.house.clock.advance(60)
    lin.post(f"/tasks/{task}/decide", desk.claims(task, "reject", back_why="wrong picture"))
    claim(desk, lin, task, photo("y"), numbers=())
    before = desk.stored()
    for given in (opened, {name: value for name, value in opened.items() if not name.startswith("made-")}):
        answer = boss.post(f"/tasks/{task}/decide", given)
        assert (answer.status_code, "after you looked" in answer.text) == (409, True)
    assert desk.stored() == before
    assert boss.post(f"/tasks/{task}/decide", desk.claims(task)).status_code == 303


def again(browser, task, act, *files, **more):
    return send(browser, f"/tasks/{task}/recheck", {"number": "1", "act": act, "form": "F"} | more, files)


def test_a_sample_is_looked_at_again_by_somebody_who_had_no_hand_in_it(desk):
    task = desk.lives("v1")
    lin, boss, mo = (desk.browser(name) for name in ("lin", "boss", desk.add("mo")))
    claim(desk, lin, task, photo("x"), numbers=())
    boss.post(f"/tasks/{task}/decide", desk.claims(task))
    assert "Somebody who had no hand in it" in boss.get(f"/tasks/{task}").text
    before = desk.stored()
    refused = [
        again(boss, task, "passed", ("again-1", "a.jpg", png("z"))),
        again(mo, task, "passed"),
        again(mo, task, "passed", ("again-1", "a.jpg", png("x"))),
        again(mo, task, "failed", **{"failed_why-1": " "}),
        again(mo, task, "passed", ("again-9", "a.jpg", png("z")), number="9"),
    ]
    assert [answer.status_code for answer in refused] == [409, 400, 409, 400, 400]
    assert desk.stored() == before
    assert lanes(mo.get("/tasks?whose=my_look").text)[3] == [task]
    assert again(mo, task, "passed", ("again-1", "a.jpg", png("z"))).status_code == 303
    assert [(row.recheck.value, row.rechecked_by) for row in desk.rows(task)] == [("passed", "mo")]


def test_a_second_look_that_fails_opens_the_task_again(desk):
    task = desk.lives("v1")
    lin, boss, mo = (desk.browser(name) for name in ("lin", "boss", desk.add("mo")))
    claim(desk, lin, task, photo("x"), numbers=())
    boss.post(f"/tasks/{task}/decide", desk.claims(task))
    assert again(mo, task, "failed", **{"failed_why-1": "it can be bought"}).status_code == 303
    assert (desk.states(task), desk.services.tasks.get(task).state) == (["rejected"], TaskState.OPEN)
    assert "it can be bought" in lin.get(f"/tasks/{task}").text


# -- evidence -------------------------------------------------------------------------------------------------------


def test_evidence_is_shown_to_a_session_that_asked_and_the_journal_says_so(desk):
    task = desk.batch()
    claim(desk, desk.browser("lin"), task, photo("x"))
    audit, other = desk.browser("audit"), desk.browser("audit")
    url = f"/tasks/{task}/evidence/{sm3(png('x'))}"
    hidden = audit.get(f"/tasks/{task}").text
    assert (url in hidden, "<blockquote>" in hidden) == (False, False)
    assert (audit.get(url).status_code, "tasks.not_shown" in audit.get(url).text) == (409, True)
    answer = audit.post(f"/tasks/{task}/evidence")
    assert answer.headers["location"] == f"/tasks/{task}#evidence"
    shown = audit.get(f"/tasks/{task}").text
    assert (f'<img src="{url}"' in shown, shown.count("<blockquote>")) == (True, 2)
    picture = audit.get(url)
    assert (picture.content, picture.headers["content-type"]) == (png("x"), "image/png")
    assert picture.headers["x-content-type-options"] == "nosniff"
    assert picture.headers["content-disposition"].startswith(f'inline; filename="{task}-')
    assert picture.headers["cache-control"] == "no-store"
    assert other.get(url).status_code == 409
    (entry,) = desk.services.journal.entries(verb=SHOWN)
    assert (entry.actor, len(entry.body["evidence"])) == ("audit", 3)


def test_what_is_no_picture_is_saved_and_not_opened(desk):
    task = desk.single()
    lin = desk.browser("lin")
    send(lin, f"/tasks/{task}/hand-in", {"note": "x", "form": "F"}, [("files", "a.pdf", pdf("a"))])
    lin.post(f"/tasks/{task}/evidence")
    answer = lin.get(f"/tasks/{task}/evidence/{sm3(pdf('a'))}")
    assert (answer.content, answer.headers["content-disposition"].split(";")[0]) == (pdf("a"), "attachment")


@pytest.mark.parametrize("digest", ["0" * 64, "..%2f..%2fkey", "x"])
def test_evidence_that_is_not_there_is_refused(desk, digest):
    task = desk.batch()
    lin = desk.browser("lin")
    lin.post(f"/tasks/{task}/evidence")
    assert lin.get(f"/tasks/{task}/evidence/{digest}").status_code in (404, 409)


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
