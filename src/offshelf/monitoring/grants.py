"""A lost grant: only a person can give it anew, so it becomes a task, once per loss; the task ends when it is back."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Protocol

from offshelf.kit.db import Tx
from offshelf.kit.instants import iso, local

KIND = "reauthorise"
BACK = "grant_back"  # the note of a task that ended by itself; faces have its words


class Desk(Protocol):
    """The part of the ledger of tasks that is needed here (rooms side by side do not meet)."""

    def open(
        self,
        tx: Tx,
        kind: str,
        *,
        shop_id: str,
        subject: str,
        params: Mapping[str, Any] | None = None,
        once: bool = False,
    ) -> object:
        """Open a task once."""
        ...

    def close_others(self, tx: Tx, kind: str, *, standing: Collection[tuple[str, str]], note: str) -> int:
        """End open tasks of a kind whose cause is gone."""
        ...


def sweep(tx: Tx, lost: Mapping[str, tuple[str, datetime]], desk: Desk) -> None:
    """Open a task for every grant that is lost, end those of grants that are back.

    `lost` holds, by shop, why the grant is gone (a code) and since when. The instant names the loss: the next loss of
    the same shop is a task of its own, and one that a person closed too early is not opened again for the same loss.
    """
    for shop_id, (why, since) in sorted(lost.items()):
        params = {"why": why, "since": local(since)}
        desk.open(tx, KIND, shop_id=shop_id, subject=iso(since), params=params, once=True)
    standing = {(shop_id, iso(since)) for shop_id, (_, since) in lost.items()}
    desk.close_others(tx, KIND, standing=standing, note=BACK)
