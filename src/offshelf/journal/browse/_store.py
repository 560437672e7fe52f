"""Queries of people over a journal of a million entries: each looks at a bounded number of rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from offshelf.journal._store import entry_table as entry
from offshelf.journal.browse.model import Filter
from offshelf.kit.db import Tx, row_dicts

LOOKED_AT = 10_000  # rows one search reads at most; the next one goes on below
_INDEXED = ("subject", "verb", "actor")  # of several, the one that narrows most comes first


def bounds(tx: Tx, begin: datetime | None, end: datetime | None) -> tuple[int, int] | None:
    """Return the lowest and the highest number of the entries from `begin` to before `end`; None: there are none.

    Clocks may have been set back, so numbers do not tell instants: the index over instants is asked, not searched in.
    """
    query = sa.select(sa.func.min(entry.c.seq), sa.func.max(entry.c.seq)).where(*_during(begin, end))
    low, high = tx.execute(query).one()
    return None if low is None else (int(low), int(high))


def rows(
    tx: Tx,
    asked: Filter,
    span: tuple[datetime | None, datetime | None],
    *,
    low: int,
    high: int,
    down: bool,
    limit: int,
) -> tuple[list[dict[str, Any]], int | None]:
    """Return up to `limit` entries with `low` < number < `high`, from the top `down` or from the bottom up.

    Besides them where a search that read its fill stopped: the last number looked at; None where it read all.
    """
    leading = next((name for name in _INDEXED if getattr(asked, name)), "")
    near = [entry.c.seq > low, entry.c.seq < high]
    if leading:
        near.append(entry.c[leading] == getattr(asked, leading))
    order = entry.c.seq.desc() if down else entry.c.seq.asc()
    looked = sa.select(entry).where(*near).order_by(order).limit(LOOKED_AT).subquery()
    query = sa.select(*_raw(tx, looked)).where(*_rest(looked, asked, leading), *_during(*span, table=looked))
    found = row_dicts(
        tx.execute(query.order_by(looked.c.seq.desc() if down else looked.c.seq.asc()).limit(limit))
    )
    if len(found) == limit:
        return found, None
    far = sa.select(entry.c.seq).where(*near).order_by(order).offset(LOOKED_AT - 1).limit(1)
    last = tx.execute(far).scalar()
    return found, None if last is None else int(last)


def one(tx: Tx, seq: int) -> dict[str, Any] | None:
    """Return one entry as it lies there."""
    found = row_dicts(tx.execute(sa.select(*_raw(tx, entry)).where(entry.c.seq == seq)))
    return found[0] if found else None


def beside(tx: Tx, seq: int) -> tuple[int | None, int | None]:
    """Return the numbers of the entries before and after one."""
    before = sa.select(sa.func.max(entry.c.seq)).where(entry.c.seq < seq)
    after = sa.select(sa.func.min(entry.c.seq)).where(entry.c.seq > seq)
    return tx.execute(before).scalar(), tx.execute(after).scalar()


def words(tx: Tx, name: str, limit: int) -> list[str]:
    """Return the different values of `actor` or `verb`, each found by one step in its index."""
    column = entry.c[name]
    found: list[str] = []
    while len(found) < limit:
        beyond = [column > found[-1]] if found else []
        value = tx.execute(sa.select(column).where(*beyond).order_by(column).limit(1)).scalar()
        if value is None:
            break
        found.append(str(value))
    return found


def _during(begin: datetime | None, end: datetime | None, *, table: Any = entry) -> list[Any]:
    found = [] if begin is None else [table.c.at >= begin]
    return found if end is None else [*found, table.c.at < end]


def _rest(looked: Any, asked: Filter, leading: str) -> list[Any]:
    found = [
        looked.c[name] == getattr(asked, name)
        for name in _INDEXED
        if name != leading and getattr(asked, name)
    ]
    if asked.text:
        text = asked.text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        columns = (looked.c.actor, looked.c.verb, looked.c.subject, sa.type_coerce(looked.c.body, sa.Text))
        found.append(sa.or_(*(column.ilike(f"%{text}%", escape="\\") for column in columns)))
    return found


def _raw(tx: Tx, table: Any) -> Sequence[Any]:
    """Return the columns as they lie there: a journal somebody has changed must be seen, whatever he wrote into it."""
    raw: list[Any] = [table.c.seq, sa.type_coerce(table.c.at, sa.BigInteger).label("at")]
    for name in ("actor", "verb", "subject", "body", "prev_hash", "hash"):
        text = sa.type_coerce(table.c[name], sa.Text)
        raw.append((sa.cast(text, sa.LargeBinary) if tx.dialect.name == "sqlite" else text).label(name))
    return raw
