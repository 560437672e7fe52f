"""A value as people read it, and files that were sent instead of lying in the folder."""

from __future__ import annotations

from dataclasses import replace

import pytest

from offshelf.policy.kinds import Kind, Unit
from offshelf.policy.load import shipped
from offshelf.policy.model import Value
from offshelf.policy.shown import changes, items_of, marks_of, name_of, shown
from support.policy_files import Desk, entry, pack

SHIPPED = {value.policy_id: value for pack_ in shipped() for value in pack_.values}
LIST = SHIPPED["licence.alarms"]


@pytest.mark.parametrize(
    ("value", "unit", "zh", "en"),
    [
        (7, Unit.NATURAL_DAYS, "7 个自然日", "7 natural days"),
        (1234500, Unit.FEN, "¥12,345.00", "¥12,345.00"),
        (3, Unit.COUNT, "3", "3"),
        (True, None, "是", "yes"),
        (("a", "b"), None, "2 项", "2 entries"),
        ("快手 App → 我", None, "快手 App → 我", "快手 App → 我"),
    ],
)
def test_a_value_with_its_unit(value, unit, zh, en):
    one = replace(LIST, value=value, unit=unit)
    assert (shown(one, "zh"), shown(one, "en")) == (zh, en)


def test_entries_of_a_table_stand_on_one_line_each():
    rows = replace(LIST, value=({"from": "a", "to": "b"}, {"from": "c", "to": "d"}))
    assert (items_of(rows), items_of(replace(LIST, value=3)), items_of(LIST)[0]) == (
        ["a · b", "c · d"],
        [],
        "60",
    )


def test_what_a_list_of_ones_own_leaves_out_and_adds():
    own = replace(LIST, value=("90", "30"))
    assert changes(own, LIST) == (("60", "7"), ("90",))
    assert changes(replace(LIST, value=3), LIST) == ((), ())


@pytest.mark.parametrize(
    ("changed", "marks"),
    [
        ({"kind": Kind.HOUSE, "certainty": "agreed"}, ()),
        ({"kind": Kind.SEED_CLAIM, "certainty": "single"}, ("not verified",)),
        ({"kind": Kind.LAW, "certainty": "inferred"}, ("our reading",)),
        ({"override_of": "law", "weaker": True}, ("own, instead of law", "asks less than the law")),
        ({"override_of": "elsewhere"}, ("own, instead of elsewhere",)),
    ],
)
def test_what_is_particular(changed, marks):
    assert marks_of(replace(LIST, **changed), "en") == marks


def test_every_shipped_value_has_a_name_in_both_languages():
    nameless = [one.policy_id for one in SHIPPED.values() for lang in ("zh", "en") if not name_of(one, lang)]
    assert [one for one in nameless if not one.startswith("menu.")] == []
    assert name_of(Value("own.x", 1, Kind.HOUSE, "s", LIST.observed_on, LIST.observed_on, "p"), "zh") == ""


def test_what_was_sent_is_judged_as_the_file_would_be(database, clock, tmp_path):
    desk = Desk(database, clock, tmp_path / "policy")
    text = pack(entry(unit="days"))
    (tmp_path / "own.yaml").write_text(text, "utf-8")
    by_path = desk.policies.check(tmp_path / "own.yaml")
    sent = desk.policies.check_sent("own.yaml", text.encode())
    assert [(one.code, one.params) for one in sent.mistakes] == [
        (one.code, one.params) for one in by_path.mistakes
    ]
    good = desk.policies.check_sent("own.yaml", b"\xef\xbb\xbf" + pack().encode())
    assert [(one.own.policy_id, one.file) for one in good.differences] == [("fresh.listings", "own.yaml")]
    assert (list(desk.folder.iterdir()), desk.policies.adopted()) == ([], ())


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("", b"", "bad_file_name"),
        ("a\nb.yaml", b"", "bad_file_name"),
        ("a.yaml", b"\xff", "not_utf8"),
        ("a.yaml", b"x" * 500_001, "file_too_large"),
    ],
)
def test_what_is_no_text_is_a_mistake(database, clock, tmp_path, name, data, code):
    desk = Desk(database, clock, tmp_path / "policy")
    assert [one.code for one in desk.policies.check_sent(name, data).mistakes] == [f"policy.{code}"]


def test_values_by_how_well_they_are_known_and_own_ones(database, clock, tmp_path):
    desk = Desk(database, clock, tmp_path / "policy")
    assert desk.policies.values(own=True) == ()
    desk.put(pack(entry(certainty="single")))
    assert [one.policy_id for one in desk.policies.values(own=True)] == ["fresh.listings"]
    assert "fresh.listings" in {one.policy_id for one in desk.policies.values(certainty="single")}
    assert "fresh.listings" not in {one.policy_id for one in desk.policies.values(certainty="agreed")}
