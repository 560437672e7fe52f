"""Targets of tasks, and evidence."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_EMPTY = sa.text("''")


def upgrade() -> None:
    """Add columns and tables."""
    _task()
    _target()
    op.create_table(
        "task_target_plan",
        sa.Column("target_id", sa.String(length=40), nullable=False),
        sa.Column("plan_id", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("target_id", "plan_id", name=op.f("pk_task_target_plan")),
    )
    op.create_index(op.f("ix_task_target_plan_plan_id"), "task_target_plan", ["plan_id"], unique=False)
    op.create_table(
        "evidence",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("media_type", sa.String(length=40), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.String(length=100), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("task_id", sa.String(length=32), nullable=False),
        sa.Column("targets", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_evidence")),
    )
    op.create_index(op.f("ix_evidence_task_id"), "evidence", ["task_id"], unique=False)


def _task() -> None:
    for name, length in (("place", 32), ("act", 64), ("taken_by", 100)):
        op.add_column(
            "task", sa.Column(name, sa.String(length=length), nullable=False, server_default=_EMPTY)
        )
    op.add_column("task", sa.Column("targets", sa.Integer(), nullable=False, server_default=sa.text("0")))
    op.add_column("task", sa.Column("selling", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("task", sa.Column("overdue_at", sa.BigInteger(), nullable=True))


def _target() -> None:
    op.create_table(
        "task_target",
        sa.Column("target_id", sa.String(length=40), nullable=False),
        sa.Column("task_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("shop_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("listing_id", sa.String(length=64), nullable=False),
        sa.Column("items", sa.Text(), nullable=False),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.Column("place", sa.String(length=32), nullable=False),
        sa.Column("act", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("claimed_at", sa.BigInteger(), nullable=True),
        sa.Column("claimed_by", sa.String(length=100), nullable=False),
        sa.Column("gone", sa.Boolean(), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.Column("finished_by", sa.String(length=100), nullable=False),
        sa.Column("how", sa.String(length=16), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("sight", sa.String(length=16), nullable=True),
        sa.Column("sight_at", sa.BigInteger(), nullable=True),
        sa.Column("seen", sa.Text(), nullable=False),
        sa.Column("earlier", sa.String(length=40), nullable=False),
        sa.Column("recurrences", sa.Integer(), nullable=False),
        sa.Column("recheck", sa.String(length=16), nullable=False),
        sa.Column("rechecked_by", sa.String(length=100), nullable=False),
        sa.Column("rechecked_at", sa.BigInteger(), nullable=True),
        sa.Column("name_key", sa.String(length=64), nullable=False),
        sa.Column("like_key", sa.String(length=64), nullable=False),
        sa.Column("open_key", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("target_id", name=op.f("pk_task_target")),
        sa.UniqueConstraint("open_key", name=op.f("uq_task_target_open_key")),
    )
    for column in ("state", "recheck", "name_key", "like_key"):
        op.create_index(op.f(f"ix_task_target_{column}"), "task_target", [column], unique=False)
    op.create_index("ix_task_target_task_id", "task_target", ["task_id", "number"], unique=False)
