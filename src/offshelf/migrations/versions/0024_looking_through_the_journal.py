"""Indexes for looking through the journal by instant and by who did it."""

from __future__ import annotations

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the indexes."""
    op.create_index("ix_journal_entry_actor", "journal_entry", ["actor", "seq"])
    op.create_index("ix_journal_entry_at", "journal_entry", ["at", "seq"])
