"""Every command a text of the catalogue names can be typed: its verb is there, and so is what the verb asks for."""

from __future__ import annotations

import pytest

from offshelf.kit.texts import LANGUAGES
from offshelf.vocabulary.texts import catalogue
from support.printed import commands_in, complaint

TEXTS = catalogue()
PRINTED = sorted(
    {
        (command, language, key)
        for language in LANGUAGES
        for key in TEXTS.keys(language)
        for command in commands_in(TEXTS.raw(key, language).replace("{{", "{").replace("}}", "}"))
    }
)


def test_commands_are_found() -> None:
    assert len(PRINTED) > 200


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_command_in_a_text_can_be_typed(language: str) -> None:
    wrong = {
        f"{key}: {command}": why
        for command, said, key in PRINTED
        if said == language and (why := complaint(command))
    }
    assert wrong == {}


@pytest.mark.parametrize(
    ("command", "right"),
    [
        ("offshelf plan check P --every", True),
        ("offshelf tasks complete --note", False),
        ("offshelf plan approve", False),
        ("offshelf plan shout P", False),
        ("offshelf plan propose --all", False),
        ("offshelf plan propose --reason boredom --all", False),
        ("offshelf plan", False),
        ("offshelf plan waive --help", True),
        ("offshelf shops list extra", False),
    ],
)
def test_the_parser_is_the_real_one(command: str, right: bool) -> None:
    assert (complaint(command) == "") is right
