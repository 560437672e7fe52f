"""The signature of a call (reference §1.3). Pure: plain values in, plain values out; no I/O, no clock.

The secret is used twice by HMAC_SHA256: as the key, and at the end of the signed text.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping
from enum import StrEnum
from hashlib import md5

VERSION = "1"


class Algorithm(StrEnum):
    """What the platform takes as `signMethod`; it recommends the second."""

    MD5 = "MD5"
    HMAC_SHA256 = "HMAC_SHA256"


def text_to_sign(params: Mapping[str, str | None], sign_secret: str) -> str:
    """Return the raw text that is signed: `k=v` in byte order of the keys, `sign` and empty (None) values left out."""
    pairs = sorted(
        (key.encode(), f"{key}={value}")
        for key, value in params.items()
        if key != "sign" and value is not None
    )
    return "&".join(pair for _, pair in pairs) + f"&signSecret={sign_secret}"


def sign(params: Mapping[str, str | None], sign_secret: str) -> str:
    """Return the signature of a call's public parameters; `signMethod` among them names the algorithm.

    Lower-case hex for MD5, padded Base64 for HMAC_SHA256. Raises `ValueError` for another `signMethod`.
    """
    algorithm = Algorithm(params.get("signMethod") or "")
    text = text_to_sign(params, sign_secret).encode()
    if algorithm is Algorithm.MD5:
        return md5(text, usedforsecurity=False).hexdigest()  # the platform's choice
    return base64.b64encode(hmac.digest(sign_secret.encode(), text, "sha256")).decode()


def signed(
    method: str,
    param: str,
    *,
    app_key: str,
    token: str,
    sign_secret: str,
    timestamp_ms: int,
    algorithm: Algorithm = Algorithm.HMAC_SHA256,
) -> dict[str, str]:
    """Return all parameters of one call, signed. `param` is the JSON text exactly as it will be sent (not encoded)."""
    params = {
        "access_token": token,
        "appkey": app_key,
        "method": method,
        "param": param,
        "signMethod": algorithm.value,
        "timestamp": str(timestamp_ms),
        "version": VERSION,
    }
    return params | {"sign": sign(params, sign_secret)}
