"""Signatures against the worked examples of the reference, and what must hold for any parameters."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offshelf.platforms.douyin.sign import HMAC_SHA256, MD5, canonical, event_sign, request_sign

KEY, SECRET, TIME = "1111111111111111111", "example-secret-0001", "1700000000"
OFF = '{"product_id":3600000000000000001}'
LIST = '{"check_status":3,"page":1,"size":100,"status":0}'
MANY = settings(max_examples=80, deadline=timedelta(seconds=2), derandomize=True)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**64), 2**64) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)
PARAMS = st.dictionaries(st.text(max_size=6), VALUES, max_size=5)


@pytest.mark.parametrize(
    ("method", "text", "algorithm", "wanted"),
    [
        (
            "product.setOffline",
            OFF,
            HMAC_SHA256,
            "34bbc0c90af8e95f726fc53a3c7822f2dac0233958c390df6a74e84ad6190a86",
        ),
        ("product.setOffline", OFF, MD5, "937165c0c26555102dd8a1601348c9a2"),
        (
            "product.listV2",
            LIST,
            HMAC_SHA256,
            "e0cb3e304ec02c01f77bda62fe669fd6137ff1b49cf949455a4d00f41fdaad3f",
        ),
        ("product.listV2", LIST, MD5, "0396a54ad472f44a1845cc546f592fb6"),
        (  # computed with a public client (PyPI `doudian` 0.6), which our sandbox accepts as well
            "order.searchList",
            '{"page":0,"product":"高山绿茶<&>","size":100}',
            HMAC_SHA256,
            "bc378eac162d42f1884cf0d43de8d5f11a01f47d2fe20e9e7615242ebef63778",
        ),
    ],
)
def test_worked_examples(method: str, text: str, algorithm: str, wanted: str) -> None:
    assert request_sign(KEY, SECRET, method, text, TIME, algorithm) == wanted


def test_the_worked_example_of_a_push() -> None:
    body = rb'[{"tag":"400","msg_id":"m-1","data":"{\"product_id\":3600000000000000001,\"event\":1}"}]'
    assert event_sign(KEY, SECRET, body) == "e7be1a2d7e4ef120c795fc661eea723f"


def test_an_unknown_algorithm_is_an_error() -> None:
    with pytest.raises(ValueError, match="sha1"):
        request_sign(KEY, SECRET, "a.b", "{}", TIME, "sha1")


@pytest.mark.parametrize(
    ("params", "text"),
    [
        ({}, "{}"),
        ({"product_id": 3600000000000000001}, OFF),
        ({"status": 0, "page": 1, "size": 100, "check_status": 3}, LIST),
        ({"b": {"d": 1, "c": 2}, "a": [{"z": 1, "y": 2}, 3]}, '{"a":[{"y":2,"z":1},3],"b":{"c":2,"d":1}}'),
        ({"B": 1, "a": 2, "A": 3, "_": 4, "é": 5, "z": 6}, '{"A":3,"B":1,"_":4,"a":2,"z":6,"é":5}'),
        ({"t": '<a href="/x">&'}, '{"t":"<a href=\\"/x\\">&"}'),
        ({"n": "高山绿茶🍵"}, '{"n":"高山绿茶🍵"}'),
        ({"a": None, "b": {"c": None}, "d": [{"e": None}]}, '{"b":{},"d":[{}]}'),
        ({"t": True, "f": False, "n": -5}, '{"f":false,"n":-5,"t":true}'),
        ({"a": "x\n\t\u0001"}, '{"a":"x\\n\\t\\u0001"}'),
    ],
)
def test_canonical_form(params: dict[str, Any], text: str) -> None:
    assert canonical(params) == text


def bare(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: bare(item) for key, item in value.items() if item is not None}
    return [bare(item) for item in value] if isinstance(value, list) else value


def sorted_at_every_depth(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name.encode("utf-8", "surrogatepass") for name, _ in pairs]
    assert names == sorted(names)
    return dict(pairs)


@MANY
@given(params=PARAMS)
def test_any_parameters_come_back_sorted_and_whole(params: dict[str, Any]) -> None:
    text = canonical(params)
    assert json.loads(text, object_pairs_hook=sorted_at_every_depth) == bare(params)
    assert text == canonical(json.loads(text))


@MANY
@given(params=PARAMS)
def test_the_order_of_keys_does_not_matter(params: dict[str, Any]) -> None:
    assert canonical(dict(reversed(params.items()))) == canonical(params)


@MANY
@given(text=st.text(st.characters(min_codepoint=0x20, exclude_characters='"\\', codec="utf-8"), max_size=20))
def test_plain_text_is_never_escaped(text: str) -> None:
    assert canonical({"t": text}) == f'{{"t":"{text}"}}'


@MANY
@given(body=st.binary(min_size=1, max_size=40), place=st.integers(0, 39), flip=st.integers(1, 255))
def test_one_changed_byte_changes_the_signature_of_a_push(body: bytes, place: int, flip: int) -> None:
    changed = bytearray(body)
    changed[place % len(body)] ^= flip
    assert event_sign(KEY, SECRET, bytes(changed)) != event_sign(KEY, SECRET, body)
