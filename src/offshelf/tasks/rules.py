"""What policy says about tasks, read where it is needed; what it does not say is judged on the safe side. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from offshelf.kit.digest import sm3_of
from offshelf.kit.errors import BlockedError
from offshelf.platforms.contract import Manifest
from offshelf.policy.model import NoPolicyError, Policy
from offshelf.tasks.model import TargetRow

SECOND_PERSON = "task.second_person"
_ALL = 100  # percent


def batch_size(policy: Policy) -> int:
    """Return how many targets one task may have. Refused where no policy in force says it."""
    try:
        most = policy.number("batch.manual")
    except NoPolicyError as error:
        raise BlockedError("tasks.no_policy", id="batch.manual") from error
    return max(1, most)


def expiry(policy: Policy) -> timedelta:
    """Return how long a task may stay open. Refused where no policy in force says it."""
    try:
        return policy.span("task.expires")
    except NoPolicyError as error:
        raise BlockedError("tasks.no_policy", id="task.expires") from error


def needs_second_person(policy: Policy, place: str, act: str) -> bool:
    """Tell whether one person does it and another confirms it: the policy names `act`, `place.act` or `place/act`.

    Where no policy in force says which acts are harmful, every act is.
    """
    try:
        words = policy.words(SECOND_PERSON)
    except NoPolicyError:
        return True
    return not _names(place, act).isdisjoint(words)


def policy_words(manifests: Iterable[Manifest]) -> dict[str, frozenset[str]]:
    """Return which words lists of the policy may hold, by id: a misspelt one would ask for nobody's second look."""
    rows = {(row.place, row.act) for manifest in manifests for row in manifest.guided}
    return {SECOND_PERSON: frozenset(name for place, act in rows for name in _names(place, act))}


def _names(place: str, act: str) -> set[str]:
    return {act, f"{place}.{act}", f"{place}/{act}"}


def sample(policy: Policy, plan_id: str, rows: Sequence[TargetRow]) -> tuple[TargetRow, ...]:
    """Return which finished targets of a batch a second person looks at again: the policy's share, at least one.

    The same targets and plan give the same sample, and nobody chooses it: it goes by the digest of both. Without a
    share in force every one is drawn.
    """
    try:
        percent = min(max(policy.number("task.recheck.percent"), 0), _ALL)
    except NoPolicyError:
        percent = _ALL
    wanted = max(1, -(-len(rows) * percent // _ALL))
    by_digest = sorted(rows, key=lambda row: sm3_of([row.target_id, plan_id]))
    return tuple(by_digest[:wanted])
