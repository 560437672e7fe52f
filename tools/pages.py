"""Writes the page of every platform from its connector's manifest: Chinese first, then English.

python tools/pages.py            write docs/platforms/*.md
python tools/pages.py --check    write nothing; exit 1 and name the pages that differ
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from offshelf.kit.texts import LANGUAGES
from offshelf.platforms import registry
from offshelf.platforms.contract import Fact, Grade, Manifest
from offshelf.vocabulary.texts import catalogue

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "platforms"
SECTIONS = re.compile(r"§\d+(?:\.\d+)*(?: row \d+)?")
ROWS = re.compile(r" row (\d+)")


class Page:
    """The page of one manifest in one language."""

    def __init__(self, manifest: Manifest, language: str) -> None:
        self._manifest = manifest
        self._language = language
        self._texts = catalogue()

    def lines(self) -> list[str]:
        """Return the page without its title."""
        return [
            f"## {self._say('language')}",
            "",
            *self._preface(),
            *self._grades(),
            *self._methods(),
            *self._guided(),
            *self._limits(),
            *self._setup(),
            *self._credentials(),
        ]

    def _preface(self) -> list[str]:
        platform = self._manifest.platform
        notes = file_of(platform).with_name(f"{file_of(platform).stem}-notes.md")
        told = [
            self._say("generated", platform=platform, observed=self._manifest.observed_on),
            self._say("never_called"),
        ]
        if notes.exists():
            told.append(self._say("notes", name=notes.stem, file=notes.name))
        return [line for paragraph in told for line in (paragraph, "")]

    def _grades(self) -> list[str]:
        reached = self._manifest.grades
        rows = [
            (
                f"`{grade}`",
                self._say(f"grade.{grade}"),
                self._say("reached" if grade in reached else "not_reached"),
            )
            for grade in Grade
        ]
        return self._part("grades", ("grade", "means", "state"), rows)

    def _methods(self) -> list[str]:
        platform = self._manifest.platform
        rows = [
            (
                self._say(f"place.{row.place}"),
                self._say(f"method.{platform}.{row.name}"),
                f"`{row.name}`",
                self._say(f"risk.{row.risk}"),
                self._certainty(row.certainty),
                self._source(row.source),
            )
            for row in self._manifest.methods
        ]
        return self._part("methods", ("place", "what", "method", "risk", "certainty", "source"), rows)

    def _guided(self) -> list[str]:
        rows = [
            (
                self._say(f"place.{row.place}"),
                self._say(f"act.{row.place}.{row.act}"),
                row.menu[self._language],
                "；".join(kinds) if self._language == "zh" else "; ".join(kinds),
                self._certainty(row.certainty),
                self._source(row.source),
            )
            for row in self._manifest.guided
            for kinds in [[self._say(f"evidence.{_key(kind)}") for kind in row.evidence]]
        ]
        return self._part("guided", ("place", "act", "menu", "evidence", "certainty", "source"), rows)

    def _limits(self) -> list[str]:
        rows = [
            (
                self._say(f"limit.{name}"),
                f"`{name}`",
                self._amount(fact),
                self._certainty(fact.certainty),
                self._source(fact.source),
            )
            for name, fact in self._manifest.facts.items()
        ]
        return self._part("limits", ("limit", "name", "value", "certainty", "source"), rows)

    def _setup(self) -> list[str]:
        rows = [
            (
                self._say(f"setting_up.{row.what}"),
                row.menu[self._language],
                row.do[self._language],
                self._certainty(row.certainty),
                self._source(row.source),
            )
            for row in self._manifest.setup
        ]
        return self._part("setup", ("setting", "menu", "do", "certainty", "source"), rows)

    def _credentials(self) -> list[str]:
        rows = [
            (
                f"`{one.slot}`",
                self._say(f"slot.{one.slot}"),
                self._say("required" if one.required else "optional"),
            )
            for one in self._manifest.credentials
        ]
        part = self._part("credentials", ("name", "means", "needed"), rows)
        return [*part, self._say("consent"), ""] if "grant" in self._manifest.ports else part

    def _part(self, name: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
        intro = [self._say(f"{name}_intro"), ""] if self._texts.has(f"pages.{name}_intro", "en") else []
        head = [self._say(f"column.{column}") for column in columns]
        return [f"### {self._say(name)}", "", *intro, *_table(head, rows), ""]

    def _amount(self, fact: Fact) -> str:
        unit = self._say(f"unit.{_key(fact.unit)}")
        return unit if fact.unit.startswith("1:") else f"{fact.value:,} {unit}"

    def _certainty(self, word: str) -> str:
        return self._say(f"certainty.{_key(word)}")

    def _source(self, source: str) -> str:
        """Return the source; in Chinese its sections only, for what is said beside them is English."""
        if self._language == "en":
            return source
        sections = "、".join(dict.fromkeys(SECTIONS.findall(source)))
        return self._say("source", text=ROWS.sub(r" 第 \1 行", sections)) if sections else self._say("ours")

    def _say(self, key: str, **params: str) -> str:
        return self._texts.say(f"pages.{key}", self._language, **params)


def _key(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return ["| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines]


def page(manifest: Manifest) -> str:
    """Return the whole page of a manifest."""
    texts, platform = catalogue(), manifest.platform
    lines = [
        "# " + " · ".join(texts.say(f"pages.platform.{platform}", language) for language in LANGUAGES),
        "",
    ]
    for language in LANGUAGES:
        lines += Page(manifest, language).lines()
    return "\n".join(lines).rstrip("\n") + "\n"


def file_of(platform: str) -> Path:
    """Return where the page of a platform stands."""
    return FOLDER / f"{platform.replace('_', '-')}.md"


def main(arguments: Sequence[str]) -> int:
    """Write the pages, or compare them; return the exit code."""
    pages = {file_of(name): page(manifest) for name, manifest in registry.manifests().items()}
    differing = [path for path, text in pages.items() if not path.exists() or path.read_text("utf-8") != text]
    if "--check" in arguments:
        for path in differing:
            print(f"{path.relative_to(ROOT)} is not what the manifest says: make pages")
        return 1 if differing else 0
    for path in differing:
        path.write_text(pages[path], encoding="utf-8")
        print(f"wrote {path.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
