"""The verb: a preview first, exit codes, one JSON document, an error file that runs nothing in a spreadsheet."""

from __future__ import annotations

import ast
import csv
import json
from types import SimpleNamespace

import pytest

from offshelf.cli.catalog_import import import_file
from offshelf.cli.face import Face
from offshelf.cli.groups import add, group
from offshelf.kit.errors import UsageError
from offshelf.kit.texts import LANGUAGES
from offshelf.vocabulary.shops import Platform
from offshelf.vocabulary.texts import catalogue
from support.architecture import SOURCE

ARGS = ["--platform", "douyin", "--kind", "orders", "--as-of", "2026-11-20T18:00"]


@pytest.fixture
def run(importing, request, monkeypatch):
    """Return a call of the verb over the import, with two shops on WeChat and one on Douyin."""
    monkeypatch.setenv("COLUMNS", "200")
    wechat = Platform.WECHAT_CHANNELS
    shops = [
        SimpleNamespace(shop_id=name, platform=platform)
        for name, platform in (("do", Platform.DOUYIN), ("w1", wechat), ("w2", wechat))
    ]
    house = SimpleNamespace(
        files=importing.files,
        shops=SimpleNamespace(all=lambda: shops),
        users=SimpleNamespace(registered=lambda *_: False, all=tuple),
        close=lambda: None,
    )
    doors = SimpleNamespace(open=lambda: house, now=importing.clock.now)

    def call(*args, language="en", as_json=False):
        import typer

        app = group()
        add(app, "import", import_file)
        face = Face(doors, language, as_json=as_json)
        with typer.main.get_command(app).make_context("import", [*map(str, args)], obj=face) as ctx:
            return ctx.command.invoke(ctx)

    return call


def test_without_apply_it_only_tells(run, importing, make_csv, orders, capsys):
    before = importing.contents()
    assert run(make_csv(orders()), *ARGS) == 0
    out = capsys.readouterr().out
    assert "New 1, changed 0, the same 0" in out
    assert "run the same command with --apply" in out
    assert "2026-11-19 08:30:00" in out
    assert "3600000000000000001 TEA-1 2 ¥1,228.90" in out
    assert "douyin/orders.toml (partly checked)" in out
    assert "收件人" in out
    assert "李明" not in out
    assert importing.contents() == before


def test_with_apply_it_imports_and_says_so_once(run, importing, make_csv, orders, capsys):
    path = make_csv(orders())
    assert run(path, *ARGS, "--apply", "--by", "ann") == 0
    assert run(path, *ARGS, "--apply", as_json=True) == 0
    out = capsys.readouterr().out
    assert "file.csv was imported." in out
    document = json.loads(out.splitlines()[-1])
    assert (document["applied"]["written"], document["preview"]["before"]["by"]) == (False, "ann")
    assert [note["by"] for note in importing.notes] == ["ann"]


def test_bad_rows_block_and_are_told(run, importing, make_csv, orders, capsys):
    before = importing.contents()
    path = make_csv(orders({"商品ID": "3.6E+18"}))
    assert run(path, *ARGS, "--apply", as_json=True) == 3
    document = json.loads(capsys.readouterr().out)
    assert (document["applied"], document["exit"]) == (None, 3)
    assert document["error"]["code"] == "imports.bad_rows"
    assert [(e["row"], e["column"], e["code"]) for e in document["preview"]["errors"]] == [
        (2, "商品ID", "id_lost_digits")
    ]
    assert run(path, *ARGS, language="zh") == 3
    told = capsys.readouterr()
    assert "编号被当作数字处理过" in told.out
    assert "没有导入任何内容" in told.err
    assert importing.contents() == before
    assert run(path, *ARGS, "--apply", "--skip-bad-rows") == 0


def test_all_errors_go_to_a_file_that_runs_nothing(run, make_csv, orders, tmp_path, capsys):
    rows = orders(*({"主订单编号": f"6917926768823{n:06d}", "商品数量": "x"} for n in range(1, 61)))
    assert run(make_csv(rows), *ARGS, "--errors", tmp_path / "errors.csv") == 3
    assert "50 of 60 shown" in capsys.readouterr().out
    with (tmp_path / "errors.csv").open(encoding="utf-8-sig", newline="") as stream:
        found = list(csv.reader(stream))
    assert found[0] == ["Row", "Column", "What", "How to mend"]
    assert [row[:3] for row in found[1:]] == [
        [str(n), "商品数量", "This is no number."] for n in range(2, 62)
    ]


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (["--platform", "wechat_channels", "--kind", "orders"], "imports.which_shop"),
        (["--platform", "kuaishou", "--kind", "orders"], "imports.no_such_shop"),
        (["--platform", "douyin", "--kind", "orders", "--shop", "w1"], "imports.no_such_shop"),
        (["--platform", "douyin", "--kind", "orders", "--as-of", "soon"], "cli.bad_instant"),
    ],
)
def test_a_call_that_cannot_be_meant_is_refused(run, make_csv, orders, args, code):
    with pytest.raises(UsageError) as caught:
        run(make_csv(orders()), *args)
    assert caught.value.code == code


def row_codes():
    """Return the codes of row errors: what the import's code passes to `BadCellError` and `RowError`, or names so."""
    texts = {key.split(".")[2] for key in catalogue().keys("en") if key.startswith("imports.row.")}
    found = set()
    for path in (SOURCE / "catalog" / "files").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and node.value in texts:
                found.add(node.value)
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "BadCellError":
                found |= {arg.value for arg in node.args if isinstance(arg, ast.Constant)}
    return texts, found


def test_every_row_error_has_its_text_and_every_text_its_error():
    texts, found = row_codes()
    assert texts == found
    assert all(catalogue().has(f"imports.row.{code}.next", lang) for code in texts for lang in LANGUAGES)
