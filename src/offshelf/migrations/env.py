"""Alembic's entry: runs migrations on the connection it is handed (no configuration file, no URL here)."""

from __future__ import annotations

from alembic import context

context.configure(connection=context.config.attributes["connection"])
with context.begin_transaction():
    context.run_migrations()
