"""Whatever the main job prints can be typed: every command is found in the output and parsed by the real command tree."""

from __future__ import annotations

from pathlib import Path

import pytest

from offshelf.platforms.contract import Meaning
from offshelf.tasks.model import Target
from offshelf.vocabulary.goods import PromotionKind, Shelf
from offshelf.vocabulary.places import PlaceKind
from support.cli_house import Cli, House
from support.evidence import png
from support.memory_shop import answers
from support.printed import commands_in, complaint


class Heard:
    """The command line, remembering every command it printed."""

    def __init__(self, run_cli: Cli, language: str) -> None:
        self.run_cli, self.language = run_cli, language
        self.printed: dict[str, str] = {}

    def __call__(self, line: str) -> None:
        told = self.run_cli(*line.split(), "--lang", self.language)
        for text in (told.out, told.err):
            for row in text.splitlines():
                self.printed |= dict.fromkeys(commands_in(row), line)


BEFORE = (
    "shops list;catalog list;plan list;doctor;policy diff;tasks list --all;access users list;monitor drift"
)
ASKING = (
    "plan show {p};plan check {p};plan check {p} --limit 1;plan waive {p} nothing --why x --until +1d;"
    "plan rehearse {p};plan rehearse {p} --last;plan rehearse {p} --forecast-only;plan timeline {p};"
    "plan preview {p} -o {out};plan approve {p} --fingerprint 00000000;plan run {p} --execute;plan pause {p};"
    "catalog places TEA-1;catalog licences;policy list;catalog snapshot -o {out}"
)
AFTER = (
    "plan show {p};plan verify {p};plan certificate {p} -o {out};plan report {p} -o {out};plan relist {p};"
    "monitor drift --deep;monitor events;monitor alerts;tasks list;tasks recheck;plan cancel {p};plan check {p};"
    "plan rehearse {p};journal verify;shops test;catalog sync"
)
TASKS = (
    "tasks show {t};tasks complete {t};tasks complete {t} --target 1 --text x;tasks complete {t} --target 9 --text x;"
    "tasks confirm {t};tasks drop {t} --why  ;tasks show T-9;tasks list;tasks sheet {t} -o {out}"
)


def play(heard: Heard, lines: str, **given: str) -> None:
    for line in lines.split(";"):
        heard(line.format(**given))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_command_printed_on_the_way_can_be_typed(
    run_cli: Cli, house: House, tmp_path: Path, language: str
) -> None:
    heard, out = Heard(run_cli, language), str(tmp_path / "out")
    play(heard, BEFORE)
    shop = house.open_shop("flagship", listings=30)
    shop.promote(PromotionKind.COUPON, "C1", "L1", "L2")
    heard("catalog sync")
    plan = run_cli.json("plan", "propose", "--reason", "season", "--all")["plan"]
    p, mark = plan["id"], plan["fingerprint"]
    house.clock.advance(3 * 3600)
    play(heard, ASKING, p=p, out=out)
    heard("catalog sync")
    play(heard, f"plan check {{p}};plan approve {{p}} --fingerprint {mark};plan run {{p}}", p=p)
    shop.faults["listings.take_off:L2"].append(answers(Meaning.REFUSED, "10020049"))
    heard(f"plan run {p} --execute --confirm {mark}")
    for number in range(1, 31):
        shop.goods[f"L{number}"].shelf = Shelf.ON
    play(heard, AFTER, p=p, out=out)
    play(heard, TASKS, t=opened(house), out=out)
    assert len(heard.printed) > 30
    wrong = {
        f"{line}: {command}": why for command, line in heard.printed.items() if (why := complaint(command))
    }
    assert wrong == {}


def opened(house: House, place: str = "replay", act: str = "dissociate") -> str:
    """Open a task over three replays, or over what is done where `place` says."""
    with house.services.database.begin() as tx:
        (task,) = house.services.tasks.open_batch(
            tx, f"guided.{act}", shop_id="flagship", plan_id="P-1", place=place, act=act,
            targets=[Target("flagship", PlaceKind.REPLAY, ref, ref, listing_id="L1") for ref in ("r1", "r2", "r3")],
        )  # fmt: skip
    return task.task_id


# -- what a task asks for -------------------------------------------------------------------------------------------


def test_a_task_prints_every_piece_it_asks_for(run_cli: Cli, house: House) -> None:
    house.open_shop()
    task = opened(house)
    told = run_cli.json("tasks", "show", task)
    pieces = " ".join(["--evidence FILE"] * 3)
    assert told["next"][0] == f"offshelf tasks complete {task} --target 1 {pieces}"


def test_what_is_lacking_is_told_in_the_words_of_the_language(run_cli: Cli, house: House) -> None:
    house.open_shop()
    task = opened(house)
    told = run_cli("tasks", "complete", task, "--target", "1", "--text", "x", "--lang", "zh")
    assert "还缺凭证：截图×3" in told.err
    assert "screenshot" not in told.err


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("zh", "已提交 1 个目标，还不算完成：须由另一个人确认，lin 本人不能确认。"),
        ("en", "1 targets are handed in and not done yet: another person must confirm them, lin cannot."),
    ],
)
def test_who_completes_hears_that_another_person_must_confirm(
    run_cli: Cli, house: House, tmp_path: Path, language: str, sentence: str
) -> None:
    house.open_shop()
    task, files = opened(house, "live", "switch_off"), []  # the policy asks for two persons here
    for number in range(3):
        (tmp_path / f"{number}.png").write_bytes(png(number))
        files += ["--evidence", str(tmp_path / f"{number}.png")]
    told = run_cli("tasks", "complete", task, "--target", "1", *files, "--by", "lin", "--lang", language)
    assert sentence in told.out
    assert f"  offshelf tasks confirm {task} --by NAME" in told.out.splitlines()
    shown = run_cli("tasks", "show", task, "--lang", language).out
    assert sentence in shown
    same = run_cli("tasks", "confirm", task, "--by", "lin", "--json")
    assert (same.code, same.json["error"]["code"]) == (3, "tasks.same_person")
    other = run_cli("tasks", "confirm", task, "--by", "wang", "--json")
    assert (other.code, other.json["waiting"], other.json["next"]) == (0, None, [])


def test_nobody_is_asked_where_nothing_waits(run_cli: Cli, house: House) -> None:
    house.open_shop()
    told = run_cli.json("tasks", "show", opened(house))
    assert not any("confirm" in command for command in told["next"])
