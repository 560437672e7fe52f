"""Indexes for what pages ask: acts and changes of one listing, what went off by day, codes in every spelling."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_BESIDE_PLANS = "cause <> 'ours'"
_TAKEN_OFF = "kind = 'take_off' AND outcome = 'done'"


def upgrade() -> None:
    """Make the indexes."""
    op.create_index("ix_act_subject", "act", ["lane", "subject"])
    op.create_index(
        "ix_act_taken_off",
        "act",
        ["settled_at"],
        sqlite_where=sa.text(_TAKEN_OFF),
        postgresql_where=sa.text(_TAKEN_OFF),
    )
    op.create_index("ix_shelf_event_listing", "shelf_event", ["shop_id", "listing_id"])
    op.create_index("ix_task_target_listing", "task_target", ["shop_id", "listing_id"])
    op.create_index("ix_listing_by_shelf", "listing", ["shelf", "shop_id", "listing_id"])
    op.create_index(
        "ix_shelf_event_beside",
        "shelf_event",
        ["seen_at", "cause"],
        sqlite_where=sa.text(_BESIDE_PLANS),
        postgresql_where=sa.text(_BESIDE_PLANS),
    )
    # Codes are looked for in every spelling: without these each question reads every code there is.
    op.create_index("ix_listing_code_case", "listing", [sa.text("lower(merchant_code)")])
    op.create_index("ix_sku_code_case", "sku", [sa.text("lower(merchant_code)")])
    op.create_index("ix_place_member_code_case", "place_member", [sa.text("lower(code)")])
