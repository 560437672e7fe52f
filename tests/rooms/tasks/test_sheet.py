"""The sheet for people: everything on paper, nothing a title says is run."""

from __future__ import annotations

import re

import pytest

from offshelf.tasks.model import Target
from offshelf.tasks.sheet import plain, render
from offshelf.vocabulary.places import PlaceKind
from support.task_desk import TaskDesk, row_at, video

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7777*7777 }}{% raw %}",
    "javascript:alert(1)",
    "&lt;b&gt;",
    "a\u202eb\u2066c\u200bd\x00e\x1bf\ng",
    "=HYPERLINK(1)",
]


def sheet(desk, task, lang="zh"):
    return render(
        task, desk.tasks.guide(task, lang), desk.targets.of(task.task_id), desk.targets.required(task), lang,
        second_person=desk.targets.second_person(task), printed_at=desk.clock.now(),
    )  # fmt: skip


@pytest.fixture
def desk(sqlite_database, clock):
    return TaskDesk(sqlite_database, clock)


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("zh", ("菜单路径", "视频管理", "截图 × 1", "处理人签名")),
        ("en", ("Path of menus", "Videos", "screenshot × 1", "Initials")),
    ],
)
def test_it_says_what_where_and_what_to_keep(desk, lang, said):
    (task,) = desk.open(video(1, url="https://v.example/1"), video(2))
    page = sheet(desk, task, lang)
    assert all(text in page for text in said)
    assert [page.count(text) for text in ("视频 1", "https://v.example/1", 'class="box"')] == [1, 1, 4]
    assert task.task_id in page
    assert "2026-11-24 10:00:00" in page


@pytest.mark.parametrize("platform", ["wechat_channels", "douyin", "kuaishou"])
def test_the_menu_is_that_of_the_platform(sqlite_database, clock, platform):
    from html import unescape

    from support.task_desk import SHOPS

    desk, row = TaskDesk(sqlite_database, clock), row_at(platform, "video")
    (task,) = desk.open(video(1, SHOPS[platform]), place=row.place, act=row.act)
    for lang in ("zh", "en"):
        assert row.menu[lang] in unescape(sheet(desk, task, lang))


def test_only_a_harmful_act_has_a_place_for_a_second_person(desk):
    (task,) = desk.open(video(1))
    assert "确认人签名" not in sheet(desk, task)
    desk.values["task__second_person"] = ("unlink",)
    assert "确认人签名" in sheet(desk, task)


@pytest.mark.parametrize("text", HOSTILE)
def test_what_a_title_says_is_text(desk, text):
    about = Target("w", PlaceKind.VIDEO, f"v{text}", text, text, "L1", items=(text,))
    (task,) = desk.open(about)
    page = sheet(desk, task)
    tags = re.findall(r"<(\w+)", page)
    assert set(tags) <= {
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "header",
        "h1",
        "p",
        "dl",
        "dt",
        "dd",
        "bdi",
        "h2",
        "small",
        "ol",
        "li",
        "ul",
        "table",
        "thead",
        "tr",
        "th",
        "tbody",
        "td",
        "span",
        "footer",
    }
    assert not re.search(r"<[^>]*\bon\w+=", page)
    assert "href" not in page
    assert not re.search(r"[\x00-\x08\x0b-\x1f\u200b\u202e\u2066]", page)
    assert "60481729" not in page


def test_what_was_done_is_ticked(desk):
    (task,) = desk.open(
        *[Target("k", PlaceKind.REPLAY, f"r{n}") for n in range(3)], place="replay", act="by_hand"
    )
    desk.claim(task, "r0", 1)
    desk.claim(task, "r1", 2, not_there=True)
    rows = sheet(desk, task).partition("<tbody>")[2].split("</tr>")
    assert [re.findall(r'class="box( on)?"', row) for row in rows[:3]] == [[" on", ""], ["", " on"], ["", ""]]
    assert [">lin<" in row for row in rows[:3]] == [True, True, False]


def test_plain_takes_out_what_turns_or_hides():
    assert plain("a\u202eb\x1b[31m\nc") == "a\ufffdb\ufffd[31m c"
