"""The signature of a request, from plain values (reference §1.3)."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping

SIGNED = ("access_token", "appkey", "method", "param", "signMethod", "timestamp", "version")
MD5, HMAC_SHA256 = "MD5", "HMAC_SHA256"


def sign(given: Mapping[str, str], sign_secret: str) -> str:
    """Return the signature over the raw, not URL-encoded, texts; `signMethod` in `given` says which kind."""
    parts = [f"{name}={given[name]}" for name in SIGNED if name in given]
    text = "&".join([*parts, f"signSecret={sign_secret}"]).encode()
    if given.get("signMethod") == HMAC_SHA256:
        # The secret is used twice: as the key, and at the end of the text.
        return base64.b64encode(hmac.digest(sign_secret.encode(), text, "sha256")).decode()
    # MD5 is what the platform offers beside it.
    return hashlib.md5(text, usedforsecurity=False).hexdigest()
