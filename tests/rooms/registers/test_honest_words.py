"""A word without evidence ends no place that sells, a file declared again makes nothing younger, and one picture proves one
thing.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from offshelf.catalog.places.service import Places
from offshelf.catalog.registers.model import Effect
from offshelf.catalog.registers.proofs import lacks_proof
from offshelf.kit.digest import sm3
from offshelf.kit.errors import BlockedError, UsageError
from offshelf.kit.instants import iso
from offshelf.vocabulary.places import Member, Nature, Place, PlaceKind, PlaceState, Role
from offshelf.vocabulary.statements import StatementKind
from support.databases import START
from support.evidence import png, shot
from support.register_house import licence, one, paper, place, said
from support.task_desk import TaskDesk, video

HOUR = timedelta(hours=1)


def picture(house, name: str, mark: object = "") -> str:
    (house.folder / name).write_bytes(png(mark or name))
    return name


def shift(house, hours: float = 24) -> None:
    house.clock.advance(hours * 3600)


# -- ended by word ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [kind for kind in PlaceKind if kind not in ("listing", "stock")])
def test_a_place_that_sells_ends_by_evidence_and_any_other_by_word(kind):
    bare = Place("flagship", kind, "r", "t", PlaceState.ENDED, (), "file", START)
    assert lacks_proof(bare) is (kind.nature is Nature.SELLS)
    assert not lacks_proof(replace(bare, detail={"evidence": "ab" * 32}))
    assert not lacks_proof(replace(bare, source="api"))
    assert not lacks_proof(replace(bare, state=PlaceState.UNKNOWN))


def test_an_end_on_a_bare_word_is_refused_with_its_line_and_nothing_is_written(house):
    assert house.faults(place(state="ended")) == [(6, "places[1].state", "ended_without_proof")]
    assert house.faults(place(state="ended", evidence="gone.png")) == [
        (7, "places[1].evidence", "no_such_file")
    ]
    assert house.draft(place(kind="script", shop=None, state="ended")).faults == ()


def test_an_end_with_evidence_counts_sealed_with_its_hash(both):
    name = picture(both, "gone.png")
    done = both.declare(place(state="ended", evidence=name))
    (found,) = both.places
    assert (found.state, found.detail["evidence"]) == (PlaceState.ENDED, sm3(png(name)))
    assert done.written
    with both.database.read() as tx:
        known = both.proofs.known(tx, [sm3(png(name))])[sm3(png(name))]
    assert (known.task_id, known.proves, known.at) == ("", ("places/flagship/video/v1",), START)
    told = [item for _, verb, _, body in both.notes if verb == "register.places" for item in body["items"]]
    assert told == [["flagship", "video", "v1", "ended", iso(START), sm3(png(name))]]


def test_an_old_picture_ends_nothing_later_than_it_is_known(house):
    name = picture(house, "gone.png")
    house.declare(place(state="ended", evidence=name, at=iso(START)))
    shift(house)
    later = place(state="ended", evidence=name, at=iso(START + HOUR))
    assert house.faults(later) == [(7, "places[1].evidence", "evidence_older")]


def test_what_the_platform_saw_since_is_not_ended_by_declaring_the_file_again(house):
    text = place(state="ended", evidence=picture(house, "gone.png"))
    house.declare(text)
    shift(house)
    (declared,) = house.places
    seen = replace(declared, state=PlaceState.LIVE, source="api", observed_at=house.clock.now(), detail={})
    house.places.append(seen)
    shift(house)
    assert house.faults(text) == [(2, "places[1]", "seen_standing")]
    assert house.faults(place(kind="coupon", ref="c1", state="ended")) == []  # nobody saw it standing
    house.places.append(replace(seen, kind=PlaceKind.COUPON, ref="c1"))
    assert house.faults(place(kind="coupon", ref="c1", state="ended")) == [(2, "places[1]", "seen_standing")]
    # Said with its instant, or shown by a new picture, it counts.
    assert house.faults(place(kind="coupon", ref="c1", state="ended", at=iso(house.clock.now()))) == []
    assert house.faults(place(state="ended", evidence=picture(house, "again.png"))) == []


# -- taken out by word -------------------------------------------------------------------------------------------------


def told_by_the_platform(house, *goods: str, kind: str = "video") -> Place:
    """Let a reading of the flagship tell of a place with some listings."""
    members = tuple(Member(Role.GOODS, listing) for listing in goods)
    at = house.clock.now()
    seen = Place("flagship", PlaceKind(kind), "v1", "v1", PlaceState.LIVE, members, "api", at)
    house.places.append(seen)
    return seen


def test_goods_a_platform_told_of_leave_a_selling_place_by_evidence_and_never_by_word(house):
    told_by_the_platform(house, "L1", "L2")
    shift(house)
    other = place(members="[{code: TEA-3}]")
    (fault,) = house.draft(other).faults
    assert (fault.line, fault.where, fault.code) == (2, "places[1]", "goods_taken_out")
    assert fault.params == {"at": "2026-11-21 10:00:00", "goods": "L1, L2"}
    for some in ("[{code: TEA-1}]", "[{listing: L1}]", "[{code: TEA-1}, {code: TEA-2, role: with}]"):
        assert house.faults(place(members=some)) == [(2, "places[1]", "goods_taken_out")]
    # Saying when, or of what state, shows nothing either.
    for more in ({"at": iso(house.clock.now())}, {"state": "unknown"}):
        assert house.faults(place(members="[{code: TEA-3}]", **more)) == [(2, "places[1]", "goods_taken_out")]
    # By whatever name, and among whatever else: they are still there.
    for all_ in ("[{code: TEA-1-BOX}, {listing: L2}]", "[{listing: L1}, {code: TEA-2}, {code: TEA-3}]"):
        assert house.faults(place(members=all_)) == []
    assert (
        house.faults(place(members="[{code: TEA-3}]", at=iso(START - HOUR))) == []
    )  # older: changes nothing
    shown = place(members="[{code: TEA-3}]", evidence=picture(house, "now.png"))
    assert house.declare(shown).written
    # Shown once, it does not show what the platform tells after that.
    shift(house)
    told_by_the_platform(house, "L1")
    assert house.faults(shown) == [(2, "places[1]", "goods_taken_out")]


def test_what_only_promotes_or_no_platform_told_may_be_written_anew(house):
    told_by_the_platform(house, "L1", kind="coupon")
    house.declare(place())
    shift(house)
    assert house.faults(place(kind="coupon", members="[{code: TEA-3}]")) == []
    assert house.faults(place(members="[{code: TEA-3}]")) == []


def test_a_word_that_changes_nothing_first_does_not_open_the_way_for_one_that_does(house):
    """A file that repeats what the platform told makes the place no less one the platform told of."""
    seen = told_by_the_platform(house, "L1")
    places = Places(house.database)
    around = house.declarations._around
    house.declarations._around = replace(around, record_places=places.record, place_of=places.last_seen)
    with house.database.begin() as tx:
        places.record(tx, [seen])
    shift(house)
    house.declare(place())
    assert places.get("flagship", PlaceKind.VIDEO, "v1").source == "file"
    assert house.faults(place(members="[{code: TEA-3}]")) == [(2, "places[1]", "goods_taken_out")]


# -- declared again ----------------------------------------------------------------------------------------------------

FILE = (
    paper()
    + place()
    + said("backup", "flagship", rows=7, through="2026-11-20T00:00:00Z")
    + "none: [drop_ship]\n"
)


def ages(house):
    told = [one.at for one in house.registers.statements()]
    return {
        *told,
        *(one.observed_at for one in house.registers.licences()),
        *(p.observed_at for p in house.places),
    }


def test_a_file_declared_again_unchanged_is_as_old_as_it_was(both):
    both.declare(FILE)
    shift(both)
    before = both.contents()
    done = both.declare(FILE)
    effects = {effect for _, effect in (*done.statements, *done.licences)}
    assert (effects, done.written, both.contents()) == ({Effect.SAME}, False, before)
    assert ages(both) == {START}


def test_another_person_who_declares_it_has_not_looked_either(house):
    house.declare(FILE)
    shift(house)
    path = house.folder / "register.yaml"
    draft = house.declarations.read(path, by="chen")
    house.declarations.apply(draft, by="chen")
    assert {one.by for one in house.registers.statements()} == {"lin"}
    assert ages(house) == {START}


@pytest.mark.parametrize("how", ["file", "call"])
def test_who_says_when_they_looked_is_believed(house, how):
    house.declare(FILE)
    shift(house)
    now = house.clock.now()
    done = house.declare(f"at: {iso(now)}\n{FILE}") if how == "file" else house.declare(FILE, as_of=now)
    assert {effect for _, effect in (*done.statements, *done.licences)} == {Effect.AGAIN}
    assert {one.at for one in house.registers.statements()} == {now}
    assert max(one.observed_at for one in house.places) == now


def test_only_the_row_that_changed_is_of_today(house):
    house.declare(FILE)
    shift(house)
    done = house.declare(FILE.replace("rows: 7", "rows: 8"))
    assert {(one.kind, effect) for one, effect in done.statements} == {
        (StatementKind.BACKUP, Effect.CHANGED),
        (StatementKind.NONE, Effect.SAME),
    }
    assert house.registers.statements(StatementKind.BACKUP)[0].at == house.clock.now()
    assert house.registers.statements(StatementKind.NONE)[0].at == START


def test_a_file_that_stands_unchanged_is_no_newer_than_what_the_platform_said_since(house):
    house.declare(paper())
    shift(house)
    said_since = licence(until=None, source="api", observed_at=house.clock.now())
    with house.database.begin() as tx:
        house.registers.put_licences(tx, [said_since])
    shift(house)
    (pair,) = house.declare(paper()).licences
    assert pair[1] is Effect.SAME
    assert [one.source for one in house.registers.licences()] == ["api"]


# -- one picture, one thing ----------------------------------------------------------------------------------------


def test_one_file_named_for_two_things_is_refused_with_both_lines(house):
    name = picture(house, "a.png")
    text = paper(evidence=name) + said("interception_rules", "S", text="x", evidence=name)
    assert house.faults(text) == [(11, "statements[1].evidence", "evidence_twice")]
    # A letter to one supplier may be about many goods: one thing.
    goods = [
        f"  - {{kind: supplier_notice, subject: S, code: TEA-{n}, stop_at: 2026-12-01T00:00:00Z, evidence: {name}}}\n"
        for n in (1, 2)
    ]
    assert house.faults("statements:\n" + "".join(goods)) == []


def test_a_file_that_proved_something_before_is_refused_for_anything_else(both):
    name = picture(both, "a.png")
    both.declare(paper(evidence=name))
    again = picture(both, "renamed.png", "a.png")
    other = said("interception_rules", "S", text="x", evidence=again)
    assert both.faults(other) == [(5, "statements[1].evidence", "evidence_used")]
    # The same of the same paper may be said again.
    shift(both)
    assert both.declare(paper(evidence=again), as_of=both.clock.now()).written


def test_what_another_process_entered_meanwhile_is_refused_and_nothing_is_written(house):
    draft = house.draft(paper(evidence=picture(house, "a.png")))
    house.declare(said("interception_rules", "S", text="x", evidence="a.png"))
    before = house.contents()
    with pytest.raises(UsageError) as caught:
        house.declarations.apply(draft, by="lin")
    assert (caught.value.code, house.contents()) == ("registers.evidence_used", before)


def test_a_picture_of_the_register_proves_no_target_and_one_of_a_target_no_word(both):
    desk = TaskDesk(both.database, both.clock)
    (task,) = desk.open(video(1, "k"))
    both.declare(paper(evidence=picture(both, "a.png")))
    with pytest.raises(BlockedError) as caught:
        desk.targets.claim(task.task_id, [], [shot("a.png"), shot("b")], by="lin")
    assert caught.value.code == "tasks.evidence_in_register"
    assert caught.value.params == {"proves": "licences/food_licence/N-1"}
    desk.targets.claim(task.task_id, [], [shot("c"), shot("d")], by="lin")
    text = said("interception_rules", "S", text="x", evidence=picture(both, "c.png", "c"))
    (fault,) = both.draft(text).faults
    assert (fault.code, fault.params) == ("evidence_used", {"other": task.task_id})


ONCE = [
    said("hazard_remedied", "TEA-1", text="new valves"),
    said("violation_remedied", "TEA-1", text="new label"),
    said("ground", "TEA-1", reason="violation", text="the letter"),
]


def shown(text, name, **fields):
    """Return a register of one statement with more fields."""
    return text + "".join(f"    {key}: {value}\n" for key, value in (fields | {"evidence": name}).items())


@pytest.mark.parametrize("text", ONCE)
def test_one_picture_shows_one_remedy_and_one_ground(both, text):
    name, words = picture(both, "proof.png"), text.replace("new", "more").replace("letter", "next letter")
    both.declare(shown(text, name))
    shift(both, 24 * 40)
    now = iso(both.clock.now())
    for other in (shown(words, name, at=now), shown(words, name), shown(text, name, at=now)):
        ((_, where, code),) = both.faults(other)
        assert (where, code) == ("statements[1].evidence", "evidence_older")
    done = both.declare(shown(words, picture(both, "second.png"), at=now))
    assert [(one.at, effect) for one, effect in done.statements] == [(both.clock.now(), Effect.CHANGED)]


@pytest.mark.parametrize("text", ONCE)
def test_what_happened_once_may_be_repeated_and_corrected_under_its_instant(house, text):
    name = picture(house, "proof.png")
    house.declare(shown(text, name))
    shift(house)
    before, now = house.contents(), house.clock.now()
    for again, more in ((shown(text, name), {}), (shown(text, name), {"as_of": now})):
        assert house.declare(again, **more).statements[0][1] is Effect.SAME
    assert house.declare(f"at: {iso(now)}\n" + shown(text, name)).statements[0][1] is Effect.SAME
    assert house.contents() == before
    words = text.replace("new", "two new").replace("letter", "letter of May")
    assert house.declare(shown(words, name, at=iso(START))).statements[0][1] is Effect.CHANGED
    (standing,) = house.registers.statements()
    assert (standing.at, standing.detail["text"] in words) == (START, True)
    shift(house)
    assert house.declare(shown(words, name)).statements[0][1] is Effect.SAME


def test_a_letter_that_is_told_again_is_no_remedy(house):
    notice = said("interception_rules", "S", text="x")
    house.declare(shown(notice, picture(house, "a.png")))
    shift(house)
    assert house.declare(shown(notice, "a.png", at=iso(house.clock.now()))).written


def test_a_remedy_said_by_another_process_meanwhile_is_not_shown_by_its_file(house):
    name = picture(house, "proof.png")
    shift(house)
    draft = house.draft(shown(ONCE[0], name))
    house.declare(shown(ONCE[0], name, at=iso(START)))
    before = house.contents()
    with pytest.raises(UsageError) as caught:
        house.declarations.apply(draft, by="lin")
    assert (caught.value.code, caught.value.params["subject"]) == ("registers.evidence_older", "TEA-1")
    assert house.contents() == before


def test_a_dry_run_enters_no_evidence(house):
    before = house.contents()
    draft = house.draft(paper(evidence=picture(house, "a.png")))
    assert house.declarations.apply(draft, by="lin", write=False).licences[0][1] is Effect.NEW
    assert house.contents() == before


def test_a_place_is_known_again_word_for_word(house):
    places = Places(house.database)
    text = one(
        "places",
        kind="video",
        shop="flagship",
        ref="v1",
        members="[{code: TEA-1}]",
        url="https://a.example/v",
    )
    (drawn,) = house.draft(text).places
    with house.database.begin() as tx:
        places.record(tx, [drawn])
        assert places.last_seen(tx, replace(drawn, title="other")) == drawn
        assert places.last_seen(tx, replace(drawn, ref="v2")) is None
