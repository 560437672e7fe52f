"""The finder window: the assistant's own token, what counts as visible, and an empty list that proves nothing."""

from __future__ import annotations

from typing import Any

import pytest

from offshelf.platforms.contract import CallFailedError, Meaning, ShowcaseItem
from support.wechat_channels_wire import APP_ID, ASSISTANT_ID, OK, Bench, refusal

GET, LIST = "window/product/get", "window/product/list/get"


@pytest.fixture
def bench() -> Bench:
    return Bench(assistant=True)


def product(product_id: Any, status: Any = 1, **more: Any) -> dict[str, Any]:
    return {**OK, "product": {"product_id": product_id, "appid": APP_ID, "status": status} | more}


def items(bench: Bench, *ids: str) -> dict[str, ShowcaseItem]:
    return dict(bench.run(lambda connector: connector.showcase.items(list(ids))))


def test_without_the_assistant_there_is_no_showcase() -> None:
    assert Bench().connector.showcase is None


def test_the_assistant_calls_with_a_token_of_its_own(bench: Bench) -> None:
    bench.wire.script(GET, product("1"))
    items(bench, "1")
    token = bench.wire.bodies("/cgi-bin/stable_token")[0]
    assert (token["appid"], token["secret"]) == (ASSISTANT_ID, "assistant-secret")
    assert bench.assistant_tokens.log == ["claim", "write"]
    assert bench.tokens.log == []
    assert bench.wire.bodies(GET) == [{"product_id": "1", "appid": APP_ID}]


@pytest.mark.parametrize(
    ("status", "more", "visible", "raw"),
    [
        (1, {}, True, "1"),
        ("1", {}, True, "1"),
        (1, {"is_hide_for_window": True}, False, "1/hidden"),
        (1, {"is_hide_for_window": False}, True, "1"),
        (2, {}, False, "2"),
        (3, {}, False, "3"),
        (77, {}, None, "77"),
        (77, {"is_hide_for_window": True}, None, "77/hidden"),
        (None, {}, None, "?"),
    ],
)
def test_every_status(
    bench: Bench, status: Any, more: dict[str, Any], visible: bool | None, raw: str
) -> None:
    bench.wire.script(GET, product(7, status, **more))
    assert items(bench, "7") == {"7": ShowcaseItem("7", visible, raw)}


def test_not_found_on_the_window_is_not_visible(bench: Bench) -> None:
    bench.wire.script(GET, refusal(10022003))
    assert items(bench, "7") == {"7": ShowcaseItem("7", False, "10022003")}


@pytest.mark.parametrize(
    "answer", [OK, product("8"), {**OK, "product": []}, refusal(48001), refusal(10022008)]
)
def test_any_other_answer_is_a_failure(bench: Bench, answer: Any) -> None:
    bench.wire.script(GET, answer)
    with pytest.raises(CallFailedError) as caught:
        items(bench, "7")
    assert caught.value.result.meaning in (Meaning.UNKNOWN, Meaning.ASK_PERSON)


def test_many_listings_are_looked_up_in_the_list_first(bench: Bench) -> None:
    ids = [str(n) for n in range(30)]
    shown = [{"product_id": n, "appid": APP_ID} for n in range(20)]
    pages = {None: (shown, "b"), "b": ([], "b2")}

    def answer(body: Any) -> Any:
        page, buffer = pages[body.get("last_buffer")]
        return {**OK, "products": page, "last_buffer": buffer, "total_num": 20}

    bench.wire.script(LIST, answer)
    bench.wire.script(GET, lambda body: product(body["product_id"], 2))
    found = items(bench, *ids)
    assert [ident for ident in ids if found[ident].visible] == ids[:20]
    assert {found[ident].raw_status for ident in ids[:20]} == {"listed"}
    assert len(bench.wire.bodies(GET)) == 10
    assert bench.wire.bodies(LIST)[0]["page_size"] == 200


def test_an_empty_list_proves_nothing(bench: Bench) -> None:
    bench.wire.script(LIST, {**OK, "products": [], "last_buffer": "", "total_num": 0})
    bench.wire.script(GET, lambda body: product(body["product_id"], 1))
    found = items(bench, *(str(n) for n in range(30)))
    assert {item.visible for item in found.values()} == {True}
