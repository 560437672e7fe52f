"""Single cells: what is certain is read exactly, what leaves a doubt is refused."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offshelf.catalog.files.cells import (
    READERS,
    count_of,
    day_of,
    guarded,
    id_of,
    instant_of,
    looks_rounded,
    money_of,
    ratio_of,
    text_of,
)
from offshelf.catalog.files.model import BadCellError, Cell
from offshelf.kit.instants import SHANGHAI
from offshelf.kit.money import yuan


def refused(reader, text, **more):
    with pytest.raises(BadCellError) as caught:
        reader(Cell(text, **more))
    return caught.value.code


@pytest.mark.parametrize(
    ("reader", "text", "value"),
    [
        (id_of, '="3600000000000000001"', "3600000000000000001"),
        (id_of, "\t6917926768823643751", "6917926768823643751"),
        (id_of, "'6917926768823643751", "6917926768823643751"),
        (id_of, " P1_a-2 ", "P1_a-2"),
        (money_of, "1,234.50", 123450),
        (money_of, "¥12", 1200),
        (money_of, "￥12.3元", 1230),
        (money_of, "-0.01", -1),
        (money_of, "１２.５０", 1250),
        (count_of, "1,234件", 1234),
        (count_of, "12.0", 12),
        (ratio_of, "12.34%", 123400),
        (ratio_of, "3.2", 3200000),
        (text_of, '=HYPERLINK("http://x","y")', '=HYPERLINK("http://x","y")'),
        (text_of, " 明前\n龙井 ", "明前 龙井"),
        (day_of, "20261120", "2026-11-20"),
        (day_of, "2026年11月20日", "2026-11-20"),
        (day_of, "2026/11/20 23:59:59", "2026-11-20"),
    ],
)
def test_a_cell_reads_as(reader, text, value):
    assert reader(Cell(text)) == value


@pytest.mark.parametrize("reader", [id_of, money_of, count_of, ratio_of, text_of, instant_of, day_of])
@pytest.mark.parametrize("text", ["", " ", "-", "--", "/", "无", "\t-", '=""'])
def test_an_empty_cell_is_nothing(reader, text):
    assert reader(Cell(text)) is None


@pytest.mark.parametrize(
    ("reader", "text", "code"),
    [
        (id_of, "3.6E+18", "id_lost_digits"),
        (id_of, "3.60000000000000E+18", "id_lost_digits"),
        (id_of, "李明", "id_malformed"),
        (id_of, "1 2", "id_malformed"),
        (money_of, "12.345", "money_fraction"),
        (money_of, "1,23.00", "money_malformed"),
        (money_of, "1e3", "money_malformed"),
        (money_of, "1.2万", "figure_rounded"),
        (money_of, "9999999999999999", "figure_too_large"),
        (count_of, "1.5", "count_fraction"),
        (count_of, "many", "count_malformed"),
        (ratio_of, "12%%", "ratio_malformed"),
        (instant_of, "2026-13-01", "date_malformed"),
        (instant_of, "2026-11-20 25:00", "date_malformed"),
        (instant_of, "1026-11-20", "date_out_of_range"),
        (day_of, "2026-11-01 ~ 2026-11-07", "date_is_a_range"),
        (day_of, "2026-11-01 至 2026-11-07", "date_is_a_range"),
    ],
)
def test_a_doubtful_cell_is_refused(reader, text, code):
    assert refused(reader, text) == code


def test_an_id_a_spreadsheet_stored_as_a_number_is_refused_once_it_can_have_lost_digits():
    assert id_of(Cell("123456789012345", number=True)) == "123456789012345"
    assert id_of(Cell("12.0", number=True)) == "12"
    assert refused(id_of, "3600000000000000001", number=True) == "id_lost_digits"
    assert refused(id_of, "12.5", number=True) == "id_malformed"


@pytest.mark.parametrize("text", ["NaN", "1E+999999", "-1", "9" * 30])
def test_a_number_that_is_no_day_is_refused(text):
    assert refused(instant_of, text, number=True) == "date_malformed"


def test_dust_of_binary_arithmetic_is_forgiven_in_numbers_only():
    assert money_of(Cell("12.300000000000001", number=True)) == 1230
    assert refused(money_of, "12.300000000000001") == "money_fraction"
    assert refused(money_of, "12.345", number=True) == "money_fraction"


@pytest.mark.parametrize(
    ("text", "more", "instant"),
    [
        ("2026-11-20 08:00:00", {}, datetime(2026, 11, 20, tzinfo=UTC)),
        ("2026年11月20日 8时0分0秒", {}, datetime(2026, 11, 20, tzinfo=UTC)),
        ("2026/1/2", {}, datetime(2026, 1, 1, 16, tzinfo=UTC)),
        ("2026-11-20T08:00:00+08:00", {}, datetime(2026, 11, 20, tzinfo=UTC)),
        ("2026-11-20T08:00:00Z", {}, datetime(2026, 11, 20, 8, tzinfo=UTC)),
        ("46346.5", {"number": True, "date": True}, datetime(2026, 11, 20, 4, tzinfo=UTC)),
    ],
)
def test_an_instant_is_beijing_time_unless_it_names_a_zone(text, more, instant):
    assert instant_of(Cell(text, **more)) == instant


@given(st.integers(-(10**13), 10**13))
def test_every_amount_comes_back_to_the_fen(fen):
    assert money_of(Cell(yuan(fen))) == fen


@given(st.integers(36526 * 86400, 73050 * 86400))  # 2000 to 2099 in seconds of a spreadsheet's calendar
def test_every_second_of_a_beijing_clock_comes_back(seconds):
    local = datetime(1899, 12, 30, tzinfo=SHANGHAI) + timedelta(seconds=seconds)
    assert instant_of(Cell(f"{local:%Y-%m-%d %H:%M:%S}")) == local
    assert instant_of(Cell(repr(seconds / 86400), number=True)) == local


@given(st.integers(10**17, 10**19))
def test_a_long_id_comes_back_or_is_refused_never_changed(number):
    assert id_of(Cell(str(number))) == str(number)
    assert id_of(Cell(f'="{number}"')) == str(number)
    assert refused(id_of, f"{number:.5E}") == "id_lost_digits"
    assert refused(id_of, str(number), number=True) == "id_lost_digits"


@given(st.text(max_size=30), st.booleans())
def test_no_text_makes_a_reader_crash(text, number):
    for reader in (id_of, money_of, count_of, ratio_of, instant_of, day_of, text_of):
        with suppress(BadCellError):
            reader(Cell(text, number=number))


def test_an_id_that_ends_in_zeros_looks_rounded():
    assert looks_rounded("3600000000000000000") is True
    assert looks_rounded("3600000000000000001") is False
    assert looks_rounded("123") is None


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx", "\rx", " =1"])
def test_our_own_files_hold_no_formula(text):
    assert guarded(text) == "'" + text
    assert guarded("明前龙井 = 好") == "明前龙井 = 好"


@pytest.mark.parametrize(
    ("reader", "cell"),
    [
        ("money", Cell("1e9999999", number=True)),
        ("count", Cell("1e9999999", number=True)),
        ("ratio", Cell("1e15", number=True)),
        ("ratio", Cell("9" * 15)),
        ("count", Cell("1e-9999999", number=True)),
        ("count", Cell("²")),
        ("instant", Cell("2026-11-19T08:30:00+99:99")),
        ("instant", Cell("2026-11-19T08:30:00+2400")),
        ("instant", Cell("2026-11-19T08:30:00+0060")),
    ],
)
def test_what_no_figure_can_be_is_a_row_error(reader, cell):
    with pytest.raises(BadCellError):
        READERS[reader](cell)


@given(st.sampled_from(sorted(READERS)), st.text(max_size=30), st.booleans())
def test_any_text_gives_a_value_that_can_be_stored_or_a_row_error(reader, text, number):
    try:
        value = READERS[reader](Cell(text, number=number))
    except BadCellError:
        return
    assert not isinstance(value, int) or abs(value) < 2**63
