"""Chinese output has Chinese words: values, sources, looks and refusals; ids and names of methods stay as they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.cli_house import Cli, House


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("catalog list --limit x", "--limit 的值无法使用，应为：1–10000"),
        ("catalog list --limit 0", "--limit 的值无法使用，应为：1–10000"),
        ("demo --faults 2", "--faults 的值无法使用，应为：0.0–1.0"),
        ("tasks complete T --number many", "--number 的值无法使用，应为：0, 1, 2, …"),
        ("plan list extra", "无法理解该命令，多出的部分：extra"),
        ("catalog import x --platform 抖店 --kind 订单", "抖店 上没有店铺"),
        ("plan propose --reason 换季 --file /nowhere", "无法读取 /nowhere：没有这个文件或目录。"),
    ],
)
def test_a_refusal_is_chinese(run_cli: Cli, line: str, said: str) -> None:
    told = run_cli(*line.split(), "--lang", "zh")
    assert told.code == 2
    assert said in told.err.splitlines()[0]
    assert not any(word in told.err for word in ("Input", "should", "unexpected", "No such", "douyin"))


def test_what_cannot_be_put_back_is_told_in_words(run_cli: Cli) -> None:
    from offshelf.cli.words import Words
    from offshelf.vocabulary.plans import ActKind

    assert Words("zh").word("lost", ActKind.DRAIN_STOCK.value).startswith("库存")


@pytest.mark.parametrize("verb", ["policy show notice.closing", "policy show fresh.stock"])
def test_the_papers_of_a_value_are_chinese(run_cli: Cli, verb: str) -> None:
    told = run_cli(*verb.split(), "--lang", "zh").out
    assert not any(
        word in told for word in ("founding", "engineers", "Law", "own choice", "closing the shop")
    )
    assert "本程序的工程师" in told


def test_the_timeline_gives_chinese_sources(run_cli: Cli, house: House, tmp_path: Path) -> None:
    house.open_shop()
    run_cli.json("catalog", "sync")
    plan = run_cli.json("plan", "propose", "--reason", "season", "--all")["plan"]["id"]
    run_cli("plan", "preview", plan, "-o", str(tmp_path / "p.html"), "--lang", "zh")
    told = run_cli("plan", "timeline", plan, "--lang", "zh").out + (tmp_path / "p.html").read_text("utf-8")
    assert "art." not in told
    assert "own choice" not in told
