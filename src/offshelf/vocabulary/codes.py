"""How a merchant's code is written down: whatever looks like one code is one code, wherever it was read or typed."""

from __future__ import annotations

import re
import unicodedata

LONGEST = 128  # characters; what the tables hold

# Characters that show nothing and that Unicode counts among letters or marks: fillers, joiners, variation selectors.
_UNSEEN = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_NO_SIGN = ("Cc", "Cf")  # controls and format characters


def plain_code(told: str) -> str:
    """Return a code as it is kept: NFKC (full width becomes half width), nothing unseen, single spaces, none around.

    Upper and lower case stay as they are: platforms show codes so, and two codes may differ in nothing else. What differs
    only so is found by `case_key`. Not cut: NFKC may make a text longer than `LONGEST`.
    """
    spaced = " ".join(unicodedata.normalize("NFKC", told).split())
    seen = "".join(one for one in _UNSEEN.sub("", spaced) if unicodedata.category(one) not in _NO_SIGN)
    return " ".join(unicodedata.normalize("NFKC", seen).split())  # what stood apart may be one letter now


def case_key(code: str) -> str:
    """Return what codes have in common that differ only by the case of ASCII letters, as both databases fold it."""
    return "".join(chr(ord(one) + 32) if "A" <= one <= "Z" else one for one in code)
