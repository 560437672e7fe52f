"""Grants: the authorise page, codes, the refresh token that rotates, revocation (reference §2)."""

from __future__ import annotations

import json
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from offshelf.sandbox import FaultPlan, FaultRule
from offshelf.sandbox.kuaishou import KuaishouSettings
from rooms.sandbox_kuaishou.ks_desk import Desk

INFO = "open.shop.info.get"
DAYS_180 = 15_552_000


def _authorize(desk: Desk, **changes: str) -> tuple[int, str]:
    query = {
        "app_id": desk.identity.app_key,
        "redirect_uri": "https://merchant.example/back?x=1",
        "scope": "merchant_item,merchant_shop",
        "response_type": "code",
        "state": "s7",
        **changes,
    }
    reply = desk.raw("GET", "/oauth/authorize", urlencode(query))
    assert reply is not None
    location = dict(reply.headers).get(b"location", b"").decode()
    return (reply.status, location) if location else (int(json.loads(reply.body)["result"]), "")


def test_the_authorise_page_sends_the_browser_back_with_a_code(desk: Desk) -> None:
    status, location = _authorize(desk)
    given = parse_qs(urlsplit(location).query)
    assert (status, given["state"], given["x"]) == (302, ["s7"], ["1"])
    granted = desk.oauth("access_token", grant_type="code", code=given["code"][0])
    assert granted["scopes"] == ["merchant_item", "merchant_shop"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"app_id": "ks1"}, 100200101),
        ({"response_type": "token"}, 100200103),
        ({"scope": "merchant_item,everything"}, 100200106),
        ({"scope": ""}, 100200100),
        ({"redirect_uri": "https://other.example/"}, 100200100),
    ],
)
def test_the_authorise_page_refuses(changes: dict[str, str], code: int) -> None:
    desk = Desk(KuaishouSettings(redirect_uri="https://merchant.example/back?x=1"))
    assert _authorize(desk, **changes) == (code, "")
    assert _authorize(desk)[0] == 302


def test_a_code_is_good_once_and_for_two_minutes(desk: Desk) -> None:
    code = desk.platform.identities()[0]["grant_code"]
    later = desk.platform.identities()[0]["grant_code"]
    granted = desk.oauth("access_token", grant_type="code", code=code)
    del granted["access_token"], granted["refresh_token"], granted["scopes"]
    assert granted == {
        "result": 1,
        "expires_in": 172_800,
        "refresh_token_expires_in": DAYS_180,
        "open_id": desk.identity.open_id,
    }
    assert desk.oauth("access_token", grant_type="code", code=code)["result"] == 100200105
    desk.engine.time.advance(120)
    assert desk.oauth("access_token", grant_type="code", code=later) == {
        "result": 100200105,
        "error": "invalid_grant",
        "error_msg": "code is invalid",
    }


@pytest.mark.parametrize(
    ("verb", "path", "given", "code"),
    [
        ("GET", "access_token", {}, 100200100),
        ("GET", "access_token", {"grant_type": "code"}, 100200100),
        ("GET", "access_token", {"grant_type": "password"}, 100200104),
        ("GET", "access_token", {"grant_type": "client_credentials", "app_secret": "x"}, 100200101),
        ("POST", "access_token", {"grant_type": "client_credentials"}, 100200100),
        ("GET", "refresh_token", {"grant_type": "refresh_token", "refresh_token": "x"}, 100200100),
        ("POST", "refresh_token", {"grant_type": "refresh_token", "refresh_token": "x"}, 100200102),
        ("POST", "refresh_token", {"grant_type": "code", "refresh_token": "x"}, 100200104),
    ],
)
def test_the_authorisation_server_refuses(
    desk: Desk, verb: str, path: str, given: dict[str, str], code: int
) -> None:
    assert desk.oauth(path, verb, **given)["result"] == code


def test_a_spent_refresh_token_is_dead_at_once_and_both_access_tokens_live(desk: Desk) -> None:
    first = desk.grant()
    desk.engine.time.advance(1000)
    second = desk.refresh(first["refresh_token"])
    assert second["refresh_token"] != first["refresh_token"]
    assert second["refresh_token_expires_in"] == DAYS_180 - 1000  # what was left, never more
    assert desk.refresh(first["refresh_token"]) == {
        "result": 100200102,
        "error": "access_denied",
        "error_msg": "refreshToken.discarded",
    }
    for token in (first["access_token"], second["access_token"]):
        assert desk.get(INFO, access_token=token)["result"] == 1
    assert desk.engine.calls.tokens == {"kuaishou_code": 1, "kuaishou_refresh": 1}


def test_a_spent_refresh_token_may_live_five_minutes_more() -> None:
    desk = Desk(KuaishouSettings(refresh_overlap_seconds=300.0))
    old = desk.grant()["refresh_token"]
    assert desk.refresh(old)["result"] == 1
    desk.engine.time.advance(299)
    assert desk.refresh(old)["result"] == 1
    desk.engine.time.advance(1)
    assert desk.refresh(old)["error_msg"] == "refreshToken.discarded"


def test_a_lost_answer_to_a_refresh_spends_the_token_all_the_same() -> None:
    rules = (FaultRule("drop_answer", "/oauth2/refresh_token"), FaultRule("drop_request"))
    desk = Desk(faults=FaultPlan(rules))
    held = desk.grant()  # `*` spares tokens
    assert desk.refresh(held["refresh_token"]) is None
    assert desk.get(INFO, access_token=held["access_token"]) is None
    desk.engine.plan_faults(FaultPlan())
    assert desk.refresh(held["refresh_token"])["error_msg"] == "refreshToken.discarded"


def test_no_refresh_outlives_the_consent(desk: Desk) -> None:
    token = desk.grant()["refresh_token"]
    for _ in range(3):
        desk.engine.time.advance(50 * 86_400)
        token = desk.refresh(token)["refresh_token"]
    desk.engine.time.advance(30 * 86_400)
    assert desk.refresh(token)["error_msg"] == "invalid refresh_token"


def test_expired_revoked_and_application_tokens_have_codes_of_their_own(desk: Desk) -> None:
    held = desk.grant()
    token = held["access_token"]
    assert desk.platform.expire_tokens() == 1
    expired = desk.get(INFO, access_token=token)
    assert (expired["result"], expired["error_msg"]) == (28, "TOKEN过期")
    renewed = desk.refresh(held["refresh_token"])
    waiting = desk.platform.identities()[0]["grant_code"]
    assert desk.platform.revoke() == 1
    revoked = desk.get(INFO, access_token=renewed["access_token"])
    assert (revoked["result"], revoked["error_msg"]) == (24, "AUTHORIZATION_REVOKED")
    assert desk.refresh(renewed["refresh_token"])["error_msg"] == "refreshToken.revokedAuthorization"
    assert desk.oauth("access_token", grant_type="code", code=waiting)["result"] == 100200105
    alone = desk.oauth("access_token", grant_type="client_credentials")
    assert alone["token_type"] == "bearer"
    assert desk.get(INFO, access_token=alone["access_token"])["result"] == 26
    assert desk.get(INFO, access_token=desk.grant()["access_token"])["result"] == 1
