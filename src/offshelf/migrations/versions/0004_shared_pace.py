"""Shared pace."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table of paces: one row per app, shop and method."""
    op.create_table(
        "shared_pace",
        sa.Column("app", sa.String(length=100), nullable=False),
        sa.Column("shop", sa.String(length=64), nullable=False),
        sa.Column("method", sa.String(length=160), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=True),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("burst", sa.Integer(), nullable=False),
        sa.Column("learnt", sa.Boolean(), nullable=False),
        sa.Column("share", sa.Double(), nullable=False),
        sa.Column("shared_at", sa.BigInteger(), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=False),
        sa.Column("held", sa.BigInteger(), nullable=False),
        sa.Column("urgent_until", sa.BigInteger(), nullable=False),
        sa.Column("urgent_by", sa.String(length=32), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("app", "shop", "method", name=op.f("pk_shared_pace")),
    )
