"""The kinds of policy values and the units of their numbers: words only, so that faces can name them cheaply."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """On whose word a value stands. Seed-claims are benchmarks: shown with their source, never promised."""

    LAW = "law"
    PLATFORM = "platform"
    HOUSE = "house"  # our own choice, with its reason
    SEED_CLAIM = "seed_claim"


class Unit(StrEnum):
    """What a number counts. Natural and working days are never mixed."""

    MINUTES = "minutes"
    HOURS = "hours"
    NATURAL_DAYS = "natural_days"
    WORKING_DAYS = "working_days"
    MONTHS = "months"
    PERCENT = "percent"
    COUNT = "count"
    TIMES = "times"  # so many times another number: 3 x the price
    FEN = "fen"
