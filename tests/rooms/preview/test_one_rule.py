"""Checks 9 and 10 and the gates of the timeline give one answer to one question: were they told, in time, of this stop?"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from offshelf.checks.drop_ship import drop_ship
from offshelf.checks.ground import skips_courtesy
from offshelf.checks.model import Facts
from offshelf.checks.notice import notice
from offshelf.checks.notices import OWED, begins
from offshelf.checks.rules import examine
from offshelf.delisting.courtesy import POLICY_OF, Asked, GateName, GateState, gates
from offshelf.kit.instants import iso
from offshelf.policy.model import Policy
from offshelf.vocabulary.goods import Shelf
from offshelf.vocabulary.places import Member, PlaceKind, PlaceState, Role
from offshelf.vocabulary.plans import Reason
from offshelf.vocabulary.statements import Statement, StatementKind
from support.clean_merchant import CLEAN, FOOD, LETTER, NOW, PLAN, SHOP, place, policy, said

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SUPPLIER = "Hua Supply"
KINDS = (StatementKind.CUSTOMER_NOTICE, StatementKind.SUPPLIER_NOTICE, StatementKind.SHOP_NOTICE)
REST = tuple(one for one in CLEAN.statements if one.kind not in KINDS)


def letter(subject: str, at: datetime, stop: datetime) -> Statement:
    return said(StatementKind.CUSTOMER_NOTICE, subject, at, stop_at=iso(stop), text=LETTER)


def told(code: str, at: datetime, stop: datetime, *, heard: bool = True, who: str = SUPPLIER) -> Statement:
    detail = {"code": code, "stop_at": iso(stop), "acknowledged_at": iso(at) if heard else ""}
    return said(StatementKind.SUPPLIER_NOTICE, who, at, **detail)


def page(first: datetime, last: datetime) -> Statement:
    return said(StatementKind.SHOP_NOTICE, SHOP, first, first_seen=iso(first), last_seen=iso(last))


def owed_by_the_checks(facts: Facts) -> set[GateName]:
    """Return the gates of which a check says that somebody was not told, or not so that it counts."""
    codes = {one.code for check in (notice, drop_ship) for one in check(facts) if one.blocks}
    found = {name for name, policy_id in POLICY_OF.items() if OWED[policy_id] & codes}
    # Where suppliers are not known the checks want them read whatever the reason; notices are owed to nobody at once.
    unread = not skips_courtesy(facts) and any(code.startswith("places.") for code in codes)
    return found | ({GateName.SUPPLIERS} if unread else set())


def owed_by_the_gates(facts: Facts) -> set[GateName]:
    """Return the gates that do not let sale stop when the plan says."""
    stop = begins(facts)
    met = {
        one.name
        for one in gates(Asked(facts))
        if one.state is GateState.SKIPPED or (one.told and one.until is not None and one.until <= stop)
    }
    return set(GateName) - met


def same(facts: Facts) -> set[GateName]:
    checks, timeline = owed_by_the_checks(facts), owed_by_the_gates(facts)
    assert checks == timeline, (checks ^ timeline, gates(Asked(facts)), facts.statements[len(REST) :])
    return checks


def merchant(*words: Statement, stop: datetime | None = None, **changes: object) -> Facts:
    return replace(CLEAN, statements=(*REST, *words), stop_at=stop, **changes)


C, S, H = GateName.CUSTOMERS, GateName.SUPPLIERS, GateName.CLOSING
STOP = NOW + 72 * HOUR
OLD = NOW - 400 * DAY
ALL = told("*", NOW, STOP)
ROWS: dict[str, tuple[Facts, set[GateName]]] = {
    "nobody": (merchant(stop=STOP), {C, S}),
    "everybody by the plan": (merchant(letter(PLAN, NOW, STOP), ALL, stop=STOP), set()),
    "everything by a code that is empty": (
        merchant(letter(PLAN, NOW, STOP), told("", NOW, STOP), stop=STOP),
        set(),
    ),
    "each SKU by itself": (
        merchant(letter("C1-R", NOW, STOP), letter("C2-R", NOW, STOP), ALL, stop=STOP),
        set(),
    ),
    "one SKU of two products": (merchant(letter("C1-R", NOW, STOP), ALL, stop=STOP), {C}),
    "a supplier product by product": (
        merchant(letter(PLAN, NOW, STOP), told("C1", NOW, STOP), told("C2", NOW, STOP), stop=STOP),
        set(),
    ),
    "a supplier of one product of two": (
        merchant(letter(PLAN, NOW, STOP), told("C1", NOW, STOP), stop=STOP),
        {S},
    ),
    "another supplier": (merchant(letter(PLAN, NOW, STOP), told("*", NOW, STOP, who="x"), stop=STOP), {S}),
    "no answer": (merchant(letter(PLAN, NOW, STOP), told("*", NOW, STOP, heard=False), stop=STOP), {S}),
    "a second too late": (
        merchant(
            letter(PLAN, STOP - 24 * HOUR + timedelta(seconds=1), STOP),
            told("*", STOP - 48 * HOUR + timedelta(seconds=1), STOP),
            stop=STOP,
            now=STOP - 2 * HOUR,
            read_at=dict.fromkeys(CLEAN.read_at, STOP - 2 * HOUR),
        ),
        {C, S},
    ),
    "last year's words, and no instant": (merchant(letter(PLAN, OLD, OLD), told("*", OLD, OLD)), {C, S}),
    "yesterday's words, and no instant": (
        merchant(letter(PLAN, NOW - 2 * DAY, NOW - HOUR), told("*", NOW - 3 * DAY, NOW - HOUR)),
        set(),
    ),
    "words of the day they still count": (
        # NOW is 10:00 of 21 November in Shanghai; thirty natural days after 22 October end with it.
        merchant(letter(PLAN, NOW - 30 * DAY, NOW), told("*", NOW - 30 * DAY, NOW)),
        set(),
    ),
    "words of the day before": (
        merchant(letter(PLAN, NOW - 31 * DAY, NOW), told("*", NOW - 31 * DAY, NOW)),
        {C, S},
    ),
    "a newer word a moment ago": (
        merchant(
            letter(PLAN, NOW - 2 * DAY, NOW - HOUR), letter("L1", NOW, NOW), told("*", NOW - 3 * DAY, NOW)
        ),
        {C},
    ),
    "a shop that closes and shows it": (
        merchant(
            letter(PLAN, NOW - 40 * DAY, NOW),
            told("*", NOW - 40 * DAY, NOW),
            page(NOW - 40 * DAY, NOW),
            reason=Reason.WIND_DOWN,
        ),
        set(),
    ),
    "a shop that closes and shows nothing": (
        merchant(letter(PLAN, NOW - 2 * DAY, NOW), told("*", NOW - 2 * DAY, NOW), reason=Reason.WIND_DOWN),
        {H},
    ),
    "a page nobody looked at for a day": (
        merchant(
            letter(PLAN, NOW - 2 * DAY, NOW),
            told("*", NOW - 2 * DAY, NOW),
            page(NOW - 40 * DAY, NOW - DAY - HOUR),
            reason=Reason.WIND_DOWN,
        ),
        {H},
    ),
    "suppliers nobody has read": (
        replace(
            merchant(letter(PLAN, NOW, STOP), ALL, stop=STOP),
            read_at={key: at for key, at in CLEAN.read_at.items() if key[1] != "places.drop_ship"},
        ),
        {S},
    ),
    "a contract without a holder": (
        merchant(
            letter(PLAN, NOW, STOP),
            told("*", NOW, STOP, who="drop_ship-1"),
            stop=STOP,
            places=(place(PlaceKind.DROP_SHIP, holder=""),),
        ),
        set(),
    ),
    "safety": (merchant(reason=Reason.SAFETY), set()),
    "forced, and shown": (merchant(reason=Reason.PLATFORM, forced={"event": "e1"}), set()),
    "forced, on a person's word": (merchant(reason=Reason.PLATFORM), {C, S}),
    "violation, on a person's word": (merchant(reason=Reason.VIOLATION), {C, S}),
    "papers, and all is in force": (merchant(reason=Reason.CERTIFICATE), {C, S}),
    "papers that ended": (
        merchant(
            reason=Reason.CERTIFICATE,
            licences=(replace(FOOD, valid_until=NOW.date() - DAY),),
        ),
        set(),
    ),
}


@pytest.mark.parametrize("name", ROWS)
def test_checks_and_timeline_agree_on_who_was_told(name: str) -> None:
    facts, owed = ROWS[name]
    assert same(facts) == owed


AGES = st.integers(-40 * 24, 100 * 24).map(lambda hours: NOW - hours * HOUR)
WORDS = st.one_of(
    st.builds(
        letter,
        st.sampled_from([PLAN, "L1", f"{SHOP}/L2", "C1", "C2", "C1-R", "C2-R", "P-0", "C9"]),
        AGES,
        AGES,
    ),
    st.builds(
        told,
        st.sampled_from(["", "*", "C1", "C2", "C1-R", "C9"]),
        AGES,
        AGES,
        heard=st.booleans(),
        who=st.sampled_from([SUPPLIER, "drop_ship-1", "x"]),
    ),
    st.builds(page, AGES, AGES),
    st.builds(lambda at: said(StatementKind.READ, "drop_ship", at), AGES),
    st.builds(lambda at: said(StatementKind.NONE, "drop_ship", at), AGES),
)
ENDING = st.builds(
    lambda word, end: replace(word, valid_until=end), WORDS, st.one_of(st.none(), st.none(), AGES)
)
SHIPS = st.one_of(
    st.just(()),
    st.builds(
        lambda codes, holder, state: (
            place(
                PlaceKind.DROP_SHIP,
                members=tuple(Member(Role.GOODS, code=code) for code in codes),
                holder=holder,
                state=state,
            ),
        ),
        st.lists(st.sampled_from(["C1", "C1-R", "C2", "C9"]), min_size=1, unique=True),
        st.sampled_from([SUPPLIER, ""]),
        st.sampled_from(list(PlaceState)),
    ),
)
POLICIES = st.sampled_from(
    [
        CLEAN.policy,
        *(
            Policy(CLEAN.policy.day, {k: v for k, v in CLEAN.policy.values.items() if k != gone})
            for gone in ("notice.customers", "notice.suppliers", "notice.valid", "notice.closing")
        ),
    ]
)
READ = st.sampled_from([NOW, NOW - 30 * HOUR, None])


@st.composite
def facts_of(draw: st.DrawFn) -> Facts:
    """Draw a merchant who told some people something at some time."""
    read = draw(READ)
    marks = {key: at for key, at in CLEAN.read_at.items() if key[1] != "places.drop_ship"}
    return replace(
        CLEAN,
        reason=draw(st.sampled_from(list(Reason))),
        stop_at=draw(st.one_of(st.none(), AGES)),
        statements=(*REST, *draw(st.lists(ENDING, max_size=6))),
        places=draw(SHIPS),
        read_at=marks if read is None else marks | {("", "places.drop_ship"): read},
        forced=draw(st.sampled_from([{}, {"event": "e1"}])),
        licences=draw(st.sampled_from([(FOOD,), (replace(FOOD, valid_until=NOW.date() - DAY),)])),
        policy=draw(POLICIES),
    )


@settings(max_examples=400, deadline=None)
@given(facts_of())
def test_whatever_was_said_checks_and_timeline_agree(facts: Facts) -> None:
    assume("policy.missing" not in {one.code for one in examine(facts)})  # see the next test
    same(facts)


@pytest.mark.parametrize("gone", ["notice.customers", "notice.suppliers", "notice.valid"])
def test_a_value_that_is_missing_is_unknown_to_both(gone: str) -> None:
    values = {name: one for name, one in policy().values.items() if name != gone}
    facts = replace(merchant(letter(PLAN, NOW, STOP), ALL, stop=STOP), policy=Policy(NOW.date(), values))
    blocked = {one.check for one in examine(facts) if one.code == "policy.missing"}
    unknown = {one.name for one in gates(Asked(facts)) if one.state is GateState.UNKNOWN}
    both = {GateName.CUSTOMERS: "notice", GateName.SUPPLIERS: "drop_ship"}
    assert {both[name] for name in unknown} == blocked
    assert blocked


def test_listings_that_are_gone_from_the_shop_are_goods_of_the_plan_all_the_same() -> None:
    gone = tuple(replace(one, shelf=Shelf.GONE) for one in CLEAN.listings)
    assert same(merchant(letter("L1", NOW, STOP), ALL, stop=STOP, listings=gone)) == {C}
