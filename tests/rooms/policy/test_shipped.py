"""The packs of this program: every id others rely on, with its value, and papers for every single value."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest

from offshelf.kit.texts import LANGUAGES
from offshelf.platforms import registry
from offshelf.policy.load import Book, contradictions, shipped
from offshelf.policy.model import Kind, NoPolicyError, Unit, Value
from offshelf.policy.schema import read_pack
from offshelf.vocabulary.shops import Platform
from offshelf.vocabulary.texts import catalogue

DAY = date(2026, 11, 21)
POLICY = Book().on(DAY)
VALUES = [value for pack in shipped() for value in pack.values]
HOUR = timedelta(hours=1)
SPANS = {
    "fresh.listings": 2 * HOUR,
    "fresh.stock": HOUR / 2,
    "fresh.promotions": HOUR,
    "fresh.orders": HOUR,
    "fresh.places": 24 * HOUR,
    "fresh.live": HOUR / 2,
    "fresh.erp_stock": HOUR / 2,
    "fresh.wms": HOUR,
    "fresh.scripts": 7 * 24 * HOUR,
    "fresh.licences": 30 * 24 * HOUR,
    "fresh.backup": 24 * HOUR,
    "fresh.drill": 90 * 24 * HOUR,
    "fresh.drop_ship": 24 * HOUR,
    "fresh.substitutes": 7 * 24 * HOUR,
    "fresh.presale": 24 * HOUR,
    "fresh.none": 30 * 24 * HOUR,
    "notice.customers": 24 * HOUR,
    "notice.suppliers": 48 * HOUR,
    "promotion.removal": 48 * HOUR,
    "advertising.removal": 0 * HOUR,
    "approval.delay.irreversible": HOUR / 6,
    "approval.delay.safety": 0 * HOUR,
    "task.expires": 72 * HOUR,
    "response.human": HOUR / 4,
}
# (id, platform, number, unit, kind); the numbers of mission §4 and of the articles
NUMBERS = [
    ("notice.closing", "", 30, Unit.NATURAL_DAYS, Kind.LAW),
    ("licence.update", "", 10, Unit.WORKING_DAYS, Kind.LAW),
    ("identity.report", "", 3, Unit.WORKING_DAYS, Kind.LAW),
    ("return.no_reason", "", 7, Unit.NATURAL_DAYS, Kind.LAW),
    ("refund.after_return", "", 7, Unit.NATURAL_DAYS, Kind.LAW),
    ("refund.violation", "", 15, Unit.NATURAL_DAYS, Kind.LAW),
    ("return.quality", "", 7, Unit.NATURAL_DAYS, Kind.LAW),
    ("deposit.ceiling", "", 20, Unit.PERCENT, Kind.LAW),
    ("deposit.return", "", 200, Unit.PERCENT, Kind.LAW),
    ("prepaid.refund", "", 7, Unit.NATURAL_DAYS, Kind.LAW),
    ("renewal.notice", "", 5, Unit.NATURAL_DAYS, Kind.LAW),
    ("fraud.multiple", "", 3, Unit.TIMES, Kind.LAW),
    ("fraud.floor", "", 50_000, Unit.FEN, Kind.LAW),
    ("notice.closing.fine", "", 1_000_000, Unit.FEN, Kind.LAW),
    ("retention.trade", "", 36, Unit.MONTHS, Kind.LAW),
    ("retention.live_check", "", 36, Unit.MONTHS, Kind.LAW),
    ("retention.advertising", "", 36, Unit.MONTHS, Kind.LAW),
    ("batch.manual", "", 50, Unit.COUNT, Kind.SEED_CLAIM),
    ("notice.customers", "", 24, Unit.HOURS, Kind.SEED_CLAIM),
    ("notice.suppliers", "", 48, Unit.HOURS, Kind.SEED_CLAIM),
    ("approval.persons", "", 1, Unit.COUNT, Kind.HOUSE),
    ("approval.persons.irreversible", "", 2, Unit.COUNT, Kind.HOUSE),
    ("approval.persons.relist.grave", "", 2, Unit.COUNT, Kind.HOUSE),
    ("task.recheck.percent", "", 10, Unit.PERCENT, Kind.HOUSE),
    ("reopen.after", "wechat_channels", 30, Unit.NATURAL_DAYS, Kind.SEED_CLAIM),
    ("aftersales.channel", "wechat_channels", 180, Unit.NATURAL_DAYS, Kind.SEED_CLAIM),
    ("aftersales.channel", "kuaishou", 90, Unit.NATURAL_DAYS, Kind.SEED_CLAIM),
    ("export.back", "wechat_channels", 12, Unit.MONTHS, Kind.SEED_CLAIM),
    ("export.back", "kuaishou", 30, Unit.NATURAL_DAYS, Kind.SEED_CLAIM),
    ("cache.after_close", "kuaishou", 30, Unit.NATURAL_DAYS, Kind.SEED_CLAIM),
    ("appeal.within", "douyin", 6, Unit.MONTHS, Kind.SEED_CLAIM),
    ("benchmark.complaints", "", -67, Unit.PERCENT, Kind.SEED_CLAIM),
    ("benchmark.order_value.low", "", 20, Unit.PERCENT, Kind.SEED_CLAIM),
    ("benchmark.order_value.high", "", 35, Unit.PERCENT, Kind.SEED_CLAIM),
    ("benchmark.private_users.low", "", 5, Unit.TIMES, Kind.SEED_CLAIM),
    ("benchmark.private_users.high", "", 8, Unit.TIMES, Kind.SEED_CLAIM),
    ("benchmark.repurchase", "", 30, Unit.PERCENT, Kind.SEED_CLAIM),
    ("benchmark.gmv_swing", "", 8, Unit.PERCENT, Kind.SEED_CLAIM),
    ("benchmark.wecom_users", "", 12_000, Unit.COUNT, Kind.SEED_CLAIM),
    ("benchmark.route.content_and_ads", "", 62, Unit.PERCENT, Kind.SEED_CLAIM),
    ("benchmark.route.pure_content", "", 38, Unit.PERCENT, Kind.SEED_CLAIM),
    ("benchmark.follower_activity", "douyin", -18, Unit.PERCENT, Kind.SEED_CLAIM),
    ("benchmark.natural_traffic", "douyin", -42, Unit.PERCENT, Kind.SEED_CLAIM),
    ("benchmark.natural_traffic", "wechat_channels", -15, Unit.PERCENT, Kind.SEED_CLAIM),
    ("schedule.functions_off", "", 7, Unit.NATURAL_DAYS, Kind.SEED_CLAIM),
    ("schedule.clean_up", "", 1, Unit.MONTHS, Kind.SEED_CLAIM),
    ("schedule.content_test", "", 2, Unit.MONTHS, Kind.SEED_CLAIM),
    ("structure.dimensions", "", 8, Unit.COUNT, Kind.SEED_CLAIM),
    ("structure.phases", "", 3, Unit.COUNT, Kind.SEED_CLAIM),
    ("structure.data_classes", "", 3, Unit.COUNT, Kind.SEED_CLAIM),
    ("structure.response_tiers", "", 3, Unit.COUNT, Kind.SEED_CLAIM),
    ("structure.substitutes", "", 4, Unit.COUNT, Kind.SEED_CLAIM),
    ("structure.gaps", "", 3, Unit.COUNT, Kind.SEED_CLAIM),
    ("structure.checks", "", 12, Unit.COUNT, Kind.SEED_CLAIM),
]


@pytest.mark.parametrize("policy_id", SPANS)
def test_a_length_of_time_is_what_was_agreed(policy_id: str) -> None:
    assert POLICY.span(policy_id) == SPANS[policy_id]


def test_how_old_an_input_may_be_is_our_own_choice() -> None:
    kinds = {value.kind for value in VALUES if value.policy_id.startswith("fresh.")}
    assert kinds == {Kind.HOUSE}


@pytest.mark.parametrize(("policy_id", "platform", "number", "unit", "kind"), NUMBERS)
def test_a_number_is_what_was_agreed(
    policy_id: str, platform: str, number: int, unit: Unit, kind: Kind
) -> None:
    found = POLICY.get(policy_id, platform)
    assert (POLICY.number(policy_id, platform), found.unit, found.kind) == (number, unit, kind)
    assert found.platform == platform


def test_lexicons_have_the_columns_checks_read() -> None:
    forbidden, required = POLICY.rows("lexicon.forbidden_clauses"), POLICY.rows("lexicon.required_clauses")
    assert {tuple(row) for row in forbidden} == {("text", "rule", "fix")}
    assert {tuple(row) for row in required} == {("id", "any", "rule")}
    assert {"最终解释权", "签收即认可", "下架后不退换", "特价不退"} <= {row["text"] for row in forbidden}
    assert [row["id"] for row in required] == ["three_guarantees", "return_period"]
    assert "不影响三包" in required[0]["any"].split("|")


def test_words_are_lists_of_words() -> None:
    assert POLICY.words("licence.alarms") == ("60", "30", "7")
    assert "已售罄" in POLICY.words("lexicon.sold_out")
    assert "好物推荐" in POLICY.words("lexicon.commercial")
    assert {"淘宝", "拼多多"} <= set(POLICY.words("lexicon.external_malls"))


def test_acts_that_need_a_second_person_exist() -> None:
    acts = {
        f"{guided.place}.{guided.act}"
        for manifest in registry.manifests().values()
        for guided in manifest.guided
    }
    assert set(POLICY.words("task.second_person")) <= acts


@pytest.mark.parametrize("platform", Platform)
def test_every_platform_has_its_row_of_the_matrix(platform: str) -> None:
    names = [f"path.{name}" for name in ("selling_off", "goods_off", "video_links", "live_off")]
    for name in [*names, "kept.after_off", "recovery.after_off"]:
        assert POLICY.get(name, platform).value
        assert POLICY.get(name, platform).kind is Kind.SEED_CLAIM


def test_menu_paths_are_the_manifests_until_a_merchant_says_otherwise() -> None:
    assert [name for name in POLICY.values if name.startswith("menu.")] == []


def test_holidays_of_2027_are_missing_on_purpose() -> None:
    assert [name for name in sorted(POLICY.values) if name.startswith("holidays.")] == [
        "holidays.2025",
        "holidays.2026",
        "holidays.fixed",
    ]


def test_every_value_has_its_papers() -> None:
    bare = [value.policy_id for value in VALUES if not (value.source and value.reviewed_by)]
    assert bare == []
    late = [
        value.policy_id for value in VALUES if value.observed_on > DAY or (value.reviewed_on or DAY) > DAY
    ]
    assert late == []
    assert all(value.reviewed_on is not None and value.effective_from <= DAY for value in VALUES)


def test_no_claim_of_a_seed_is_called_law() -> None:
    seed = re.compile(r"\bS[01]\.\d+")
    assert [v.policy_id for v in VALUES if v.kind is Kind.LAW and seed.search(v.source)] == []
    claims = [value for value in VALUES if value.kind is Kind.SEED_CLAIM]
    assert len(claims) > 40
    assert [value.policy_id for value in claims if not seed.search(value.source)] == []


def test_benchmarks_are_claims() -> None:
    kinds = {value.kind for value in VALUES if value.base.startswith(("benchmark.", "structure."))}
    assert kinds == {Kind.SEED_CLAIM}


def test_every_law_says_which_way_asks_less() -> None:
    laws = [value for value in VALUES if value.kind is Kind.LAW]
    assert {value.laxer for value in laws} == {"lower", "higher", "fewer", "changed"}
    assert all(re.search(r"条|号", value.source) for value in laws)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_value_has_a_name(language: str) -> None:
    names, bases = catalogue().keys(language), {value.base for value in VALUES}
    assert sorted(base for base in bases if f"policy_value.{base}" not in names) == []
    spare = {name.removeprefix("policy_value.") for name in names if name.startswith("policy_value.")}
    assert sorted(spare - bases) == []


def test_a_platform_pack_holds_values_of_its_platform_alone() -> None:
    found = {(pack.name, value.platform) for pack in shipped() for value in pack.values}
    assert {pair for pair in found if pair[0] in [*Platform]} == {(name, name) for name in Platform}


def test_the_packs_agree_with_each_other() -> None:
    assert [
        str(found)
        for one in shipped()
        for other in shipped()
        if one is not other
        for found in contradictions(one, other)
    ] == []


def test_two_shipped_packs_that_contradict_would_be_seen() -> None:
    head = "version: 1\nvalues:\n- {id: x.y, value: %d, unit: count, kind: house, source: s, observed_on: 2026-01-01, "
    tail = "reviewed_by: r, reviewed_on: 2026-01-01, effective_from: 2026-01-01}\n"
    one, other = (read_pack(f"pack: p{n}\n{head % n}{tail}", f"p{n}.yaml", shipped=True).pack for n in (1, 2))
    assert one is not None
    assert other is not None
    (found,) = contradictions(one, other)
    assert (found.code, found.params["file"], found.params["line"]) == ("policy.contradiction", "p2.yaml", 4)
    assert (found.params["other"], found.params["other_line"]) == ("p1.yaml", 4)
    assert list(contradictions(one, one)) == []


def test_the_version_names_what_is_in_force() -> None:
    assert Book().on(DAY).version == POLICY.version
    assert Book().on(date(2025, 6, 1)).version != POLICY.version  # most values were not in force yet
    own = Value("own.x", 1, Kind.HOUSE, "s", DAY, DAY, "mine", unit=Unit.COUNT)
    assert Book((own,)).on(DAY).version != POLICY.version


def test_a_value_nobody_has_is_no_policy() -> None:
    with pytest.raises(NoPolicyError):
        POLICY.get("appeal.within", "kuaishou")
