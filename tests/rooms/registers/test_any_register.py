"""Whatever stands in a file, reading it ends in faults or in what can be written and read back: never in a crash."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from offshelf.catalog.registers.context import Context
from offshelf.catalog.registers.document import read_document
from offshelf.kit.errors import UsageError
from offshelf.kit.yamlfile import read_yaml
from offshelf.vocabulary.places import PlaceKind, Role
from offshelf.vocabulary.statements import LicenceKind, StatementKind
from support.databases import START
from support.register_house import SHOPS

NAMES = st.sampled_from(
    [
        "kind",
        "subject",
        "at",
        "by",
        "evidence",
        "valid_until",
        "valid_from",
        "covers",
        "number",
        "holder",
        "shop",
        "ref",
        "state",
        "members",
        "title",
        "url",
        "text",
        "units",
        "started_at",
        "ends_at",
        "legal_nature",
        "payers",
        "amount",
        "code",
        "listing",
        "role",
        "quantity",
        "detail",
        "replaces",
        "none",
        "through",
        "rows",
        "passed",
        "stop_at",
        "channel",
        "decision",
        "consent",
        "x",
    ]
)
INSTANTS = st.datetimes(max_value=START.replace(tzinfo=None) + timedelta(days=400)).map(
    lambda at: f"{at.isoformat()}+08:00"
)
WORDS = st.one_of(
    st.sampled_from(
        [
            *PlaceKind,
            *StatementKind,
            *LicenceKind,
            *Role,
            *SHOPS,
            "TEA-1",
            "L1",
            "*",
            "no_end",
            "P-261121-AAAAAA",
        ]
    ),
    st.dates().map(str),
    INSTANTS,
    st.text(max_size=12),
)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(10**17), 10**17), WORDS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=8,
)
ITEMS = st.dictionaries(NAMES, VALUES, max_size=9)
SECTIONS = st.fixed_dictionaries(
    {},
    optional={
        "places": st.lists(ITEMS, max_size=3) | VALUES,
        "statements": st.lists(ITEMS, max_size=3) | VALUES,
        "licences": st.lists(ITEMS, max_size=3) | VALUES,
        "none": st.lists(WORDS, max_size=3) | VALUES,
        "at": VALUES,
        "by": VALUES,
    },
)


def context(folder):
    return Context(START, START, "lin", folder / "r.yaml", SHOPS, lambda _path: "0" * 64, lambda _path: True)


@given(SECTIONS | VALUES)
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_plain_data_is_judged(tmp_path, document):
    ctx = context(tmp_path)
    text = json.dumps(document)  # JSON is YAML, and shows every character
    try:
        draft = read_document(ctx, read_yaml(text, "f"))
    except UsageError as error:
        if error.code.startswith("yaml."):
            return
        raise
    made = len(draft.places) + len(draft.statements) + len(draft.licences)
    assert made or ctx.faults
    assert all(fault.line == 1 for fault in ctx.faults)


@given(st.text(max_size=80))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_is_judged(tmp_path, text):
    with suppress(UsageError):
        ctx = context(tmp_path)
        read_document(ctx, read_yaml(text, "f"))
        assert ctx.faults


GOOD = {
    "licences": st.lists(
        st.fixed_dictionaries(
            {
                "kind": st.sampled_from([*LicenceKind]),
                "number": st.text("ABC019-云", min_size=1, max_size=8).map(lambda text: f"N{text}"),
                "covers": st.lists(st.sampled_from(["TEA-1", "TEA-2"]), min_size=1, unique=True),
                "valid_until": st.sampled_from(["no_end", "2027-03-31", "2026-11-21", "unknown"]),
            },
            optional={"title": st.text("云山a", min_size=1), "shop": st.sampled_from(SHOPS)},
        ),
        max_size=4,
        unique_by=lambda one: (one["kind"], one["number"]),
    ),
    "none": st.lists(
        st.sampled_from([kind for kind in PlaceKind if kind not in (PlaceKind.LISTING, PlaceKind.STOCK)]),
        max_size=3,
        unique=True,
    ),
}


@given(st.fixed_dictionaries(GOOD))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_has_no_fault_comes_back_from_the_database_as_it_was(house, document):
    draft = house.draft(json.dumps(document))
    if not (document["licences"] or document["none"]):
        assert [fault.code for fault in draft.faults] == ["nothing"]
        return
    assert draft.faults == ()
    house.clock.advance(1)
    draft = house.draft(json.dumps(document))
    house.declarations.apply(draft, by="lin")
    now = {(p.kind, p.number, p.shop_id): p for p in house.registers.licences()}
    assert all(now[p.kind, p.number, p.shop_id] == p for p in draft.licences)
    assert set(document["none"]) <= {said.subject for said in house.registers.statements(StatementKind.NONE)}


@pytest.mark.parametrize("name", ["licences", "statements", "places"])
def test_a_thousand_items_are_read(house, name):
    items = {
        "licences": [{"kind": "other", "number": f"N{n}", "covers": ["TEA-1"]} for n in range(1_000)],
        "statements": [
            {"kind": "order_decision", "subject": f"flagship/{n}", "decision": "ship"} for n in range(1_000)
        ],
        "places": [
            {"kind": "drop_ship", "ref": f"r{n}", "members": [{"code": "TEA-1"}]} for n in range(1_000)
        ],
    }
    ctx = context(house.folder)
    draft = read_document(ctx, read_yaml(json.dumps({name: items[name]}), "f"))
    assert (len(getattr(draft, name)), ctx.faults) == (1_000, [])
