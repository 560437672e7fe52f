"""Each fault: what the caller sees, and what really happened."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from offshelf.kit.errors import UsageError
from offshelf.kit.http import Answer, HttpClient, NoAnswerError
from offshelf.sandbox import FaultPlan, FaultRule, create_app, load_faults
from support.sandbox_desk import PRODUCT, SandboxDesk

DELISTING, GET = PRODUCT + "delisting", PRODUCT + "get"


def _desk(*rules: FaultRule, **settings: Any) -> SandboxDesk:
    return SandboxDesk(faults=FaultPlan(rules), **settings)


def _take_off(desk: SandboxDesk) -> tuple[Any, int]:
    product = desk.product()
    return desk.call(DELISTING, {"product_id": product.product_id}), product.status


def test_drop_request_does_nothing_and_answers_nothing() -> None:
    desk = _desk(FaultRule("drop_request", DELISTING))
    assert _take_off(desk) == (None, 5)
    assert desk.effects() == []


def test_drop_answer_does_it_and_answers_nothing() -> None:
    desk = _desk(FaultRule("drop_answer", DELISTING))
    assert _take_off(desk) == (None, 11)
    assert len(desk.effects("listing")) == 1


def test_late_apply_does_it_later() -> None:
    desk = _desk(FaultRule("late_apply", DELISTING, seconds=30))
    product = desk.product()
    assert _take_off(desk) == (None, 5)
    desk.world.advance(29)
    assert product.status == 5
    desk.world.advance(1)
    assert product.status == 11
    assert desk.effects("listing")[0].actor == "api"


def test_late_apply_that_comes_too_late_is_refused_silently() -> None:
    desk = _desk(FaultRule("late_apply", DELISTING, first=1, seconds=30))
    product = desk.product()
    _take_off(desk)
    assert desk.code(DELISTING, {"product_id": product.product_id}) == 0
    desk.world.advance(30)
    assert len(desk.effects("listing")) == 1


def test_accept_and_ignore_lies() -> None:
    desk = _desk(FaultRule("accept_and_ignore"))
    answer, status = _take_off(desk)
    assert (answer, status, desk.effects()) == ({"errcode": 0, "errmsg": "ok"}, 5, [])


@pytest.mark.parametrize(("kind", "code"), [("throttle", 45011), ("system_busy", -1)])
def test_refusals_out_of_the_blue(kind: str, code: int) -> None:
    desk = _desk(FaultRule(kind, DELISTING))
    answer, status = _take_off(desk)
    assert (answer["errcode"], status) == (code, 5)


@pytest.mark.parametrize(
    ("kind", "status", "start", "after"),
    [
        ("error_after_effect", 500, b"<html>", 11),
        ("html_error", 200, b"<html>", 5),
        ("empty_200", 200, b"", 5),
    ],
)
def test_answers_that_are_no_envelope(kind: str, status: int, start: bytes, after: int) -> None:
    desk = _desk(FaultRule(kind, DELISTING))
    product = desk.product()
    body = json.dumps({"product_id": product.product_id}).encode()
    reply = desk.raw("POST", DELISTING, f"access_token={desk.token()}", body)
    assert reply is not None
    assert (reply.status, reply.body[: len(start) or 1], product.status) == (status, start, after)


def test_unknown_enum_bends_every_status_and_changes_nothing() -> None:
    desk = _desk(FaultRule("unknown_enum"))
    product = desk.product(11)
    answer = desk.call(GET, {"product_id": product.product_id, "data_type": 3})
    assert (answer["product"]["status"], answer["edit_product"]["status"], product.status) == (77, 77, 11)
    assert answer["edit_product"]["edit_status"] == 4
    case = next(iter(desk.shop.stores.aftersales))
    shown = desk.call("/channels/ec/aftersale/getaftersaleorder", {"after_sale_order_id": case})
    assert shown["after_sale_order"]["status"] == "STATUS_77"


def test_star_spares_tokens_and_quotas_unless_they_are_named() -> None:
    assert "access_token" in _desk(FaultRule("drop_request")).stable()
    named = _desk(FaultRule("system_busy", "/cgi-bin/stable_token", first=1))
    assert [named.stable().get("errcode") for _ in range(2)] == [-1, None]


def test_writes_only_kinds_leave_reads_alone() -> None:
    desk = _desk(FaultRule("accept_and_ignore"), FaultRule("late_apply"))
    assert desk.call(GET, {"product_id": desk.product().product_id})["product"]["status"] == 5


@pytest.mark.parametrize(
    ("rule", "struck"),
    [
        (FaultRule("system_busy", GET), "11111111"),
        (FaultRule("system_busy", GET, every=3), "00100100"),
        (FaultRule("system_busy", GET, first=2), "11000000"),
        (FaultRule("system_busy", GET, first=2, after=3), "00011000"),
        (FaultRule("system_busy", GET, every=2, after=1), "00101010"),
    ],
)
def test_when_a_rule_strikes(rule: FaultRule, struck: str) -> None:
    desk = _desk(rule)
    codes = [desk.code(GET, {"product_id": "1"}) for _ in range(8)]
    assert "".join("1" if code == -1 else "0" for code in codes) == struck


def test_rates_are_seeded_and_near_what_they_say() -> None:
    def history(seed: int) -> list[int]:
        plan = FaultPlan((FaultRule("system_busy", GET, rate=0.3),), seed)
        desk = SandboxDesk(faults=plan)
        return [desk.code(GET, {"product_id": "1"}) for _ in range(1000)]

    first = history(1)
    assert first == history(1) != history(2)
    assert 250 < first.count(-1) < 350


@pytest.mark.parametrize(
    "document",
    [
        [],
        {"rule": []},
        {"rules": {}},
        {"rules": [1]},
        {"rules": [{"match": "*"}]},
        {"rules": [{"kind": "drop_answer", "rates": 1}]},
        {"rules": [{"kind": "drop_answer", "rate": "x"}]},
        {"seed": "a"},
    ],
)
def test_plans_that_cannot_be_read(document: object) -> None:
    with pytest.raises(UsageError) as caught:
        FaultPlan.from_json(document)
    assert caught.value.code == "sandbox.fault_plan"


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        ({"kind": "explode"}, "sandbox.fault_kind"),
        ({"kind": "drop_answer", "rate": 0.5, "first": 2}, "sandbox.fault_rule"),
        ({"kind": "drop_answer", "rate": 1.5}, "sandbox.fault_rule"),
        ({"kind": "drop_answer", "every": 0}, "sandbox.fault_rule"),
        ({"kind": "drop_answer", "after": -1}, "sandbox.fault_rule"),
    ],
)
def test_rules_that_make_no_sense(entry: dict[str, object], code: str) -> None:
    with pytest.raises(UsageError) as caught:
        FaultPlan.from_json({"rules": [entry]})
    assert caught.value.code == code


def test_a_plan_survives_its_file(tmp_path: Path) -> None:
    plan = FaultPlan((FaultRule("late_apply", "/channels", rate=0.25, seconds=9.5),), 4)
    path = tmp_path / "faults.json"
    path.write_text(json.dumps(plan.to_json()))
    assert load_faults(path) == plan
    with pytest.raises(UsageError):
        load_faults(tmp_path / "none.json")


async def _ask(desk: SandboxDesk, path: str, body: dict[str, Any]) -> Answer:
    async with HttpClient(app=create_app(desk.world)) as client:
        return await client.post_json(f"http://sandbox{path}", body, {"access_token": desk.token()})


@pytest.mark.parametrize("kind", ["drop_request", "drop_answer", "late_apply"])
def test_no_answer_is_a_transport_error_inside_the_process(kind: str) -> None:
    desk = _desk(FaultRule(kind, DELISTING))
    with pytest.raises(NoAnswerError):
        asyncio.run(_ask(desk, DELISTING, {"product_id": desk.product().product_id}))


def test_a_whole_answer_passes_inside_the_process(desk: SandboxDesk) -> None:
    answer = asyncio.run(_ask(desk, DELISTING, {"product_id": desk.product().product_id}))
    document = answer.json_object()
    assert document is not None
    assert (answer.status, document["errmsg"]) == (200, "ok")
