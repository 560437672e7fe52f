"""When users last signed in, when keys were last used, how shops answered when they were last tried."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns and make the table."""
    op.add_column("app_user", sa.Column("signed_in_at", sa.BigInteger(), nullable=True))
    op.add_column("api_key", sa.Column("used_at", sa.BigInteger(), nullable=True))
    op.create_table(
        "shop_look",
        sa.Column("shop_id", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("ok", sa.Boolean(), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("platform_code", sa.String(length=100), nullable=False),
        sa.Column("trace_id", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", name=op.f("pk_shop_look")),
    )
