"""The journal's pages: what is listed, one entry, whether the chain was verified; a journal somebody has changed."""

# ruff: noqa: S608 - the statements are written here
from __future__ import annotations

import csv
import io
import json
import re

import pytest

from offshelf.journal.browse import _store
from support.tampering import tamper


@pytest.fixture
def written(console):
    """Write entries of a plan, a task, a shop, a stranger, and one with a verb nobody knows."""
    console.house.open_shop("flagship", listings=1)
    services = console.house.services
    said = [
        ("lin", "plan.proposed", "P-261121-7KQ4M2", {"reason": "winding_down", "acts": 4}),
        ("offshelf", "task.opened", "T-261121-7KQ4M2", {"targets": ["L1", "L2"]}),
        ("lin", "shop.added", "flagship", {}),
        ("<script>alert(1)</script>", "moon.walked", "=1+1", {"note": "<img src=x>", "why": {"a": [1, 2]}}),
    ]
    with services.database.begin() as tx:
        for actor, verb, subject, body in said:
            services.journal.append(tx, actor=actor, verb=verb, subject=subject, body=body)
    return services


def seqs(text):
    return [int(seq) for seq in re.findall(r'<a href="/journal/(\d+)">', text)]


def rows_of(answer):
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


# -- the list -----------------------------------------------------------------------------------------------------


def test_the_newest_stand_first_with_words_and_links(console, written):
    browser = console.browser().sign_in("audit")
    last = written.journal.head().seq
    text = browser.get("/journal").text
    assert seqs(text) == list(range(last, 0, -1))
    assert "Plan proposed" in text
    assert "moon.walked" in text  # a verb without a word stays as it is
    assert 'href="/products?shop=flagship"' in text
    assert "Acts: 4 · Reason: winding down" in text
    assert "Targets: 2 items" in text
    assert "moon.walked" in console.browser("zh").sign_in("audit").get("/journal").text


def test_what_strangers_wrote_is_harmless(console, written):
    text = console.browser().sign_in("audit").get("/journal").text
    assert "<script>alert" not in text
    assert "<img src=x" not in text
    assert "“=1+1”" in text


@pytest.mark.parametrize(
    ("query", "verbs"),
    [
        ("verb=plan.proposed", {"plan.proposed"}),
        ("subject=T-261121-7KQ4M2", {"task.opened"}),
        ("text=winding_down", {"plan.proposed"}),
        ("actor=lin&verb=shop.added", {"shop.added"}),
        ("from=2026-11-21&to=2026-11-21&text=moon", {"moon.walked"}),
        ("from=2026-11-22", set()),
    ],
)
def test_filters_stand_in_the_address(console, written, query, verbs):
    browser = console.browser().sign_in("audit")
    found = rows_of(browser.get(f"/journal.csv?{query}"))
    assert {row[4] for row in found[1:]} == verbs
    text = browser.get(f"/journal?{query}").text
    assert len(seqs(text)) == len(found) - 1
    assert ("No entry matches" in text) == (not verbs)


@pytest.mark.parametrize("query", ["from=yesterday", "to=2026-13-01", "from=9999-12-31"])
def test_a_day_nobody_understands_is_refused_by_name(console, written, query):
    answer = console.browser().sign_in("audit").get(f"/journal?{query}")
    assert (answer.status_code, "console.bad_filter" in answer.text, seqs(answer.text)) == (400, True, [])


def test_a_long_journal_goes_on_by_number(console, written):
    with written.database.begin() as tx:
        for number in range(60):
            written.journal.append(tx, actor="w", verb="act.done", subject=f"L-{number}", body={})
    browser = console.browser().sign_in("audit")
    first = browser.get("/journal?actor=w").text
    assert len(seqs(first)) == 50
    older = re.search(r'rel="next" href="([^"]+)"', first)[1].replace("&amp;", "&")
    assert older == f"/journal?actor=w&before={seqs(first)[-1]}"
    second = browser.get(older).text
    assert len(seqs(second)) == 10
    assert 'rel="next"' not in second
    newer = re.search(r'rel="prev" href="([^"]+)"', second)[1].replace("&amp;", "&")
    assert seqs(browser.get(newer).text) == seqs(first)
    assert seqs(browser.get("/journal?before=x&after=-1").text)[0] == written.journal.head().seq


def test_a_search_that_read_its_fill_says_so(console, written, monkeypatch):
    monkeypatch.setattr(_store, "LOOKED_AT", 2)
    text = console.browser().sign_in("audit").get("/journal?text=winding_down").text
    assert (seqs(text), "Search further back" in text, "No entry matches" in text) == ([], True, False)


def test_a_piece_is_the_table_alone(console, written):
    piece = console.browser().sign_in("audit").get("/journal?verb=plan.proposed", **{"hx-request": "true"})
    assert ("<html" in piece.text, len(seqs(piece.text))) == (False, 1)


# -- files --------------------------------------------------------------------------------------------------------


def test_the_table_is_safe_in_a_spreadsheet(console, written):
    answer = console.browser().sign_in("audit").get("/journal.csv?verb=moon.walked")
    assert answer.headers["content-disposition"] == 'attachment; filename="journal.csv"'
    head, row = rows_of(answer)
    assert head == [
        "Number",
        "When",
        "Who",
        "What was done",
        "Code of the deed",
        "Subject",
        "Content",
        "Hash",
    ]
    assert row[5] == "“=1+1”"


def test_the_export_is_the_whole_journal(console, written):
    browser = console.browser().sign_in("audit")
    out = io.BytesIO()
    count = written.journal.export(out)
    answer = browser.get("/journal/export.jsonl")
    assert (answer.content, count) == (out.getvalue(), written.journal.head().seq)
    assert answer.headers["content-disposition"] == f'attachment; filename="journal-{count}.jsonl"'


# -- one entry ----------------------------------------------------------------------------------------------------


def entry_of(services, verb):
    return services.journal.entries(verb=verb)[0]


def test_an_entry_tells_all_that_was_written(console, written):
    entry = entry_of(written, "plan.proposed")
    text = console.browser().sign_in("audit").get(f"/journal/{entry.seq}").text
    assert entry.hash in text
    assert entry.prev_hash in text
    assert "Fits its hash and follows" in text
    assert "winding down" in text
    assert f'href="/journal/{entry.seq - 1}"' in text
    assert "2026-11-21 10:00:00" in text


@pytest.mark.parametrize("seq", ["0", "999999", "x", "9" * 30, "-1"])
def test_an_entry_that_is_not_there(console, written, seq):
    assert console.browser().sign_in("audit").get(f"/journal/{seq}").status_code == 404


def test_nothing_leads_to_a_page_that_is_not_there(console, written):
    browser = console.browser().sign_in("boss")
    links = set(re.findall(r'href="(/[^"?]*)', browser.get("/journal").text)) - {"/journal/export.jsonl"}
    pages = {link: browser.get(link) for link in links if not link.startswith("/assets/")}
    assert {link for link in pages if "7KQ4M2" in link} == {
        f"/{of}-261121-7KQ4M2" for of in ("plans/P", "tasks/T")
    }
    assert {link: page.status_code for link, page in pages.items()} == {
        # Nobody made the plan and the task these entries tell of: their pages say that, and are there.
        link: 404 if "7KQ4M2" in link else 200
        for link in pages
    }
    assert [link for link, page in pages.items() if "console.no_such_page" in page.text] == []


# -- the chain ----------------------------------------------------------------------------------------------------


def test_nothing_is_said_to_be_good_before_it_was_verified(console, written):
    text = console.browser().sign_in("audit").get("/journal").text
    assert "Not verified since the server started" in text
    assert 'class="note ok"' not in text


def test_verifying_says_how_far_and_when_and_what_came_since(console, written):
    browser = console.browser().sign_in("audit")
    browser.get("/journal")
    before = written.journal.head()
    assert browser.post("/journal/verify").headers["location"] == "/journal"
    written.journal.chain.wait()
    assert written.journal.head() == before  # verifying writes nothing
    assert f"Entries 1 to {before.seq} were verified at 2026-11-21 10:00" in browser.get("/journal").text
    with written.database.begin() as tx:
        written.journal.append(tx, actor="w", verb="act.done", subject="L", body={})
    assert "1 came since and are not verified yet" in browser.get("/journal").text


def test_a_broken_chain_is_told_with_what_to_do(console, written):
    browser = console.browser().sign_in("audit")
    browser.get("/journal")
    seq = entry_of(written, "plan.proposed").seq
    tamper(written.database, f"UPDATE journal_entry SET actor = 'wang' WHERE seq = {seq}")
    browser.post("/journal/verify")
    written.journal.chain.wait()
    text = browser.get("/journal").text
    assert f"cannot be trusted from entry {seq} on" in text
    assert 'class="note ok"' not in text
    assert text.count("not to be trusted") == written.journal.head().seq - seq + 1
    assert "was changed after it was written" in browser.get(f"/journal/{seq}").text
    assert "stands behind the place where the journal broke" in browser.get(f"/journal/{seq + 1}").text


def test_a_journal_cut_after_it_was_verified_is_told(console, written):
    browser = console.browser().sign_in("audit")
    written.journal.chain.start()
    written.journal.chain.wait()
    head = written.journal.head()
    kept = written.journal.entries(after_seq=head.seq - 2, limit=1)[0]
    tamper(
        written.database,
        f"DELETE FROM journal_entry WHERE seq = {head.seq}",
        f"UPDATE journal_head SET seq = {kept.seq}, hash = '{kept.hash}'",
    )
    text = browser.get("/journal").text
    assert "The journal was cut or replaced" in text
    assert 'class="note ok"' not in text


def test_an_entry_that_cannot_be_read_does_not_hide_the_others(console, written):
    seq = entry_of(written, "plan.proposed").seq
    tamper(
        written.database, f"UPDATE journal_entry SET body = 'x', at = 9000000000000000000 WHERE seq = {seq}"
    )
    browser = console.browser().sign_in("audit")
    text = browser.get("/journal").text
    assert len(seqs(text)) == written.journal.head().seq
    assert "Cannot be read" in browser.get(f"/journal/{seq}").text


def certificate(seq, digest):
    return {
        "certificate": ("c.json", json.dumps({"journal": {"seq": seq, "hash": digest}}), "application/json")
    }


def send(browser, files):
    return browser.client.post(
        "/journal/verify",
        data={"proof": browser.proof},
        files=files,
        headers=browser.headers,
        follow_redirects=False,
    )


def test_a_certificate_is_a_witness(console, written):
    browser = console.browser().sign_in("audit")
    browser.get("/journal")
    head = written.journal.head()
    assert send(browser, certificate(head.seq, head.hash)).status_code == 303
    written.journal.chain.wait()
    assert "They agree with the certificate given" in browser.get("/journal").text
    send(browser, certificate(2, "0" * 64))
    written.journal.chain.wait()
    text = browser.get("/journal").text
    assert "cannot be trusted from entry 2 on" in text
    assert "differs from what a signed certificate says" in text


def test_another_file_is_no_certificate_and_begins_nothing(console, written):
    browser = console.browser().sign_in("audit")
    browser.get("/journal")
    answer = send(browser, {"certificate": ("photo.png", b"\x89PNG", "image/png")})
    assert (answer.status_code, "photo.png is not a certificate" in answer.text) == (400, True)
    assert written.journal.chain.seen().verdict is None


def test_the_piece_that_is_asked_for_while_it_walks(console, written):
    browser = console.browser().sign_in("audit")
    piece = browser.get("/journal/chain", **{"hx-request": "true"})
    assert ("<html" in piece.text, 'id="chain"' in piece.text, "hx-get" in piece.text) == (False, True, False)
    assert browser.get("/journal/chain").headers["location"] == "/journal"
