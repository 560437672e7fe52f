"""Values with a word of their own on the command line: `--reason safety` and `--reason 安全` say the same.

The words are those of the message catalogue, in either language whatever `--lang` says. A piece of a word counts where it
fits one value only; where it fits several, the call is refused with the list.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from offshelf.kit.errors import UsageError
from offshelf.kit.tame import clean
from offshelf.kit.texts import LANGUAGES
from offshelf.vocabulary.texts import catalogue

if TYPE_CHECKING:
    from offshelf.cli.words import Words

_SHORTEST = 3  # letters of a piece of an English word; a single Chinese character says enough


class Choice:
    """Reads one of some values. Given to an option as `parser=`; what it returns is the value itself."""

    def __init__(self, values: Iterable[Any], table: str, others: Mapping[str, str] | None = None) -> None:
        """Take the values (strings or members of a StrEnum) and the table of the catalogue that holds their words.

        `others` says for single values which table holds theirs instead.
        """
        self.values = tuple(values)
        self._keys = {str(value): f"{(others or {}).get(str(value), table)}.{value}" for value in self.values}
        self.__name__ = table  # the parser of the command line asks functions for their name

    def __call__(self, given: str) -> Any:
        """Return the value meant. Raises `UsageError('cli.bad_choice')` or `UsageError('cli.ambiguous_choice')`."""
        text = given.strip().casefold()
        plain = text.replace("-", "_").replace(" ", "_")
        for value in self.values:
            if plain == str(value).casefold():
                return value
        found = [value for value in self.values if text in self._words(value)] or self._with(text)
        if len(found) == 1:
            return found[0]
        code = "cli.ambiguous_choice" if found else "cli.bad_choice"
        raise UsageError(code, given=clean(given)[:40], choices=self._listed(found or self.values))

    def _with(self, piece: str) -> list[Any]:
        """Return the values with a word that holds this piece."""
        if len(piece) < (_SHORTEST if piece.isascii() else 1):
            return []
        return [value for value in self.values if any(piece in word for word in self._words(value))]

    def _words(self, value: Any) -> tuple[str, ...]:
        return tuple(catalogue().raw(self._keys[str(value)], language).casefold() for language in LANGUAGES)

    def _listed(self, values: Iterable[Any]) -> str:
        """Return values with their Chinese words, as a refusal names them whatever its language."""
        return ", ".join(f"{value} {catalogue().raw(self._keys[str(value)], 'zh')}" for value in values)

    def word(self, words: Words, value: str) -> str:
        """Return the word for one of the values; any other text as it stands."""
        return words.say(self._keys[value]) if value in self._keys else value

    def told(self, words: Words) -> str:
        """Return the values for a help page, each with its word where that says more."""
        return ", ".join(self._told(words, str(value)) for value in self.values)

    def _told(self, words: Words, value: str) -> str:
        word = words.say(self._keys[value])
        return value if word.casefold().replace(" ", "_") == value else f"{value} ({word})"
