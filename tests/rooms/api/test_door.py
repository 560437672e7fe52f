"""Who gets in, how much may be sent, and what every answer carries."""

from __future__ import annotations

import asyncio
import logging

import pytest

from offshelf.api import create_app
from offshelf.kit.redact import Secret
from support.api_services import KEY, Caller, _exchange


@pytest.mark.parametrize("shown", ["", f"Basic {KEY}", "Bearer ", "Bearer wrong", f"Bearer {KEY}x", KEY])
def test_without_the_key_nothing_is_told(api: Caller, shown: str) -> None:
    refused = api.get("/api/v1/shops", authorization=shown)
    assert (refused.status, refused.code) == (401, "api.no_key")
    assert refused.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("path", ["/api/v1/none", "/", "/api/v1/plans/P-1/certificate", "//healthz"])
def test_the_key_is_asked_for_before_the_path(api: Caller, path: str) -> None:
    assert api.get(path, authorization="").status == 401


def test_without_the_key_nothing_is_changed(api: Caller) -> None:
    api.synced()
    before = api.snapshot()
    body = {"reason": "season", "by": "lin", "all": True}
    assert api.post("/api/v1/plans", body, authorization="").status == 401
    assert api.snapshot() == before


def test_an_empty_key_lets_nobody_in(api: Caller) -> None:
    app = create_app(lambda: api.services, key=lambda: Secret(""), language="zh")
    shut = asyncio.run(_exchange(app, "GET", "/api/v1/shops", b"", {"authorization": "Bearer "}))
    assert shut.status == 401


@pytest.mark.parametrize("path", ["/healthz", "/docs", "/openapi.json"])
def test_some_pages_need_no_key(api: Caller, path: str) -> None:
    assert api.get(path, authorization="").status == 200


def test_a_body_over_the_cap_is_refused(api: Caller) -> None:
    before = api.snapshot()
    too_large = api.post("/api/v1/plans", b" " * (1024 * 1024 + 1))
    undeclared = api.post("/api/v1/plans", b" " * (1024 * 1024 + 1), content_length="")
    assert [(too_large.status, too_large.code), (undeclared.status, undeclared.code)] == [
        (413, "api.too_large")
    ] * 2
    assert api.snapshot() == before


def test_a_body_at_the_cap_is_read(api: Caller) -> None:
    assert api.post("/api/v1/plans", b" " * (1024 * 1024)).code == "api.bad_input"


@pytest.mark.parametrize("path", ["/healthz", "/api/v1/none", "/docs", "/api/v1/shops"])
def test_every_answer_carries_the_security_headers(api: Caller, path: str) -> None:
    headers = api.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["cache-control"] == "no-store"
    assert headers["content-security-policy"].startswith("default-src 'none';")


def test_a_bug_is_told_without_its_trace(
    api: Caller, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> None:
        raise RuntimeError("inner detail 13800001111")

    monkeypatch.setattr(api.services.journal, "head", broken)
    with caplog.at_level(logging.ERROR, "offshelf.api"):
        answer = api.get("/healthz")
    assert (answer.status, answer.code) == (500, "api.bug")
    assert "inner detail" not in answer.text
    assert "Traceback" not in answer.text


def test_no_answer_shows_a_credential_or_the_gateway(api: Caller) -> None:
    api.synced()
    told = "".join(api.get(path).text for path in ("/api/v1/shops", "/api/v1/journal", "/openapi.json"))
    assert "platform-secret-value" not in told
    assert "user:pass" not in told
    assert KEY not in told
