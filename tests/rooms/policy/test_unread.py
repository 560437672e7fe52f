"""What nothing would ever read is refused with its line, so that nobody believes it to be in force."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from offshelf.checks.rules import examine
from offshelf.cli.words import Words
from offshelf.kit.clock import ManualClock
from offshelf.kit.db import Database
from offshelf.kit.instants import iso
from offshelf.policy.load import OPEN, PER_PLATFORM, per_platform, shipped
from offshelf.policy.model import Policy, Value
from offshelf.tasks.rules import needs_second_person
from offshelf.vocabulary.places import PlaceKind
from offshelf.vocabulary.plans import Reason
from offshelf.vocabulary.statements import StatementKind
from support.clean_merchant import CLEAN, NOW, SHOP, none_of, said, stating
from support.policy_files import Desk, entry, pack

PLATFORM = CLEAN.platforms[SHOP]
SECOND = {"id": "task.second_person", "unit": None}


@pytest.fixture
def desk(sqlite_database: Database, clock: ManualClock, tmp_path: Path) -> Desk:
    return Desk(sqlite_database, clock, tmp_path / "policy")


def told(desk: Desk) -> list[tuple[str, int]]:
    """Return code and line of what is wrong, having seen that it has sentences and that `policy check` says the same."""
    found = desk.policies.troubles()
    checked = desk.policies.check(desk.folder / "own.yaml").mistakes
    assert [one.code for one in checked] == [one.code for one in found]
    for one in found:
        for language in ("zh", "en"):
            assert all(Words(language).trouble(one.code, one.params))
    return [(one.code, one.line) for one in found]


# -- for one platform only -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("policy_id", "value", "unit"),
    [
        ("approval.persons.irreversible", "5", "count"),
        ("task.second_person", "[replay.dissociate]", None),
        ("licence.alarms", "[90]", None),
        ("safety.proof", "1", "hours"),
        ("fresh.erp_stock", "1", "minutes"),
        ("approval.proposer", "false", None),
    ],
)
def test_a_value_that_is_asked_without_a_platform_is_not_given_for_one(
    desk: Desk, policy_id: str, value: str, unit: str | None
) -> None:
    before = desk.policies.today().version
    desk.put(pack(entry(id=f"{policy_id}@douyin", value=value, unit=unit)))
    assert told(desk) == [("policy.not_per_platform", 4)]
    assert desk.policies.today().version == before
    desk.put(pack(entry(id=policy_id, value=value, unit=unit)))
    assert told(desk) == []


@pytest.mark.parametrize("policy_id", sorted(PER_PLATFORM))
def test_one_that_is_asked_with_a_platform_may_be(policy_id: str) -> None:
    (value,) = {value for found in shipped() for value in found.values if value.policy_id == policy_id}
    assert per_platform(value.base)


def test_what_the_packs_of_platforms_bring_may_be_replaced_and_menus_may_be_given() -> None:
    assert all(per_platform(value.base) for found in shipped() for value in found.values if value.platform)
    assert all(per_platform(f"{prefix}x") for prefix in OPEN)


class Heard(dict[str, Value]):
    """The values of a policy, and the keys that were asked for: `id@platform`, and `id@` where no platform was named."""

    def __init__(self, values: Mapping[str, Value]) -> None:
        super().__init__(values)
        self.keys_asked: set[str] = set()

    def get(self, key: str, default: Any = None) -> Any:
        self.keys_asked.add(key)
        return super().get(key, default)


def test_the_list_is_what_the_checks_ask() -> None:
    """Every id a check asks with a platform may be given for one, and no other."""
    values = Heard(CLEAN.policy.values)
    seen = {"first_seen": iso(NOW - timedelta(days=40)), "last_seen": iso(NOW)}
    shown = stating(StatementKind.SHOP_NOTICE, said(StatementKind.SHOP_NOTICE, SHOP, **seen))
    for reason in Reason:
        policy = Policy(CLEAN.policy.day, values)
        examine(replace(shown, reason=reason, policy=policy))
        examine(replace(none_of(PlaceKind.REPLAY), reason=reason, policy=policy))
    with_one = {key.partition("@")[0] for key in values.keys_asked if key.endswith(f"@{PLATFORM}")}
    without = {key.removesuffix("@") for key in values.keys_asked if key.endswith("@")}
    brought = {value.base for found in shipped() for value in found.values if value.platform}
    both = {"fresh.licences", "fresh.none"}  # of papers that a platform tells; and of places beside the shops
    assert with_one - brought == PER_PLATFORM - {"fresh.licences"}
    assert without & PER_PLATFORM <= both


# -- words ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["replay.dissociate", "replay/dissociate", "dissociate"])
def test_an_act_is_named_as_it_is_read(desk: Desk, word: str) -> None:
    desk.put(pack(entry(**SECOND | {"value": f"[{word}]"})))
    assert told(desk) == []
    assert needs_second_person(desk.policies.today(), "replay", "dissociate")
    assert not needs_second_person(desk.policies.today(), "shop", "close")


def test_a_misspelt_act_is_refused_with_its_line_and_the_last_good_list_stays(desk: Desk) -> None:
    desk.put(pack(entry(**SECOND | {"value": "[shop.close, replay.dissociate]"})))
    assert needs_second_person(desk.policies.today(), "replay", "dissociate")
    desk.put(pack(entry(**SECOND | {"value": "\n    - shop.close\n    - replay.dissociat\n"})))
    assert told(desk) == [("policy.word_unknown", 7)]
    (trouble,) = desk.policies.troubles()
    assert (trouble.kept, trouble.params["word"]) == (True, "replay.dissociat")
    assert "replay.dissociate" in str(trouble.params["near"])
    assert needs_second_person(desk.policies.today(), "replay", "dissociate")


def test_a_list_of_any_words_stays_one(desk: Desk) -> None:
    desk.put(pack(entry(id="lexicon.sold_out", value="[卖光了]", unit=None)))
    assert told(desk) == []


# -- separation of duties ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["approval.proposer", "approval.proposer.irreversible", "approval.proposer.relist.grave"]
)
def test_whether_the_proposer_signs_can_be_decided(desk: Desk, name: str) -> None:
    assert desk.policies.today().get(name).value is True
    desk.put(pack(entry(id=name, value="false", unit=None)))
    assert told(desk) == []
    assert desk.policies.today().get(name).value is False
    assert desk.policies.on(date(2025, 1, 1)).find(name) is None
