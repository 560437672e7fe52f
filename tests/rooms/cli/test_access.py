"""Users, roles and keys on the command line, and who may do what there."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from offshelf.kit.clock import ManualClock
from offshelf.kit.db import Database, metadata
from offshelf.vocabulary.goods import Audit, PromotionKind, Shelf
from support.approval import passphrase, policy, staff
from support.cli_house import Cli, House, Outcome, build

As = Callable[..., Outcome]


@pytest.fixture
def house(sqlite_database: Database, clock: ManualClock, tmp_path):
    made = build(sqlite_database, clock, tmp_path / "home", policy=policy)
    yield made
    made.services.io.close()


@pytest.fixture
def acting(run_cli: Cli, house: House, monkeypatch: pytest.MonkeyPatch) -> As:
    """Return a call of the command line as a user of a house with staff."""
    staff(house.services.users)
    for name in ("boss", "lin", "wang", "zhao", "audit"):
        monkeypatch.setenv(f"SECRET_{name.upper()}", passphrase(name).reveal())

    def call(name: str, *argv: str) -> Outcome:
        return run_cli(*argv, "--as", name, "--passphrase-env", f"SECRET_{name.upper()}", "--json")

    return call


def snapshot(house: House) -> dict[str, list[tuple[object, ...]]]:
    """Return every row but those that count failed tries and hold nothing of a plan."""
    with house.services.database.read() as tx:
        tables = {name: table for name, table in metadata.tables.items() if name != "app_user"}
        return {name: [tuple(row) for row in tx.execute(table.select())] for name, table in tables.items()}


def refused(house: House, told: Outcome) -> str:
    """Return the code of a refusal."""
    error = told.json["error"]
    assert told.code == (2 if error["code"] in USAGE else 3), told
    return str(error["code"])


USAGE = {"access.by_differs", "access.as_missing", "access.first_is_owner", "cli.missing", "cli.bad_value"}


def with_coupon(house: House) -> None:
    shop = house.open_shop()
    shop.promote(PromotionKind.COUPON, "c1", "L1")


# -- users, roles, keys -------------------------------------------------------------------------------------------


def test_the_first_owner_is_registered_and_the_house_says_what_follows(
    run_cli: Cli, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIRST", "a long passphrase")
    assert run_cli.json("access", "users", "list") == {"mode": "single_person", "users": []}
    told = run_cli("access", "users", "add", "li.na", "--role", "owner", "--secret-env", "FIRST")
    assert told.code == 0
    assert "no way back" in told.out
    assert "a long passphrase" not in told.out + told.err
    listed = run_cli.json("access", "users", "list")
    assert (listed["mode"], [u["name"] for u in listed["users"]]) == ("users", ["li.na"])
    again = run_cli("access", "users", "add", "other", "--role", "desk", "--secret-env", "FIRST", "--json")
    assert refused(house, again) == "access.sign_in_needed"


def test_departments_are_given_shown_and_changed(acting: As, run_cli: Cli, house: House, monkeypatch) -> None:
    monkeypatch.setenv("NEW", "a long passphrase")
    add = ("access", "users", "add", "li", "--role", "approver", "--secret-env", "NEW")
    made = acting("boss", *add, "--department", "legal", "--department", "data").json
    assert made["user"]["departments"] == ["data", "legal"]
    moved = acting("boss", "access", "users", "move", "li", "--department", "supply").json
    assert moved["user"]["departments"] == ["supply"]
    assert "供应链" in run_cli("access", "users", "list", "--lang", "zh").out
    listed = {one["name"]: one["departments"] for one in run_cli.json("access", "users", "list")["users"]}
    assert (listed["li"], listed["wang"]) == (["supply"], [])
    assert refused(house, acting("wang", "access", "users", "move", "li")) == "access.not_permitted"
    monkeypatch.setenv("SECRET_BOSS", passphrase("boss").reveal())
    told = run_cli(
        "access", "users", "move", "wang", "--as", "boss", "--passphrase-env", "SECRET_BOSS", "--lang", "en"
    )
    assert "wang is in no department" in told.out


def test_a_waiver_of_another_department_says_who_may_in_the_readers_words(
    acting: As, run_cli: Cli, house: House
) -> None:
    house.open_shop().goods["L1"].audit = Audit.UNKNOWN
    acting("lin", "catalog", "sync")
    plan = acting("lin", "plan", "propose", "--listing", "L1", "--reason", "season").json["plan"]["id"]
    acting("lin", "plan", "check", plan)
    end = ("audit.unclear_state", "--why", "seen", "--until", "+24h")
    before = snapshot(house)
    assert refused(house, acting("wang", "plan", "waive", plan, *end)) == "plan.waiver_other_department"
    assert snapshot(house) == before
    as_wang = ("--as", "wang", "--passphrase-env", "SECRET_WANG")
    for language, word in (("zh", "财务、运营"), ("en", "finance, operations")):
        told = run_cli("plan", "waive", plan, *end, *as_wang, "--lang", language)
        assert (told.code, word in told.err, "boss" in told.err) == (3, True, True)
    acting("boss", "access", "users", "move", "wang", "--department", "finance")
    assert acting("wang", "plan", "waive", plan, *end).json["waived"] == "audit.unclear_state"


def test_the_table_of_roles_is_shown(run_cli: Cli) -> None:
    roles = run_cli.json("access", "roles")["roles"]
    assert roles["auditor"] == ["read"]
    assert set(roles) == {"owner", "operator", "approver", "auditor", "desk"}
    assert "批准计划" in run_cli("access", "roles", "--lang", "zh").out


def test_a_key_is_shown_once(acting: As, run_cli: Cli) -> None:
    made = acting("boss", "access", "keys", "add", "wang", "--scope", "approve", "--label", "phone").json
    assert made["secret"].startswith(f"osk_{made['key']['id']}_")
    listed = run_cli("access", "keys", "list", "--json")
    assert made["secret"].rpartition("_")[2] not in listed.out
    assert listed.json["keys"][0]["scopes"] == ["approve"]
    revoked = acting("boss", "access", "keys", "revoke", made["key"]["id"]).json
    assert revoked["key"]["revoked_at"] == "2026-11-21T02:00:00.000Z"


def test_a_passphrase_is_typed_twice(run_cli: Cli, monkeypatch: pytest.MonkeyPatch, house: House) -> None:
    typed = iter(["a long passphrase", "another passphrase"])
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("getpass.getpass", lambda *_: next(typed))
    told = run_cli("access", "users", "add", "li.na", "--role", "owner")
    assert (told.code, house.services.users.registered()) == (2, False)
    assert "differ" in told.err


def test_everybody_stores_their_own_passphrase(
    acting: As, monkeypatch: pytest.MonkeyPatch, house: House
) -> None:
    monkeypatch.setenv("NEW", "another passphrase")
    rotate = ("access", "users", "rotate-secret", "wang", "--secret-env", "NEW")
    assert refused(house, acting("lin", *rotate)) == "access.not_permitted"
    assert acting("wang", *rotate).code == 0
    assert refused(house, acting("wang", "access", "roles")) == "access.wrong_secret"


# -- who acts -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "argv",
    [
        "catalog sync", "plan propose --reason season --all", "plan check P", "plan cancel P", "plan pause P",
        "plan approve P --fingerprint aaaaaaaaaaaa", "plan run P --execute", "plan confirm P --fingerprint aaaaaaaa",
        "plan waive P x --why y --until +1h", "plan relist P", "plan verify P", "monitor drift", "shops remove s --yes",
        "tasks complete T --note n", "tasks drop T --why w", "access users disable wang", "access keys revoke K",
        "access users rotate-secret wang --secret-env X",
    ],
)  # fmt: skip
def test_what_changes_something_wants_to_know_who_it_is(
    run_cli: Cli, acting: As, house: House, argv: str
) -> None:
    with_coupon(house)
    before = snapshot(house)
    assert refused(house, run_cli(*argv.split(), "--json")) == "access.sign_in_needed"
    if not argv.startswith("access users rotate"):
        assert refused(house, acting("audit", *argv.split())) == "access.not_permitted"
    assert snapshot(house) == before


@pytest.mark.parametrize(
    "argv", ["plan list", "shops list", "journal verify", "access users list", "plan run P"]
)
def test_looking_needs_nobody(run_cli: Cli, acting: As, house: House, argv: str) -> None:
    told = run_cli(*argv.split(), "--json")
    assert told.code == 0 or told.json["error"]["code"] == "plan.unknown"


def test_another_name_beside_ones_own_is_refused(acting: As, house: House) -> None:
    with_coupon(house)
    propose = ("plan", "propose", "--reason", "season", "--all", "--by")
    acting("lin", "catalog", "sync")
    before = snapshot(house)
    assert refused(house, acting("lin", *propose, "wang")) == "access.by_differs"
    assert snapshot(house) == before
    assert acting("lin", *propose, "LIN").json["plan"]["created_by"] == "lin"


def test_verbs_of_other_rooms_get_the_name_too(acting: As, house: House) -> None:
    house.open_shop()
    assert acting("boss", "shops", "remove", "flagship", "--yes").code == 0
    (entry,) = house.services.journal.entries(verb="shop.removed")
    assert entry.actor == "boss"


@pytest.mark.parametrize("more", [("--as",), ("--as", "--json"), ("--passphrase-env", "X")])
def test_half_a_claim_is_told(run_cli: Cli, acting: As, house: House, more: tuple[str, ...]) -> None:
    assert refused(house, run_cli("plan", "list", "--json", *more)) == "access.as_missing"


def test_a_key_stands_in_for_the_passphrase_of_its_own_user_within_its_scopes(
    run_cli: Cli, acting: As, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.open_shop()
    made = acting("boss", "access", "keys", "add", "lin", "--scope", "sync").json
    monkeypatch.setenv("KEY", made["secret"])
    key = ("--passphrase-env", "KEY", "--json")
    assert run_cli("catalog", "sync", "--as", "lin", *key).code == 0
    propose = ("plan", "propose", "--reason", "season", "--all", "--as")
    assert refused(house, run_cli(*propose, "lin", *key)) == "access.not_permitted"
    assert refused(house, run_cli(*propose, "boss", *key)) == "access.wrong_secret"


def test_a_wrong_passphrase_opens_nothing_and_is_not_told(
    run_cli: Cli, acting: As, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WRONG", "not the passphrase")
    told = run_cli("catalog", "sync", "--as=wang", "--passphrase-env=WRONG", "--json")
    assert refused(house, told) == "access.wrong_secret"
    assert "not the passphrase" not in told.out + told.err


# -- the whole way ------------------------------------------------------------------------------------------------


def test_from_proposal_to_the_end_with_two_signatures(acting: As, house: House, run_cli: Cli) -> None:
    with_coupon(house)
    acting("lin", "catalog", "sync")
    plan = acting("lin", "plan", "propose", "--reason", "season", "--all").json["plan"]
    at, mark = plan["id"], plan["fingerprint"]
    acting("lin", "plan", "check", at)
    first = acting("wang", "plan", "approve", at, "--fingerprint", mark[:12]).json
    assert (first["signatures"]["given"], first["signatures"]["missing"]) == (["wang"], 1)
    assert (first["signatures"]["may_sign"], first["may_start_at"]) == (["boss", "zhao"], None)
    assert refused(house, acting("lin", "plan", "run", at, "--execute")) == "plan.not_approved"
    second = acting("zhao", "plan", "approve", at, "--fingerprint", mark).json
    assert second["may_start_at"] == "2026-11-21T02:10:00.000Z"
    early = acting("lin", "plan", "run", at, "--execute", "--confirm", mark[:8])
    assert refused(house, early) == "plan.delay_runs"
    assert early.json["error"]["params"]["at"] == "2026-11-21 10:10:00"
    house.clock.advance(600)
    untyped = acting("lin", "plan", "run", at, "--execute")
    assert refused(house, untyped) == "plan.unconfirmed"
    assert house.shops["flagship"].effects == []
    (copied,) = [c for c in run_cli.json("plan", "show", at)["next"] if "--execute" in c]
    done = acting("lin", *copied.split()[1:]).json
    assert (done["plan"]["state"], done["verified_off"]) == ("done", 4)


def test_approve_one_edit_run_one_is_refused(acting: As, house: House) -> None:
    with_coupon(house)
    acting("lin", "catalog", "sync")
    plan = acting("lin", "plan", "propose", "--reason", "season", "--listing", "L1").json["plan"]
    at, mark = plan["id"], plan["fingerprint"]
    acting("lin", "plan", "check", at)
    for name in ("wang", "zhao"):
        acting(name, "plan", "approve", at, "--fingerprint", mark)
    house.clock.advance(600)
    acting("lin", "plan", "propose", "--reason", "season", "--all", "--plan", at)
    acting("lin", "plan", "check", at)
    told = acting("lin", "plan", "run", at, "--execute", "--confirm", mark)
    assert refused(house, told) == "plan.fingerprint_differs"
    now = json.loads(acting("lin", "plan", "show", at).out)
    again = acting("lin", "plan", "run", at, "--execute", "--confirm", now["plan"]["fingerprint"])
    assert refused(house, again) == "plan.not_approved"
    assert (
        refused(house, acting("wang", "plan", "approve", at, "--fingerprint", mark))
        == "plan.fingerprint_differs"
    )
    assert (house.shops["flagship"].effects, now["signatures"]["given"]) == ([], [])


def test_whoever_sits_at_a_terminal_types_the_mark(
    run_cli: Cli, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_coupon(house)
    run_cli("catalog", "sync")
    plan = run_cli.json("plan", "propose", "--reason", "season", "--listing", "L1")["plan"]
    run_cli("plan", "check", plan["id"])
    for name in ("wang", "zhao"):
        run_cli.json("plan", "approve", plan["id"], "--fingerprint", plan["fingerprint"], "--by", name)
    house.clock.advance(600)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    typed = iter(["0000000000", plan["fingerprint"][:8]])
    monkeypatch.setattr("builtins.input", lambda: next(typed))
    wrong = run_cli("plan", "run", plan["id"], "--execute")
    assert (wrong.code, house.shops["flagship"].effects) == (3, [])
    right = run_cli("plan", "run", plan["id"], "--execute")
    assert "1 acts of this plan cannot be undone" in right.err
    assert (right.code, house.shops["flagship"].goods["L1"].shelf) == (0, Shelf.OFF)


def test_print_says_who_is_missing_and_when_it_may_start(run_cli: Cli, house: House) -> None:
    with_coupon(house)
    run_cli("catalog", "sync")
    plan = run_cli.json("plan", "propose", "--reason", "season", "--listing", "L1")["plan"]
    run_cli("plan", "check", plan["id"])
    approve = ("plan", "approve", plan["id"], "--fingerprint", plan["fingerprint"], "--by")
    first, second = run_cli(*approve, "wang"), run_cli(*approve, "zhao", "--lang", "zh")
    assert "Signatures: 1 of 2 (wang)" in first.out
    assert "Still missing: 1" in first.out
    assert "批准：需要 2 人，已有 2 人（wang, zhao）" in second.out
    assert "2026-11-21 10:10" in second.out
    confirmed = run_cli(
        "plan", "confirm", plan["id"], "--fingerprint", plan["fingerprint"][:8], "--by", "lin"
    )
    assert "confirmed by lin" in confirmed.out


def test_a_worker_starts_a_plan_at_its_instant_only_once_it_is_confirmed(run_cli: Cli, house: House) -> None:
    with_coupon(house)
    run_cli("catalog", "sync")
    propose = ("plan", "propose", "--reason", "season", "--listing", "L1", "--stop-at", "+1h")
    plan = run_cli.json(*propose)["plan"]
    run_cli("plan", "check", plan["id"])
    for name in ("wang", "zhao"):
        run_cli.json("plan", "approve", plan["id"], "--fingerprint", plan["fingerprint"], "--by", name)
    house.clock.advance(3600)
    told: list[str] = []
    ticks = iter(range(40))

    def stop() -> bool:
        """Confirm in the middle of the worker's life, as a person would beside it."""
        tick = next(ticks)
        if tick == 5:
            assert (told, house.shops["flagship"].effects) == ([], [])
            house.services.plans.confirm(plan["id"], plan["fingerprint"], by="lin")
        return bool(told) or tick == 39

    house.services.worker.serve(progress=lambda _plan, state: told.append(state.value), stop=stop)
    assert told == ["done"]
