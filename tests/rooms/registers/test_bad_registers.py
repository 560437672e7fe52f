"""Everything a person can write wrong is told where it stands, with a sentence in both languages, and changes nothing."""

from __future__ import annotations

import ast

import pytest

from offshelf.kit.texts import LANGUAGES
from offshelf.vocabulary.texts import catalogue
from support.architecture import SOURCE
from support.register_house import paper, place, said

NOTICE = {"stop_at": "2026-12-01T00:00:00Z", "channel": "c", "text": "t"}
LATER = "2026-11-21T02:00:01Z"

BAD = [
    ("nothing", "a: []", [(1, "a", "unknown_key")]),
    ("empty", "places: []", [(1, "", "nothing")]),
    ("null", "places:", [(1, "", "nothing")]),
    ("list", "- a", [(1, "", "not_a_table")]),
    ("scalar", "a", [(1, "", "not_a_table")]),
    ("section", "places: {}", [(1, "places", "not_a_list")]),
    ("item", "places: [a]", [(1, "places[1]", "not_a_table")]),
    ("none", "none: drop_ship", [(1, "none", "not_a_list")]),
    ("none word", "none:\n - dropship", [(2, "none", "unknown_word")]),
    ("none type", "none:\n - [a]", [(2, "none", "not_a_text")]),
    ("none twice", "none:\n - drop_ship\n - drop_ship", [(3, "none", "twice_here")]),
    ("at in future", f"at: {LATER}\nnone: [video]", [(1, "at", "in_future")]),
    ("by too long", f"by: {'x' * 201}\nnone: [video]", [(1, "by", "too_long")]),
    ("by is a list", "by: [a]\nnone: [video]", [(1, "by", "not_a_text")]),
    ("by is a flag", "by: true\nnone: [video]", [(1, "by", "not_a_text")]),
    # licences
    ("kind", paper(kind="food"), [(2, "licences[1].kind", "unknown_word")]),
    ("no kind", paper(kind=None), [(2, "licences[1].kind", "missing")]),
    ("number", paper(number="2026-11-21"), [(3, "licences[1].number", "quote_it")]),
    ("blank", paper(number='"  "'), [(3, "licences[1].number", "empty")]),
    ("invisible", paper(number='"N\\u200b1"'), [(3, "licences[1].number", "bad_characters")]),
    ("nul", paper(number='"N\\01"'), [(3, "licences[1].number", "bad_characters")]),
    ("surrogate", paper(number='"N\\ud800"'), [(3, "licences[1].number", "bad_characters")]),
    ("broken", paper(number='"N\\n1"'), [(3, "licences[1].number", "bad_characters")]),
    ("covers", paper(covers="TEA-1"), [(4, "licences[1].covers", "not_a_list")]),
    ("covers nothing", paper(covers="[]"), [(4, "licences[1].covers", "covers_nothing")]),
    ("no covers", paper(covers=None), [(2, "licences[1].covers", "covers_nothing")]),
    ("covers both", paper(covers='["*", TEA-1]'), [(4, "licences[1].covers", "covers_all_and_some")]),
    ("covers twice", paper(covers="[TEA-1, TEA-1]"), [(4, "licences[1].covers", "twice_here")]),
    ("day", paper(valid_until="2027-3-31"), [(5, "licences[1].valid_until", "not_a_day")]),
    ("day list", paper(valid_until="[]"), [(5, "licences[1].valid_until", "not_a_day")]),
    ("year", paper(valid_until="2999-03-31"), [(5, "licences[1].valid_until", "far_day")]),
    ("dates", paper(valid_from="2027-04-01"), [(5, "licences[1].valid_until", "ends_before")]),
    ("itself", paper(replaces="N-1"), [(6, "licences[1].replaces", "itself")]),
    ("shop", paper(shop="x"), [(6, "licences[1].shop", "unknown_shop")]),
    ("key", paper(expires="2027-01-01"), [(6, "licences[1].expires", "unknown_key")]),
    ("twice", paper() + "  - {kind: food_licence, number: N-1, covers: ['*']}", [(6, "licences[2]", "twice")]),
    ("evidence", paper(evidence="no.pdf"), [(6, "licences[1].evidence", "no_such_file")]),
    ("evidence itself", paper(evidence="register.yaml"), [(6, "licences[1].evidence", "evidence_itself")]),
    ("evidence folder", paper(evidence="."), [(6, "licences[1].evidence", "not_a_file")]),
    ("evidence long", paper(evidence="x" * 900), [(6, "licences[1].evidence", "cannot_read")]),
    # places
    ("place kind", place(kind="listing"), [(2, "places[1].kind", "unknown_word")]),
    ("no place shop", place(shop=None), [(2, "places[1].shop", "missing")]),
    ("no ref", place(ref=None), [(2, "places[1].ref", "missing")]),
    ("state", place(state="gone"), [(6, "places[1].state", "unknown_word")]),
    ("no members", place(members=None), [(2, "places[1].members", "missing")]),
    ("empty members", place(members="[]"), [(5, "places[1].members", "no_members")]),
    ("neither", place(members="[{role: goods}]"), [(5, "places[1].members[1].listing", "listing_or_code")]),
    ("both", place(members="[{listing: L1, code: TEA-1}]"), [(5, "places[1].members[1].listing", "listing_and_code")]),
    ("quantity", place(members="[{code: TEA-1, quantity: 0}]"), [(5, "places[1].members[1].quantity", "out_of_range")]),
    ("many", place(members='[{code: TEA-1, quantity: "2"}]'), [(5, "places[1].members[1].quantity", "not_whole")]),
    ("member key", place(members="[{code: TEA-1, sku: 1}]"), [(5, "places[1].members[1].sku", "unknown_key")]),
    ("member twice", place(members="[{code: TEA-1}, {code: TEA-1}]"), [(5, "places[1].members", "member_twice")]),
    ("listing", place(members="[{listing: L9}]"), [(5, "places[1].members[1].listing", "unknown_listing")]),
    (
        "no shop",
        place(kind="erp_stock", shop=None, members="[{listing: L1}]"),
        [(4, "places[1].members[1].listing", "listing_without_shop")],
    ),
    ("gift", place(kind="gift"), [(5, "places[1].members[1].role", "missing")]),
    ("no gift", place(kind="gift", members="[{code: TEA-1, role: with}]"), [(5, "places[1].members", "no_member_of_role")]),
    ("bundle", place(kind="bundle", members="[{code: TEA-1, role: goods}]"), [(5, "places[1].members", "no_member_of_role")]),
    ("field of another kind", place(units=3), [(6, "places[1].units", "unknown_key")]),
    ("nature", place(kind="presale", legal_nature="定金"), [(6, "places[1].legal_nature", "unknown_word")]),
    ("fen", place(kind="presale", amount="-1"), [(6, "places[1].amount", "out_of_range")]),
    ("ended", place(ends_at="2026-11-20T00:00:00Z"), [(6, "places[1].ends_at", "already_ended")]),
    (
        "backwards",
        place(started_at="2026-12-20T00:00:00Z", ends_at="2026-12-19T00:00:00Z"),
        [(7, "places[1].ends_at", "ends_before")],
    ),
    ("same place", place() + "  - {kind: video, shop: flagship, ref: v1, members: [{code: TEA-2}]}", [(6, "places[2]", "twice")]),
    ("none and place", place() + "none: [video]", [(2, "none", "there_is_some")]),
    # statements
    ("unknown kind", said("backups", "flagship"), [(2, "statements[1].kind", "unknown_word")]),
    ("no subject", said("read", None), [(2, "statements[1].subject", "missing")]),
    ("subject of none", said("none", "none"), [(3, "statements[1].subject", "unknown_word")]),
    ("subject of read", said("read", "backup"), [(3, "statements[1].subject", "unknown_word")]),
    ("shop of a drill", said("restore_drill", "x", passed="true", backup_through="2026-11-20T00:00:00Z"), [(3, "statements[1].subject", "unknown_shop")]),
    ("passed", said("restore_drill", "flagship", passed="2", backup_through="2026-11-20T00:00:00Z"), [(4, "statements[1].passed", "not_yes_or_no")]),
    ("through", said("backup", "flagship", rows=1, through=LATER), [(5, "statements[1].through", "in_future")]),
    ("no zone", said("backup", "flagship", rows=1, through="2026-11-20T00:00:00"), [(5, "statements[1].through", "no_zone")]),
    ("zone", said("backup", "flagship", rows=1, through="2026-11-20T00:00:00+23:00"), [(5, "statements[1].through", "far_day")]),
    ("year one", said("backup", "flagship", rows=1, through="0001-01-01T00:00:00+08:00"), [(5, "statements[1].through", "far_day")]),
    ("instant", said("backup", "flagship", rows=1, through="yesterday"), [(5, "statements[1].through", "not_an_instant")]),
    ("scope", said("customer_notice", "TEA-9", **NOTICE), [(3, "statements[1].subject", "unknown_scope")]),
    ("two shops", said("customer_notice", "L1", **NOTICE), [(3, "statements[1].subject", "ambiguous_listing")]),
    ("plan", said("customer_notice", "P-261121-AAAAAA", **NOTICE), [(3, "statements[1].subject", "unknown_plan")]),
    ("notice", said("shop_notice", "flagship", first_seen="2026-11-20T00:00:00Z", last_seen="2026-11-19T00:00:00Z"), [(5, "statements[1].last_seen", "ends_before")]),
    ("supplier", said("supplier_notice", "S", code="TEA-9", stop_at="2026-12-01T00:00:00Z"), [(4, "statements[1].code", "unknown_code")]),
    ("ack", said("supplier_notice", "S", code="TEA-1", stop_at=LATER, acknowledged_at=LATER), [(6, "statements[1].acknowledged_at", "in_future")]),
    ("order", said("order_decision", "123", decision="ship"), [(3, "statements[1].subject", "not_an_order")]),
    ("order shop", said("order_decision", "x/123", decision="ship"), [(3, "statements[1].subject", "unknown_shop")]),
    ("consent", said("order_decision", "flagship/1", decision="refund"), [(2, "statements[1].consent", "missing")]),
    ("decision", said("order_decision", "flagship/1", decision="keep"), [(4, "statements[1].decision", "unknown_word")]),
    ("settled", said("presale_settled", "p", payers="many", amount=1), [(4, "statements[1].payers", "not_whole")]),
    ("substitute", said("substitute", "TEA-1", code="TEA-1"), [(4, "statements[1].code", "itself")]),
    ("end", said("interception_rules", "S", text="t", valid_until="2026-11-21T02:00:00Z"), [(5, "statements[1].valid_until", "ends_before")]),
    ("text", said("interception_rules", "S", text="7"), []),
    ("said twice", said("read", "video") + "  - {kind: read, subject: video}", [(4, "statements[2]", "twice")]),
    ("none and said", said("presale_settled", "p", payers=1, amount=1) + "none: [presale_settled]", [(2, "none", "there_is_some")]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "told"), [case[1:] for case in BAD], ids=[case[0] for case in BAD])
def test_it_is_told_where_it_stands_and_nothing_is_written(house, text, told):
    assert house.faults(text) == told


def _complaints() -> set[str]:
    """Return every plain word handed to what complains: the codes of faults are among them."""
    found = set()
    for path in (SOURCE / "catalog/registers").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call | ast.Return | ast.Assign):
                leaves = [leaf.value for leaf in ast.walk(node) if isinstance(leaf, ast.Constant)]
                found |= {leaf for leaf in leaves if isinstance(leaf, str)}
    return found


def test_every_fault_has_its_sentences_and_every_sentence_its_fault():
    words = catalogue()
    keys = {key.split(".")[2] for key in words.keys("en") if key.startswith("registers.fault.")}
    told = {code for _, _, faults in BAD for _, _, code in faults}
    assert told <= keys
    assert keys <= _complaints()
    # Shown below, in the tests of sheets, among those of declaring, and of honest words.
    assert keys - told == {
        "formula", "differs_from_row", "empty_file", "day_for_instant",
        "ended_without_proof", "seen_standing", "evidence_twice", "evidence_used", "evidence_older",
        "evidence_unknown", "goods_taken_out",
    }  # fmt: skip
    texts = [
        (f"registers.fault.{key}{tail}", lang) for key in keys for tail in ("", ".next") for lang in LANGUAGES
    ]
    assert [text for text in texts if not words.has(*text)] == []


def test_an_empty_file_is_no_evidence(house):
    (house.folder / "e.png").write_bytes(b"")
    assert house.faults(paper(evidence="e.png")) == [(6, "licences[1].evidence", "empty_file")]
