"""What this connector declares in `manifest.toml`."""

from __future__ import annotations

from offshelf.platforms.calling.declared import Declared

_declared = Declared(__package__)
manifest = _declared.manifest
limit = _declared.limit
words = _declared.words
pacing = _declared.pacing
