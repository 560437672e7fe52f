"""Step 4 of a plan: signing exactly what was seen, by whom policy lets, and what happens when it changed meanwhile."""

from __future__ import annotations

import re
from html import unescape

import pytest

from offshelf.kit.db import metadata
from offshelf.vocabulary.goods import PromotionKind
from offshelf.vocabulary.plans import PlanState, Reason
from support.approval import passphrase, policy
from support.cli_house import build
from support.console_house import console_of


@pytest.fixture
def grave(sqlite_database, clock, tmp_path):
    """A console under the shipped policy: two people for what cannot be undone, ten minutes after the last signature."""
    house = build(sqlite_database, clock, tmp_path / "grave", policy=policy)
    with console_of(house) as made:
        yield made
    house.services.io.close()


@pytest.fixture
def apart(sqlite_database, clock, tmp_path):
    """A console where who proposes does not sign."""
    house = build(sqlite_database, clock, tmp_path / "apart", policy=lambda: policy(approval__proposer=False))
    with console_of(house) as made:
        yield made
    house.services.io.close()


def who(console, name):
    return console.house.services.users.sign_in(name, passphrase(name))


def planned(console, *, lost=False, by="lin", checked=True):
    house, services = console.house, console.house.services
    shop = house.open_shop("flagship", 3)
    if lost:
        shop.promote(PromotionKind.COUPON, "C-1", *shop.goods)
    services.call(services.sync.read(services.shops.all()[0], services.connect("flagship")))
    plan = services.plans.propose(
        list(services.catalog.on_sale()), reason=Reason.SEASON, by=who(console, by), one_by_one=False
    )
    if checked:
        services.plans.check(plan.plan_id)
        assert services.plans.blockers(plan.plan_id) == []
    return plan


def path(plan):
    return f"/plans/{plan.plan_id}/approval"


def approvals(console):
    with console.house.services.database.read() as tx:
        return [tuple(row) for row in tx.execute(metadata.tables["approval"].select())]


def state(console, plan):
    return console.house.services.plans.get(plan.plan_id).state


def test_signing_by_typing_what_was_seen(console):
    plan = planned(console)
    browser = console.browser().sign_in("wang")
    page = browser.get(path(plan)).text
    assert f'<code class="mark big-mark">{plan.fingerprint[:12]}</code>' in page
    assert f'<code class="whole-mark">{plan.fingerprint}</code>' in page
    assert "May still sign: boss, wang, zhao" in page
    given = {"mark": plan.fingerprint, "typed": f" {plan.fingerprint[:12].upper()} ", "note": "looked at all"}
    answer = browser.post(f"{path(plan)}/sign", given)
    assert answer.headers["location"] == f"{path(plan)}?made=sign:{plan.plan_id}:{plan.fingerprint[:12]}"
    assert state(console, plan) is PlanState.APPROVED
    page = browser.get(answer.headers["location"]).text
    assert f'data-forget="sign:{plan.plan_id}:{plan.fingerprint[:12]}"' in page
    assert "You have signed this version." in page
    assert f'href="/plans/{plan.plan_id}/run"' in page


@pytest.mark.parametrize(
    ("typed", "status", "said"),
    [
        ("", 400, "too short"),
        ("{mark11}", 400, "too short"),
        ("ffffffffffff", 409, "ffffffffffff"),
        ("{mark11}0", 409, "fingerprint"),
    ],
)
def test_what_was_not_typed_right_is_not_signed(console, typed, status, said):
    plan = planned(console)
    last = "f" if plan.fingerprint[11] == "0" else "0"
    typed = typed.replace("{mark11}0", plan.fingerprint[:11] + last).replace(
        "{mark11}", plan.fingerprint[:11]
    )
    browser = console.browser().sign_in("wang")
    browser.get(path(plan))
    given = {"mark": plan.fingerprint, "typed": typed, "note": "kept <i>"}
    answer = browser.post(f"{path(plan)}/sign", given)
    assert (answer.status_code, said in unescape(answer.text)) == (status, True)
    assert "kept &lt;i&gt;</textarea>" in answer.text
    assert approvals(console) == []


def test_a_plan_that_changed_meanwhile_is_shown_as_it_is_now_and_not_signed(console):
    plan = planned(console)
    wang = console.browser().sign_in("wang")
    wang.get(path(plan))
    services = console.house.services
    now = services.plans.propose(
        plan.listings[:2], reason=Reason.SAFETY, by=who(console, "lin"), amend=plan.plan_id
    )
    services.plans.check(plan.plan_id)
    given = {"mark": plan.fingerprint, "typed": plan.fingerprint[:12]}
    answer = wang.post(f"{path(plan)}/sign", given)
    assert answer.status_code == 409
    assert f"the fingerprint was {plan.fingerprint[:12]} and is {now.fingerprint[:12]}" in answer.text
    assert f'<code class="mark big-mark">{now.fingerprint[:12]}</code>' in answer.text
    assert "0 products came in, 1 went out" in answer.text
    assert re.search(r"Reason: [^<]*→", answer.text)
    assert approvals(console) == []


def test_unchecked_or_blocked_nothing_can_be_signed(console):
    plan = planned(console, checked=False)
    browser = console.browser().sign_in("wang")
    page = browser.get(path(plan)).text
    assert ("/approval/sign" in page, "it cannot be signed yet" in page) == (False, True)
    answer = browser.post(f"{path(plan)}/sign", {"mark": plan.fingerprint, "typed": plan.fingerprint[:12]})
    assert (answer.status_code, approvals(console)) == (409, [])


def test_two_people_sign_what_cannot_be_undone_and_a_third_thing_is_typed(grave):
    plan = planned(grave, lost=True)
    given = {"mark": plan.fingerprint, "typed": plan.fingerprint[:12]}
    wang, zhao, lin = (grave.browser().sign_in(name) for name in ("wang", "zhao", "lin"))
    page = wang.get(path(plan)).text
    assert '<p class="big-number">1</p>' in page
    assert "0 of 2 signed" in page
    assert wang.post(f"{path(plan)}/sign", given).status_code == 303
    assert state(grave, plan) is PlanState.PROPOSED
    page = zhao.get(path(plan)).text
    assert ("1 of 2 signed" in page, "May still sign: boss, zhao" in page) == (True, True)
    lin.get(path(plan))
    assert lin.post(f"{path(plan)}/confirm", given).status_code == 409
    assert zhao.post(f"{path(plan)}/sign", given).status_code == 303
    assert state(grave, plan) is PlanState.APPROVED
    page = lin.get(path(plan)).text
    assert "May start from" in page
    assert lin.post(f"{path(plan)}/confirm", given | {"typed": "0" * 12}).status_code == 409
    assert grave.house.services.plans.signatures(plan.plan_id).confirmed_by == ""
    assert lin.post(f"{path(plan)}/confirm", given).status_code == 303
    assert "Confirmed by lin." in lin.get(path(plan)).text
    grave.house.clock.advance(601)
    assert "May start now" in lin.get(path(plan)).text


def test_a_second_click_signs_once(grave):
    plan = planned(grave, lost=True)
    given = {"mark": plan.fingerprint, "typed": plan.fingerprint[:12]}
    wang = grave.browser().sign_in("wang")
    wang.get(path(plan))
    assert [wang.post(f"{path(plan)}/sign", given).status_code for _ in range(2)] == [303, 303]
    assert len(approvals(grave)) == 1
    assert state(grave, plan) is PlanState.PROPOSED


def test_who_proposed_does_not_sign_where_policy_says_so(apart):
    plan = planned(apart, by="boss")
    boss = apart.browser().sign_in("boss")
    page = boss.get(path(plan)).text
    assert ("/approval/sign" in page, "somebody else signs it" in page) == (False, True)
    answer = boss.post(f"{path(plan)}/sign", {"mark": plan.fingerprint, "typed": plan.fingerprint[:12]})
    assert (answer.status_code, approvals(apart)) == (409, [])


def test_who_may_not_sign_is_told_who_may(console):
    plan = planned(console)
    page = console.browser().sign_in("lin").get(path(plan)).text
    assert ("/approval/sign" in page, "owners and approvers may" in page) == (False, True)


def test_a_missing_policy_is_unknown_and_says_which(sqlite_database, clock, tmp_path):
    house = build(
        sqlite_database, clock, tmp_path / "x", policy=lambda: policy(approval__persons__irreversible=None)
    )
    with console_of(house) as made:
        plan = planned(made, lost=True)
        page = made.browser().sign_in("wang").get(path(plan)).text
        assert ("approval.persons.irreversible" in page, "/approval/sign" in page) == (True, False)
    house.services.io.close()


@pytest.mark.parametrize("typed", ["", "P-other", "yes"])
def test_a_plan_is_cancelled_by_its_name_only(console, typed):
    plan = planned(console)
    browser = console.browser().sign_in("lin")
    browser.get(path(plan))
    assert browser.post(f"{path(plan)}/cancel", {"typed": typed}).status_code == 400
    assert state(console, plan) is PlanState.PROPOSED
    assert browser.post(f"{path(plan)}/cancel", {"typed": plan.plan_id.lower()}).status_code == 303
    assert state(console, plan) is PlanState.CANCELLED
    page = browser.get(path(plan)).text
    assert (
        "The plan is cancelled." in page,
        "/approval/cancel" in page,
        "/run" in page.partition('<aside class="conclusion')[2],
    ) == (True, False, False)


def test_the_versions_are_told(console):
    plan = planned(console)
    services = console.house.services
    services.plans.propose(plan.listings, reason=Reason.STRATEGY, by=who(console, "boss"), amend=plan.plan_id)
    page = console.browser().sign_in("audit").get(path(plan)).text
    assert "Version 2" in page
    assert "Proposed by boss at" in page
    assert "1 earlier versions" in page
    assert plan.fingerprint[:12] in page
