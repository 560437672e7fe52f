"""The documents say what the code says: settings, rooms, decisions, commands, links."""

from __future__ import annotations

import ast
import configparser
import re
from pathlib import Path

import pytest

from support.architecture import ROOT, SOURCE, modules, none, tracked

DOCS = ROOT / "docs"
README, README_ZH = ROOT / "README.md", ROOT / "README.zh.md"
PAGES = [path for path in tracked() if path.suffix == ".md"]
DECISIONS = sorted((DOCS / "decisions").glob("*.md"))
HEADINGS = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)
VARIABLE = re.compile(r"OFFSHELF_[A-Z_]+")
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


def _variables() -> set[str]:
    found: set[str] = set()
    for module in modules():
        for node in ast.walk(module.tree):
            if (
                isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and VARIABLE.fullmatch(node.value)
            ):
                found.add(node.value)
    return found


def _rooms() -> set[str]:
    names = {path.stem if path.suffix else path.name for path in SOURCE.iterdir()}
    return {name for name in names if not name.startswith("__")}


def test_every_setting_has_its_heading() -> None:
    headings = set(VARIABLE.findall(" ".join(HEADINGS.findall((DOCS / "settings.md").read_text("utf-8")))))
    assert headings == _variables()


def test_every_crash_point_is_told_of() -> None:
    points = {
        call.args[0].value
        for module in modules()
        for call, _ in module.calls()
        if module.dotted(call.func).endswith("._reach") and isinstance(call.args[0], ast.Constant)
    }
    text = (DOCS / "settings.md").read_text("utf-8")
    assert points
    assert [point for point in sorted(points) if f"`{point}`" not in text] == []


def test_every_room_has_its_sentence() -> None:
    text = (DOCS / "architecture.md").read_text("utf-8")
    told = set(re.findall(r"^\| `([a-z_]+)` \|", text, re.MULTILINE))
    assert _rooms() <= told, sorted(_rooms() - told)


def test_no_room_is_told_of_that_nobody_declared() -> None:
    config = configparser.ConfigParser()
    config.read(ROOT / ".importlinter", "utf-8")
    declared = set(re.findall(r"[a-z_]+", config["importlinter:contract:layers"]["layers"]))
    text = (DOCS / "architecture.md").read_text("utf-8")
    assert set(re.findall(r"^\| `([a-z_]+)` \|", text, re.MULTILINE)) == declared


def test_every_page_is_in_the_index() -> None:
    index = (DOCS / "README.md").read_text("utf-8")
    pages = {path.relative_to(DOCS).as_posix() for path in PAGES if path.is_relative_to(DOCS)} - {"README.md"}
    assert {f"decisions/{path.name}" for path in DECISIONS} < pages
    assert none(page for page in pages if f"({page})" not in index)


def test_decisions_are_numbered_without_a_gap() -> None:
    numbers = [int(path.name[:4]) for path in DECISIONS]
    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_says_what_a_decision_must(path: Path) -> None:
    parts = [heading.split(":")[0] for heading in HEADINGS.findall(path.read_text("utf-8"))[1:]]
    assert parts == ["Context", "Decision", "Alternatives", "Consequences", "Enforced by"]


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_names_a_rule_that_exists(path: Path) -> None:
    enforced = path.read_text("utf-8").partition("## Enforced by")[2]
    named = re.findall(r"`((?:tests|src|tools|\.importlinter|\.ci|bench)[\w./-]*)`", enforced)
    assert named
    assert [name for name in named if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(path: Path) -> None:
    inside = [link for link in LINK.findall(path.read_text("utf-8")) if "://" not in link]
    assert [link for link in inside if not (path.parent / link).exists()] == []


@pytest.mark.parametrize("path", [README, README_ZH], ids=["en", "zh"])
def test_the_chores_of_the_readme_exist(path: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = set(re.findall(r"\bmake ([a-z]+)\b", path.read_text("utf-8")))
    assert {"demo", "test"} <= named <= targets


def test_both_readmes_show_the_same_commands() -> None:
    blocks = [
        re.findall(r"```sh\n(.*?)```", page.read_text("utf-8"), re.DOTALL) for page in (README, README_ZH)
    ]
    bare = [[re.sub(r"\s*#.*", "", line) for block in page for line in block.splitlines()] for page in blocks]
    assert bare[0] == bare[1]
    assert bare[0]


def test_the_changelog_names_the_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    headings = HEADINGS.findall(text)
    assert headings[:2] == ["Changelog", "[Unreleased]"]
    assert {"Added"} <= set(headings)
