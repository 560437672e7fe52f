"""Keys of users at the API: who a request is, what it may do, and the gates behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from offshelf.access.roles import Permission
from offshelf.api.permissions import ROUTES
from offshelf.kit.clock import ManualClock
from offshelf.kit.db import Database
from offshelf.vocabulary.goods import PromotionKind
from offshelf.vocabulary.plans import PlanState
from support.api_services import Answer, Caller
from support.approval import passphrase, policy, staff

Post = Callable[..., Answer]
SCOPES = {
    "lin": [
        Permission.READ,
        Permission.SYNC,
        Permission.PROPOSE,
        Permission.RUN,
        Permission.PAUSE,
        Permission.CANCEL,
    ],
    "wang": [Permission.READ, Permission.APPROVE, Permission.WAIVE],
    "zhao": [Permission.READ, Permission.APPROVE],
    "audit": [Permission.READ],
}


@pytest.fixture
def api(sqlite_database: Database, clock: ManualClock, tmp_path: Path) -> Iterator[Caller]:
    caller = Caller(sqlite_database, clock, tmp_path, policy)
    caller.shop.promote(PromotionKind.COUPON, "c1", "L1")
    caller.synced()
    yield caller
    caller.services.close()


@pytest.fixture
def keyed(api: Caller) -> dict[str, str]:
    """Return the header of each member of staff."""
    users, keys = api.services.users, api.services.keys
    staff(users)
    boss = users.sign_in("boss", passphrase("boss"))
    made = {name: keys.add(name, "test", scopes, by=boss)[1] for name, scopes in SCOPES.items()}
    return {name: f"Bearer {secret.reveal()}" for name, secret in made.items()}


@pytest.fixture
def post(api: Caller, keyed: dict[str, str]) -> Post:
    def call(name: str, path: str, body: dict[str, object] | None = None, **headers: str) -> Answer:
        said = {"by": name} | (body or {})
        return api.post(f"/api/v1/{path}", said, authorization=keyed[name], **headers)

    return call


def proposed(post: Post) -> tuple[str, str]:
    made = post("lin", "plans", {"reason": "season", "listings": ["L1"]})
    assert made.status == 201, made.text
    return made.json["plan_id"], made.headers["etag"]


def checked(api: Caller, post: Post, keyed: dict[str, str]) -> tuple[str, str]:
    at, mark = proposed(post)
    assert api.post(f"/api/v1/plans/{at}/check", None, authorization=keyed["lin"]).status == 200
    return at, mark


@pytest.mark.parametrize("shown", ["osk_K-261121-AAAAAA_" + "A" * 43, "osk_", "", "x"])
def test_what_is_no_key_is_let_in_nowhere(api: Caller, keyed: dict[str, str], shown: str) -> None:
    assert api.get("/api/v1/plans", authorization=f"Bearer {shown}").code == "api.no_key"


@pytest.mark.parametrize("route", ROUTES, ids=" ".join)
def test_a_key_does_what_its_scopes_say_and_nothing_else(
    api: Caller, keyed: dict[str, str], route: tuple[str, str]
) -> None:
    method, path = route
    for name, value in {"shop_id": "flagship", "listing_id": "L1", "plan_id": "P-261121-AAAAAA"}.items():
        path = path.replace(f"{{{name}}}", value)
    before = api.snapshot()
    for name, scopes in SCOPES.items():
        told = api.call(method, f"/api/v1{path}", {}, {"authorization": keyed[name]})
        code = told.json.get("code", "") if "json" in told.headers["content-type"] else ""
        assert (code == "access.not_permitted") == (ROUTES[route] not in scopes), (name, told.text)
        assert (told.status == 403) == (code == "access.not_permitted")
        if code:
            assert ROUTES[route] is Permission.SYNC or api.snapshot() == before


def test_a_key_speaks_for_its_user_only(api: Caller, post: Post) -> None:
    before = api.snapshot()
    told = post("lin", "plans", {"reason": "season", "listings": ["L1"], "by": "wang"})
    assert (told.status, told.code, api.snapshot() == before) == (403, "access.by_differs", True)


def test_a_refused_call_is_a_use_of_its_key(api: Caller, keyed: dict[str, str]) -> None:
    used = {key.user: key.used_at for key in api.services.keys.all()}
    assert set(used.values()) == {None}
    assert api.call("POST", "/api/v1/plans", {}, {"authorization": keyed["audit"]}).status == 403
    used = {key.user: key.used_at for key in api.services.keys.all()}
    assert used == dict.fromkeys(("lin", "wang", "zhao")) | {"audit": api.clock.now()}


def test_the_key_of_the_folder_runs_and_signs_nothing(api: Caller, post: Post, keyed: dict[str, str]) -> None:
    at, mark = checked(api, post, keyed)
    told = api.post(f"/api/v1/plans/{at}/approve", {"by": "wang"}, if_match=mark)
    assert (told.status, told.code) == (403, "access.key_names_nobody")
    made = api.post("/api/v1/plans", {"reason": "season", "listings": ["L2"], "by": "wang"})
    assert (made.status, made.json["created_by"]) == (201, "house-key")


def test_a_key_revoked_or_of_who_left_opens_nothing_at_once(
    api: Caller, post: Post, keyed: dict[str, str]
) -> None:
    assert api.get("/api/v1/plans", authorization=keyed["wang"]).status == 200
    boss = api.services.users.sign_in("boss", passphrase("boss"))
    api.services.users.disable("wang", by=boss)
    assert api.get("/api/v1/plans", authorization=keyed["wang"]).status == 401
    key = next(key for key in api.services.keys.all() if key.user == "lin")
    api.services.keys.revoke(key.key_id, by=boss)
    assert api.get("/api/v1/plans", authorization=keyed["lin"]).status == 401


def test_the_whole_way_past_every_gate(api: Caller, post: Post, keyed: dict[str, str]) -> None:
    at, mark = checked(api, post, keyed)
    sign = f"plans/{at}/approve"
    first = post("wang", sign, if_match=mark)
    assert (first.json["state"], first.json["signatures"]["missing"], first.json["may_start_at"]) == (
        "proposed", 1, None,
    )  # fmt: skip
    assert post("lin", f"plans/{at}/start").code == "plan.not_approved"
    second = post("zhao", sign, if_match=mark)
    assert (second.json["state"], second.json["may_start_at"]) == ("approved", "2026-11-21T02:10:00.000Z")
    typed = {"confirm": mark.strip('"')}
    assert post("lin", f"plans/{at}/start", typed).code == "plan.delay_runs"
    assert isinstance(api.clock, ManualClock)
    api.clock.advance(600)
    before = api.snapshot()
    untyped, wrong = post("lin", f"plans/{at}/start"), post("lin", f"plans/{at}/start", {"confirm": "0" * 64})
    assert [(t.status, t.code) for t in (untyped, wrong)] == [
        (409, "plan.unconfirmed"),
        (412, "plan.fingerprint_differs"),
    ]
    assert (api.snapshot() == before, api.shop.effects) == (True, [])
    assert post("lin", f"plans/{at}/start", typed).status == 202


def test_approve_one_edit_start_one_is_refused(api: Caller, post: Post, keyed: dict[str, str]) -> None:
    at, mark = checked(api, post, keyed)
    for name in ("wang", "zhao"):
        assert post(name, f"plans/{at}/approve", if_match=mark).status == 200
    assert isinstance(api.clock, ManualClock)
    api.clock.advance(600)
    plans, lin = api.services.plans, api.services.users.sign_in("lin", passphrase("lin"))
    old = plans.get(at)
    edited = plans.propose([("flagship", "L1"), ("flagship", "L2")], reason=old.reason, by=lin, amend=at)
    plans.check(at)
    for typed in (mark.strip('"'), edited.fingerprint):
        assert post("lin", f"plans/{at}/start", {"confirm": typed}).status in (409, 412)
    assert post("wang", f"plans/{at}/approve", if_match=mark).status == 412
    assert (plans.get(at).state, api.shop.effects) == (PlanState.PROPOSED, [])


def test_confirming_ahead(api: Caller, post: Post, keyed: dict[str, str]) -> None:
    at, mark = checked(api, post, keyed)
    assert post("lin", f"plans/{at}/confirm", if_match=mark).code == "plan.not_approved"
    for name in ("wang", "zhao"):
        post(name, f"plans/{at}/approve", if_match=mark)
    assert post("lin", f"plans/{at}/confirm").code == "api.needs_if_match"
    done = post("lin", f"plans/{at}/confirm", if_match=mark)
    assert (done.status, done.json["signatures"]["confirmed_by"]) == (200, "lin")


def test_while_there_are_no_users_the_key_vouches_for_the_name(api: Caller) -> None:
    made = api.post("/api/v1/plans", {"reason": "season", "listings": ["L1"], "by": "wang"})
    assert (made.status, made.json["created_by"], made.json["signatures"]["needed"]) == (201, "wang", 2)
