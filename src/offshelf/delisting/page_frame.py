"""The frame of every page we leave behind: self-contained, light and dark, narrow and wide, on screen and on paper.

Everything put into a page is escaped, and characters that turn the direction of a line are taken out, whoever wrote
them: a product's title must not make a page say something else.
"""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from offshelf.kit.tame import cell, turned
from offshelf.vocabulary.texts import catalogue


@cache
def environment() -> Environment:
    """Return the environment of the templates beside this file."""
    return environment_of("offshelf.delisting")


def environment_of(package: str) -> Environment:
    """Return the environment of the templates of a package, under the rules above."""
    made = Environment(
        loader=PackageLoader(package),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_plain,
    )
    made.filters["cell"] = cell
    return made


def language_tag(lang: str) -> str:
    """Return the tag browsers and screen readers know."""
    return "zh-CN" if lang == "zh" else "en"


def word_of(lang: str, kind: str, value: str, *, rooms: tuple[str, ...] = ("report",)) -> str:
    """Return the word for a value, from the first room that has one; a value we have no word for is shown as it is."""
    words = catalogue()
    for room in rooms:
        key = f"{room}.{kind}.{value}"
        if words.has(key, lang):
            return words.say(key, lang)
    return value


def code_text(code: str, lang: str) -> str:
    """Return why an act stands as it does, in the words of the command line; empty for a code without a text."""
    words = catalogue()
    ours, _, theirs = code.partition(":")
    if not ours or not words.has(f"code.{ours}", lang):
        return ""
    text = words.say(f"code.{ours}", lang)
    return words.say("code.with_platform_code", lang, text=text, code=theirs) if theirs else text


def _plain(value: object) -> object:
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    return turned(value)
