"""How papers stand on a day: the last day counts, unknown is unknown, and nothing goes unseen by replacing."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offshelf.catalog.registers.standing import covers, does_the_same, standing
from offshelf.vocabulary.statements import LicenceKind, LicenceState
from support.architecture import ROOT
from support.databases import START
from support.register_house import licence

DAY = date(2026, 11, 21)


def on(offset: int) -> date:
    return DAY + timedelta(days=offset)


def states(*papers, day=DAY):
    return {paper.licence.number: paper.state.value for paper in standing(papers, day)}


@pytest.mark.parametrize(
    ("paper", "state", "left"),
    [
        (licence(until=on(0)), LicenceState.VALID, 0),
        (licence(until=on(-1)), LicenceState.EXPIRED, -1),
        (licence(until=on(1), valid_from=on(1)), LicenceState.NOT_YET, 1),
        (licence(until=on(1), valid_from=on(0)), LicenceState.VALID, 1),
        (licence(until=None), LicenceState.VALID, None),
        (licence(until=None, end_known=False), LicenceState.UNKNOWN, None),
        (licence(until=None, end_known=False, valid_from=on(1)), LicenceState.NOT_YET, None),
    ],
)
def test_a_paper_is_valid_through_its_last_day(paper, state, left):
    (found,) = standing([paper], DAY)
    assert (found.state, found.days_left, found.renewed) == (state, left, False)


def test_it_ends_when_the_legal_day_ends_in_shanghai():
    assert licence(until=DAY).ends_at.astimezone(UTC) == datetime(2026, 11, 21, 16, tzinfo=UTC)
    assert licence(until=None).ends_at is None


def test_a_renewal_that_begins_later_does_not_end_the_paper_before():
    later = licence(until=on(400), valid_from=on(30), observed_at=START + timedelta(days=1))
    (found,) = standing([later, licence(until=on(29))], DAY)
    assert (found.licence.valid_until, found.state, found.renewed) == (on(29), LicenceState.VALID, True)
    (found,) = standing([later, licence(until=on(29))], on(30))
    assert (found.licence.valid_until, found.state, found.renewed) == (on(400), LicenceState.VALID, False)


def test_a_renewal_with_a_gap_is_none():
    later = licence(until=on(400), valid_from=on(31), observed_at=START + timedelta(days=1))
    (found,) = standing([later, licence(until=on(29))], DAY)
    assert found.renewed is False
    (found,) = standing([later, licence(until=on(29))], on(30))
    assert (found.state, found.licence.valid_until) == (LicenceState.EXPIRED, on(29))


@pytest.mark.parametrize(("starts", "state"), [(None, "replaced"), (on(0), "replaced"), (on(1), "valid")])
def test_a_paper_is_replaced_once_the_new_one_has_begun(starts, state):
    assert states(licence(), licence("N-2", valid_from=starts, replaces="N-1"))["N-1"] == state


def test_a_paper_of_another_kind_or_shop_replaces_nothing():
    other = licence("N-2", kind=LicenceKind.OTHER, replaces="N-1")
    assert states(licence(), other)["N-1"] == "valid"
    assert states(licence(), licence("N-2", shop_id="outlet", replaces="N-1"))["N-1"] == "valid"
    assert states(licence(shop_id="outlet"), licence("N-2", replaces="N-1"))["N-1"] == "replaced"


@given(st.lists(st.integers(0, 4), min_size=1, max_size=5))
def test_replacing_never_hides_every_paper(targets):
    papers = [licence(f"N-{n}", on(-1), replaces=f"N-{to}") for n, to in enumerate(targets)]
    assert LicenceState.EXPIRED.value in states(*papers).values()


def test_two_that_replace_each_other_replace_nothing():
    found = states(
        licence("N-1", replaces="N-2"), licence("N-2", replaces="N-1"), licence("N-3", replaces="N-3")
    )
    assert found == {"N-1": "valid", "N-2": "valid", "N-3": "valid"}


def test_covering_is_by_code_and_shop():
    assert covers(licence(), "TEA-1", "outlet")
    assert not covers(licence(), "TEA-2")
    assert not covers(licence(shop_id="flagship"), "TEA-1", "outlet")
    assert covers(licence(covers=("*",)), "TEA-9")


@pytest.mark.parametrize(
    ("more", "does"),
    [
        ({}, True),
        ({"until": on(-1)}, False),
        ({"until": None, "end_known": False}, False),
        ({"covers": ("TEA-2",)}, False),
        ({"shop_id": "outlet"}, False),
        ({"kind": LicenceKind.FOOD_FILING}, False),
    ],
)
def test_another_valid_paper_of_the_kind_does_the_same(more, does):
    (other,) = standing([licence("N-2", **more)], DAY)
    assert does_the_same(other, licence(until=on(-1)), "TEA-1", "flagship") is does


@pytest.mark.parametrize(
    ("title", "replaces", "does"), [("云", "", True), ("山", "", False), ("山", "N-1", True)]
)
def test_the_authorisation_of_another_brand_does_not(title, replaces, does):
    ended = licence(until=on(-1), kind=LicenceKind.BRAND_AUTHORISATION, title="云")
    other = licence("N-2", kind=LicenceKind.BRAND_AUTHORISATION, title=title, replaces=replaces)
    (paper,) = standing([other], DAY)
    assert does_the_same(paper, ended, "TEA-1", "flagship") is does


@pytest.mark.parametrize("zone", ["UTC", "Asia/Shanghai", "America/Los_Angeles"])
def test_the_day_is_that_of_shanghai_whatever_the_zone_of_the_machine(zone):
    code = (
        "from datetime import *\nfrom support.register_house import licence\n"
        "from offshelf.catalog.registers.standing import standing\nfrom offshelf.kit.instants import SHANGHAI\n"
        "ends = licence(until=date(2026, 11, 21)).ends_at\n"
        "for at in (ends - timedelta(seconds=1), ends):\n"
        "    (paper,) = standing([licence(until=date(2026, 11, 21))], at.astimezone(SHANGHAI).date())\n"
        "    print(at.astimezone(timezone.utc).isoformat(), paper.state.value, paper.days_left)\n"
    )
    env = os.environ | {"TZ": zone, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT / 'tests'}"}
    run = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    assert run.stdout.splitlines() == [
        "2026-11-21T15:59:59+00:00 valid 0",
        "2026-11-21T16:00:00+00:00 expired -1",
    ]
