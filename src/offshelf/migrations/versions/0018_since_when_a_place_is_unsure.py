"""Since when nobody knows what stands at a place, and whether a platform has told of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns. What is unsure now counts as unsure since it was last seen: an older word does not settle it."""
    op.add_column("place", sa.Column("unsure_since", sa.BigInteger(), nullable=True))
    op.add_column("place", sa.Column("told", sa.Boolean(), nullable=False, server_default=sa.false()))
    fill(op.get_bind())


def fill(tx: sa.Connection) -> None:
    """Say so of the places there are. Safe to repeat."""
    tx.execute(sa.text("UPDATE place SET told = (source = 'api')"))
    tx.execute(
        sa.text(
            "UPDATE place SET unsure_since = observed_at WHERE unsure_since IS NULL AND state <> 'ended' AND NOT EXISTS "
            "(SELECT 1 FROM place_member m "
            "WHERE m.shop_id = place.shop_id AND m.kind = place.kind AND m.ref = place.ref)"
        )
    )
