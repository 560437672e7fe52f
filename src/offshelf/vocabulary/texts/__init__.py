"""The catalogue of messages: every text a person reads, in Chinese and English, one file per room and language."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from offshelf.kit.texts import Catalogue


@cache
def catalogue() -> Catalogue:
    """Return the catalogue, read once."""
    return Catalogue.load(files(__name__))


# Parameters of findings that are values with a word of their own, by the table that holds the words.
_WORDED = {"kind": "place", "check": "check"}


def worded(params: Mapping[str, object], language: str) -> dict[str, object]:
    """Return the parameters of a finding with values told in the words of a language; what has no word stays."""
    told = dict(params)
    for name, table in _WORDED.items():
        key = f"{table}.{params.get(name)}"
        if name in params and catalogue().has(key, language):
            told[name] = catalogue().raw(key, language)
    return told


# Parameters of refusals that are lists of values with a word of their own, by the table that holds the words.
_LISTED = {"departments": "department"}


def listed(params: Mapping[str, object], language: str) -> dict[str, object]:
    """Return the parameters of a refusal with lists of values told in the words of a language; what has no word stays."""
    told = dict(params)
    for name, table in _LISTED.items():
        if name in params:
            some = str(params[name]).split(", ")
            words = [(one, f"{table}.{one}") for one in some]
            there = [
                catalogue().raw(key, language) if catalogue().has(key, language) else one
                for one, key in words
            ]
            told[name] = ("、" if language == "zh" else ", ").join(there)
    return told
