"""The pages of papers: how each stands, one with all that was said, a register declared after its preview."""

from __future__ import annotations

import csv
import io
import re
from datetime import date, timedelta
from html import unescape

import pytest

from offshelf.console.links import paper_link
from offshelf.kit.db import metadata
from offshelf.vocabulary.statements import LicenceKind
from support.register_house import licence, paper

TODAY = date(2026, 11, 21)
EVIL = "<script>alert(1)</script>"


@pytest.fixture
def shop(console):
    """Open a shop with goods, read it, and let the alarms be those of the shipped policy."""
    console.house.open_shop("flagship", listings=3)
    services = console.house.services
    services.call(services.sync.read(services.shops.all()[0], services.connect("flagship")))
    return services


def put(services, *papers, actor="lin"):
    with services.database.begin() as tx:
        services.registers.put_licences(tx, papers, actor=actor)


def some(services):
    put(
        services,
        licence("SC-123/4", TODAY + timedelta(days=20), covers=("TEA-1",), title="食品经营许可证"),
        licence("N-ended", TODAY - timedelta(days=2), kind=LicenceKind.TEST_REPORT, shop_id="flagship"),
        licence("N-unknown", None, end_known=False, covers=()),
        licence(EVIL, TODAY + timedelta(days=400), holder="=1+1", covers=("*",)),
    )


def numbers(text):
    return [
        unescape(one)
        for one in re.findall(r'<a href="/papers/paper\?[^"]+">([^<]+)</a> <span class="mute id">', text)
    ]


def contents(services):
    with services.database.read() as tx:
        return {
            name: [tuple(row) for row in tx.execute(table.select())]
            for name, table in metadata.tables.items()
            if name not in ("session", "attempt")
        }


# -- the list -----------------------------------------------------------------------------------------------------


def test_without_a_paper_it_says_that_none_is_no_all_clear(console, shop):
    text = console.browser().sign_in("lin").get("/papers").text
    assert "does not mean that none is needed" in text
    assert '<a class="button main" href="/papers/declare">' in text
    reader = console.browser().sign_in("audit").get("/papers").text
    assert ("/papers/declare" in reader, "Owners and operators declare" in reader) == (False, True)


def test_papers_stand_by_their_end_with_their_state(console, shop):
    some(shop)
    text = console.browser().sign_in("audit").get("/papers").text
    assert numbers(text) == ["N-unknown", "N-ended", "SC-123/4", EVIL]
    assert re.findall(r'stat-value">(\d+)<', text) == ["1", "1", "1", "1"]
    for told in ("end unknown", "ended 2 days ago", "20 days left", "ends soon"):
        assert told in text, told
    assert EVIL not in text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("condition=soon", ["SC-123/4"]),
        ("kind=test_report", ["N-ended"]),
        ("needs=1", ["N-unknown", "N-ended", "SC-123/4"]),
        ("text=tea-1", ["N-ended", "SC-123/4"]),
        ("shop=other", ["N-unknown", "SC-123/4", EVIL]),
        ("condition=not_yet", []),
    ],
)
def test_filters_stand_in_the_address(console, shop, query, found):
    some(shop)
    browser = console.browser().sign_in("audit")
    assert numbers(browser.get(f"/papers?{query}").text) == found
    piece = browser.get(f"/papers?{query}", **{"hx-request": "true"}).text
    assert ("<html" in piece, numbers(piece)) == (False, found)
    rows = list(csv.reader(io.StringIO(browser.get(f"/papers.csv?{query}").content.decode("utf-8-sig"))))
    assert [row[0] for row in rows[1:]] == found


def test_the_table_is_safe_in_a_spreadsheet(console, shop):
    some(shop)
    answer = console.browser().sign_in("audit").get("/papers.csv")
    head, *rows = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert len(head) == 14
    row = next(row for row in rows if row[0] == EVIL)
    assert (row[3], row[7], row[8], row[9]) == ("“=1+1”", "2027-12-26", "400", "valid")


@pytest.mark.parametrize("query", ["condition=fine", "kind=passport"])
def test_a_filter_nobody_understands_is_refused_by_name(console, shop, query):
    answer = console.browser().sign_in("audit").get(f"/papers?{query}")
    assert (answer.status_code, "console.bad_filter" in answer.text) == (400, True)


def test_the_calendar_shows_the_ends_of_a_month(console, shop):
    some(shop)
    browser = console.browser().sign_in("audit")
    text = browser.get("/papers?as=calendar&month=2026-12&kind=food_licence").text
    assert text.count("SC-123/4") == 2  # in the month, and in the list for phones
    assert 'href="/papers?kind=food_licence&amp;as=calendar&amp;month=2027-01"' in text
    assert "SC-123/4" not in browser.get("/papers?as=calendar").text
    assert "N-ended" in browser.get("/papers?as=calendar").text


# -- one paper ----------------------------------------------------------------------------------------------------


def test_a_paper_tells_what_depends_on_it_and_who_said_it(console, shop):
    some(shop)
    shop.sweep()
    browser = console.browser().sign_in("audit")
    text = browser.get(paper_link("food_licence", "SC-123/4", "")).text
    assert "1 listings need it" in text
    assert re.search(r'data-label="[^"]*code">TEA-1<', text)
    assert "First written down: valid until 2026-12-11" in text
    assert re.search(r"<time [^>]+>[^<]+</time> · lin", text)
    assert "20 days to its end" in text
    assert "no file shows it" in text


def test_an_ended_paper_says_what_to_do_and_a_plan_what_was_done(console, shop):
    some(shop)
    shop.sweep()
    text = console.browser().sign_in("audit").get(paper_link("test_report", "N-ended", "flagship")).text
    assert "goods that need it must not be sold" in text
    event = shop.licences.of("test_report", "N-ended", "flagship")[0]
    assert (f"plan {event.plan_id} deals with it" in text) == bool(event.plan_id)


def test_a_paper_over_everything_counts_the_listings(console, shop):
    some(shop)
    text = console.browser().sign_in("audit").get(paper_link("food_licence", EVIL, "")).text
    assert "It covers everything: 3 listings" in text
    assert EVIL not in text


@pytest.mark.parametrize(
    "query", ["", "?kind=food_licence&number=N-9&shop=", "?kind=x&number=N-unknown&shop="]
)
def test_a_paper_that_is_none(console, shop, query):
    some(shop)
    assert console.browser().sign_in("audit").get(f"/papers/paper{query}").status_code == 404


def test_every_paper_of_the_list_opens(console, shop):
    some(shop)
    browser = console.browser("zh").sign_in("audit")
    hrefs = re.findall(r'href="(/papers/paper\?[^"]+)"', browser.get("/papers").text)
    assert len(hrefs) == 4
    assert [browser.get(unescape(href)).status_code for href in hrefs] == [200] * 4


# -- declaring ----------------------------------------------------------------------------------------------------


def send(browser, text, name="register.yaml", *, piece=False, **fields):
    headers = dict(browser.headers) | ({"hx-request": "true"} if piece else {})
    return browser.client.post(
        "/papers/declare",
        data={"proof": browser.proof} | fields,
        files={"file": (name, text, "application/yaml")},
        headers=headers,
        follow_redirects=False,
    )


def operator(console):
    browser = console.browser().sign_in("lin")
    browser.get("/papers/declare")
    return browser


def seen_of(answer):
    return re.search(r'name="seen" value="([0-9a-f]{64})"', answer.text)[1]


def test_a_preview_writes_nothing_and_agreeing_to_it_does(console, shop):
    browser, text = operator(console), paper()
    before = contents(shop)
    preview = send(browser, text, how="preview")
    assert preview.status_code == 200
    assert "register.yaml would write 1 things" in preview.text
    assert "N-1 · 2027-03-31" in preview.text
    assert contents(shop) == before
    answer = send(browser, text, how="write", seen=seen_of(preview))
    assert answer.headers["location"] == "/papers/declare?done=1"
    (written,) = shop.registers.licences()
    assert (written.number, written.valid_until) == ("N-1", date(2027, 3, 31))
    entry = shop.journal.entries(verb="register.licences")[-1]
    assert entry.actor == "lin"
    assert "1 things are written down" in browser.get("/papers/declare?done=1").text
    assert numbers(browser.get("/papers").text) == ["N-1"]


def test_the_same_twice_is_known_and_changes_nothing(console, shop):
    browser, text = operator(console), paper()
    send(browser, text, how="write", seen=seen_of(send(browser, text)))
    count = len(shop.registers.licences(history=True))
    again = send(browser, text, how="write", seen=seen_of(send(browser, text)))
    assert again.headers["location"] == "/papers/declare?done=0"
    assert len(shop.registers.licences(history=True)) == count


@pytest.mark.parametrize("seen", ["", "0" * 64])
def test_without_having_seen_exactly_this_nothing_is_written(console, shop, seen):
    browser = operator(console)
    answer = send(browser, paper(), how="write", seen=seen)
    assert (answer.status_code, "Something changed since the preview" in answer.text) == (200, True)
    assert shop.registers.licences() == ()


def test_what_somebody_else_wrote_meanwhile_asks_for_another_look(console, shop):
    browser, text = operator(console), paper()
    seen = seen_of(send(browser, text))
    put(shop, licence("N-1", date(2028, 1, 1)))
    answer = send(browser, text, how="write", seen=seen)
    assert "Something changed since the preview" in answer.text
    assert [one.valid_until for one in shop.registers.licences()] == [date(2028, 1, 1)]


def test_faults_are_told_with_line_and_remedy_and_nothing_is_written(console, shop):
    browser = operator(console)
    before = contents(shop)
    answer = send(browser, paper(kind="passport", covers="[NOBODY]"), how="write", seen="0" * 64)
    assert "2 mistakes in register.yaml" in answer.text
    assert re.search(r"<code>licences\[\d\]\.kind</code>", answer.text)
    assert re.search(r"<td>line \d+</td>", answer.text)
    assert 'name="seen"' not in answer.text
    assert contents(shop) == before


def test_codes_of_goods_to_come_are_let_through_when_said(console, shop):
    browser, text = operator(console), paper(covers="[NEW-1]")
    assert "mistakes in register.yaml" in send(browser, text).text
    assert "would write 1 things" in send(browser, text, new="1").text


def test_a_table_of_papers_is_read_too_and_says_what_it_left(console, shop):
    table = "证照类型,证照编号,适用商品编码,有效期至,备注\n食品经营许可证,N-7,TEA-2,2027-05-01,x\n"
    answer = send(operator(console), table, "papers.csv")
    assert "N-7 · 2027-05-01" in answer.text
    assert "Columns that were not read: 备注" in answer.text


def test_a_piece_is_the_preview_alone(console, shop):
    answer = send(operator(console), paper(), piece=True)
    assert ("<html" in answer.text, "Choose the same file again" in answer.text) == (False, False)
    assert 'name="seen"' in answer.text
    done = send(operator(console), paper(), piece=True, how="write", seen=seen_of(answer))
    assert (done.status_code, done.headers["hx-redirect"]) == (204, "/papers/declare?done=1")


@pytest.mark.parametrize(
    ("name", "data", "status", "told"),
    [
        ("a.yaml", b"\xff\xfe", 400, "UTF-8"),
        ("a.yaml", b"", 400, "a.yaml"),
        ("a.xlsx", b"not a spreadsheet", 400, "a.xlsx"),
        ("photo.png", b"\x89PNG\r\n\x1a\n\xff", 400, "photo.png"),
        (f"{EVIL}.yaml", b"x: [", 400, "yaml"),
    ],
)
def test_a_wrong_file_is_told_and_writes_nothing(console, shop, name, data, status, told):
    browser = operator(console)
    before = contents(shop)
    answer = send(browser, data, name)
    assert (answer.status_code, told in answer.text, EVIL in answer.text) == (status, True, False)
    assert contents(shop) == before


def test_a_form_without_a_file(console, shop):
    answer = operator(console).post("/papers/declare")
    assert (answer.status_code, "No file was chosen" in answer.text) == (400, True)


def test_the_template_is_explained_in_the_readers_language(console, shop):
    for language, word in (("zh", "证照"), ("en", "paper")):
        answer = console.browser(language).sign_in("audit").get("/papers/register.yaml")
        assert answer.headers["content-disposition"] == 'attachment; filename="register.yaml"'
        assert word in answer.text
