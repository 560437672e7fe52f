"""Texts of one language for the command line."""

from __future__ import annotations

import string
from collections.abc import Mapping

from offshelf.kit.tame import clean
from offshelf.kit.texts import MissingTextError
from offshelf.vocabulary.texts import catalogue, listed, worded

__all__ = ["Words", "clean"]

# Parameters of errors that are values with a word of their own, by the table that holds the words.
_WORDED = {"state": "state", "platform": "report.platform"}


class Words:
    """The catalogue in one language."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._catalogue = catalogue()

    def say(self, key: str, /, **params: object) -> str:
        """Return a sentence with its places filled."""
        # Places may be called `key` or `language` too, which the catalogue's own `say` takes for itself.
        text = self._catalogue.raw(key, self.language)
        missing = self._catalogue.places(key, self.language) - set(params)
        if missing:
            raise MissingTextError(f"{key}: {sorted(missing)} not filled")
        parts = string.Formatter().parse(text)
        return "".join(literal + ("" if name is None else str(params[name])) for literal, name, _, _ in parts)

    def has(self, key: str) -> bool:
        """Tell whether there is such a text."""
        return self._catalogue.has(key, self.language)

    def word(self, kind: str, value: str) -> str:
        """Return the word for a value (`state`, `running`); a value we have no word for is shown as it is."""
        key = f"{kind}.{value}"
        return self.say(key) if self.has(key) else clean(value)

    def act_code(self, code: str) -> str:
        """Return why an act stands as it does; `code` is a look's code, or a meaning with the platform's own code."""
        ours, _, theirs = code.partition(":")
        text = self.word("code", ours) if ours else ""
        return self.say("code.with_platform_code", text=text, code=clean(theirs)) if theirs else text

    def trouble(self, code: str, params: Mapping[str, object]) -> tuple[str, str]:
        """Return what happened and what to do next; a state is told in the words of the language."""
        safe = {name: clean(value) for name, value in listed(params, self.language).items()}
        for name, table in _WORDED.items():
            if name in safe:
                safe[name] = self.word(table, safe[name])
        if code.startswith("imports.") and "kind" in safe:
            safe["kind"] = self.word("import_kind", safe["kind"])
        if "why" in safe and self.has(said := f"os_error.{safe['why'].lower().replace(' ', '_')}"):
            safe["why"] = self.say(said)
        if code == "tasks.evidence_missing":
            safe["missing"] = self._evidence(safe["missing"])
        try:
            return self.say(f"error.{code}", **safe), self.say(f"error.{code}.next", **safe)
        except MissingTextError:  # a sentence is missing: the code still tells what it is
            inside = ", ".join(f"{name}={value}" for name, value in safe.items())
            return f"{code} ({inside})" if inside else code, ""

    def _evidence(self, missing: str) -> str:
        """Return `screenshot×1, text×1` in the words of the language."""
        pieces = [piece.partition("×") for piece in missing.split(", ")]
        between = self.say("report.between")
        return between.join(f"{self.word('evidence_kind', kind)}×{many}" for kind, _, many in pieces)

    def finding(self, row: dict[str, object]) -> tuple[str, str]:
        """Return what a finding says and what to do about it."""
        key, params = f"finding.{row['code']}", row["params"]
        if not self.has(key) or not isinstance(params, dict):
            return clean(row["code"]), ""
        safe = {name: clean(value) for name, value in worded(params, self.language).items()}
        remedy = self.say(f"{key}.next", **safe) if self.has(f"{key}.next") else ""
        return self.say(key, **safe), remedy

    def places(self, key: str) -> frozenset[str]:
        """Return the names of the places in a text."""
        return self._catalogue.places(key, self.language)
