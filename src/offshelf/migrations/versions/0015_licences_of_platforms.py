"""Licences as platforms tell of them, brand and categories of listings, and what is doubtful about a licence."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table, and add the columns."""
    op.create_table(
        "platform_licence",
        sa.Column("shop_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("ref", sa.String(length=64), nullable=False),
        sa.Column("number", sa.String(length=128), nullable=False),
        sa.Column("title", sa.String(length=500), nullable=False),
        sa.Column("holder", sa.String(length=200), nullable=False),
        sa.Column("valid_from", sa.String(length=10), nullable=True),
        sa.Column("valid_until", sa.String(length=10), nullable=True),
        sa.Column("end_known", sa.Boolean(), nullable=False),
        sa.Column("force", sa.String(length=16), nullable=False),
        sa.Column("raw_status", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("brand_ids", sa.Text(), nullable=False),
        sa.Column("category_ids", sa.Text(), nullable=False),
        sa.Column("replaces", sa.String(length=128), nullable=False),
        sa.Column("ended_on", sa.String(length=10), nullable=True),
        sa.Column("gone_at", sa.BigInteger(), nullable=True),
        sa.Column("observed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "kind", "ref", name=op.f("pk_platform_licence")),
    )
    op.add_column("listing", sa.Column("brand_id", sa.String(length=64), nullable=True))
    op.add_column("listing", sa.Column("category_ids", sa.Text(), nullable=True))
    op.add_column(
        "licence", sa.Column("doubt", sa.String(length=16), nullable=False, server_default=sa.text("''"))
    )
    op.add_column("licence", sa.Column("terms", sa.Text(), nullable=False, server_default=sa.text("'[]'")))
