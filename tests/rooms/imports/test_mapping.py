"""Mapping files: ours are whole and honest, a merchant's own are checked before a row is read."""

from __future__ import annotations

import pytest

from offshelf.catalog.files.mapping import CERTAINTIES, plain, shipped
from offshelf.catalog.files.model import FileKind
from offshelf.kit.errors import UsageError
from offshelf.vocabulary.shops import Platform

OWN = """
platform = "douyin"
kind = "traffic"
[columns]
day = ["Tag"]
[figures]
product_views = { unit = "count", names = ["Blicke"] }
"""


def test_every_console_and_kind_has_a_mapping_that_says_how_sure_it_is():
    found = {(mapping.platform, mapping.kind): mapping.info for mapping in shipped()}
    assert set(found) == {(platform, kind) for platform in Platform for kind in FileKind}
    assert {info.certainty for info in found.values()} <= {*CERTAINTIES} - {"own"}
    assert all(info.observed_on for info in found.values())


@pytest.mark.parametrize("mapping", shipped(), ids=lambda m: f"{m.platform}/{m.kind}")
def test_no_mapping_reads_personal_data(mapping):
    assert [name for column in mapping.columns for name in column.names if mapping.personal(name)] == []
    for name in ("收件人", "收货人电话", "买家昵称", "详细地址", "收件人手机号"):
        assert mapping.personal(name)


def test_a_column_name_is_the_same_with_other_width_case_and_unit():
    assert plain("退商品金额（元）") == plain("退商品金额") == plain(" 退商品 金额(元)")
    assert plain("商品ID") == plain("商品id") == plain("商品ＩＤ")


def test_a_mapping_of_their_own_is_used(importing, make_csv, tmp_path):
    (tmp_path / "own.toml").write_text(OWN, "utf-8")
    path = make_csv([["Tag", "Blicke", "李"], ["2026-11-19", "7", "x"]])
    told = importing.told(path, "traffic", mapping=tmp_path / "own.toml")
    assert (told.mapping.source, told.mapping.certainty) == ("own.toml", "own")
    assert [(f["name"], f["value"]) for f in told.first[0]["figures"]] == [("traffic.product_views", 7)]


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("[columns]", "[columns", "imports.mapping_bad"),
        ('"traffic"', '"orders"', "imports.mapping_bad"),
        ("day =", "date =", "imports.mapping_bad"),
        ('["Tag"]', "7", "imports.mapping_bad"),
        ('["Tag"]', '["Blicke"]', "imports.mapping_bad"),
        ('"count"', '"yuan"', "imports.mapping_bad"),
        ("product_views", '"Views!"', "imports.mapping_bad"),
        ('["Tag"]', '["买家昵称"]', "imports.mapping_personal"),
        ("[columns]", '[words.state]\nx = "off"\n[columns]', "imports.mapping_bad"),
        ('platform = "douyin"', 'certainty = "sure"\nplatform = "douyin"', "imports.mapping_bad"),
        (OWN, "", "imports.mapping_bad"),
    ],
)
def test_a_mapping_that_cannot_be_used_is_refused(importing, make_csv, tmp_path, old, new, code):
    (tmp_path / "own.toml").write_text(OWN.replace(old, new), "utf-8")
    with pytest.raises(UsageError) as caught:
        importing.preview(make_csv([["Tag", "Blicke"]]), "traffic", mapping=tmp_path / "own.toml")
    assert caught.value.code == code


def test_a_mapping_that_is_not_there_is_told(importing, make_csv, tmp_path):
    with pytest.raises(UsageError) as caught:
        importing.preview(make_csv([["a"]]), "traffic", mapping=tmp_path / "no.toml")
    assert caught.value.code == "imports.cannot_read"
