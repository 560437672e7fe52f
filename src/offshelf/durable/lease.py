"""Leases with fencing: who may work at something now, and a number that tells a late writer from the present one.

A lease alone does not keep a stale process from writing: it may sleep through its end and wake up in the middle of a
batch. Therefore every change of holder makes a larger token, and whoever writes shows the token in the transaction of
the write. One that is not the newest is refused there, with everything that was to be written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from offshelf.durable import _store
from offshelf.kit.clock import Clock
from offshelf.kit.db import Database, Tx
from offshelf.kit.errors import BlockedError
from offshelf.kit.ids import new_id

# Longer than the slowest batch between two of its ledger writes at the platforms' usual quotas; a longer one renews in
# between (`Lanes.fit`). Short enough that other workers (once there are several) need not wait long for a dead one.
HELD = timedelta(minutes=2)
# A call that begins with less than this left could end after the lease: longer than the slowest answer we wait for (30 s).
MARGIN = timedelta(seconds=40)
_POST = "worker"


class StaleLeaseError(BlockedError):
    """Somebody else has taken this work over; nothing was written."""


@dataclass(frozen=True, slots=True)
class Lease:
    """What a holder was given. `token` is larger at every change of holder; `until` is the end by `kit.clock`."""

    name: str
    holder: str
    token: int
    until: datetime


class Leases:
    """The leases of one database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def claim(self, name: str, holder: str, for_: timedelta) -> Lease | None:
        """Take a lease that is free, has run out or is one's own; None while another one holds it."""
        with self._database.begin() as tx:
            return self._take(tx, name, holder, for_, seize=False)

    def seize(self, name: str, holder: str, for_: timedelta, *, under: Lease | None = None) -> Lease:
        """Take a lease whoever holds it: for who knows by other means that the holder is gone (the worker's lock).

        `under` is what that knowledge rests on: once it is stale, so is the right to seize, and `StaleLeaseError` is
        raised.
        """
        with self._database.begin() as tx:
            if under is not None:
                self.stand(tx, [under])
            taken = self._take(tx, name, holder, for_, seize=True)
        if taken is None:
            raise StaleLeaseError("durable.lease_stale", name=name)
        return taken

    def renew(self, lease: Lease, for_: timedelta) -> Lease:
        """Lengthen a lease that nobody has taken over, even one that has run out meanwhile."""
        with self._database.begin() as tx:
            return self.keep(tx, lease, for_)

    def keep(self, tx: Tx, lease: Lease, for_: timedelta) -> Lease:
        """Renew inside a transaction: nobody takes the lease over before it ends. One statement."""
        until = self._clock.now() + for_
        if not _store.keep_lease(tx, lease.name, lease.token, until):
            raise StaleLeaseError("durable.lease_stale", name=lease.name)
        return Lease(lease.name, lease.holder, lease.token, until)

    def release(self, lease: Lease) -> None:
        """End a lease early; nothing happens where somebody else has it by now."""
        with self._database.begin() as tx:
            _store.keep_lease(tx, lease.name, lease.token, self._clock.now())

    def stand(self, tx: Tx, leases: Sequence[Lease]) -> None:
        """Refuse where one of these is stale, and let nobody take one over before the transaction ends."""
        rows = _store.lease_rows(tx, [lease.name for lease in leases]) if leases else {}
        for lease in leases:
            if lease.name not in rows or rows[lease.name]["token"] != lease.token:
                raise StaleLeaseError("durable.lease_stale", name=lease.name)

    def lasting(self, prefix: str) -> bool:
        """Tell whether a lease whose name begins so has not run out."""
        with self._database.read() as tx:
            return _store.lasting(tx, prefix, self._clock.now())

    def _take(self, tx: Tx, name: str, holder: str, for_: timedelta, *, seize: bool) -> Lease | None:
        now = self._clock.now()
        row = _store.take_lease(tx, name, holder, now, now + for_, seize=seize)
        return None if row is None else Lease(**row)


class Lanes:
    """The leases one process works under: its post as the worker, and one lease for each plan and lane it is at.

    With one worker per database the worker's lock says who may take over, at once and however the other one died; the
    leases here keep out the one that lost the lock and does not know it. What was found stale stays stale until the
    process takes its post anew.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._leases = Leases(database, clock)
        self._clock = clock
        self._holder = new_id("H", clock.now())
        self._post: Lease | None = None
        self._held: dict[str, Lease] = {}
        self._lost: StaleLeaseError | None = None

    def enter(self) -> None:
        """Take the worker's post; called by whoever has just taken the worker's lock. Everybody else is stale now."""
        self._held.clear()
        self._lost = None
        self._post = self._leases.seize(_POST, self._holder, HELD)

    def begin(self, owner: str, lanes: Iterable[str]) -> None:
        """Take the lanes of a plan over from whoever had them: this process drives it now."""
        if self._post is None:
            self._lost = None  # no worker's post, no other worker: a simulation begins anew
        for lane in lanes:
            self._held.pop(_name(owner, lane), None)
            self.hold(owner, lane)

    def hold(self, owner: str, lane: str) -> Lease:
        """Return the lease of a lane, taken at the first use. One that was taken from us is not taken back."""
        self.refuse_lost()
        name = _name(owner, lane)
        if name not in self._held:
            with self._losing():
                self._held[name] = self._leases.seize(name, self._holder, HELD, under=self._post)
        return self._held[name]

    def fit(self, lease: Lease) -> None:
        """Make sure before a call that the lease lasts until the answer; asks the database only when it may not."""
        known = self._present(lease)
        if known.until - self._clock.now() < MARGIN:
            with self._losing():
                self._held[lease.name] = self._leases.renew(known, HELD)

    def keep(self, tx: Tx, lease: Lease) -> None:
        """Refuse a write under a lease that was taken over; lengthen it otherwise. One statement."""
        known = self._present(lease)
        with self._losing():
            self._held[lease.name] = self._leases.keep(tx, known, HELD)

    def stand(self, tx: Tx, owner: str) -> None:
        """Refuse a write about a plan whose lanes, or the worker's post, were taken over. One statement."""
        self.refuse_lost()
        mine = [lease for name, lease in sorted(self._held.items()) if name.startswith(_name(owner, ""))]
        with self._losing():
            self._leases.stand(tx, [*mine, *([] if self._post is None else [self._post])])

    def live(self, owner: str) -> bool:
        """Tell whether some process, this or another, wrote about a plan so lately that it is at it still."""
        return self._leases.lasting(_name(owner, ""))

    def refuse_lost(self) -> None:
        """Refuse to go on where something was found to be taken over."""
        if self._lost is not None:
            raise self._lost

    def _present(self, lease: Lease) -> Lease:
        """Return the lease as it stands now, or refuse one of an earlier time at this work.

        Such a batch outlived its worker in this very process; it ends, and the worker that came after it goes on.
        """
        self.refuse_lost()
        known = self._held.get(lease.name)
        if known is None or known.token != lease.token:
            raise StaleLeaseError("durable.lease_stale", name=lease.name)
        return known

    @contextmanager
    def _losing(self) -> Iterator[None]:
        """Remember that this process works no more."""
        try:
            yield
        except StaleLeaseError as error:
            self._lost = error
            raise


def _name(owner: str, lane: str) -> str:
    return f"acts/{owner}/{lane}"
