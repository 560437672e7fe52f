"""Which files of a merchant come into force together, which stay as they were, and why. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from offshelf.kit.errors import UsageError
from offshelf.policy.load import judge
from offshelf.policy.model import Value
from offshelf.policy.schema import Pack


@dataclass(frozen=True, slots=True)
class Own:
    """A merchant's pack in force, its values marked with what they replace."""

    pack: Pack
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Settled:
    """What is in force by file, and the mistakes of every file that is not in force as it lies there."""

    in_force: Mapping[str, Own]
    refused: Mapping[str, tuple[UsageError, ...]]


@dataclass
class _Round:
    accepted: dict[str, Own] = field(default_factory=dict)
    refused: dict[str, tuple[UsageError, ...]] = field(default_factory=dict)

    def admit(self, name: str, pack: Pack) -> bool:
        values, mistakes = judge(pack, [own.pack for own in self.accepted.values()])
        if mistakes:
            self.refused[name] = mistakes
            return False
        self.accepted[name] = Own(pack, values)
        return True


def settle(
    fresh: Mapping[str, Pack | tuple[UsageError, ...]], kept: Mapping[str, Pack | tuple[UsageError, ...]]
) -> Settled:
    """Return what comes into force. `fresh` are the files as they lie there, `kept` the last good text of each.

    A file that is refused stays in force as it was, before any other file's change is looked at: so a change that is
    good by itself never drives out another file's last good pack, whatever the order of the names.
    """
    refused = {name: found for name, found in fresh.items() if isinstance(found, tuple)}
    while True:
        round_ = _Round(refused=dict(refused))
        changed = {
            name: pack
            for name, pack in fresh.items()
            if isinstance(pack, Pack) and name not in refused and not _same(pack, kept.get(name))
        }
        for name in fresh:
            if name not in changed:
                _stay(round_, name, kept.get(name))
        failed = next((name for name, pack in changed.items() if not round_.admit(name, pack)), None)
        if failed is None:
            return Settled(round_.accepted, round_.refused)
        refused[failed] = round_.refused[failed]


def _stay(round_: _Round, name: str, kept: Pack | tuple[UsageError, ...] | None) -> None:
    """Keep what is in force. After a change of the program itself even that may be refused; it is told then."""
    if isinstance(kept, Pack):
        before = round_.refused.get(name)
        if not round_.admit(name, kept) and before is not None:
            round_.refused[name] = before
    elif kept is not None and name not in round_.refused:
        round_.refused[name] = kept


def _same(fresh: Pack, kept: object) -> bool:
    return isinstance(kept, Pack) and fresh.digest == kept.digest
