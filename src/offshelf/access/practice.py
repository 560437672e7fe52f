"""Practice or real: a shop whose gateway is this machine is a sandbox's, and nothing done there touches a buyer.

A gateway on loopback that passes calls on to a platform would be taken for practice: there is none of ours that does.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from ipaddress import ip_address
from urllib.parse import urlsplit

from offshelf.vocabulary.shops import Shop


class Practice(StrEnum):
    """What kind of shops a house has."""

    NONE = "none"  # no shop yet
    PRACTICE = "practice"
    REAL = "real"
    MIXED = "mixed"


def is_practice(shop: Shop) -> bool:
    """Tell whether nothing real can happen in a shop."""
    return on_this_machine(shop.base_url)


def practice_of(shops: Iterable[Shop]) -> Practice:
    """Return what kind of shops these are."""
    kinds = {is_practice(shop) for shop in shops}
    if len(kinds) == 2:
        return Practice.MIXED
    return {frozenset(): Practice.NONE, frozenset({True}): Practice.PRACTICE}.get(
        frozenset(kinds), Practice.REAL
    )


def on_this_machine(url: str) -> bool:
    """Tell whether an address leads to this very machine; an address nobody can read does not."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
