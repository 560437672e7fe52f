"""Brands and category rights as the reference samples them (§14): which end counts, and which nobody knows."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from offshelf.platforms.calling.reading import UnreadableError
from offshelf.platforms.contract import Force
from offshelf.platforms.wechat_channels import translate_licences as translate
from offshelf.vocabulary.statements import LicenceKind

AT = datetime(2026, 1, 10, 4, tzinfo=UTC)
FEBRUARY = 1769788800  # 2026-01-31 00:00 in Beijing
FOREVER = {"is_permanent": True, "end_time": 0}
UNTOLD = {"is_permanent": False, "end_time": 0}


def part(end: int, **more: Any) -> dict[str, Any]:
    return {"start_time": 1735660800, "end_time": end, "is_permanent": False, **more}


def brand(**more: Any) -> dict[str, Any]:
    """Return the sample of the reference."""
    register = part(
        1861804800, registrant="凉亭山茶业有限公司", register_no="50118822", start_time=1546272000
    )
    return {
        "brand_id": "10077120",
        "ch_name": "凉亭山",
        "register_details": register,
        "grant_type": 2,
        "grant_details": part(FEBRUARY, grant_level=1),
        "status": 5,
        **more,
    }


def test_the_sample_of_a_brand() -> None:
    seen = translate.brand(brand(), AT)
    assert (seen.kind, seen.ref, seen.number) == (LicenceKind.BRAND_AUTHORISATION, "10077120", "50118822")
    assert (seen.title, seen.holder, seen.force) == ("凉亭山", "凉亭山茶业有限公司", Force.IN_FORCE)
    # It ends at midnight: the day that begins then is not its own any more.
    assert (seen.valid_from, seen.valid_until, seen.end_known) == (date(2025, 1, 1), date(2026, 1, 30), True)
    assert (seen.brand_ids, seen.category_ids) == (("10077120",), ())


SPLIT = {"grant_level": 3, "use_split_grant_info": True}
LEVELS = {"grant_info_lv1": part(1861804800), "grant_info_lv2": FOREVER, "grant_info_lv3": part(FEBRUARY)}


@pytest.mark.parametrize(
    ("more", "until", "known"),
    [
        ({"grant_details": FOREVER}, date(2028, 12, 30), True),
        ({"grant_details": FOREVER, "register_details": FOREVER}, None, True),
        ({"grant_type": 1}, date(2028, 12, 30), True),
        ({"grant_type": 1, "register_details": FOREVER}, None, True),
        ({"grant_details": SPLIT | LEVELS}, date(2026, 1, 30), True),
        ({"grant_details": SPLIT | LEVELS | {"grant_level": 2}}, date(2028, 12, 30), True),
        # Nobody told one of the ends: it may be earlier than every other.
        ({"grant_details": UNTOLD}, None, False),
        ({"grant_details": None}, None, False),
        ({"register_details": None}, None, False),
        ({"grant_type": 7}, None, False),
        ({"grant_details": SPLIT | LEVELS | {"grant_info_lv2": None}}, None, False),
        ({"grant_details": SPLIT | LEVELS | {"grant_level": 9}}, None, False),
        ({"grant_details": part(FEBRUARY) | {"end_time": "soon"}}, None, False),
    ],
)
def test_which_end_of_a_brand_counts(more: dict[str, Any], until: date | None, known: bool) -> None:
    seen = translate.brand(brand(**more), AT)
    assert (seen.valid_until, seen.end_known) == (until, known)


def test_an_end_that_has_passed_needs_no_other() -> None:
    seen = translate.brand(brand(register_details=part(1735660800), grant_details=UNTOLD), AT)
    assert (seen.valid_until, seen.end_known) == (date(2024, 12, 31), True)


@pytest.mark.parametrize(
    ("status", "force"),
    [
        (1, Force.NOT_IN_FORCE),
        (2, Force.NOT_IN_FORCE),
        (3, Force.IN_FORCE),
        ("3", Force.IN_FORCE),
        (4, Force.NOT_IN_FORCE),
        (5, Force.IN_FORCE),
        (6, Force.ENDED),
        (7, Force.UNKNOWN),
        (None, Force.UNKNOWN),
    ],
)
def test_states_of_a_brand(status: object, force: Force) -> None:
    assert translate.brand(brand(status=status), AT).force is force


def test_a_brand_without_an_id_is_unreadable() -> None:
    with pytest.raises(UnreadableError):
        translate.brand(brand(brand_id=None), AT)


def right(**more: Any) -> dict[str, Any]:
    """Return the sample of the reference."""
    told = {"uneffective_reason": "食品经营许可证已到期", "effective_time": 1704067200}
    return {"id": 540118, "status": 2, "uneffective_time": 1767196800, "qua_id": 31, **told, **more}


def test_the_sample_of_a_category_right() -> None:
    seen = translate.category_right(right(), AT)
    assert (seen.kind, seen.number, seen.category_ids) == (LicenceKind.CATEGORY_RIGHT, "540118", ("540118",))
    assert (seen.valid_until, seen.force, seen.reason) == (
        date(2025, 12, 31),
        Force.ENDED,
        "食品经营许可证已到期",
    )


@pytest.mark.parametrize("told", [{"uneffective_time": 0}, {"uneffective_time": None}])
def test_a_right_whose_end_is_not_told_has_no_known_end(told: dict[str, Any]) -> None:
    seen = translate.category_right(right(status=1, **told), AT)
    assert (seen.force, seen.valid_until, seen.end_known) == (Force.IN_FORCE, None, False)


def test_of_several_rights_to_a_category_the_one_in_force_longest_counts() -> None:
    ends = [(2, 1767196800), (1, FEBRUARY), (1, FEBRUARY + 86400), (1, FEBRUARY - 86400)]
    rights = [translate.category_right(right(status=s, uneffective_time=t), AT) for s, t in ends]
    (kept,) = translate.one_per_category(rights)
    assert (kept.force, kept.valid_until) == (Force.IN_FORCE, date(2026, 1, 31))


@pytest.mark.parametrize(
    ("copies", "brand_id"),
    [
        ([{"brand_id": "10077120"}, {"brand_id": "1"}], "10077120"),
        ([{}, {"brand_id": 10077120}], "10077120"),
        ([{"brand_id": "2100000000"}], ""),
        ([{"brand_id": 2100000000}], ""),
        ([{"brand_id": None}], None),
        ([{}], None),
    ],
)
def test_the_brand_of_a_product(copies: list[dict[str, Any]], brand_id: str | None) -> None:
    assert translate.brand_of(copies) == brand_id


@pytest.mark.parametrize(
    ("cats", "found"),
    [
        ([{"cat_id": "1"}, {"cat_id": 2}], ("1", "2")),
        ([], None),
        (None, None),
        ([{"cat_id": "1"}, {}], None),
        ("540118", None),
    ],
)
def test_the_categories_of_a_product(cats: object, found: tuple[str, ...] | None) -> None:
    assert translate.categories_of([{"cats_v2": cats}]) == found
