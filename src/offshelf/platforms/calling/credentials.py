"""Getting at credentials."""

from __future__ import annotations

from collections.abc import Callable

from offshelf.kit.errors import UsageError
from offshelf.kit.redact import Secret
from offshelf.platforms.contract import Vault


def secret_of(vault: Vault, shop_id: str, slot: str) -> Callable[[], Secret]:
    """Return how to get a credential that must be there, read anew each time (it may be rotated).

    What is returned raises `UsageError('access.no_credential')` when the slot is empty.
    """

    def read() -> Secret:
        secret = vault.secret(slot)
        if secret is None:
            raise UsageError("access.no_credential", shop=shop_id, slot=slot)
        return secret

    return read
