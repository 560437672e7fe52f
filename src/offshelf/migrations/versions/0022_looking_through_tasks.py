"""An index for looking through tasks by how their targets stand."""

from __future__ import annotations

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index."""
    op.create_index("ix_task_target_task_state", "task_target", ["task_id", "state"])
