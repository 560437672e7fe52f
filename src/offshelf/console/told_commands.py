"""Sentences of the rooms as pages show them: commands stand out."""

from __future__ import annotations

from markupsafe import Markup, escape

from offshelf.console.trouble import words_of_code
from offshelf.console.visit import Visit
from offshelf.kit.errors import OffshelfError


def with_commands(text: str) -> Markup:
    """Return a sentence whose commands, between backticks, stand out."""
    parts = text.split("`")
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if number % 2 else escape(part)
        for number, part in enumerate(parts)
    )


def wrong_of(visit: Visit, error: OffshelfError) -> tuple[str, Markup]:
    """Return what was wrong and what to do about it, for the form that met it."""
    text, then = words_of_code(error.code, error.params, visit.language)
    return text, with_commands(then)
