"""The first schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

# As they were when this migration was written; later changes come with later migrations.
_TRIGGERS = {
    "sqlite": (
        "CREATE TRIGGER journal_entry_update BEFORE UPDATE ON journal_entry  BEGIN SELECT RAISE(ABORT, 'journal entries cannot be changed'); END",
        "CREATE TRIGGER journal_entry_delete BEFORE DELETE ON journal_entry  BEGIN SELECT RAISE(ABORT, 'journal entries cannot be removed'); END",
        "CREATE TRIGGER journal_entry_insert BEFORE INSERT ON journal_entry WHEN NOT (NEW.seq = COALESCE((SELECT MAX(seq) FROM journal_entry), 0) + 1 AND NEW.prev_hash = COALESCE((SELECT e.hash FROM journal_entry e WHERE e.seq = NEW.seq - 1), '0000000000000000000000000000000000000000000000000000000000000000')) BEGIN SELECT RAISE(ABORT, 'a journal entry must extend the chain'); END",
        "CREATE TRIGGER journal_head_delete BEFORE DELETE ON journal_head  BEGIN SELECT RAISE(ABORT, 'the journal head cannot be removed'); END",
        "CREATE TRIGGER journal_head_update BEFORE UPDATE ON journal_head WHEN NOT (NEW.seq = (SELECT MAX(seq) FROM journal_entry) AND NEW.hash = (SELECT e.hash FROM journal_entry e WHERE e.seq = NEW.seq)) BEGIN SELECT RAISE(ABORT, 'the journal head must name the last entry'); END",
    ),
    "postgresql": (
        "CREATE FUNCTION journal_entry_update() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'journal entries cannot be changed'; END $$",
        "CREATE TRIGGER journal_entry_update BEFORE UPDATE ON journal_entry FOR EACH ROW EXECUTE FUNCTION journal_entry_update()",
        "CREATE FUNCTION journal_entry_delete() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'journal entries cannot be removed'; END $$",
        "CREATE TRIGGER journal_entry_delete BEFORE DELETE ON journal_entry FOR EACH ROW EXECUTE FUNCTION journal_entry_delete()",
        "CREATE FUNCTION journal_entry_insert() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NOT (NEW.seq = COALESCE((SELECT MAX(seq) FROM journal_entry), 0) + 1 AND NEW.prev_hash = COALESCE((SELECT e.hash FROM journal_entry e WHERE e.seq = NEW.seq - 1), '0000000000000000000000000000000000000000000000000000000000000000')) THEN RAISE EXCEPTION 'a journal entry must extend the chain'; END IF; RETURN NEW; END $$",
        "CREATE TRIGGER journal_entry_insert BEFORE INSERT ON journal_entry FOR EACH ROW EXECUTE FUNCTION journal_entry_insert()",
        "CREATE FUNCTION journal_head_delete() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'the journal head cannot be removed'; END $$",
        "CREATE TRIGGER journal_head_delete BEFORE DELETE ON journal_head FOR EACH ROW EXECUTE FUNCTION journal_head_delete()",
        "CREATE FUNCTION journal_head_update() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NOT (NEW.seq = (SELECT MAX(seq) FROM journal_entry) AND NEW.hash = (SELECT e.hash FROM journal_entry e WHERE e.seq = NEW.seq)) THEN RAISE EXCEPTION 'the journal head must name the last entry'; END IF; RETURN NEW; END $$",
        "CREATE TRIGGER journal_head_update BEFORE UPDATE ON journal_head FOR EACH ROW EXECUTE FUNCTION journal_head_update()",
        "CREATE FUNCTION journal_entry_truncate() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'journal entries cannot be removed'; END $$",
        "CREATE TRIGGER journal_entry_truncate BEFORE TRUNCATE ON journal_entry FOR EACH STATEMENT EXECUTE FUNCTION journal_entry_truncate()",
        "CREATE FUNCTION journal_head_truncate() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'the journal head cannot be removed'; END $$",
        "CREATE TRIGGER journal_head_truncate BEFORE TRUNCATE ON journal_head FOR EACH STATEMENT EXECUTE FUNCTION journal_head_truncate()",
    ),
}


def upgrade() -> None:
    """Make every table, then what keeps the journal append-only."""
    for make in (
        _act,
        _aftersale,
        _api_request,
        _approval,
        _credential,
        _customer_order,
        _finding,
        _inbox,
        _journal_entry,
        _journal_head,
        _listing,
        _order_line,
        _plan,
        _plan_listing,
        _platform_token,
        _promotion,
        _promotion_listing,
        _shop,
        _sku,
        _sync_mark,
        _verification,
        _waiver,
        _wanted,
    ):
        make()
    for statement in _TRIGGERS[op.get_bind().dialect.name]:
        op.execute(sa.text(statement.replace(":", r"\:")))


def _act() -> None:
    op.create_table(
        "act",
        sa.Column("act_id", sa.String(length=64), nullable=False),
        sa.Column("owner", sa.String(length=32), nullable=False),
        sa.Column("lane", sa.String(length=64), nullable=False),
        sa.Column("chunk", sa.Integer(), nullable=False),
        sa.Column("batch", sa.Integer(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("target", sa.String(length=160), nullable=False),
        sa.Column("params", sa.Text(), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("intent_at", sa.BigInteger(), nullable=True),
        sa.Column("undo", sa.Text(), nullable=True),
        sa.Column("next_try_at", sa.BigInteger(), nullable=True),
        sa.Column("settled_at", sa.BigInteger(), nullable=True),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("act_id", name=op.f("pk_act")),
    )
    op.create_index("ix_act_batch", "act", ["owner", "lane", "chunk", "batch"], unique=False)
    op.create_index("ix_act_outcome", "act", ["owner", "outcome"], unique=False)


def _aftersale() -> None:
    op.create_table(
        "aftersale",
        sa.Column("shop_id", sa.String(length=64), nullable=False),
        sa.Column("aftersale_id", sa.String(length=64), nullable=False),
        sa.Column("order_id", sa.String(length=64), nullable=False),
        sa.Column("listing_id", sa.String(length=64), nullable=False),
        sa.Column("sku_id", sa.String(length=64), nullable=False),
        sa.Column("waits_for", sa.String(length=16), nullable=False),
        sa.Column("raw_status", sa.String(length=64), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("observed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "aftersale_id", name=op.f("pk_aftersale")),
    )
    op.create_index(op.f("ix_aftersale_listing_id"), "aftersale", ["listing_id"], unique=False)


def _api_request() -> None:
    op.create_table(
        "api_request",
        sa.Column("request_key", sa.String(length=200), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("headers", sa.Text(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("request_key", name=op.f("pk_api_request")),
    )
    op.create_index(op.f("ix_api_request_made_at"), "api_request", ["made_at"], unique=False)


def _approval() -> None:
    op.create_table(
        "approval",
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("person", sa.String(length=100), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("subject", "fingerprint", "person", name=op.f("pk_approval")),
    )


def _credential() -> None:
    op.create_table(
        "credential",
        sa.Column("shop_id", sa.String(length=64), nullable=False),
        sa.Column("slot", sa.String(length=32), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "slot", name=op.f("pk_credential")),
    )


def _customer_order() -> None:
    op.create_table(
        "customer_order",
        sa.Column("shop_id", sa.String(length=64), nullable=False),
        sa.Column("order_id", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("raw_status", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("open_aftersales", sa.Integer(), nullable=False),
        sa.Column("observed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "order_id", name=op.f("pk_customer_order")),
    )


def _finding() -> None:
    op.create_table(
        "finding",
        sa.Column("plan_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("check_name", sa.String(length=32), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("verdict", sa.String(length=16), nullable=False),
        sa.Column("blocking", sa.Boolean(), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("observed_at", sa.BigInteger(), nullable=True),
        sa.Column("params", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("plan_id", "number", name=op.f("pk_finding")),
    )


def _inbox() -> None:
    op.create_table(
        "inbox",
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=False),
        sa.Column("topic", sa.String(length=32), nullable=False),
        sa.Column("event", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("raw_status", sa.String(length=64), nullable=False),
        sa.Column("happened_at", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.BigInteger(), nullable=True),
        sa.Column("handled_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("source", "external_id", name=op.f("pk_inbox")),
    )
    op.create_index(op.f("ix_inbox_handled_at"), "inbox", ["handled_at"], unique=False)


def _journal_entry() -> None:
    op.create_table(
        "journal_entry",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("verb", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("prev_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_journal_entry")),
    )
    op.create_index("ix_journal_entry_subject", "journal_entry", ["subject", "seq"], unique=False)
    op.create_index("ix_journal_entry_verb", "journal_entry", ["verb", "seq"], unique=False)


def _journal_head() -> None:
    op.create_table(
        "journal_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_journal_head_single")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal_head")),
    )


def _listing() -> None:
    op.create_table(
        "listing",
        sa.Column("shop_id", sa.String(length=64), nullable=False),
        sa.Column("listing_id", sa.String(length=64), nullable=False),
        sa.Column("merchant_code", sa.String(length=128), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("shelf", sa.String(length=32), nullable=False),
        sa.Column("audit", sa.String(length=32), nullable=False),
        sa.Column("raw_status", sa.String(length=64), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("observed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "listing_id", name=op.f("pk_listing")),
    )
    op.create_index(op.f("ix_listing_merchant_code"), "listing", ["merchant_code"], unique=False)
    op.create_index("ix_listing_shelf", "listing", ["shop_id", "shelf"], unique=False)


def _order_line() -> None:
    op.create_table(
        "order_line",
        sa.Column("shop_id", sa.String(length=64), nullable=False),
        sa.Column("order_id", sa.String(length=64), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("listing_id", sa.String(length=64), nullable=False),
        sa.Column("sku_id", sa.String(length=64), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("paid", sa.BigInteger(), nullable=False),
        sa.Column("ship_by", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("shop_id", "order_id", "line", name=op.f("pk_order_line")),
    )
    op.create_index(op.f("ix_order_line_listing_id"), "order_line", ["listing_id"], unique=False)


def _plan() -> None:
    op.create_table(
        "plan",
        sa.Column("plan_id", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.String(length=100), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("stop_at", sa.BigInteger(), nullable=True),
        sa.Column("origin", sa.String(length=32), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("checked_at", sa.BigInteger(), nullable=True),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("asked", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("plan_id", name=op.f("pk_plan")),
    )
    op.create_index(op.f("ix_plan_state"), "plan", ["state"], unique=False)


def _plan_listing() -> None:
    op.create_table(
        "plan_listing",
        sa.Column("plan_id", sa.String(length=32), nullable=False),
        sa.Column("shop_id", sa.String(length=64), nullable=False),
        sa.Column("listing_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("plan_id", "shop_id", "listing_id", name=op.f("pk_plan_listing")),
    )


def _platform_token() -> None:
    op.create_table(
        "platform_token",
        sa.Column("shop_id", sa.String(length=64), nullable=False),
        sa.Column("slot", sa.String(length=32), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("claimed_until", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("shop_id", "slot", name=op.f("pk_platform_token")),
    )


def _promotion() -> None:
    op.create_table(
        "promotion",
        sa.Column("shop_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("promotion_id", sa.String(length=100), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("whole_shop", sa.Boolean(), nullable=False),
        sa.Column("raw_status", sa.String(length=64), nullable=False),
        sa.Column("observed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "kind", "promotion_id", name=op.f("pk_promotion")),
    )


def _promotion_listing() -> None:
    op.create_table(
        "promotion_listing",
        sa.Column("shop_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("promotion_id", sa.String(length=100), nullable=False),
        sa.Column("listing_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint(
            "shop_id", "kind", "promotion_id", "listing_id", name=op.f("pk_promotion_listing")
        ),
    )
    op.create_index(
        op.f("ix_promotion_listing_listing_id"), "promotion_listing", ["listing_id"], unique=False
    )


def _shop() -> None:
    op.create_table(
        "shop",
        sa.Column("shop_id", sa.String(length=64), nullable=False),
        sa.Column("platform", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("app_id", sa.String(length=100), nullable=False),
        sa.Column("base_url", sa.String(length=300), nullable=False),
        sa.Column("probe", sa.String(length=32), nullable=False),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.Column("removed_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("shop_id", name=op.f("pk_shop")),
    )


def _sku() -> None:
    op.create_table(
        "sku",
        sa.Column("shop_id", sa.String(length=64), nullable=False),
        sa.Column("listing_id", sa.String(length=64), nullable=False),
        sa.Column("sku_id", sa.String(length=64), nullable=False),
        sa.Column("merchant_code", sa.String(length=128), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("stock", sa.BigInteger(), nullable=True),
        sa.Column("reserved", sa.BigInteger(), nullable=False),
        sa.Column("elsewhere", sa.BigInteger(), nullable=False),
        sa.Column("warehouses", sa.Text(), nullable=False),
        sa.Column("stock_at", sa.BigInteger(), nullable=True),
        sa.Column("observed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "listing_id", "sku_id", name=op.f("pk_sku")),
    )
    op.create_index(op.f("ix_sku_merchant_code"), "sku", ["merchant_code"], unique=False)


def _sync_mark() -> None:
    op.create_table(
        "sync_mark",
        sa.Column("shop_id", sa.String(length=64), nullable=False),
        sa.Column("part", sa.String(length=32), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=False),
        sa.Column("through", sa.BigInteger(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "part", name=op.f("pk_sync_mark")),
    )


def _verification() -> None:
    op.create_table(
        "verification",
        sa.Column("plan_id", sa.String(length=32), nullable=False),
        sa.Column("shop_id", sa.String(length=64), nullable=False),
        sa.Column("listing_id", sa.String(length=64), nullable=False),
        sa.Column("wanted", sa.String(length=8), nullable=False),
        sa.Column("observed", sa.String(length=32), nullable=False),
        sa.Column("verified", sa.Boolean(), nullable=True),
        sa.Column("probe", sa.String(length=16), nullable=False),
        sa.Column("reads", sa.Text(), nullable=False),
        sa.Column("verified_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("plan_id", "shop_id", "listing_id", name=op.f("pk_verification")),
    )


def _waiver() -> None:
    op.create_table(
        "waiver",
        sa.Column("plan_id", sa.String(length=32), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("person", sa.String(length=100), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("plan_id", "code", "subject", name=op.f("pk_waiver")),
    )


def _wanted() -> None:
    op.create_table(
        "wanted",
        sa.Column("shop_id", sa.String(length=64), nullable=False),
        sa.Column("listing_id", sa.String(length=64), nullable=False),
        sa.Column("shelf", sa.String(length=8), nullable=False),
        sa.Column("plan_id", sa.String(length=32), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "listing_id", name=op.f("pk_wanted")),
    )
