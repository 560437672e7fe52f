"""The page of all tasks: lanes, list, filters, what stands there when nothing is left."""

from __future__ import annotations

import pytest

from support.task_pages import Desk, claim, lanes, photo, send


@pytest.fixture
def desk(console):
    made = Desk(console)
    console.house.open_shop("flagship")
    return made


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
