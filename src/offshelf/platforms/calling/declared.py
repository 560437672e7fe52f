"""Reads the `manifest.toml` of a connector: what it declares, the platform's numbers, its words in ours."""

from __future__ import annotations

import tomllib
from functools import cached_property
from importlib.resources import files
from typing import Any

from offshelf.platforms.contract import Credential, Fact, Grade, Guided, Manifest, Method, Risk, Setup


class Declared:
    """The manifest of one connector package, read once."""

    def __init__(self, package: str) -> None:
        self._package = package
        self._words: dict[str, dict[str, str]] = {}

    @cached_property
    def _document(self) -> dict[str, Any]:
        return tomllib.loads(files(self._package).joinpath("manifest.toml").read_text("utf-8"))

    @cached_property
    def _manifest(self) -> Manifest:
        document = self._document
        facts = {name: Fact(**entry) for name, entry in document["limits"].items()}
        return Manifest(
            platform=document["platform"],
            grades=frozenset(Grade(name) for name in document["grades"]),
            ports=frozenset(document["ports"]),
            limits={name: fact.value for name, fact in facts.items()},
            observed_on=document["observed_on"],
            gateway=document.get("gateway", ""),
            facts=facts,
            methods=tuple(_method(row) for row in document.get("methods", ())),
            guided=tuple(_guided(row) for row in document.get("guided", ())),
            credentials=tuple(Credential(**row) for row in document.get("credentials", ())),
            setup=tuple(_setup(row) for row in document.get("setup", ())),
        )

    def manifest(self) -> Manifest:
        """Return what the connector declares."""
        return self._manifest

    def limit(self, name: str) -> int:
        """Return one declared number."""
        return self._manifest.limits[name]

    def words(self, name: str) -> dict[str, str]:
        """Return one table of the platform's values (as text) in our words, whatever their certainty."""
        found = self._words.get(name)
        if found is None:
            parts = self._document[name].values()
            found = self._words[name] = {key: word for part in parts for key, word in part.items()}
        return found

    def pacing(self) -> dict[str, tuple[int, int]]:
        """Return the default pace by method (`*`: the shop as a whole): calls, seconds."""
        return {name: (row["calls"], row["seconds"]) for name, row in self._document["pacing"].items()}

    def raw(self, name: str) -> Any:
        """Return one part of the document as it is written; None where there is none."""
        return self._document.get(name)


def _method(row: dict[str, Any]) -> Method:
    return Method(row["name"], row["place"], Risk(row["risk"]), row["source"], row["certainty"])


def _guided(row: dict[str, Any]) -> Guided:
    menu = {"zh": row["menu_zh"], "en": row["menu_en"]}
    return Guided(row["place"], row["act"], menu, tuple(row["evidence"]), row["source"], row["certainty"])


def _setup(row: dict[str, Any]) -> Setup:
    menu = {"zh": row["menu_zh"], "en": row["menu_en"]}
    do = {"zh": row["do_zh"], "en": row["do_en"]}
    return Setup(row["what"], menu, do, row["url"], row["source"], row["certainty"])
