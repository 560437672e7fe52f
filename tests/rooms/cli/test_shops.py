"""Shops and the catalog: secrets stay secret, empty states say what to do, foreign texts are shown as they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from offshelf.kit.redact import Secret
from offshelf.platforms.contract import Meaning
from offshelf.vocabulary.goods import PromotionKind
from support.cli_house import Cli, House
from support.memory_shop import answers

ADD = ("shops", "add", "flagship", "--app-id", "wx1", "--base-url", "https://gateway/")
DESCRIBED = {
    "platform": "wechat_channels",
    "name": "云朵茶铺",
    "app_id": "wx9",
    "app_secret": "sec-1",
    "assistant_app_id": "wx10",
    "assistant_app_secret": "sec-2",
    "token": "tok",
    "encoding_aes_key": "aes",
}


def test_a_shop_is_added_with_a_secret_from_a_variable(
    run_cli: Cli, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_SECRET", "s3cret-value")
    told = run_cli(*ADD, "--secret-env", "SHOP_SECRET", "--name", "云朵", "--by", "lin")
    assert told.code == 0
    assert "s3cret" not in told.out + told.err
    assert house.services.shops.get("flagship").base_url == "https://gateway"
    assert house.services.shops.secret("flagship", "secret") == Secret("s3cret-value")
    entry = house.services.journal.entries(verb="shop.added")[0]
    assert (entry.actor, entry.subject) == ("lin", "flagship")


def test_a_secret_file_is_read_without_its_line_end(run_cli: Cli, house: House, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("s3cret-value\n")
    run_cli.json(*ADD, "--secret-file", str(file))
    assert house.services.shops.secret("flagship", "secret") == Secret("s3cret-value")


REFUSED = [
    ((*ADD,), "cli.secret_needed"),
    ((*ADD, "--secret-env", "NOT_SET"), "cli.secret_empty"),
    ((*ADD, "--secret-env", "A", "--secret-file", "b"), "cli.secret_twice"),
    ((*ADD, "--secret-file", "/no/such/file"), "cli.cannot_read"),
    (("shops", "add", "a/b", "--app-id", "x", "--base-url", "https://g"), "access.bad_shop_name"),
    (("shops", "add", "a", "--app-id", "x", "--base-url", "ftp://g"), "access.bad_url"),
    (("shops", "add", "a", "--base-url", "https://g"), "cli.missing"),
    ((*ADD, "--secret", "s3cret"), "cli.no_such_option"),
    (("shops", "remove", "nobody", "--yes"), "access.unknown_shop"),
    (("shops", "rotate-secret", "nobody"), "access.unknown_shop"),
    (("shops", "test"), "cli.no_shops"),
    (("catalog", "sync"), "cli.no_shops"),
    (("catalog", "list", "--after", "L1"), "cli.bad_key"),
    (("catalog", "show", "NOPE"), "catalog.unknown_listing"),
    (("catalog", "places", "NOPE"), "cli.unknown_codes"),
]


@pytest.mark.parametrize(("argv", "code"), REFUSED, ids=[code for _, code in REFUSED])
def test_bad_input_adds_nothing(run_cli: Cli, house: House, argv: tuple[str, ...], code: str) -> None:
    told = run_cli(*argv, "--json")
    assert (told.code, told.json["error"]["code"]) == (2, code)
    assert house.services.shops.all() == ()
    assert house.services.journal.head().seq == 0


def test_a_shop_comes_whole_from_the_sandbox(run_cli: Cli, house: House) -> None:
    run_cli.doors = {"sandbox_call": lambda *_: {"shops": [DESCRIBED]}}
    told = run_cli.json("shops", "add", "demo", "--from-sandbox", "http://127.0.0.1:8700/")
    assert told["credentials"] == ["assistant_id", "assistant_secret", "push_key", "push_token", "secret"]
    assert house.services.shops.get("demo").probe == "storefront"
    assert house.services.shops.secret("demo", "push_key") == Secret("aes")


def test_a_sandbox_without_such_a_shop_is_refused(run_cli: Cli) -> None:
    run_cli.doors = {"sandbox_call": lambda *_: {"shops": [DESCRIBED]}}
    told = run_cli("shops", "add", "demo", "--from-sandbox", "http://localhost", "--app-id", "wx1", "--json")
    assert (told.code, told.json["error"]["code"]) == (2, "cli.sandbox_has_no_shop")


DOUYIN = DESCRIBED | {"platform": "douyin", "app_id": "dy9"}


def test_a_sandbox_with_shops_of_several_platforms_is_asked_which(run_cli: Cli, house: House) -> None:
    run_cli.doors = {"sandbox_call": lambda *_: {"shops": [DESCRIBED, DOUYIN]}}
    told = run_cli("shops", "add", "demo", "--from-sandbox", "http://localhost", "--json")
    assert (told.code, told.json["error"]["code"]) == (2, "cli.sandbox_which_platform")
    assert told.json["error"]["params"]["platforms"] == "wechat_channels, douyin"
    assert "--platform wechat_channels" in told.json["error"]["next"]
    assert house.services.shops.all() == ()


def test_an_app_id_says_which_platform_is_meant(run_cli: Cli, house: House) -> None:
    run_cli.doors = {"sandbox_call": lambda *_: {"shops": [DOUYIN, DESCRIBED]}}
    run_cli.json("shops", "add", "demo", "--from-sandbox", "http://localhost", "--app-id", "wx9")
    assert house.services.shops.get("demo").platform == "wechat_channels"


def test_the_only_platform_of_a_sandbox_need_not_be_named(run_cli: Cli, house: House) -> None:
    """A sandbox that imitates Douyin alone: the shop is one of Douyin, not of the usual platform."""
    run_cli.doors = {"sandbox_call": lambda *_: {"shops": [DOUYIN]}}
    run_cli("shops", "add", "demo", "--from-sandbox", "http://localhost")
    assert house.services.shops.get("demo").platform == "douyin"


def test_shops_are_listed_in_the_words_of_the_language(run_cli: Cli, house: House) -> None:
    house.open_shop()
    told = run_cli("shops", "list", "--lang", "zh").out
    assert "微信小店（视频号）" in told
    assert "wechat_channels" not in told


def test_a_secret_is_rotated_and_a_shop_removed_on_a_yes(
    run_cli: Cli, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.open_shop()
    monkeypatch.setenv("NEW", "other-value")
    run_cli.json("shops", "rotate-secret", "flagship", "--secret-env", "NEW")
    assert house.services.shops.secret("flagship", "secret") == Secret("other-value")
    refused = run_cli("shops", "remove", "flagship", "--json")
    assert (refused.code, refused.json["error"]["code"]) == (2, "cli.yes_needed")
    assert len(house.services.shops.all()) == 1
    run_cli.json("shops", "remove", "flagship", "--yes")
    assert house.services.shops.all() == ()


def test_a_shop_that_refuses_us_is_five_with_a_remedy(run_cli: Cli, house: House) -> None:
    house.open_shop().faults["listings.ids"].append(answers(Meaning.AUTH, "40001"))
    told = run_cli("shops", "test")
    assert told.code == 5
    assert "the platform refuses the credentials" in told.out
    assert "offshelf shops rotate-secret" in told.out
    assert run_cli("shops", "test").code == 0


def test_one_unreadable_shop_does_not_keep_the_others(run_cli: Cli, house: House) -> None:
    house.open_shop("a").faults["listings.ids"].append(answers(Meaning.NOT_SENT))
    house.open_shop("b")
    told = run_cli("catalog", "sync", "--json")
    assert told.code == 5
    assert [(row["shop"], row.get("error")) for row in told.json["shops"]] == [
        ("a", "platforms.unreachable"),
        ("b", None),
    ]
    assert len(run_cli.json("catalog", "list")["listings"]) == 4


def test_items_without_an_answer_leave_four(run_cli: Cli, house: House) -> None:
    shop = house.open_shop()
    shop.faults["listings.observe:L2"] = [answers(Meaning.UNKNOWN)] * 20
    told = run_cli("catalog", "sync", "--json")
    assert told.code == 4
    assert told.json["shops"][0]["failed"]["listings"] == 1


def test_pages_follow_each_other(run_cli: Cli, house: House) -> None:
    house.open_shop()
    run_cli("catalog", "sync")
    first = run_cli.json("catalog", "list", "--limit", "3")
    assert first["next"] == "flagship/L3"
    rest = run_cli.json("catalog", "list", "--limit", "3", "--after", first["next"])
    assert [row["listing_id"] for row in rest["listings"]] == ["L4"]
    assert rest["next"] is None


def test_places_are_told_with_what_is_open(run_cli: Cli, house: House) -> None:
    house.open_shop().promote(PromotionKind.COUPON, "C1", "L1", "L2")
    run_cli("catalog", "sync")
    told = run_cli.json("catalog", "places", "TEA-1")
    assert [(row["kind"], row["id"], row["state"]) for row in told["places"]] == [
        ("listing", "L1", "on"),
        ("stock", "L1/s1", "5"),
        ("coupon", "C1", "running"),
    ]
    assert told["open"] == 3


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("shops list", "No shop yet."),
        ("catalog list", "No listing found."),
        ("plan list", "No plan yet."),
        ("monitor drift", "Nothing is watched yet"),
        ("journal list", "No such entry."),
    ],
)
def test_empty_states_say_what_to_do(run_cli: Cli, line: str, says: str) -> None:
    told = run_cli(*line.split())
    assert told.code == 0
    assert told.out.startswith(says)


def test_titles_from_outside_cannot_steer_the_terminal(run_cli: Cli, house: House) -> None:
    shop = house.open_shop()
    shop.goods["L1"].code = "[red]x[/red]\x1b[31m\u202etea\n"
    run_cli("catalog", "sync")
    told = run_cli("catalog", "list", "--lang", "zh")
    assert "[red]x[/red][31mtea" in told.out  # what nobody can see in a code is not kept
    assert "\x1b" not in told.out
    assert "\u202e" not in told.out
