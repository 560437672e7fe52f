"""The departments of users, and what the fingerprint of a plan binds."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; plans that are there keep the fingerprint they were signed under (form 1)."""
    op.create_table(
        "user_department",
        sa.Column("user_id", sa.String(length=32), nullable=False),
        sa.Column("department", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "department", name=op.f("pk_user_department")),
    )
    op.add_column(
        "plan", sa.Column("fingerprint_form", sa.Integer(), nullable=False, server_default=sa.text("1"))
    )
