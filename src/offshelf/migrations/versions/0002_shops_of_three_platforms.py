"""Shops of three platforms: the platform's own number of a shop, refresh tokens, lost grants, why a listing is off."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add columns."""
    op.add_column("shop", sa.Column("account_id", sa.String(length=64), nullable=False, server_default=""))
    op.add_column(
        "listing", sa.Column("off_reason", sa.String(length=300), nullable=False, server_default="")
    )
    op.create_table(
        "listing_lock",
        sa.Column("shop_id", sa.String(length=64), nullable=False),
        sa.Column("listing_id", sa.String(length=64), nullable=False),
        sa.Column("held", sa.Text(), nullable=False),
        sa.Column("raw", sa.String(length=200), nullable=False),
        sa.Column("observed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "listing_id", name=op.f("pk_listing_lock")),
    )
    for name, kind in (
        ("refresh_sealed", sa.Text()),
        ("refresh_until", sa.BigInteger()),
        ("lost_at", sa.BigInteger()),
        ("lost_why", sa.String(length=100)),
    ):
        op.add_column("platform_token", sa.Column(name, kind, nullable=True))
