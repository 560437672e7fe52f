"""The merchant codes a plan was named by, and what a finding says of its check."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    op.add_column("plan", sa.Column("codes", sa.Text(), nullable=False, server_default=sa.text("'[]'")))
    op.add_column("finding", sa.Column("about", sa.Text(), nullable=False, server_default=sa.text("'{}'")))
