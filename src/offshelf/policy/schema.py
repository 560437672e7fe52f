"""Reads one policy pack strictly: every mistake with its file, its line and what to change. Pure.

A pack is a table with `pack`, `version`, `about`, `defaults` (papers that several values share) and `values`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches

from offshelf.kit.digest import sm3
from offshelf.kit.errors import UsageError
from offshelf.kit.yamlfile import Node, read_yaml
from offshelf.policy.model import Kind, Unit, Value
from offshelf.policy.shapes import FIXED, HOLIDAYS, check_holidays, read_value, text_of
from offshelf.vocabulary.shops import Platform

_ID = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)+(@[a-z0-9_]+)?")
_LONGEST_ID = 80
_YEAR = re.compile(r"20\d\d")
# A law is cited by article, or by the number of its notice.
_ARTICLE = re.compile(r"第\s*[0-9一二三四五六七八九十百]+\s*条|\bart\. ?\d|〔\d{4}〕\s*\d+\s*号")
_SEED = re.compile(r"\bS[01]\.\d+")
_HEAD = ("pack", "version", "about", "defaults", "values")
_SHARED = ("kind", "source", "observed_on", "reviewed_by", "reviewed_on", "effective_from", "certainty")
_OF_VALUES = ("id", "value", "unit", *_SHARED, "effective_to", "note")
_SHIPPED_ONLY = ("laxer",)
_OWN_ONLY = ("why",)
CERTAINTIES = ("agreed", "single", "inferred")
LAXER = ("lower", "higher", "fewer", "changed")


@dataclass(frozen=True, slots=True)
class Pack:
    """One file that was read without a mistake. `digest` is the SM3 of its text."""

    name: str
    file: str
    version: str
    about: str
    values: tuple[Value, ...]
    digest: str


@dataclass(frozen=True, slots=True)
class Reading:
    """A pack, or every mistake that keeps it from being one."""

    pack: Pack | None
    mistakes: tuple[UsageError, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """What a merchant's file may speak of: anything else would be taken in, and nothing would ever ask for it.

    `per_platform` tells of an id without platform whether it is read for one platform at all. `words` are those a list may
    hold, by id; a list that is not named there may hold any.
    """

    per_platform: Callable[[str], bool]
    words: Mapping[str, Collection[str]] = field(default_factory=dict)


def read_pack(
    text: str, file: str, *, shipped: bool = False, today: date | None = None, known: Known | None = None
) -> Reading:
    """Read a pack. `today` is the legal day against which future days are refused; None: it was accepted before."""
    reader = _Reader(file, shipped=shipped, today=today, known=known)
    try:
        pack = reader.pack(text)
    except UsageError as error:
        return Reading(None, (*reader.mistakes, error))
    return Reading(None, tuple(reader.mistakes)) if reader.mistakes else Reading(pack)


class _Reader:
    """Reads one file; mistakes in single values are collected, a broken frame ends the reading."""

    def __init__(self, file: str, *, shipped: bool, today: date | None, known: Known | None) -> None:
        self.file = file
        self.known = known
        self.shipped = shipped
        self.today = today
        self.mistakes: list[UsageError] = []
        only = _SHIPPED_ONLY if shipped else _OWN_ONLY
        self.keys = (*_OF_VALUES, *only)

    def pack(self, text: str) -> Pack:
        """Return the pack; what is wrong with its values stands in `mistakes`."""
        head = dict(read_yaml(text, self.file).items())
        top = Node(head, self.file, 1)
        _refuse_unknown(top, _HEAD)
        name = text_of(_given(top, "pack"), "pack")
        if not re.fullmatch(r"[\w-]{1,40}", name):
            raise UsageError("policy.bad_pack_name", file=self.file, line=head["pack"].line)
        version = _version(_given(top, "version"))
        about = text_of(head["about"], "about") if "about" in head else ""
        shared = dict(head["defaults"].items()) if "defaults" in head else {}
        if "defaults" in head:
            _refuse_unknown(head["defaults"], _SHARED)
        values = [self._value(item, shared, name) for item in _given(top, "values").rows()]
        found = tuple(value for value in values if value is not None)
        self._refuse_double(found)
        return Pack(name, self.file, version, about, found, sm3(text.encode()))

    def _value(self, node: Node, shared: Mapping[str, Node], pack: str) -> Value | None:
        try:
            own = dict(node.items())
            _refuse_unknown(node, self.keys)
            return self._read(Node({**shared, **own}, node.file, node.line), pack)
        except UsageError as error:
            self.mistakes.append(error)
            return None

    def _read(self, entry: Node, pack: str) -> Value:
        policy_id = _id(_given(entry, "id"))
        unit = _word(entry, "unit", [*Unit])
        found = Value(
            policy_id=policy_id,
            value=read_value(policy_id, _given(entry, "value"), Unit(unit) if unit else None),
            unit=Unit(unit) if unit else None,
            kind=Kind(_word(entry, "kind", [*Kind], needed=True)),
            source=self._source(entry),
            observed_on=self._day(entry, "observed_on"),
            reviewed_by=_text(entry, "reviewed_by"),
            reviewed_on=self._day(entry, "reviewed_on") if "reviewed_on" in entry.value else None,
            effective_from=_day(_given(entry, "effective_from"), "effective_from"),
            effective_to=_last_day(entry),
            certainty=_word(entry, "certainty", CERTAINTIES) or "agreed",
            note=_text(entry, "note"),
            pack=pack,
            line=entry.line,
            laxer=_word(entry, "laxer", LAXER),
            why=_text(entry, "why"),
        )
        self._check(found, entry)
        if self.known is not None:
            _refuse_unread(found, entry, self.known)
        return found

    def _source(self, entry: Node) -> str:
        """Return the source. A day that has passed without one is told as such: somebody saw something, where?"""
        node = entry.value.get("source")
        if node is not None and node.value is not None and node.value != "":
            return text_of(node, "source")
        for key in ("observed_on", "effective_from", "reviewed_on"):
            day = entry.value.get(key)
            if day is not None and isinstance(day.value, date) and day.value <= (self.today or date.max):
                raise UsageError(
                    "policy.past_without_source",
                    file=day.file,
                    line=day.line,
                    key=key,
                    day=day.value.isoformat(),
                )
        raise UsageError("policy.key_missing", file=entry.file, line=entry.line, key="source")

    def _day(self, entry: Node, key: str) -> date:
        """Return a day on which something was done: it cannot lie ahead."""
        node = _given(entry, key)
        day = _day(node, key)
        if self.today is not None and day > self.today:
            raise UsageError("policy.day_ahead", file=node.file, line=node.line, key=key, day=day.isoformat())
        return day

    def _check(self, value: Value, entry: Node) -> None:
        """Refuse what contradicts itself."""
        end = entry.value.get("effective_to")
        if value.effective_to is not None and value.effective_to < value.effective_from:
            raise UsageError(
                "policy.ends_before_start",
                file=end.file,
                line=end.line,
                start=value.effective_from.isoformat(),
            )
        if bool(value.reviewed_by) != (value.reviewed_on is not None):
            raise UsageError("policy.half_a_review", file=entry.file, line=entry.line, id=value.policy_id)
        if value.kind is Kind.LAW:
            _check_law(value, entry)
        if value.base.startswith(HOLIDAYS):
            check_holidays(value, entry.value["value"])
        if self.shipped and not value.reviewed_by:
            raise UsageError("policy.key_missing", file=entry.file, line=entry.line, key="reviewed_by")
        if self.shipped and value.kind is Kind.LAW and not value.laxer:
            raise UsageError("policy.key_missing", file=entry.file, line=entry.line, key="laxer")

    def _refuse_double(self, values: Iterable[Value]) -> None:
        """Refuse the same id a second time, unless the days do not meet."""
        seen: dict[str, list[Value]] = {}
        for value in values:
            before = next((one for one in seen.get(value.policy_id, ()) if one.overlaps(value)), None)
            if before is not None:
                self.mistakes.append(
                    UsageError(
                        "policy.id_twice",
                        file=self.file,
                        line=value.line,
                        id=value.policy_id,
                        before=before.line,
                    )
                )
            seen.setdefault(value.policy_id, []).append(value)


def near(word: str, known: Iterable[str]) -> str:
    """Return the known words nearest to a word, or all of them where they are few."""
    every = list(known)
    found = get_close_matches(word, every, n=3, cutoff=0.5) or (every if len(every) <= 20 else [])
    return ", ".join(found) or "–"


def _refuse_unread(value: Value, entry: Node, known: Known) -> None:
    """Refuse what would be in force and read by nobody: a platform of its own where none is asked, a misspelt word."""
    if value.platform and not known.per_platform(value.base):
        node = entry.value["id"]
        raise UsageError(
            "policy.not_per_platform", file=node.file, line=node.line, id=value.policy_id, base=value.base
        )
    words = known.words.get(value.base)
    for item in entry.value["value"].rows() if words is not None and isinstance(value.value, tuple) else ():
        if str(item.plain()) not in (words or ()):
            raise UsageError(
                "policy.word_unknown",
                file=item.file,
                line=item.line,
                id=value.policy_id,
                word=str(item.plain())[:80],
                near=near(str(item.plain()), sorted(words or ())),
            )


def _check_law(value: Value, entry: Node) -> None:
    at = entry.value["kind"].line
    if _SEED.search(value.source):
        raise UsageError("policy.seed_as_law", file=entry.file, line=at, id=value.policy_id)
    if not _ARTICLE.search(value.source):
        raise UsageError(
            "policy.law_without_article",
            file=entry.file,
            line=entry.value["source"].line,
            id=value.policy_id,
        )


def _id(node: Node) -> str:
    found = text_of(node, "id")
    if len(found) > _LONGEST_ID or not _ID.fullmatch(found):
        raise UsageError("policy.bad_id", file=node.file, line=node.line, id=found[:_LONGEST_ID])
    base, _, platform = found.partition("@")
    if platform and platform not in [*Platform]:
        raise UsageError(
            "policy.no_such_platform",
            file=node.file,
            line=node.line,
            platform=platform,
            known=", ".join(Platform),
        )
    year = base.removeprefix(HOLIDAYS)
    if base.startswith(HOLIDAYS) and (platform or (base != FIXED and not _YEAR.fullmatch(year))):
        raise UsageError("policy.holidays_bad_id", file=node.file, line=node.line, id=found)
    return found


def _version(node: Node) -> str:
    if isinstance(node.value, int | date) and not isinstance(node.value, bool):
        return str(node.value)
    return text_of(node, "version")


def _given(table: Node, key: str) -> Node:
    node = table.value.get(key)
    if node is None:
        raise UsageError("policy.key_missing", file=table.file, line=table.line, key=key)
    found: Node = node
    return found


def _text(entry: Node, key: str) -> str:
    node = entry.value.get(key)
    return "" if node is None else text_of(node, key)


def _day(node: Node, key: str) -> date:
    if not isinstance(node.value, date):
        raise UsageError("policy.not_a_day", file=node.file, line=node.line, key=key)
    return node.value


def _last_day(entry: Node) -> date | None:
    node = entry.value.get("effective_to")
    return None if node is None or node.value is None else _day(node, "effective_to")


def _word(entry: Node, key: str, known: Iterable[str], *, needed: bool = False) -> str:
    """Return one of the known words, or nothing where none is given and none is needed."""
    node = _given(entry, key) if needed else entry.value.get(key)
    if node is None:
        return ""
    words = [str(word) for word in known]
    if node.value not in words:
        raise UsageError(
            "policy.not_one_of",
            file=node.file,
            line=node.line,
            key=key,
            found=str(node.plain())[:40],
            known=", ".join(words),
        )
    return str(node.value)


def _refuse_unknown(table: Node, known: Iterable[str]) -> None:
    keys = list(known)
    for key, node in table.items():
        if key not in keys:
            raise UsageError(
                "policy.key_unknown", file=node.file, line=node.line, key=key[:40], near=near(key, keys)
            )
