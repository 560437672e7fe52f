"""YAML written by hand: plain data with lines, or a refusal that says where and what."""

from __future__ import annotations

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offshelf.kit.errors import UsageError
from offshelf.kit.yamlfile import read_yaml


def test_values_stay_what_they_look_like() -> None:
    text = 'a: 1\nb: [x, yes, on, 12:30, 0077, 1_000, "5", -5]\nc: 2026-11-21\nd: true\ne: null\nf: 2026-11-21T10:00:00Z\n'
    assert read_yaml(text, "f").plain() == {
        "a": 1,
        "b": ["x", "yes", "on", "12:30", "0077", "1_000", "5", -5],
        "c": date(2026, 11, 21),
        "d": True,
        "e": None,
        "f": "2026-11-21T10:00:00Z",
    }


def test_every_value_knows_its_file_and_line() -> None:
    found = dict(read_yaml("a: 1\nb:\n  - x\n  - k: y\n", "here.yaml").items())
    assert (found["a"].file, found["a"].line) == ("here.yaml", 1)
    rows = found["b"].rows()
    assert [row.line for row in rows] == [3, 4]
    assert dict(rows[1].items())["k"].line == 4


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("", "yaml.empty", 1),
        ("# nothing\n", "yaml.empty", 1),
        ("a: 1\nb: [", "yaml.unreadable", 2),
        ("a: \x01", "yaml.unreadable", 1),
        ("a: 1\na: 2", "yaml.key_twice", 2),
        ("a: 1\n? [b]\n: c", "yaml.key_is_no_text", 2),
        ("a: &x 1\nb: *x", "yaml.no_anchors", 1),
        ("a: 1\nb: !!python/object:os.system ls", "yaml.no_anchors", 2),
        ("a:\n- 1.5", "yaml.no_floats", 2),
        ("a: 2026-02-30", "yaml.no_such_day", 1),
        ("a: 1234567890123456789", "yaml.number_too_large", 1),
        ("- " * 30 + "a", "yaml.too_deep", 1),
        ("- " * 5000 + "a", "yaml.too_deep", 1),
        ("a: " + "x" * 2_000_001, "yaml.too_large", 1),
    ],
)
def test_what_cannot_be_meant_is_refused_where_it_stands(text: str, code: str, line: int) -> None:
    with pytest.raises(UsageError) as caught:
        read_yaml(text, "pack.yaml")
    assert (caught.value.code, caught.value.params["file"], caught.value.params["line"]) == (
        code,
        "pack.yaml",
        line,
    )


def test_a_list_is_no_table_and_a_table_no_list() -> None:
    with pytest.raises(UsageError, match=r"yaml\.not_a_table"):
        dict(read_yaml("- a", "f").items())
    with pytest.raises(UsageError, match=r"yaml\.not_a_list"):
        read_yaml("a: b", "f").rows()


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused_as_usage(text: str) -> None:
    with suppress(UsageError):
        assert read_yaml(text, "f").line >= 1
