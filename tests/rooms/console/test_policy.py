"""The pages of policy: what is in force and on whose word, own values beside ours, a file judged and not adopted."""

from __future__ import annotations

import csv
import io
import re

import pytest

from offshelf.kit.db import metadata
from support.policy_files import LAWFUL, entry, pack

EVIL = "<script>alert(1)</script>"


@pytest.fixture
def folder(console):
    made = console.house.services.policies.folder
    made.mkdir(parents=True, exist_ok=True)
    return made


def ids(text):
    return re.findall(r'<a href="/policy/([a-z_0-9]+\.[a-z_.0-9]+(?:%40[a-z_]+)?)">', text)


def rows_of(answer):
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


def contents(services):
    with services.database.read() as tx:
        return {
            name: [tuple(row) for row in tx.execute(table.select())]
            for name, table in metadata.tables.items()
            if name not in ("session", "attempt")
        }


def send(browser, name, data):
    return browser.client.post(
        "/policy/check",
        data={"proof": browser.proof},
        files={"file": (name, data, "application/yaml")},
        headers=browser.headers,
        follow_redirects=False,
    )


# -- the list -----------------------------------------------------------------------------------------------------


def test_every_value_in_force_is_on_some_page(console):
    services = console.house.services
    browser = console.browser().sign_in("audit")
    every = [value.policy_id for value in services.policies.values()]
    found = [row[0] for row in rows_of(browser.get("/policy.csv"))[1:]]
    assert found == every
    pages = -(-len(every) // 50)
    listed = [
        one for number in range(1, pages + 1) for one in ids(browser.get(f"/policy?page={number}").text)
    ]
    assert [one.replace("%40", "@") for one in listed] == every


@pytest.mark.parametrize(
    ("query", "holds"),
    [
        ("kind=law", lambda value: value.kind.value == "law"),
        ("kind=seed_claim", lambda value: value.kind.value == "seed_claim"),
        ("platform=kuaishou", lambda value: value.platform == "kuaishou"),
        ("certainty=single", lambda value: value.certainty == "single"),
        (
            "certainty=inferred&kind=law",
            lambda value: (value.certainty, value.kind.value) == ("inferred", "law"),
        ),
        ("own=1", lambda _value: False),
    ],
)
def test_filters_stand_in_the_address(console, query, holds):
    browser = console.browser().sign_in("audit")
    found = [row[0] for row in rows_of(browser.get(f"/policy.csv?{query}"))[1:]]
    assert found == [value.policy_id for value in console.house.services.policies.values() if holds(value)]
    assert (len(ids(browser.get(f"/policy?{query}").text)) > 0) == (len(found) > 0)


def test_a_name_is_found_in_both_languages(console):
    for language, word in (("zh", "无理由退货"), ("en", "return")):
        text = console.browser(language).sign_in("audit").get(f"/policy?text={word}").text
        assert "return.no_reason" in ids(text)


@pytest.mark.parametrize("query", ["kind=rumour", "platform=taobao", "certainty=sure"])
def test_a_filter_nobody_understands_is_refused_by_name(console, query):
    answer = console.browser().sign_in("audit").get(f"/policy?{query}")
    assert (answer.status_code, "console.bad_filter" in answer.text) == (400, True)


def test_claims_nobody_verified_are_benchmarks_and_never_bare(console):
    browser = console.browser().sign_in("audit")
    text = browser.get("/policy?kind=seed_claim").text
    assert text.count('class="chip unknown"') >= len(ids(text)) > 0
    assert "A benchmark: said by the founding documents" in browser.get("/policy/benchmark.repurchase").text
    assert "A benchmark" not in browser.get("/policy/return.no_reason").text


def test_the_version_leads_to_what_was_decided_by_it(console):
    version = console.house.services.policies.today().version
    text = console.browser().sign_in("audit").get("/policy").text
    assert f'href="/journal?text={version}"' in text


# -- one value ----------------------------------------------------------------------------------------------------


def test_a_value_tells_its_papers(console):
    text = console.browser().sign_in("audit").get("/policy/return.no_reason").text
    value = console.house.services.policies.today().get("return.no_reason")
    for told in (
        value.policy_id,
        str(value.observed_on),
        str(value.reviewed_on),
        "in force today",
        "7 natural days",
    ):
        assert told in text, told


def test_a_list_tells_its_entries(console):
    text = console.browser().sign_in("audit").get("/policy/holidays.2026").text
    assert "元旦" in text


@pytest.mark.parametrize("name", ["return.reason", "x", "holidays.1999"])
def test_a_value_that_is_none(console, name):
    assert console.browser().sign_in("audit").get(f"/policy/{name}").status_code == 404


# -- own values ---------------------------------------------------------------------------------------------------


def test_own_values_stand_beside_ours(console, folder):
    (folder / "own.yaml").write_text(pack(entry(why=EVIL), entry(**LAWFUL)), "utf-8")
    browser = console.browser().sign_in("audit")
    shipped = console.house.services.policies.windows("fresh.listings")
    text = browser.get("/policy/overrides").text
    assert EVIL not in text
    assert "<ins>60 minutes</ins>" in text
    assert f"<del>{shipped[-1].value} minutes</del>" in text
    assert "asks less than the law" in text
    assert "own.yaml:4" in text
    assert browser.get("/policy?own=1").text.count('class="nowrap">2026-11-01<') == 2
    record = browser.get("/policy/return.no_reason").text
    assert "The own value in force asks less than the law" in record
    assert (record.count("in force today"), "would hold today, but is replaced" in record) == (2, True)
    head, *rows = rows_of(browser.get("/policy/overrides.csv"))
    assert (len(head), [row[0] for row in rows]) == (9, ["fresh.listings", "return.no_reason"])


def test_a_list_of_ones_own_shows_what_it_leaves_out_and_adds(console, folder):
    own = entry(id="licence.alarms", value='["90", "30"]', unit=None)
    (folder / "own.yaml").write_text(pack(own), "utf-8")
    text = console.browser().sign_in("audit").get("/policy/overrides").text
    assert re.findall(r"<del>− (\d+)</del>", text) == ["60", "7"]
    assert re.findall(r"<ins>\+ (\d+)</ins>", text) == ["90"]


def test_a_file_with_a_mistake_is_told_with_its_line_and_what_stays(console, folder):
    (folder / "own.yaml").write_text(pack(entry()), "utf-8")
    browser = console.browser().sign_in("audit")
    assert "No mistake" not in browser.get("/policy").text
    (folder / "own.yaml").write_text(pack(entry(unit="days")), "utf-8")
    assert "1 mistakes in your own files" in browser.get("/policy").text
    text = browser.get("/policy/overrides").text
    assert "own.yaml, line 6: unit cannot be “days”" in text
    assert "The last good text of own.yaml stays in force" in text
    assert "<ins>60 minutes</ins>" in text


def test_without_own_values_it_says_how(console):
    assert (
        "You have no values of your own" in console.browser().sign_in("audit").get("/policy/overrides").text
    )


# -- a file judged ------------------------------------------------------------------------------------------------


def test_a_good_file_is_judged_and_nothing_is_adopted(console, folder):
    browser = console.browser().sign_in("audit")
    browser.get("/policy/overrides")
    before = contents(console.house.services)
    answer = send(browser, "../../own.yaml", pack(entry()).encode())
    assert answer.status_code == 200
    assert "own.yaml is good: 1 values" in answer.text
    assert f"{folder}/own.yaml" in answer.text
    assert "<ins>60 minutes</ins>" in answer.text
    assert (contents(console.house.services), list(folder.iterdir())) == (before, [])
    assert console.house.services.policies.diff() == ()


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("own.yaml", pack(entry(unit="days"), entry(id="Bad")).encode(), ["line 6", "line 12"]),
        ("own.yaml", b"\xff\xfe", ["not UTF-8"]),
        ("own.yaml", b"", ["own.yaml, line"]),
        ("own.yaml", b"a: [" * 20_000, ["own.yaml"]),
        ("own.yaml", b"x" * 600_000, ["larger than 500000 bytes"]),
        ("x" * 150 + ".yaml", b"", ["cannot be used"]),
        ("<script>alert(1)</script>.yaml", b"pack: x", ["missing"]),
    ],
)
def test_a_bad_file_is_told_line_by_line(console, folder, name, data, told):
    browser = console.browser().sign_in("audit")
    browser.get("/policy/overrides")
    before = contents(console.house.services)
    answer = send(browser, name, data)
    assert answer.status_code == 400
    assert [one for one in told if one not in answer.text] == []
    assert "<script>alert" not in answer.text
    assert contents(console.house.services) == before


def test_a_form_without_a_file(console):
    browser = console.browser().sign_in("audit")
    browser.get("/policy/overrides")
    answer = browser.post("/policy/check")
    assert (answer.status_code, "No file was chosen" in answer.text) == (400, True)
