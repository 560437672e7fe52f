"""Reading a pack strictly: each mistake with its code, file and line, in words of both languages."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offshelf.cli.words import Words
from offshelf.policy.load import judge
from offshelf.policy.model import Kind, Unit, Value
from offshelf.policy.schema import Pack, read_pack
from support.policy_files import LAWFUL, OWN, entry, pack

TODAY = date(2026, 11, 21)
FILE = "own.yaml"
HOLIDAYS = {"id": "holidays.2027", "unit": None, "why": None, "kind": "house"}


def mistakes(text: str) -> list[tuple[str, int]]:
    """Return code and line of everything that is wrong with a file, by itself and beside the shipped packs."""
    reading = read_pack(text, FILE, today=TODAY)
    found = reading.mistakes if reading.pack is None else judge(reading.pack, ())[1]
    assert {str(one.params["file"]) for one in found} <= {FILE}
    for one in found:
        for language in ("zh", "en"):
            told = Words(language).trouble(one.code, one.params)
            assert FILE in told[0]
            assert all(told)
    return [(one.code, int(one.params["line"])) for one in found]


def read(text: str) -> Pack:
    """Return a pack without mistakes."""
    reading = read_pack(text, FILE, today=TODAY)
    assert reading.pack is not None, reading.mistakes
    return reading.pack


def test_a_good_pack_has_values_with_papers() -> None:
    (value,) = read(pack()).values
    assert value == Value(
        policy_id="fresh.listings",
        value=60,
        kind=Kind.HOUSE,
        source="our own measurements",
        observed_on=date(2026, 11, 1),
        effective_from=date(2026, 11, 1),
        pack="mine",
        unit=Unit.MINUTES,
        line=4,
        why="our goods change price every hour",
    )


def test_papers_that_values_share_stand_once() -> None:
    shared = "defaults:\n  source: a page\n  kind: platform\n"
    text = pack(entry(source=None, kind=None)).replace("values:", f"{shared}values:")
    (value,) = read(text).values
    assert (value.source, value.kind) == ("a page", Kind.PLATFORM)


# What a merchant can get wrong in one value: (changes, code, line within the file).
WRONG = [
    # wrong type
    ({"value": "soon"}, "policy.not_a_number", 5),
    ({"value": '"60"'}, "policy.not_a_number", 5),
    ({"value": "true"}, "policy.not_a_number", 5),
    ({"value": "{a: 1}"}, "policy.not_a_number", 5),
    ({"value": "{a: 1}", "unit": None}, "policy.value_unreadable", 5),
    ({"value": "null", "unit": None}, "policy.value_unreadable", 5),
    ({"value": "1.5"}, "yaml.no_floats", 5),
    ({"source": "2013"}, "policy.not_a_text", 8),
    ({"observed_on": "yesterday"}, "policy.not_a_day", 9),
    ({"effective_from": '"2026-11-01"'}, "policy.not_a_day", 10),
    ({"effective_from": "2026-02-30"}, "yaml.no_such_day", 10),
    ({"why": "[a, b]"}, "policy.not_a_text", 11),
    ({"id": "7"}, "policy.not_a_text", 4),
    # unknown words
    ({"colour": "red"}, "policy.key_unknown", 12),
    ({"laxer": "lower"}, "policy.key_unknown", 12),
    ({"unit": "days"}, "policy.not_one_of", 6),
    ({"kind": "rumour"}, "policy.not_one_of", 7),
    ({"certainty": "sure"}, "policy.not_one_of", 12),
    ({"id": "fresh.listing"}, "policy.id_unknown", 4),
    ({"id": "Fresh"}, "policy.bad_id", 4),
    ({"id": "fresh.listings@taobao"}, "policy.no_such_platform", 4),
    # missing
    ({"value": None}, "policy.key_missing", 4),
    ({"kind": None}, "policy.key_missing", 4),
    ({"observed_on": None}, "policy.key_missing", 4),
    ({"effective_from": None}, "policy.key_missing", 4),
    ({"unit": None}, "policy.unit_missing", 5),
    # a date in the past without a source
    ({"source": None}, "policy.past_without_source", 8),
    ({"source": '""'}, "policy.past_without_source", 9),
    ({"source": None, "observed_on": "2026-11-22"}, "policy.past_without_source", 9),
    ({"source": None, "observed_on": "2026-11-22", "effective_from": "2026-12-01"}, "policy.key_missing", 4),
    # days
    ({"observed_on": "2026-11-22"}, "policy.day_ahead", 9),
    ({"reviewed_by": "counsel", "reviewed_on": "2027-01-01"}, "policy.day_ahead", 13),
    ({"reviewed_by": "counsel"}, "policy.half_a_review", 4),
    ({"reviewed_on": "2026-11-01"}, "policy.half_a_review", 4),
    ({"effective_to": "2026-10-31"}, "policy.ends_before_start", 12),
    # units and shapes that do not fit
    ({"value": "-1"}, "policy.out_of_range", 5),
    ({"value": "99999999999"}, "policy.out_of_range", 5),
    ({"unit": "natural_days"}, "policy.unit_does_not_fit", 4),
    ({"value": "[a, b]", "unit": None}, "policy.shape_does_not_fit", 4),
    ({"id": "lexicon.sold_out", "value": "[a, a]", "unit": None}, "policy.word_twice", 5),
    ({"id": "lexicon.sold_out", "value": "[a, [b]]", "unit": None}, "policy.not_a_text", 5),
    ({"id": "lexicon.required_clauses", "value": "[{id: a}]", "unit": None}, "policy.shape_does_not_fit", 4),
    (
        {"id": "lexicon.required_clauses", "value": "[{id: a}, {b: c}]", "unit": None},
        "policy.columns_differ",
        5,
    ),
    ({"id": "deposit.ceiling", "unit": "percent", "value": "-1"}, "policy.out_of_range", 5),
    # a claim presented as law, a law without article
    ({"kind": "law", "source": "S1.33"}, "policy.seed_as_law", 7),
    ({"kind": "law", "source": "everybody knows"}, "policy.law_without_article", 8),
    (
        {"id": "notice.customers", "unit": "hours", "kind": "law", "source": "某法 第1条"},
        "policy.seed_as_law",
        4,
    ),
    # contradicts what is shipped, without saying why
    ({"why": None}, "policy.contradiction", 4),
    ({"id": "fresh.listings@douyin", "why": None}, "policy.contradiction", 4),
    # asks less than the law
    (LAWFUL | {"reviewed_by": None, "reviewed_on": None}, "policy.weaker_without_review", 4),
    (LAWFUL | {"why": None}, "policy.contradiction", 4),
    # holidays
    (HOLIDAYS | {"value": "[a]"}, "policy.holidays_no_table", 5),
    (HOLIDAYS | {"value": "[{from: 2027-01-01, to: 2027-01-03}]"}, "policy.holidays_bad_row", 5),
    (
        HOLIDAYS | {"value": "[{from: 2027-01-01, to: 2027-01-03, what: party, name: x}]"},
        "policy.holidays_bad_row",
        5,
    ),
    (
        HOLIDAYS | {"value": "[{from: 2028-01-01, to: 2028-01-03, what: rest, name: x}]"},
        "policy.holidays_bad_days",
        5,
    ),
    (
        HOLIDAYS | {"value": "[{from: 2027-01-03, to: 2027-01-01, what: rest, name: x}]"},
        "policy.holidays_bad_days",
        5,
    ),
    (
        HOLIDAYS
        | {
            "value": "\n  - {from: 2027-01-01, to: 2027-01-03, what: rest, name: x}"
            "\n  - {from: 2027-01-03, to: 2027-01-03, what: work, name: x}"
        },
        "policy.holidays_day_twice",
        7,
    ),
    (HOLIDAYS | {"id": "holidays.next", "value": "[a]"}, "policy.holidays_bad_id", 4),
]


@pytest.mark.parametrize(("changes", "code", "line"), WRONG)
def test_a_mistake_is_told_where_it_stands(changes: dict[str, str | None], code: str, line: int) -> None:
    assert mistakes(pack(entry(**changes))) == [(code, line)]


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("", "yaml.empty", 1),
        ("- a", "yaml.not_a_table", 1),
        ("pack: mine\nversion: 1", "policy.key_missing", 1),
        ("pack: mine\nvalues: []", "policy.key_missing", 1),
        ("version: 1\nvalues: []", "policy.key_missing", 1),
        ("pack: mine\nversion: 1\nvalues:", "yaml.not_a_list", 3),
        ("pack: mine\nversion: 1\nvalues:\n- a", "yaml.not_a_table", 4),
        ("pack: mine\nversion: 1\nvalues: []\nvalue: 1", "policy.key_unknown", 4),
        ("pack: my pack!\nversion: 1\nvalues: []", "policy.bad_pack_name", 1),
        ("pack: mine\nversion: [1]\nvalues: []", "policy.not_a_text", 2),
        ("pack: mine\nversion: 1\ndefaults: {id: x}\nvalues: []", "policy.key_unknown", 3),
        ("pack: house\nversion: 1\nvalues: []", "policy.pack_twice", 1),
        ("pack: mine\nversion: 1\nvalues:\n- {id: a.b, id: c.d}", "yaml.key_twice", 4),
    ],
)
def test_a_broken_frame_is_told_where_it_stands(text: str, code: str, line: int) -> None:
    assert mistakes(text) == [(code, line)]


def test_several_mistakes_are_told_at_once() -> None:
    text = pack(entry(value="soon"), entry(id="fresh.stock"), entry(id="fresh.orders", kind="rumour"))
    assert mistakes(text) == [("policy.not_a_number", 5), ("policy.not_one_of", 23)]
    later = pack(entry(id="fresh.listing"), entry(why=None))
    assert mistakes(later) == [("policy.id_unknown", 4), ("policy.contradiction", 12)]


def test_a_misspelt_key_is_told_with_its_neighbour() -> None:
    (one,) = read_pack(pack(entry(sourc="x")), FILE).mistakes
    assert one.params["near"] == "source"


def test_an_unknown_id_is_told_with_its_neighbours() -> None:
    (one,) = judge(read(pack(entry(id="fresh.listing"))), ())[1]
    assert str(one.params["near"]).split(", ")[0] == "fresh.listings"


def test_an_id_may_stand_twice_for_days_that_do_not_meet() -> None:
    first = entry(effective_to="2026-11-30")
    assert len(read(pack(first, entry(effective_from="2026-12-01"))).values) == 2
    assert mistakes(pack(first, entry(effective_from="2026-11-30"))) == [("policy.id_twice", 13)]
    assert mistakes(pack(entry(), entry())) == [("policy.id_twice", 12)]


def test_an_open_end_may_be_written_as_null() -> None:
    assert read(pack(entry(effective_to="null"))).values[0].effective_to is None


def test_what_was_adopted_once_is_not_measured_against_a_clock_that_went_back() -> None:
    text = pack(entry(observed_on="2026-11-20"))
    assert read_pack(text, FILE, today=date(2026, 1, 1)).mistakes[0].code == "policy.day_ahead"
    assert read_pack(text, FILE, today=None).pack is not None


LETTERS = "ab09 :,#'\"-_.@{}[]&*!|>%\t\n下架\u2028\x00"
SCALARS = st.one_of(
    st.text(LETTERS, max_size=12),
    st.integers(-(10**20), 10**20).map(str),
    st.sampled_from(["2026-11-01", "2026-13-01", "true", "null", "~", "[]", "{}", "[1, a]", "{a: b}", "1.5"]),
)
KEYS = [*OWN, "effective_to", "reviewed_by", "reviewed_on", "certainty", "note", "x"]


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from(KEYS), SCALARS))
def test_whatever_stands_in_a_value_the_reader_answers(changes: dict[str, str]) -> None:
    reading = read_pack(pack(entry(**changes)), FILE, today=TODAY)
    assert (reading.pack is None) == bool(reading.mistakes)
    for one in reading.mistakes or judge(read(pack(entry(**changes))), ())[1]:
        assert one.params["file"] == FILE
        assert int(one.params["line"]) >= 1
        assert all(Words("zh").trouble(one.code, one.params))


@settings(max_examples=300, deadline=None)
@given(st.text(LETTERS + "pckversionlus", max_size=300))
def test_whatever_a_file_holds_the_reader_answers(text: str) -> None:
    reading = read_pack(text, FILE, today=TODAY)
    assert reading.pack is None
    assert all(int(one.params["line"]) >= 1 for one in reading.mistakes)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, len(pack()) - 1), st.sampled_from(LETTERS))
def test_one_wrong_letter_is_refused_or_harmless(at: int, letter: str) -> None:
    text = pack()[:at] + letter + pack()[at + 1 :]
    reading = read_pack(text, FILE, today=TODAY)
    assert (reading.pack is None) == bool(reading.mistakes)
    if reading.pack is not None:
        values, found = judge(reading.pack, ())
        assert found or all(value.override_of == "house" or value.base.startswith("own.") for value in values)
