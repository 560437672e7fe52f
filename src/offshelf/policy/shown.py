"""A value as people read it, in the words of a language: what it is about, the value itself, what is particular about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from offshelf.kit.money import yuan
from offshelf.policy.kinds import Kind, Unit
from offshelf.vocabulary.texts import catalogue

if TYPE_CHECKING:
    from offshelf.policy.model import Value


def name_of(value: Value, language: str) -> str:
    """Return what a value is about; empty for an id we have no words for."""
    key = f"policy_value.{value.base}"
    return catalogue().say(key, language) if catalogue().has(key, language) else ""


def shown(value: Value, language: str) -> str:
    """Return a value with its unit on one line; of a list how many entries it has."""
    texts, plain = catalogue(), value.value
    if isinstance(plain, bool):
        return texts.say("policy_shown.yes" if plain else "policy_shown.no", language)
    if isinstance(plain, int):
        if value.unit is Unit.FEN:
            return f"¥{yuan(plain)}"
        if value.unit in (Unit.COUNT, None):
            return str(plain)
        return f"{plain} {texts.say(f'policy_unit.{value.unit.value}', language)}"
    if isinstance(plain, tuple):
        return texts.say("policy_shown.entries", language, count=len(plain))
    return plain


def items_of(value: Value) -> list[str]:
    """Return the entries of a list, one line each; none for any other value."""
    if not isinstance(value.value, tuple):
        return []
    return [item if isinstance(item, str) else " · ".join(item.values()) for item in value.value]


def marks_of(value: Value, language: str) -> tuple[str, ...]:
    """Return what is particular about a value: own, weaker than the law, a claim nobody verified, how well it is known."""
    texts, marks = catalogue(), []
    if value.override_of:
        key = f"policy_pack.{value.override_of}"
        pack = texts.say(key, language) if texts.has(key, language) else value.override_of
        marks.append(texts.say("policy_shown.own", language, pack=pack))
    if value.weaker:
        marks.append(texts.say("policy_shown.weaker", language))
    if value.kind is Kind.SEED_CLAIM:
        marks.append(texts.say("policy_shown.seed", language))
    elif value.certainty != "agreed":
        marks.append(texts.say(f"policy_certainty.{value.certainty}", language))
    return tuple(marks)


def changes(own: Value, shipped: Value) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return which entries of a shipped list an own one leaves out, and which it adds; nothing where one is no list."""
    if not isinstance(own.value, tuple) or not isinstance(shipped.value, tuple):
        return (), ()
    mine, theirs = items_of(own), items_of(shipped)
    return tuple(one for one in theirs if one not in mine), tuple(one for one in mine if one not in theirs)
