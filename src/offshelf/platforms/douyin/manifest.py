"""Reads `manifest.toml`: what is declared, the limits, and the platform's values in our words."""

from __future__ import annotations

from offshelf.platforms.calling.declared import Declared

_declared = Declared(__package__)
manifest = _declared.manifest
limit = _declared.limit
words = _declared.words
pacing = _declared.pacing
raw_table = _declared.raw
