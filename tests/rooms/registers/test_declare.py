"""A file is read whole, judged whole, and written whole or not at all; every fault is told with its line."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from offshelf.catalog.registers.declare import Around, Declarations, sm3_file, template
from offshelf.catalog.registers.model import Effect
from offshelf.catalog.registers.said import REMEDIES
from offshelf.kit.digest import sm3
from offshelf.kit.errors import UsageError
from offshelf.vocabulary.places import Member, Place, PlaceKind, PlaceState, Role
from offshelf.vocabulary.statements import Licence, LicenceKind, Statement, StatementKind
from support.databases import START
from support.evidence import pdf
from support.register_house import at, paper, place, said

EVENING = datetime(2026, 11, 20, 10, tzinfo=UTC)


def test_everything_comes_back_as_it_was_written(both):
    done = both.declare(template("en"))
    assert {effect for _, effect in (*done.statements, *done.licences)} == {Effect.NEW}
    assert done.written
    said = sorted((said for said, _ in done.statements), key=lambda said: (said.kind, said.subject))
    assert both.registers.statements() == tuple(said)
    assert set(both.registers.licences()) == {paper for paper, _ in done.licences}
    assert tuple(both.places) == done.draft.places
    assert {place.source for place in both.places} | {p.source for p, _ in done.licences} == {"file"}


def test_values_are_read_as_they_were_meant(house):
    done = house.declare(template("zh"))
    assert done.draft.statements[0] == Statement(StatementKind.NONE, "drop_ship", EVENING, "李娜")
    assert done.draft.licences[1] == Licence(
        LicenceKind.BRAND_AUTHORISATION, "LTS-2026-017", "", ("TEA-1", "TEA-2"), date(2026, 1, 1), date(2026, 12, 31),
        "file", EVENING, "flagship", "凉亭山", "", True, "LTS-2025-009",
    )  # fmt: skip
    assert (done.draft.licences[2].valid_until, done.draft.licences[2].end_known) == (None, True)
    gift = done.draft.places[2]
    assert gift == Place(
        "flagship", PlaceKind.GIFT, "buy-2-get-1", "买 TEA-2 送 TEA-3", PlaceState.LIVE,
        (Member(Role.WITH, code="TEA-2"), Member(Role.GIFT, code="TEA-3")), "file", EVENING,
    )  # fmt: skip
    drill = next(s for s in done.draft.statements if s.kind is StatementKind.RESTORE_DRILL)
    assert drill.detail == {"passed": 1, "backup_through": "2026-11-19T19:00:00.000Z"}


def test_both_templates_say_the_same(house):
    drafts = [house.draft(template(lang)) for lang in ("zh", "en")]
    assert [draft.faults for draft in drafts] == [(), ()]
    chinese, english = ([(p.kind, p.ref, p.members) for p in draft.places] for draft in drafts)
    assert chinese == english
    assert [(s.kind, s.at) for s in drafts[0].statements] == [(s.kind, s.at) for s in drafts[1].statements]
    # What takes a file as evidence stands in the example as a remark: there is no such file beside it yet.
    remarks = {*REMEDIES, StatementKind.GROUND}
    assert {s.kind for s in drafts[0].statements} == set(StatementKind) - remarks
    assert all(kind in template(lang) for kind in remarks for lang in ("zh", "en"))
    assert [(p.kind, p.number) for p in drafts[0].licences] == [
        (p.kind, p.number) for p in drafts[1].licences
    ]


def test_the_same_file_again_writes_nothing(house):
    house.declare(paper(at="2026-11-20T18:00:00+08:00"))
    before = house.contents()
    house.clock.advance(60)
    done = house.declare(paper(at="2026-11-20T18:00:00+08:00"))
    assert ([effect for _, effect in done.licences], done.written) == ([Effect.SAME], False)
    assert house.contents() == before


def test_a_dry_run_tells_and_writes_nothing(both):
    before = both.contents()
    draft = both.draft(paper() + place() + "none: [drop_ship]\n")
    done = both.declarations.apply(draft, by="lin", write=False)
    assert ([e for _, e in done.licences], [e for _, e in done.statements]) == ([Effect.NEW], [Effect.NEW])
    assert (done.written, both.contents(), both.sealed) == (False, before, [])


def test_none_can_be_said_without_a_file(house):
    draft = house.declarations.none(["drop_ship", "presale", "drop_ship", "supplier_notice"], by="ann")
    house.declarations.apply(draft, by="ann")
    found = house.registers.statements(StatementKind.NONE)
    assert [(s.subject, s.by, s.at) for s in found] == [
        (word, "ann", START) for word in ("drop_ship", "presale", "supplier_notice")
    ]
    with pytest.raises(UsageError) as caught:
        house.declarations.none(["drop_ship", "dropship"], by="ann")
    assert (caught.value.code, caught.value.params["word"]) == ("registers.unknown_none", "dropship")


@pytest.mark.parametrize("kind", ["hazard_remedied", "violation_remedied"])
def test_what_was_remedied_is_stated_with_proof_and_never_as_none(house, kind):
    (house.folder / "report.pdf").write_bytes(pdf(kind))
    said = f"statements:\n  - {{kind: {kind}, subject: TEA-1, text: new batch, evidence: report.pdf}}\n"
    ((statement, effect),) = house.declare(said).statements
    assert (statement.kind.value, len(statement.evidence), effect) == (kind, 64, Effect.NEW)
    with pytest.raises(UsageError) as caught:
        house.declarations.none([kind], by="lin")
    assert caught.value.code == "registers.unknown_none"


def test_an_item_may_say_its_own_instant_and_person(house):
    text = "at: 2026-11-20T10:00:00Z\nby: chen\n" + said(
        "interception_rules",
        "S",
        text="x",
        at="2026-11-19T10:00:00Z",
        by="wu",
        valid_until="2027-01-01T00:00:00Z",
    )
    (found,) = house.draft(text).statements
    assert (found.at, found.by, found.valid_until) == (
        EVENING - timedelta(days=1),
        "wu",
        at("2027-01-01T00:00:00Z"),
    )
    (found,) = house.draft(said("interception_rules", "S", text="x"), as_of=EVENING).statements
    assert (found.at, found.by) == (EVENING, "lin")


def test_a_future_instant_of_the_call_is_refused(house):
    with pytest.raises(UsageError) as caught:
        house.draft(paper(), as_of=START + timedelta(seconds=1))
    assert caught.value.code == "registers.as_of_future"


@pytest.mark.parametrize(
    ("value", "until", "known"),
    [
        ("2027-03-31", date(2027, 3, 31), True),
        ('"2027-03-31"', date(2027, 3, 31), True),
        ("no_end", None, True),
        ("长期", None, True),
        (None, None, False),
        ("~", None, False),
        ("unknown", None, False),
    ],
)
def test_an_end_nobody_wrote_down_is_unknown(house, value, until, known):
    (found,) = house.draft(paper(valid_until=value)).licences
    assert (found.valid_until, found.end_known) == (until, known)


@pytest.mark.parametrize("name", ["food_licence", "食品经营许可证", "food licence", "食品经营许可"])
def test_a_kind_of_paper_is_known_by_its_names(house, name):
    assert house.draft(paper(kind=name)).licences[0].kind is LicenceKind.FOOD_LICENCE


def test_evidence_is_named_from_the_folder_of_the_file_and_sealed_when_written(house):
    (house.folder / "scans").mkdir()
    (house.folder / "scans/a.pdf").write_bytes(b"%PDF")
    draft = house.draft(paper(evidence="scans/a.pdf"))
    assert (draft.licences[0].evidence, house.sealed) == (sm3(b"%PDF"), [])
    house.declarations.apply(draft, by="lin")
    assert house.sealed == [house.folder / "scans/a.pdf"]


def test_evidence_that_changes_meanwhile_is_refused(house):
    (house.folder / "a.pdf").write_bytes(b"one")
    draft = house.draft(paper(evidence="a.pdf"))
    before = house.contents()
    (house.folder / "a.pdf").write_bytes(b"two")
    with pytest.raises(UsageError) as caught:
        house.declarations.apply(draft, by="lin")
    assert (caught.value.code, house.contents()) == ("registers.evidence_changed", before)
    (house.folder / "a.pdf").unlink()
    with pytest.raises(UsageError) as caught:
        house.declarations.apply(draft, by="lin")
    assert (caught.value.code, house.contents()) == ("registers.evidence_gone", before)


def test_what_the_places_room_refuses_takes_everything_back(house):
    def refuse(_tx, _places):
        raise UsageError("catalog.unknown_listing", listing="L9")

    around = Around(
        shops=lambda: ("flagship",),
        record_places=refuse,
        place_of=house.last_seen,
        join_papers=lambda _tx, _papers: None,
        proofs=house.proofs,
    )
    other = Declarations(database=house.database, clock=house.clock, registers=house.registers, around=around)
    draft = house.draft(paper() + place())
    before = house.contents()
    with pytest.raises(UsageError):
        other.apply(draft, by="lin")
    assert house.contents() == before


def test_a_code_nobody_knows_may_be_new(house):
    text = paper(covers="[TEA-9, TEA-1-BOX]")
    assert house.faults(text) == [(4, "licences[1].covers", "unknown_code")]
    assert house.draft(text, new=True).licences[0].covers == ("TEA-9", "TEA-1-BOX")
    assert house.faults(place(members="[{listing: L9}]"), new=True) == [
        (5, "places[1].members[1].listing", "unknown_listing")
    ]


@pytest.mark.parametrize("subject", ["TEA-1", "flagship/L1", "L2", "P-261121-7KQ4M2"])
def test_a_notice_is_about_a_plan_a_listing_or_a_code(house, subject):
    notice = said("customer_notice", subject, stop_at="2026-12-01T00:00:00Z", channel="c", text="t")
    assert house.draft(notice).faults == ()


def test_a_draft_with_faults_is_never_written(house):
    draft = house.draft(paper(covers="[NO]") + place())
    before = house.contents()
    with pytest.raises(UsageError) as caught:
        house.declarations.apply(draft, by="lin")
    assert (caught.value.code, caught.value.params["line"]) == ("registers.faults", 4)
    assert (house.contents(), house.places) == (before, [])


def test_all_faults_are_told_in_one_go_from_top_to_bottom(house):
    text = "at: 2026-11-20\nfoo: 1\n" + paper(number=None, shop="nope", x=1) + said("backup", "flagship")
    assert house.faults(text) == [
        (1, "at", "day_for_instant"),
        (2, "foo", "unknown_key"),
        (4, "licences[1].number", "missing"),
        (7, "licences[1].shop", "unknown_shop"),
        (8, "licences[1].x", "unknown_key"),
        (10, "statements[1].rows", "missing"),
        (10, "statements[1].through", "missing"),
    ]


def test_a_file_that_is_no_utf8_is_refused_with_its_line(house):
    path = house.folder / "r.yaml"
    path.write_bytes(b"by: x\nnone: [drop_ship]\nat: \xd6\xd0\n")
    with pytest.raises(UsageError) as caught:
        house.declarations.read(path, by="lin")
    assert (caught.value.code, caught.value.params["line"]) == ("registers.not_utf8", 3)


@pytest.mark.parametrize(
    ("make", "code"), [("missing", "cannot_read"), ("folder", "cannot_read"), ("huge", "too_large")]
)
def test_a_file_that_cannot_be_read_says_so(house, make, code):
    path = house.folder / make
    if make == "folder":
        path.mkdir()
    if make == "huge":
        path.write_bytes(b"#" * 8_000_001)
    with pytest.raises(UsageError) as caught:
        house.declarations.read(path, by="lin")
    assert caught.value.code == f"registers.{code}"


def test_the_digest_of_a_file_is_that_of_its_bytes(tmp_path):
    (tmp_path / "f").write_bytes(b"abc" * 500_000)
    assert sm3_file(tmp_path / "f") == sm3(b"abc" * 500_000)


def test_a_draft_is_what_was_read_and_not_what_stands_there_later(house):
    draft = house.draft(paper())
    (house.folder / "register.yaml").write_text("none: [drop_ship]")
    done = house.declarations.apply(draft, by="lin")
    assert [found.number for found, _ in done.licences] == ["N-1"]
    assert replace(draft) == draft


GROUND = """
statements:
  - {{kind: ground, subject: TEA-1, reason: {reason}, text: the letter of the authority{more}}}
"""


def test_a_ground_for_stopping_at_once_is_stated_with_its_evidence(house):
    (house.folder / "letter.pdf").write_bytes(pdf("stop selling"))
    done = house.declare(GROUND.format(reason="violation", more=", evidence: letter.pdf"))
    ((said, effect),) = done.statements
    assert (said.kind, said.subject, effect) == (StatementKind.GROUND, "TEA-1", Effect.NEW)
    assert said.detail == {"reason": "violation", "text": "the letter of the authority"}
    assert said.evidence == sm3(pdf("stop selling"))


@pytest.mark.parametrize(
    ("reason", "more", "where"),
    [
        ("violation", "", "statements[1].evidence"),  # a word alone skips nothing
        (
            "certificate_expired",
            ", evidence: letter.pdf",
            "statements[1].reason",
        ),  # papers show that themselves
    ],
)
def test_a_ground_without_evidence_or_of_another_reason_is_refused(house, reason, more, where):
    (house.folder / "letter.pdf").write_bytes(pdf("stop selling"))
    faults = house.draft(GROUND.format(reason=reason, more=more)).faults
    assert [fault.where for fault in faults] == [where]
