"""Step 1 of a plan: every way to name goods, what is told before anything is stored, and one plan for one form."""

from __future__ import annotations

import re
from html import unescape

import pytest

from offshelf.kit.db import metadata
from offshelf.vocabulary.plans import Reason
from support.approval import passphrase
from support.spreadsheets import write_xlsx

SEEN = re.compile(r'name="seen" value="([0-9a-f]{64})"')
ONCE = re.compile(r'name="once" value="([^"]+)"')
PLAN = re.compile(r"/plans/(P[^/]+)/checks\?made=(.+)")


@pytest.fixture
def shop(house):
    house.open_shop("flagship", listings=6)
    services = house.services
    services.call(services.sync.read(services.shops.all()[0], services.connect("flagship")))
    return services


@pytest.fixture
def lin(console, shop):
    return console.browser().sign_in("lin")


def plans(house):
    with house.services.database.read() as tx:
        return [tuple(row) for row in tx.execute(metadata.tables["plan"].select())]


def form(browser, path="/plans/new", **fields):
    """Open the form and return its fields, as a browser would send them."""
    page = browser.get(path)
    assert page.status_code == 200, page.text
    hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.text)
    found = {name: unescape(value) for name, value in hidden}
    return found | {"by": "codes", "reason": "season", "when": "now"} | fields


def looked(browser, given):
    """Look at what a form comes to and return the form with the mark of it."""
    answer = browser.post("/plans/new", given | {"how": "preview"})
    assert answer.status_code == 200, answer.text
    return answer.text, given | {"seen": SEEN.search(answer.text)[1], "how": "propose"}


def proposed(browser, given):
    answer = browser.post("/plans/new", given)
    assert answer.status_code == 303, answer.text
    return PLAN.fullmatch(answer.headers["location"])[1]


def test_codes_are_looked_at_first_and_nothing_is_stored(console, lin, shop):
    text, given = looked(lin, form(lin, codes="TEA-1，TEA-2;TEA-3\n TEA-2-s1"))
    assert '<p class="big-number">3</p>' in text
    assert plans(console.house) == []
    plan = shop.plans.get(proposed(lin, given))
    assert [key[1] for key in plan.listings] == ["L1", "L2", "L3"]
    assert (plan.reason, plan.created_by, plan.codes) == (
        Reason.SEASON,
        "lin",
        ("TEA-1", "TEA-2", "TEA-2-s1", "TEA-3"),
    )


def test_unknown_codes_are_shown_and_refused_until_ticked(console, lin, shop):
    text, given = looked(lin, form(lin, codes="TEA-1\nNOPE-7\nflagship/L2"))
    assert "1 codes were not found" in text
    assert "<code>NOPE-7</code>" in text
    answer = lin.post("/plans/new", given)
    assert (answer.status_code, "Correct them, or tick" in answer.text) == (400, True)
    assert "NOPE-7" in re.search(r'<textarea id="f-codes"[^>]*>([^<]*)', answer.text)[1]
    assert plans(console.house) == []
    plan = shop.plans.get(proposed(lin, given | {"leave_out": "1"}))
    assert ([key[1] for key in plan.listings], plan.codes) == (["L1", "L2"], ("TEA-1",))


def test_only_unknown_codes_make_no_plan(console, lin):
    answer = lin.post("/plans/new", form(lin, codes="NOPE") | {"how": "preview"})
    assert (answer.status_code, SEEN.search(answer.text)) == (200, None)
    answer = lin.post(
        "/plans/new", form(lin, codes="NOPE") | {"how": "propose", "leave_out": "1", "seen": ""}
    )
    assert answer.status_code == 400
    assert plans(console.house) == []


def test_the_same_form_twice_is_one_plan(console, lin):
    _, given = looked(lin, form(lin, codes="TEA-1"))
    assert proposed(lin, given) == proposed(lin, given)
    assert len(plans(console.house)) == 1


def test_a_form_that_was_sent_is_not_sent_with_other_goods(console, lin):
    _, given = looked(lin, form(lin, codes="TEA-1"))
    first = proposed(lin, given)
    _, other = looked(lin, given | {"codes": "TEA-2"})
    answer = lin.post("/plans/new", other)
    assert (answer.status_code, f"/plans/{first}/checks" in answer.text) == (400, True)
    assert len(plans(console.house)) == 1


def test_goods_that_changed_since_they_were_looked_at_are_looked_at_again(console, lin, shop):
    _, given = looked(lin, form(lin, codes="TEA-1"))
    answer = lin.post("/plans/new", given | {"codes": "TEA-1 TEA-2"})
    assert (answer.status_code, "have changed since you looked" in answer.text) == (409, True)
    assert '<p class="big-number">2</p>' in answer.text
    assert plans(console.house) == []


@pytest.mark.parametrize(
    ("fields", "status", "said"),
    [
        ({"reason": ""}, 400, "No reason was chosen"),
        ({"reason": "because"}, 400, "No reason was chosen"),
        ({"when": "at", "stop_at": "tomorrow"}, 400, "This time cannot be read: tomorrow"),
        ({"when": "at", "stop_at": ""}, 400, "This time cannot be read: –"),
        ({"when": "at", "stop_at": "2020-01-01T00:00"}, 400, "has passed"),
        ({"codes": ""}, 400, "there is no product at all"),
        ({"by": "rule", "from": "abc"}, 400, "from"),
        ({"by": "rule", "shelf": "nowhere"}, 400, "nowhere"),
        ({"by": "search", "listing": "flagship/L9"}, 404, "never seen"),
        ({"by": "search", "selection": "L-none"}, 404, "selection"),
        ({"codes": "\n".join(f"X-{n}" for n in range(50_001))}, 400, "more than 50000"),
    ],
    ids=str,
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(console, lin, fields, status, said):
    given = form(lin, codes="TEA-1 & <b>") | fields
    answer = lin.post("/plans/new", given | {"how": "preview"})
    assert answer.status_code == status
    assert said in unescape(answer.text)
    if "selection" not in fields:
        assert given["codes"] == unescape(re.search(r'<textarea id="f-codes"[^>]*>([^<]*)', answer.text)[1])
    assert plans(console.house) == []


def test_a_file_is_read_once_and_stays_in_the_form(console, lin, shop):
    given = form(lin, by="file")
    file = {"file": ("清单.csv", "商家编码,备注\nTEA-1,a\nTEA-4,b\n".encode("gb18030"))}
    answer = lin.client.post(
        "/plans/new", data={"proof": lin.proof} | given | {"how": "preview"}, files=file, headers=lin.headers
    )
    assert (answer.status_code, "清单.csv was read: 2 lines" in answer.text) == (200, True)
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', answer.text))
    again = given | {name: unescape(value) for name, value in hidden.items()} | {"how": "propose"}
    assert [key[1] for key in shop.plans.get(proposed(lin, again)).listings] == ["L1", "L4"]


def test_a_spreadsheet_is_read_too(console, lin, tmp_path):
    path = write_xlsx(tmp_path / "list.xlsx", [["sku"], ["TEA-1"], ["NOPE"]])
    given = form(lin, by="file") | {"how": "preview"}
    file = {"file": ("list.xlsx", path.read_bytes())}
    answer = lin.client.post("/plans/new", data={"proof": lin.proof} | given, files=file, headers=lin.headers)
    assert (answer.status_code, "Line 3" in answer.text, "NOPE" in answer.text) == (200, True, True)


def test_a_file_nobody_can_read_is_refused_with_its_lines(console, lin):
    given = form(lin, by="file", codes="kept") | {"how": "preview"}
    file = {"file": ("list.csv", b"sku\nTEA-1\n1.2E+17\n")}
    answer = lin.client.post("/plans/new", data={"proof": lin.proof} | given, files=file, headers=lin.headers)
    assert (answer.status_code, "3 (1.2E+17)" in answer.text, ">kept<" in answer.text) == (400, True, True)


def test_a_selection_and_a_listing_arrive_chosen(console, lin, shop):
    user = shop.users.get("lin").user_id
    chosen = shop.browse.select(user, add=[("flagship", "L5")])
    given = form(lin, f"/plans/new?selection={chosen.selection_id}&listing=flagship/L6", by="search")
    _, ready = looked(lin, given)
    assert [key[1] for key in shop.plans.get(proposed(lin, ready)).listings] == ["L5", "L6"]


def test_a_rule_names_what_matches(console, lin, shop):
    _, ready = looked(lin, form(lin, by="rule", shelf="on", text="L3"))
    assert [key[1] for key in shop.plans.get(proposed(lin, ready)).listings] == ["L3"]


def test_a_saved_view_is_a_rule(console, lin, shop):
    user = shop.users.get("lin").user_id
    one = shop.browse.save_view(user, "fourth", "text=L4")
    _, ready = looked(lin, form(lin, by="rule", view=one.view_id, text="L3"))
    assert [key[1] for key in shop.plans.get(proposed(lin, ready)).listings] == ["L4"]


def test_everything_on_sale(console, lin, shop):
    _, ready = looked(lin, form(lin, by="all"))
    assert len(shop.plans.get(proposed(lin, ready)).listings) == 6


def test_an_instant_is_beijing_time(console, lin, shop):
    _, ready = looked(lin, form(lin, codes="TEA-1", when="at", stop_at="2027-01-01T00:00"))
    assert shop.plans.get(proposed(lin, ready)).stop_at.isoformat() == "2026-12-31T16:00:00+00:00"


def test_a_new_version_begins_with_what_the_plan_is_over(console, lin, shop):
    _, ready = looked(lin, form(lin, codes="TEA-1 flagship/L2"))
    plan_id = proposed(lin, ready)
    page = lin.get(f"/plans/new?amend={plan_id}").text
    assert re.search(r'<textarea id="f-codes"[^>]*>([^<]*)', page)[1] == "TEA-1\nflagship/L2"
    text, ready = looked(lin, form(lin, f"/plans/new?amend={plan_id}", codes="TEA-3", reason="safety"))
    assert "Not named by these codes any more: TEA-1" in text
    assert proposed(lin, ready) == plan_id
    plan = shop.plans.get(plan_id)
    assert (plan.version, plan.reason, [k[1] for k in plan.listings]) == (2, Reason.SAFETY, ["L3"])


def test_a_version_somebody_else_made_meanwhile_is_not_written_over(console, lin, shop):
    _, ready = looked(lin, form(lin, codes="TEA-1"))
    plan_id = proposed(lin, ready)
    mine = form(lin, f"/plans/new?amend={plan_id}", by="same")
    theirs = form(lin, f"/plans/new?amend={plan_id}", by="same", reason="strategy")
    assert proposed(lin, looked(lin, theirs)[1]) == plan_id
    _, ready = looked(lin, mine)
    answer = lin.post("/plans/new", ready)
    assert (answer.status_code, "Somebody made version 2" in answer.text) == (409, True)
    assert shop.plans.get(plan_id).version == 2


def test_a_plan_that_has_started_cannot_be_changed(console, lin, shop):
    _, ready = looked(lin, form(lin, codes="TEA-1"))
    plan_id = proposed(lin, ready)
    shop.plans.ask(plan_id, "cancel", by=shop.users.sign_in("boss", passphrase("boss")))
    assert lin.get(f"/plans/new?amend={plan_id}").status_code == 409


def test_who_may_not_propose_is_told(console, shop):
    answer = console.browser().sign_in("wang").get("/plans/new")
    assert (answer.status_code, "access.not_permitted" in answer.text) == (403, True)
