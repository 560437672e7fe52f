"""Request signatures and how strictly the body is read before they are believed (reference §1.2)."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from itertools import pairwise
from typing import Any

_TEXTS = re.compile(rb'"(?:[^"\\]|\\.)*"')
_BLANK = re.compile(rb"\s")


class UnsortedError(ValueError):
    """The keys of an object do not ascend, or one stands twice."""


def sign(app_key: str, secret: str, method: str, body: bytes, timestamp: str, way: str) -> str:
    """Return the signature, lower-case hex; `way` is `md5` or `hmac-sha256`, `body` what travelled."""
    named = f"app_key{app_key}method{method}param_json".encode()
    text = secret.encode() + named + body + f"timestamp{timestamp}v2".encode() + secret.encode()
    if way == "hmac-sha256":
        return hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()
    return hashlib.md5(text, usedforsecurity=False).hexdigest()


def event_sign(app_key: str, secret: str, body: bytes) -> str:
    """Return the signature of a push (reference §12)."""
    return hashlib.md5(app_key.encode() + body + secret.encode(), usedforsecurity=False).hexdigest()


def compact(body: bytes) -> bool:
    """Tell whether no blank stands outside the texts.

    The gateway signs what it receives, as far as is known; that blanks and unsorted keys are refused is strictness of
    ours, after the rule for what is to be signed. Escapes like `\\u4e00` are let through: they are reported to work.
    """
    return _BLANK.search(_TEXTS.sub(b"", body)) is None


def read_sorted(body: bytes) -> Any:
    """Return the JSON value; raises UnsortedError where keys do not ascend, ValueError where it is no JSON."""
    return json.loads(body, object_pairs_hook=_ascending, parse_constant=_no_constant)


def _ascending(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # Code points sort like their UTF-8 bytes.
    if any(one[0] >= two[0] for one, two in pairwise(pairs)):
        raise UnsortedError
    return dict(pairs)


def _no_constant(word: str) -> Any:
    raise ValueError(word)
