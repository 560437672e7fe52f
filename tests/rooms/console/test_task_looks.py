"""Looking at what others did: confirming, sending back, samples, and the evidence, shown after the journal says so."""

from __future__ import annotations

import pytest

from offshelf.kit.digest import sm3
from offshelf.tasks.model import TaskState
from offshelf.tasks.showing import SHOWN
from support.evidence import pdf, png
from support.task_pages import Desk, claim, lanes, photo, send


@pytest.fixture
def desk(console):
    made = Desk(console)
    console.house.open_shop("flagship")
    return made


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
