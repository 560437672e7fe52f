"""Packs together: the shipped ones, what a merchant's own may replace, and what is in force on a day. Pure but for
reading the files inside the package.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, cached_property
from importlib.resources import files
from itertools import combinations

from offshelf.kit.errors import UsageError
from offshelf.policy.model import SPANS, Kind, Plain, Policy, Value
from offshelf.policy.schema import Pack, near, read_pack
from offshelf.policy.shapes import HOLIDAYS, columns_of, shape_of

# Ids a merchant may make: holidays of further years, menu paths, and values of checks of their own.
OPEN = (HOLIDAYS, "menu.", "own.")
# Common values that are asked for with the platform of a shop (a test compares the list with the checks). Beside them
# those that a pack of a platform brings, and the open ones but holidays.
PER_PLATFORM = frozenset(
    {
        "fresh.backup",
        "fresh.drill",
        "fresh.licences",
        "fresh.listings",
        "fresh.live",
        "fresh.none",
        "fresh.orders",
        "fresh.places",
        "fresh.presale",
        "fresh.promotions",
        "fresh.scripts",
        "fresh.stock",
        "notice.closing",
    }
)


@cache
def shipped() -> tuple[Pack, ...]:
    """Return the packs of this program, read once. A mistake in one of them is a mistake of the release."""
    folder = files(__package__).joinpath("packs")
    packs = []
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".yaml"):
            reading = read_pack(file.read_text("utf-8"), file.name, shipped=True)
            if reading.pack is None:
                raise reading.mistakes[0]
            packs.append(reading.pack)
    for one, other in combinations(packs, 2):
        found = next(contradictions(one, other), None)
        if found is not None:
            raise found
    return tuple(packs)


def contradictions(one: Pack, other: Pack) -> Iterator[UsageError]:
    """Return, for each id that two packs say differently for the same days, the refusal of the second pack."""
    said: dict[str, list[Value]] = {}
    for value in one.values:
        said.setdefault(value.policy_id, []).append(value)
    for value in other.values:
        for before in said.get(value.policy_id, ()):
            if value.overlaps(before) and not value.same_as(before):
                yield _contradiction(value, other.file, before, one.file)


def judge(pack: Pack, beside: Iterable[Pack]) -> tuple[tuple[Value, ...], tuple[UsageError, ...]]:
    """Return a merchant's values marked with what they replace, and every reason to refuse the pack.

    `beside` are the merchant's other packs in force; the shipped ones are always looked at.
    """
    marked: list[Value] = []
    mistakes: list[UsageError] = []
    for value in pack.values:
        try:
            marked.append(_mark(value, pack.file))
        except UsageError as error:
            mistakes.append(error)
    for other in beside:
        if other.name == pack.name:
            mistakes.append(
                UsageError("policy.pack_twice", file=pack.file, line=1, pack=pack.name, other=other.file)
            )
        mistakes += contradictions(other, pack)
    if pack.name in {other.name for other in shipped()}:
        mistakes.append(
            UsageError("policy.pack_twice", file=pack.file, line=1, pack=pack.name, other=f"{pack.name}.yaml")
        )
    return tuple(marked), tuple(mistakes)


def _mark(value: Value, file: str) -> Value:
    shipped_values = _by_base().get(value.base, ())
    if not shipped_values:
        if value.base.startswith(OPEN):
            return value
        raise UsageError(
            "policy.id_unknown",
            file=file,
            line=value.line,
            id=value.policy_id,
            near=near(value.base, _by_base()),
        )
    _refuse_misfit(value, shipped_values[0], file)
    if value.kind is Kind.LAW and any(one.kind is Kind.SEED_CLAIM for one in shipped_values):
        raise UsageError("policy.seed_as_law", file=file, line=value.line, id=value.policy_id)
    replaced = _replaced(value)
    differing = [one for one in replaced if not value.same_as(one)]
    if differing and not value.why:
        raise _contradiction(value, file, differing[0], f"{differing[0].pack}.yaml")
    weaker = any(_is_weaker(value, one) for one in differing)
    if weaker and not value.reviewed_by:
        raise UsageError("policy.weaker_without_review", file=file, line=value.line, id=value.policy_id)
    return replace(value, override_of=replaced[0].pack if replaced else "", weaker=weaker)


def _replaced(value: Value) -> list[Value]:
    """Return the shipped values a merchant's value stands in for: those of its id, else the common ones."""
    near_by = [one for one in _by_base().get(value.base, ()) if one.overlaps(value)]
    exact = [one for one in near_by if one.policy_id == value.policy_id]
    return exact or [one for one in near_by if not one.platform]


def _refuse_misfit(value: Value, like: Value, file: str) -> None:
    ours, theirs = shape_of(value.value), shape_of(like.value)
    fits = ours == theirs or (ours == "empty" and theirs in ("words", "rows"))
    if not fits or (
        ours == "rows"
        and value.base not in OPEN
        and set(columns_of(value.value)) != set(columns_of(like.value))
    ):
        raise UsageError(
            "policy.shape_does_not_fit",
            file=file,
            line=value.line,
            id=value.policy_id,
            shape=theirs,
            columns=", ".join(columns_of(like.value)) or "–",
        )
    if value.unit is not like.unit and not (value.unit in SPANS and like.unit in SPANS):
        raise UsageError(
            "policy.unit_does_not_fit",
            file=file,
            line=value.line,
            id=value.policy_id,
            unit=like.unit or "–",
        )


def _is_weaker(value: Value, law: Value) -> bool:
    """Tell whether a merchant's value asks less than the law's. Where nobody can tell, any change does."""
    if law.kind is not Kind.LAW:
        return False
    match law.laxer:
        case "lower":
            return _size(value) < _size(law)
        case "higher":
            return _size(value) > _size(law)
        case "fewer":
            return not _items(law.value) <= _items(value.value)
        case _:
            return True


def _size(value: Value) -> int:
    number = value.value if isinstance(value.value, int) else 0
    span = SPANS.get(value.unit) if value.unit else None
    return number if span is None else int((number * span).total_seconds())


def _items(value: Plain) -> set[str]:
    """Return what a list holds; of rows the first column names what they are about."""
    if not isinstance(value, tuple):
        return {str(value)}
    return {str(next(iter(item.values()))) if isinstance(item, Mapping) else item for item in value}


def _contradiction(value: Value, file: str, before: Value, other: str) -> UsageError:
    return UsageError(
        "policy.contradiction",
        file=file,
        line=value.line,
        id=value.policy_id,
        other=other,
        other_line=before.line,
    )


def per_platform(base: str) -> bool:
    """Tell whether an id is read for one platform alone; an id nobody knows is refused for that reason."""
    values = _by_base().get(base, ())
    return base in PER_PLATFORM or not values or any(value.platform for value in values)


@cache
def _by_base() -> Mapping[str, tuple[Value, ...]]:
    """Return the shipped values by id without platform, common ones first."""
    found: dict[str, list[Value]] = {}
    for pack in shipped():
        for value in pack.values:
            found.setdefault(value.base, []).append(value)
    return {base: tuple(sorted(values, key=lambda value: value.platform)) for base, values in found.items()}


@dataclass(frozen=True)
class Book:
    """Every value there is: the shipped ones, and the merchant's own, which come first on the days they cover."""

    own: tuple[Value, ...] = ()

    @cached_property
    def shipped(self) -> tuple[Value, ...]:
        """Return what this program brings."""
        return tuple(value for pack in shipped() for value in pack.values)

    def on(self, day: date) -> Policy:
        """Return what is in force on a legal day."""
        found = {value.policy_id: value for value in self.shipped if value.covers(day)}
        found |= {value.policy_id: value for value in self.own if value.covers(day)}
        return Policy(day, found)

    def replaced_by(self, value: Value) -> Value | None:
        """Return the shipped value a merchant's value stands in for, None where there is none."""
        return next(iter(_replaced(value)), None)

    def windows(self, policy_id: str) -> tuple[Value, ...]:
        """Return every value of an id over all days, the merchant's first, then by day."""
        every = [*self.own, *self.shipped]
        found = [value for value in every if policy_id in (value.policy_id, value.base)]
        return tuple(
            sorted(
                found, key=lambda value: (value.policy_id, not _is_own(value, self.own), value.effective_from)
            )
        )


def _is_own(value: Value, own: tuple[Value, ...]) -> bool:
    return any(value is one for one in own)
