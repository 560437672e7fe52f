"""Signatures of the platform (reference §1.2, §12): plain values in, text out. No I/O, no clock, no secret is kept."""

from __future__ import annotations

import hmac
import json
from hashlib import md5
from typing import Any

HMAC_SHA256 = "hmac-sha256"
MD5 = "md5"
VERSION = "2"  # the protocol's `v`


def canonical(params: dict[str, Any]) -> str:
    """Return `param_json`: compact, keys in ascending byte order at every depth, members that are null left out.

    Nothing but what JSON itself demands is escaped: `<`, `>`, `&`, `/` and non-ASCII characters stand as they are.
    Whole numbers keep every digit. Exactly this text is signed, and exactly its UTF-8 bytes are the body.
    """
    # Python orders texts by code point, which is the byte order of their UTF-8 form.
    return json.dumps(
        _without_nulls(params), ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    )


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        return [_without_nulls(item) for item in value]
    return value


def request_sign(
    app_key: str,
    app_secret: str,
    method: str,
    param_json: str,
    timestamp: str,
    algorithm: str = HMAC_SHA256,
) -> str:
    """Return the signature of a request, lower-case hex. The token, `sign_method` and headers are not signed.

    The secret is used twice in the HMAC form: around the text and as the key. Raises `ValueError` for an algorithm
    the platform does not know.
    """
    signed = (
        f"app_key{app_key}method{method}param_json{param_json}timestamp{timestamp}v{VERSION}"  # no separators
    )
    text = f"{app_secret}{signed}{app_secret}".encode()
    if algorithm == HMAC_SHA256:
        return hmac.digest(app_secret.encode(), text, "sha256").hex()
    if algorithm == MD5:
        return md5(text, usedforsecurity=False).hexdigest()  # the platform's choice
    raise ValueError(f"unknown sign_method {algorithm}")


def event_sign(app_key: str, app_secret: str, body: bytes) -> str:
    """Return the `event-sign` of a push: over the bytes of the body as they came, lower-case hex."""
    return md5(app_key.encode() + body + app_secret.encode(), usedforsecurity=False).hexdigest()
