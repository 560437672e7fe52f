"""Joins what the merchant declares to what platforms told last, in the transaction of the declaring.

A reading does the same. Until the next one a bare word would stand for the whole: what a platform holds to be over would
be in force again, and cover nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import date, timedelta
from typing import Any

from offshelf.catalog.licences import _store
from offshelf.catalog.licences.merge import Sighting, register_of
from offshelf.catalog.registers.service import Registers
from offshelf.kit.db import Tx
from offshelf.platforms.contract import Force, LicenceSeen
from offshelf.vocabulary.statements import Licence, LicenceKind

# The register takes what did not change so often: far below what counts as old.
SAID_AGAIN = timedelta(days=7)
_NAMES = tuple(one.name for one in fields(LicenceSeen))


def sightings(tx: Tx) -> tuple[Sighting, ...]:
    """Return what every shop's platform told of its papers last."""
    return tuple(_sighting(row) for row in _store.every(tx))


def join(registers: Registers, tx: Tx, words: Iterable[Licence]) -> int:
    """Bring the register up to both where platforms tell of papers that were just declared; return how many it changed."""
    names = {(word.kind, word.number) for word in words}
    told = [one for one in sightings(tx) if (one.seen.kind, one.seen.number) in names]
    if not told:
        return 0
    declared = registers.declared(tx)
    papers = {
        (paper.kind, paper.number, paper.shop_id): paper
        for shop_id in sorted({one.shop_id for one in told})
        for paper in register_of(declared, told, shop_id)
    }
    return registers.observe_licences(tx, papers.values(), again_after=SAID_AGAIN)


def _sighting(row: Mapping[str, Any]) -> Sighting:
    values = {name: row[name] for name in _NAMES} | {
        "kind": LicenceKind(row["kind"]),
        "force": Force(row["force"]),
        "valid_from": _day(row["valid_from"]),
        "valid_until": _day(row["valid_until"]),
        "brand_ids": tuple(row["brand_ids"]),
        "category_ids": tuple(row["category_ids"]),
    }
    seen = LicenceSeen(**values)
    return Sighting(row["shop_id"], seen, row["replaces"], _day(row["ended_on"]), row["gone_at"])


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
