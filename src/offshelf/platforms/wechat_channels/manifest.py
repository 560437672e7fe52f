"""Reads `manifest.toml`: what is declared, the limits, and the platform's numbers in our words."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from offshelf.platforms.contract import Grade, Manifest


@cache
def _document() -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath("manifest.toml").read_text("utf-8"))


@cache
def manifest() -> Manifest:
    """Return what the connector declares."""
    document = _document()
    return Manifest(
        platform=document["platform"],
        grades=frozenset(Grade(name) for name in document["grades"]),
        ports=frozenset(document["ports"]),
        limits={name: entry["value"] for name, entry in document["limits"].items()},
        observed_on=document["observed_on"],
    )


def limit(name: str) -> int:
    """Return one declared limit."""
    return manifest().limits[name]


@cache
def words(name: str) -> dict[str, str]:
    """Return one table of the platform's values (as text) in our words, whatever their certainty."""
    return {key: word for part in _document()[name].values() for key, word in part.items()}


@cache
def pacing() -> dict[str, tuple[int, int]]:
    """Return the default pace by method (`*`: the shop as a whole): calls, seconds."""
    return {method: (entry["calls"], entry["seconds"]) for method, entry in _document()["pacing"].items()}
