"""The language of an answer, from Accept-Language."""

from __future__ import annotations

from offshelf.kit.texts import LANGUAGES


def choose(header: str, default: str) -> str:
    """Return `zh` or `en`: the one the caller likes better; on a tie or without a word on it, `default`."""
    likes = dict.fromkeys(LANGUAGES, 0.0)
    for part in header.lower().split(","):
        tag, _, weight = part.partition(";")
        language = tag.strip().split("-")[0]
        if language in likes:
            likes[language] = max(likes[language], _weight(weight))
    best = max(likes.values())
    liked = [language for language in LANGUAGES if likes[language] == best]
    return default if default in liked else liked[0]


def _weight(text: str) -> float:
    name, _, number = text.strip().partition("=")
    if not text.strip():
        return 1.0
    try:
        value = float(number) if name.strip() == "q" else 1.0
    except ValueError:
        return 0.0
    return value if 0.0 <= value <= 1.0 else 0.0
