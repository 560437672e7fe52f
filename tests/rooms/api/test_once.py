"""Idempotency keys: nothing is done twice, and what is not known is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from offshelf.kit.errors import OutsideError
from support.api_services import Caller

KEY = "order-4711-propose"
BODY = {"reason": "season", "by": "lin", "all": True}


def test_a_repeated_request_gets_its_first_answer(api: Caller, tmp_path: Path) -> None:
    api.synced(1)
    first = api.post("/api/v1/plans", BODY, idempotency_key=KEY)
    after_restart = Caller.__new__(Caller)
    after_restart.__dict__ = api.__dict__ | {"app": _fresh(api)}
    again = after_restart.post("/api/v1/plans", BODY, idempotency_key=KEY)
    assert (again.status, again.body) == (201, first.body)
    assert again.headers["etag"] == first.headers["etag"]
    assert again.headers["idempotency-replayed"] == "true"
    assert len(api.get("/api/v1/plans").json["items"]) == 1


def _fresh(api: Caller) -> object:
    from offshelf.api import create_app
    from offshelf.kit.redact import Secret
    from support.api_services import KEY as API_KEY

    return create_app(lambda: api.services, key=lambda: Secret(API_KEY), language="zh")


def test_another_body_under_the_key_is_refused(api: Caller) -> None:
    api.synced(1)
    api.post("/api/v1/plans", BODY, idempotency_key=KEY)
    before = api.snapshot()
    other = api.post("/api/v1/plans", BODY | {"by": "wang"}, idempotency_key=KEY)
    assert (other.status, other.code) == (422, "api.key_reused")
    assert api.snapshot() == before


def test_a_key_belongs_to_one_operation(api: Caller) -> None:
    api.synced(1)
    first, second = api.proposed(), api.proposed()
    api.post(f"/api/v1/plans/{first}/cancel", {"by": "lin"}, idempotency_key=KEY)
    other = api.post(f"/api/v1/plans/{second}/cancel", {"by": "lin"}, idempotency_key=KEY)
    assert (other.status, other.code) == (422, "api.key_reused")
    assert api.get(f"/api/v1/plans/{second}").json["state"] == "proposed"


def test_a_cancel_repeated_under_its_key_is_no_refusal(api: Caller) -> None:
    api.synced(1)
    path = f"/api/v1/plans/{api.proposed()}/cancel"
    answers = [api.post(path, {"by": "lin"}, idempotency_key=KEY) for _ in range(2)]
    assert [answer.status for answer in answers] == [200, 200]
    assert api.post(path, {"by": "lin"}).status == 409


def test_a_relist_repeated_under_its_key_makes_one_plan(api: Caller) -> None:
    api.synced(1)
    path = f"/api/v1/plans/{api.done()}/relist"
    ids = {api.post(path, {"by": "lin"}, idempotency_key=KEY).json["plan_id"] for _ in range(2)}
    assert len(ids) == 1
    assert len(api.get("/api/v1/plans").json["items"]) == 2


def test_a_refusal_gives_the_key_back(api: Caller) -> None:
    assert api.post("/api/v1/plans", BODY, idempotency_key=KEY).code == "plan.nothing"
    api.synced(1)
    assert api.post("/api/v1/plans", BODY, idempotency_key=KEY).status == 201


@pytest.mark.parametrize(
    ("trouble", "status"), [(OutsideError("database.busy"), 503), (RuntimeError("x"), 500)]
)
def test_a_request_that_broke_off_stays_unknown(
    api: Caller, monkeypatch: pytest.MonkeyPatch, trouble: Exception, status: int
) -> None:
    def broken(*_args: object, **_more: object) -> None:
        raise trouble

    api.synced(1)
    with monkeypatch.context() as patch:
        patch.setattr(type(api.services.plans), "propose", broken)
        assert api.post("/api/v1/plans", BODY, idempotency_key=KEY).status == status
    again = api.post("/api/v1/plans", BODY, idempotency_key=KEY)
    assert (again.status, again.code) == (409, "api.request_unfinished")
    assert api.get("/api/v1/plans").json["items"] == []


def test_keys_are_forgotten_after_a_week(api: Caller) -> None:
    api.synced(1)
    first = api.post("/api/v1/plans", BODY, idempotency_key=KEY).json["plan_id"]
    api.clock.advance(7 * 86400 + 1)
    assert api.post("/api/v1/plans", BODY, idempotency_key=KEY).json["plan_id"] != first


def test_a_key_too_short_to_be_unique_is_refused(api: Caller) -> None:
    api.synced(1)
    assert api.post("/api/v1/plans", BODY, idempotency_key="1").code == "api.bad_input"
    assert api.get("/api/v1/plans").json["items"] == []
