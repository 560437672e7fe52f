"""What sells the goods of a plan without an act of it, and where the work at a place was widened."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "plan_look",
        sa.Column("plan_id", sa.String(length=32), nullable=False),
        sa.Column("looked_at", sa.BigInteger(), nullable=False),
        sa.Column("stamp", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("plan_id", name=op.f("pk_plan_look")),
    )
    op.create_table(
        "plan_unsure",
        sa.Column("plan_id", sa.String(length=32), nullable=False),
        sa.Column("shop_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("ref", sa.String(length=200), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("plan_id", "shop_id", "kind", "ref", name=op.f("pk_plan_unsure")),
    )
    op.create_table(
        "plan_uncovered",
        sa.Column("plan_id", sa.String(length=32), nullable=False),
        sa.Column("shop_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("ref", sa.String(length=200), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("unsure", sa.Boolean(), nullable=False),
        sa.Column("way", sa.String(length=16), nullable=False),
        sa.Column("listings", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("plan_id", "shop_id", "kind", "ref", name=op.f("pk_plan_uncovered")),
    )
