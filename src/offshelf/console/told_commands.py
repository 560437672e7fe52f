"""Sentences of the rooms as pages show them: commands stand out."""

from __future__ import annotations

from markupsafe import Markup, escape


def with_commands(text: str) -> Markup:
    """Return a sentence whose commands, between backticks, stand out."""
    parts = text.split("`")
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if number % 2 else escape(part)
        for number, part in enumerate(parts)
    )
