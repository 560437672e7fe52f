"""Witnesses outside the database: what a certificate says about the end of the journal when it was made."""

from __future__ import annotations

import json

from offshelf.kit.errors import UsageError


def anchor_of(data: bytes, name: str) -> tuple[int, str]:
    """Return number and hash of the last entry a certificate names.

    `name` is told to whoever gave it. Raises `UsageError('journal.not_a_certificate')`.
    """
    try:
        journal = json.loads(data)["journal"]
        return int(journal["seq"]), str(journal["hash"])
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError("journal.not_a_certificate", path=name) from error
