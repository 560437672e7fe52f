"""What each plan that waits for a target wants to leave it, so that a target is narrowed again when a plan is dropped."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column: of plans that joined before, nobody knows their part, so each wants all of it."""
    op.add_column("task_target_plan", sa.Column("items", sa.Text(), nullable=True))
    fill(op.get_bind())


def fill(bind: sa.Connection) -> None:
    """Give every plan the goods of its target."""
    bind.execute(
        sa.text(
            "UPDATE task_target_plan SET items = (SELECT task_target.items FROM task_target "
            "WHERE task_target.target_id = task_target_plan.target_id) WHERE items IS NULL"
        )
    )
