"""Tables of the journal, the triggers that keep it append-only, and its few statements.

`TRIGGERS` gives, by dialect, the statements a migration runs one by one after the tables exist. They refuse every
change and removal of an entry, every entry that does not extend the chain, and every head that does not name its
last entry. Whoever may drop triggers can still rewrite the file: that is what the hashes and the heads in signed
certificates are for.
"""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from offshelf.journal.model import GENESIS, Entry, Head
from offshelf.kit.db import Instant, Json, Tx, metadata

entry_table = sa.Table(
    "journal_entry",
    metadata,
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("verb", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("body", Json, nullable=False),
    sa.Column("prev_hash", sa.String(64), nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
    sa.Index("ix_journal_entry_subject", "subject", "seq"),
    sa.Index("ix_journal_entry_verb", "verb", "seq"),
    sa.Index("ix_journal_entry_actor", "actor", "seq"),
    sa.Index("ix_journal_entry_at", "at", "seq"),
)

head_table = sa.Table(
    "journal_head",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
    sa.CheckConstraint("id = 1", name="single"),
)

TABLES = (entry_table, head_table)

_EXTENDS = (
    "NEW.seq = COALESCE((SELECT MAX(seq) FROM journal_entry), 0) + 1 AND NEW.prev_hash = "  # noqa: S608
    f"COALESCE((SELECT e.hash FROM journal_entry e WHERE e.seq = NEW.seq - 1), '{GENESIS}')"
)
_NAMES_LAST = (
    "NEW.seq = (SELECT MAX(seq) FROM journal_entry) "
    "AND NEW.hash = (SELECT e.hash FROM journal_entry e WHERE e.seq = NEW.seq)"
)


def _sqlite(table: str, event: str, condition: str, message: str) -> str:
    # The text of a trigger is fixed here; nothing from outside enters it.
    return (
        f"CREATE TRIGGER {table}_{event.lower()} BEFORE {event} ON {table} {condition} "
        f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
    )


def _postgres(table: str, event: str, condition: str, message: str) -> tuple[str, str]:
    name = f"{table}_{event.lower()}"
    each = "STATEMENT" if event == "TRUNCATE" else "ROW"
    body = f"RAISE EXCEPTION '{message}';"
    if condition:
        body = f"IF {condition} THEN {body} END IF; RETURN NEW;"
    return (
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$",
        f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH {each} EXECUTE FUNCTION {name}()",
    )


# (table, event, condition under which it is refused: empty means always, message)
_RULES = (
    ("journal_entry", "UPDATE", "", "journal entries cannot be changed"),
    ("journal_entry", "DELETE", "", "journal entries cannot be removed"),
    ("journal_entry", "INSERT", f"NOT ({_EXTENDS})", "a journal entry must extend the chain"),
    ("journal_head", "DELETE", "", "the journal head cannot be removed"),
    ("journal_head", "UPDATE", f"NOT ({_NAMES_LAST})", "the journal head must name the last entry"),
)

TRIGGERS: dict[str, tuple[str, ...]] = {
    "sqlite": tuple(
        _sqlite(table, event, f"WHEN {condition}" if condition else "", message)
        for table, event, condition, message in _RULES
    ),
    "postgresql": tuple(
        statement
        for rule in (
            *_RULES,
            ("journal_entry", "TRUNCATE", "", "journal entries cannot be removed"),
            ("journal_head", "TRUNCATE", "", "the journal head cannot be removed"),
        )
        for statement in _postgres(*rule)
    ),
}


def head(tx: Tx) -> Head:
    """Return where the chain ends."""
    row = tx.execute(sa.select(head_table.c.seq, head_table.c.hash)).first()
    return Head(0, GENESIS) if row is None else Head(row.seq, row.hash)


def head_for_writing(tx: Tx) -> Head:
    """Return the head and hold it until the transaction ends, so that writers queue up behind each other."""
    held = sa.select(head_table.c.seq, head_table.c.hash).where(head_table.c.id == 1).with_for_update()
    row = tx.execute(held).first()
    if row is None:  # the first entry ever; of two at once the second waits here for the first
        insert = sqlite.insert if tx.dialect.name == "sqlite" else postgresql.insert
        tx.execute(insert(head_table).values(id=1, seq=0, hash=GENESIS).on_conflict_do_nothing())
        row = tx.execute(held).one()
    return Head(row.seq, row.hash)


def add(tx: Tx, entry: Entry) -> None:
    """Write one entry and move the head to it."""
    tx.execute(
        sa.insert(entry_table).values(
            seq=entry.seq,
            at=entry.at,
            actor=entry.actor,
            verb=entry.verb,
            subject=entry.subject,
            body=entry.body,
            prev_hash=entry.prev_hash,
            hash=entry.hash,
        )
    )
    tx.execute(sa.update(head_table).where(head_table.c.id == 1).values(seq=entry.seq, hash=entry.hash))


def select(
    tx: Tx, *, after_seq: int, limit: int, verb: str | None = None, subject: str | None = None
) -> tuple[Entry, ...]:
    """Return up to `limit` entries after `after_seq` in the order of the chain."""
    query = sa.select(entry_table).where(entry_table.c.seq > after_seq)
    if verb is not None:
        query = query.where(entry_table.c.verb == verb)
    if subject is not None:
        query = query.where(entry_table.c.subject == subject)
    rows = tx.execute(query.order_by(entry_table.c.seq).limit(limit))
    return tuple(Entry(*row) for row in rows)


def about(tx: Tx, subjects: Collection[str], but: Collection[str], limit: int) -> tuple[Entry, ...]:
    """Return the newest entries about some subjects, but for some verbs."""
    query = sa.select(entry_table).where(*_about(subjects, but)).order_by(entry_table.c.seq.desc())
    return tuple(Entry(*row) for row in tx.execute(query.limit(limit)))


def count_about(tx: Tx, subjects: Collection[str], but: Collection[str]) -> int:
    """Return how many entries are about some subjects, but for some verbs."""
    query = sa.select(sa.func.count()).select_from(entry_table).where(*_about(subjects, but))
    return int(tx.execute(query).scalar_one())


def _about(subjects: Collection[str], but: Collection[str]) -> tuple[sa.ColumnElement[bool], ...]:
    return entry_table.c.subject.in_(sorted(subjects)), entry_table.c.verb.not_in(sorted(but))


def last_verb(tx: Tx, subject: str) -> Entry | None:
    """Return the newest entry about a subject."""
    query = sa.select(entry_table).where(entry_table.c.subject == subject)
    row = tx.execute(query.order_by(entry_table.c.seq.desc()).limit(1)).first()
    return None if row is None else Entry(*row)


def saying(tx: Tx, verb: str, part: str, *, of_last: int, limit: int) -> tuple[Entry, ...]:
    """Return the newest entries of a verb whose body, as JSON text, holds `part`, among the last `of_last` of the verb."""
    seqs = sa.select(entry_table.c.seq).where(entry_table.c.verb == verb)
    last = seqs.order_by(entry_table.c.seq.desc()).limit(of_last).subquery()
    holds = sa.type_coerce(entry_table.c.body, sa.Text).contains(part, autoescape=True)
    query = sa.select(entry_table).where(entry_table.c.seq.in_(sa.select(last.c.seq)), holds)
    rows = tx.execute(query.order_by(entry_table.c.seq.desc()).limit(limit))
    return tuple(Entry(*row) for row in rows)


def select_readable(tx: Tx, *, after_seq: int, limit: int) -> tuple[tuple[Entry, ...], bool]:
    """Return entries up to the first one that cannot even be read, and whether there is such a one.

    A flipped bit may leave a body that is no JSON, or an instant outside the calendar.
    """
    try:
        return select(tx, after_seq=after_seq, limit=limit), False
    except (ValueError, OverflowError, sa.exc.OperationalError) as error:
        if isinstance(error, sa.exc.OperationalError) and "could not decode" not in str(error.orig).lower():
            raise
        if limit == 1:
            return (), True
    first, broken = select_readable(tx, after_seq=after_seq, limit=limit // 2)
    if broken or not first:
        return first, broken
    rest, broken = select_readable(tx, after_seq=first[-1].seq, limit=limit - limit // 2)
    return first + rest, broken
