"""The catalogue of messages: every text a person reads, in Chinese and English, one file per room and language."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from offshelf.kit.texts import Catalogue


@cache
def catalogue() -> Catalogue:
    """Return the catalogue, read once."""
    return Catalogue.load(files(__name__))
