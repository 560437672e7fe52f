"""Language and theme: a cookie each, because they belong to a browser and not to a person."""

from __future__ import annotations

from starlette.requests import Request

from offshelf.kit.texts import LANGUAGES

LANGUAGE, THEME = "offshelf_language", "offshelf_theme"
THEMES = ("auto", "light", "dark")


def language_of(request: Request, default: str) -> str:
    """Return the language of a reader: chosen before, else the browser's, else the house's."""
    chosen = request.cookies.get(LANGUAGE, "")
    if chosen in LANGUAGES:
        return chosen
    header = request.headers.get("accept-language", "").lower()
    liked = (part.split(";")[0].strip().split("-")[0] for part in header.split(","))
    return next((language for language in liked if language in LANGUAGES), default)


def theme_of(request: Request) -> str:
    """Return `light`, `dark`, or `auto`: as the reader's machine is set."""
    chosen = request.cookies.get(THEME, "")
    return chosen if chosen in THEMES else "auto"
