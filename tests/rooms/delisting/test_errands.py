"""What runs behind a page: one errand of a plan at a time, told how far it is and how it ended."""

from __future__ import annotations

from threading import Event, Thread

import pytest

from offshelf.delisting.errands import Kind
from offshelf.delisting.looking.versions import versions
from offshelf.delisting.marks import refuse_other, whole
from offshelf.durable.once import Earlier, Once, Reply, Turns
from offshelf.kit.errors import BlockedError, OutsideError, UsageError
from offshelf.vocabulary.plans import Reason
from support.approval import passphrase, staff
from support.cli_house import house

__all__ = ["house"]


@pytest.fixture
def plan(house):
    house.open_shop("flagship", 3)
    services = house.services
    services.call(services.sync.read(services.shops.all()[0], services.connect("flagship")))
    return services.plans.propose(list(services.catalog.on_sale()), reason=Reason.SEASON, by="lin")


def test_an_errand_says_when_it_is_over(house, plan):
    errand = house.services.errands.check(plan.plan_id, by="lin")
    assert errand.over.wait(30)
    assert (errand.kind, errand.runs, errand.trouble, errand.by) == (Kind.CHECK, False, None, "lin")
    assert house.services.plans.findings(plan.plan_id)


def test_one_errand_at_a_time(house, plan, monkeypatch):
    go_on = Event()
    monkeypatch.setattr(type(house.services.plans), "check", lambda _self, _plan_id: go_on.wait(30))
    first = house.services.errands.check(plan.plan_id, by="lin")
    second = house.services.errands.check(plan.plan_id, by="wang", read=True)
    assert first is second
    go_on.set()
    assert first.over.wait(30)


def test_a_bug_is_told_as_broken_and_never_as_done(house, plan, monkeypatch):
    def broken(_self, _plan_id):
        raise RuntimeError("secret of the house")

    monkeypatch.setattr(type(house.services.plans), "check", broken)
    errand = house.services.errands.check(plan.plan_id, by="lin")
    assert errand.over.wait(30)
    assert isinstance(errand.trouble, OutsideError)
    assert (errand.trouble.code, "secret" in str(errand.trouble.params)) == ("plan.errand_broke", False)


def test_who_may_not_read_begins_nothing(house, plan):
    users = house.services.users
    staff(users)
    with pytest.raises(BlockedError):
        house.services.errands.check(plan.plan_id, by=users.sign_in("audit", passphrase("audit")))
    assert house.services.errands.of(plan.plan_id) is None


def test_a_plan_that_started_is_not_checked_again(house, plan):
    house.services.plans.ask(plan.plan_id, "cancel", by="lin")
    with pytest.raises(BlockedError):
        house.services.errands.check(plan.plan_id, by="lin")


def test_versions_tell_what_changed(house, plan):
    services = house.services
    services.plans.propose(plan.listings[:1], reason=Reason.SAFETY, by="wang", amend=plan.plan_id)
    first, second = versions(services.journal, plan.plan_id)
    assert (first.version, first.changes, first.added) == (1, (), None)
    assert (second.by, second.added, second.removed) == ("wang", 0, 2)
    assert {(one.what, one.before, one.now) for one in second.changes} >= {
        ("reason", "season", "safety"),
        ("listings", "3", "1"),
    }


@pytest.mark.parametrize("given", ["", "abc", "abcdefghijk"])
def test_a_beginning_that_is_too_short_shows_nothing(given):
    with pytest.raises(UsageError):
        whole(given, "abcdefghijklmnop", least=12)


def test_a_beginning_stands_for_the_whole_and_another_for_itself():
    assert whole(" ABCD EFGH ijkl ", "abcdefghijklmnop", least=12) == "abcdefghijklmnop"
    assert whole("abcdefghijkx", "abcdefghijklmnop", least=12) == "abcdefghijkx"
    refuse_other(" p-1 ", "P-1")
    with pytest.raises(UsageError):
        refuse_other("P-11", "P-1")


def test_a_request_under_a_name_is_done_once(house):
    once, done = Once(house.services.database, house.clock), []

    def work():
        done.append(1)
        return Reply({"plan": f"P-{len(done)}"})

    first = once.do("k", {"a": 1}, work)
    again, other = once.do("k", {"a": 1}, work), once.do("k", {"a": 2}, work)
    assert (first, done) == (Reply({"plan": "P-1"}), [1])
    assert (again, other) == (Earlier(True, Reply({"plan": "P-1"})), Earlier(False, Reply({"plan": "P-1"})))


def test_a_refusal_gives_the_name_back_and_a_break_does_not(house):
    once = Once(house.services.database, house.clock)

    def refused():
        raise UsageError("plan.nothing")

    def broke():
        raise RuntimeError

    with pytest.raises(UsageError):
        once.do("k", {}, refused)
    with pytest.raises(RuntimeError):
        once.do("k", {}, broke)
    assert once.do("k", {}, lambda: Reply({})) == Earlier(True, None)


def test_turns_are_taken_one_after_the_other():
    turns, order, inside = Turns(), [], Event()

    def second():
        inside.set()
        with turns.of("k"):
            order.append("second")

    with turns.of("k"):
        thread = Thread(target=second)
        thread.start()
        assert inside.wait(10)
        order.append("first")
    thread.join(10)
    assert order == ["first", "second"]
    with turns.of("k"):
        assert list(turns._held) == ["k"]
    assert turns._held == {}
