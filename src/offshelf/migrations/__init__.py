"""Versioned schema changes (Alembic). `upgrade` makes or brings up a database, `check` refuses a wrong one.

Nothing else in the tree creates a table.
"""

from offshelf.migrations.upgrade import HEAD, check, upgrade

__all__ = ["HEAD", "check", "upgrade"]
