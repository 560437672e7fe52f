"""Limits of our own: how large a file, how often a look. Numbers of platforms, laws and the house stand in policy."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TasksSettings:
    """Limits of the room.

    `most_bytes` is the largest file taken as evidence: it is sealed in memory. `look_every` is seconds between looks
    of a worker at all open targets. `watch_days` is how long a finished target is looked at for coming back.
    """

    most_bytes: int = 32 * 1024 * 1024
    look_every: float = 600.0
    watch_days: int = 90
