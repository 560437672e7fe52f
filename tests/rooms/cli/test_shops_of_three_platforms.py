"""Adding a shop of any platform, and the consent some of them ask for."""

from __future__ import annotations

from typing import Any

import pytest

from offshelf.kit.redact import Secret
from offshelf.platforms.contract import CallResult, Meaning
from support.cli_house import Cli, House

KUAISHOU = ("shops", "add", "ks", "--platform", "kuaishou", "--app-id", "ks600", "--secret-env", "APP")
DESCRIBED = {
    "platform": "kuaishou",
    "name": "竹编小店",
    "app_id": "ks600",
    "app_secret": "sec",
    "sign_secret": "sign",
    "message_key": "msg",
    "account_id": "100200300",
    "grant_code": "c0de-1",
}


class Consent:
    """A grant port: the code `good` is accepted."""

    def __init__(self, good: str) -> None:
        self.good = good
        self.asked: list[str] = []

    def page(self, redirect: str, state: str) -> str:
        return f"https://consent/?back={redirect}&state={len(state) > 15}"

    async def redeem(self, code: str) -> CallResult:
        self.asked.append(code)
        good = code == self.good
        return CallResult(
            Meaning.OK if good else Meaning.AUTH, "oauth2/access_token", "" if good else "100200105"
        )


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APP", "app-s3cret")
    monkeypatch.setenv("SIGN", "sign-s3cret")
    monkeypatch.setenv("CODE", "c0de-1")


def verbs(house: House) -> list[str]:
    return [entry.verb for entry in house.services.journal.entries()]


def test_the_gateway_of_a_platform_is_known(run_cli: Cli, house: House) -> None:
    run_cli.json("shops", "add", "dy", "--platform", "douyin", "--app-id", "7", "--account-id", "12345",
                 "--secret-env", "APP")  # fmt: skip
    shop = house.services.shops.get("dy")
    assert (shop.base_url, shop.account_id) == ("https://openapi-fxg.jinritemai.com", "12345")


def test_a_credential_the_platform_needs_is_asked_for_before_anything_is_stored(
    run_cli: Cli, house: House
) -> None:
    told = run_cli(*KUAISHOU, "--json")
    assert (told.code, told.json["error"]["params"]["name"]) == (2, "--sign-secret-env")
    assert (house.services.shops.all(), verbs(house)) == ((), [])


def test_what_comes_next_names_the_consent(run_cli: Cli, house: House) -> None:
    told = run_cli(*KUAISHOU, "--sign-secret-env", "SIGN")
    assert "offshelf shops authorise ks" in told.out
    assert house.services.shops.secret("ks", "sign_secret") == Secret("sign-s3cret")


def test_a_shop_from_the_sandbox_is_authorised_at_once(run_cli: Cli, house: House) -> None:
    house.grants["ks"] = Consent("c0de-1")
    run_cli.doors = {"sandbox_call": lambda *_: {"shops": [DESCRIBED]}}
    told = run_cli.json(
        "shops", "add", "ks", "--platform", "kuaishou", "--from-sandbox", "http://127.0.0.1:8700"
    )
    assert told["credentials"] == ["push_key", "secret", "sign_secret"]
    assert told["shop"]["account_id"] == "100200300"
    assert (house.grants["ks"].asked, verbs(house)) == (["c0de-1"], ["shop.added", "shop.authorised"])


def consent(run_cli: Cli, house: House, good: str) -> Any:
    house.open_shop("ks")
    house.grants["ks"] = Consent(good)
    return run_cli("shops", "authorise", "ks", "--code-env", "CODE", "--by", "lin", "--json")


def test_a_code_from_the_consent_page_is_stored_and_noted(run_cli: Cli, house: House) -> None:
    told = consent(run_cli, house, "c0de-1")
    assert (told.code, told.json) == (0, {"shop": "ks", "authorised": True})
    assert verbs(house) == ["shop.authorised"]


def test_a_code_the_platform_refuses_changes_nothing(run_cli: Cli, house: House) -> None:
    told = consent(run_cli, house, "another")
    assert (told.code, told.json["error"]["code"]) == (5, "access.consent_refused")
    assert verbs(house) == []


def test_without_a_code_the_page_is_told(run_cli: Cli, house: House) -> None:
    house.open_shop("ks")
    house.grants["ks"] = Consent("x")
    told = run_cli("shops", "authorise", "ks", "--redirect", "https://me/cb", "--json")
    assert (told.code, told.json["page"]) == (4, "https://consent/?back=https://me/cb&state=True")
    assert house.grants["ks"].asked == []


def test_a_platform_without_consent_says_so(run_cli: Cli, house: House) -> None:
    house.open_shop("flagship")
    told = run_cli("shops", "authorise", "flagship", "--json")
    assert (told.code, told.json["error"]["code"]) == (2, "access.no_consent_needed")
