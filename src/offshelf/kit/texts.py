"""One catalogue of texts, Chinese and English, filled from files beside the words they belong to.

A text file is TOML: tables of dotted keys to sentences with `{named}` places. The mechanism is here; the words are in
`offshelf.vocabulary`.
"""

from __future__ import annotations

import string
import tomllib
from collections.abc import Mapping
from importlib.resources.abc import Traversable

LANGUAGES = ("zh", "en")


class MissingTextError(LookupError):
    """A text was asked for that the catalogue does not have: a bug, found by tests."""


class Catalogue:
    """Texts by language and key."""

    def __init__(self, texts: Mapping[str, Mapping[str, str]]) -> None:
        self._texts = texts

    @classmethod
    def load(cls, folder: Traversable) -> Catalogue:
        """Read `folder/<language>/*.toml`; a key that stands in two files is refused."""
        texts: dict[str, dict[str, str]] = {}
        for language in LANGUAGES:
            merged: dict[str, str] = {}
            for file in sorted(folder.joinpath(language).iterdir(), key=lambda entry: entry.name):
                if not file.name.endswith(".toml"):
                    continue
                for key, text in _flatten("", tomllib.loads(file.read_text("utf-8"))):
                    if key in merged:
                        raise ValueError(f"text {key} stands twice ({language}, {file.name})")
                    merged[key] = text
            texts[language] = merged
        return cls(texts)

    def keys(self, language: str) -> frozenset[str]:
        """Return every key of a language."""
        return frozenset(self._texts[language])

    def has(self, key: str, language: str) -> bool:
        """Tell whether the key exists."""
        return key in self._texts[language]

    def places(self, key: str, language: str) -> frozenset[str]:
        """Return the names of the places in a text."""
        return frozenset(name for _, name, _, _ in string.Formatter().parse(self.raw(key, language)) if name)

    def raw(self, key: str, language: str) -> str:
        """Return the text with its places unfilled."""
        try:
            return self._texts[language][key]
        except KeyError:
            raise MissingTextError(f"{language}: {key}") from None

    def say(self, key: str, language: str, /, **params: object) -> str:
        """Return the text with its places filled; values are put in as they are, never interpreted."""
        return _fill(self.raw(key, language), params)


def _fill(text: str, params: Mapping[str, object]) -> str:
    # Only plain `{name}` places: a value from outside cannot reach attributes or items of our objects.
    parts: list[str] = []
    for literal, name, _, _ in string.Formatter().parse(text):
        parts.append(literal)
        if name is not None:
            if name not in params:
                raise MissingTextError(f"place {{{name}}} of {text!r} was not filled")
            parts.append(str(params[name]))
    return "".join(parts)


def _flatten(prefix: str, table: Mapping[str, object]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for name, value in table.items():
        key = f"{prefix}.{name}" if prefix else name
        if isinstance(value, Mapping):
            found.extend(_flatten(key, value))
        elif isinstance(value, str):
            # `_` names the text of the table itself, so that `error.x` and `error.x.next` can both exist.
            found.append((key.removesuffix("._"), value))
        else:
            raise TypeError(f"text {key} is not a sentence")
    return found
