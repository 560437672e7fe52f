"""The papers of a value in the words of a language: on whose word it stands, what to know of it, who reviewed it.

Packs keep one text for machines and for the record. Law is written `法律 第N条 (Law art. N)`, notes `中文 / English`, the
founding documents by their ids. What is prose has its text in the catalogue by the id of the value, where the English one
is the text of the pack to the letter: another source, a merchant's for example, is told as it stands.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from offshelf.vocabulary.texts import catalogue

if TYPE_CHECKING:
    from offshelf.policy.model import Value

_GLOSS = re.compile(r" ?\([^()\u3400-\u9fff]*\)")  # an English name beside a Chinese one
_FOUNDING = re.compile(r"S[01]\.\d+(, S[01]\.\d+)*")
_HAN = re.compile(r"[\u3400-\u9fff]")
_BOTH = re.compile(r"\s*/ ")
_OWN = "own choice"


def source_of(value: Value, language: str) -> str:
    """Return on whose word a value stands."""
    text = _by_id(f"policy_source.{value.policy_id}", value.source, language)
    if text:
        return text
    between = catalogue().raw("policy_told.between", language)
    return between.join(_piece(piece, language) for piece in value.source.split("; "))


def note_of(value: Value, language: str) -> str:
    """Return what must be known of a value; of a note in both languages the one asked for."""
    parts = _BOTH.split(value.note or "", maxsplit=1)
    if len(parts) == 2 and _HAN.search(parts[0]) and not _HAN.search(parts[1]):
        return parts[0] if language == "zh" else parts[1]
    return value.note or ""


def reviewer_of(value: Value, language: str) -> str:
    """Return who reviewed a value; empty where nobody did."""
    return _by_id("policy_told.founders", value.reviewed_by or "", language) or value.reviewed_by or ""


def _by_id(key: str, recorded: str, language: str) -> str:
    """Return the text of a key where its English is what the pack says; else nothing."""
    texts = catalogue()
    fits = texts.has(key, "en") and texts.raw(key, "en") == recorded
    return texts.raw(key, language) if fits else ""


def _piece(piece: str, language: str) -> str:
    if piece == _OWN:
        return catalogue().raw("policy_told.own_choice", language)
    if _FOUNDING.fullmatch(piece):
        return catalogue().say("policy_told.founding", language, ids=piece)
    return _GLOSS.sub("", piece) if language == "zh" and _HAN.search(piece) else piece
