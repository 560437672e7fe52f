"""Practice mode: two houses behind one console, and no way for a form of one to act in the other."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from offshelf.access.actor import Actor
from offshelf.access.roles import Role
from offshelf.console import Setup, create_console
from offshelf.console.practice import MODE, Opening, Seat, Standing
from offshelf.kit.db import Database
from offshelf.kit.errors import OutsideError
from offshelf.kit.redact import Secret
from offshelf.vocabulary.plans import Reason
from offshelf.vocabulary.shops import Platform, Shop
from support.approval import staff
from support.cli_house import House, build
from support.console_house import CODE, Console
from support.databases import create_schema


@dataclass
class Rehearsal:
    """A practice house that stands, or does not, as a test says."""

    house: House
    opening: Opening = field(default_factory=lambda: Opening(Standing.CLOSED))
    asked: list[str] = field(default_factory=list)

    def begin(self) -> None:
        self.asked.append("begin")
        self.opening = Opening(Standing.OPENING, "shops")

    def end(self) -> None:
        self.asked.append("end")
        self.opening = Opening(Standing.CLOSED)

    def seat(self, name: str) -> Seat | None:
        if self.opening.standing is not Standing.OPEN:
            return None
        users = self.house.services.users
        if not users.registered():
            users.add(name, [Role.OWNER], Secret("a passphrase nobody types"), by=name)
        return Seat(self.house.services, Actor(name, users.get(name).user_id), ("practised", "m0"))


@pytest.fixture
def other(clock, tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'other.db'}")
    create_schema(database)
    made = build(database, clock, tmp_path / "other")
    made.open_shop("practised", listings=3)
    services = made.services
    services.call(services.sync.read(services.shops.all()[0], services.connect("practised")))
    yield made
    made.services.io.close()
    database.close()


@pytest.fixture
def practice(other):
    return Rehearsal(other)


@pytest.fixture
def console(house, practice):
    staff(house.services.users)
    app = create_console(lambda: house.services, language="zh", setup=Setup(Secret(CODE)), practice=practice)
    return Console(house, app)


@pytest.fixture
def lin(console):
    return console.browser().sign_in("lin")


@pytest.fixture
def seated(lin, practice):
    practice.opening = Opening(Standing.OPEN)
    lin.get("/practice")
    assert lin.post("/practice/enter").headers["location"] == "/"
    lin.get("/")
    return lin


def views(house):
    return [
        view.name for user in house.services.users.all() for view in house.services.browse.views(user.user_id)
    ]


def test_it_opens_beside_the_requests_and_tells_how_far_it_is(lin, practice):
    assert 'action="/practice/begin"' in lin.get("/practice").text
    assert lin.post("/practice/begin").headers["location"] == "/practice"
    text = lin.get("/practice").text
    assert ("Connecting three shops" in text, 'hx-trigger="every 1s"' in text) == (True, True)
    piece = lin.get("/practice", **{"hx-request": "true"}).text
    assert ("<html" in piece, "Connecting three shops" in piece) == (False, True)
    practice.opening = Opening(Standing.FAILED, "shops", OutsideError("sandbox.did_not_start", why="no port"))
    text = lin.get("/practice").text
    assert ("The practice shops could not be prepared." in text, "no port" in text) == (True, True)
    assert practice.asked == ["begin"]


def test_nobody_enters_what_is_not_open(lin):
    lin.get("/practice")
    answer = lin.post("/practice/enter")
    assert (answer.status_code, "console.practice_closed" in answer.text) == (409, True)
    assert MODE not in lin.client.cookies


def test_inside_pages_show_the_practice_house_and_only_that(seated, console):
    console.house.open_shop("flagship", listings=2)
    text = seated.get("/products").text
    assert ("practised" in text, "flagship" in text) == (True, False)
    seated.get("/practice")
    seated.post("/practice/leave")
    text = seated.get("/products").text
    assert ("practised" in text, "flagship" in text) == (False, True)


def test_who_practises_is_an_owner_there_whatever_they_are_here(console, practice):
    audit = console.browser().sign_in("audit")
    practice.opening = Opening(Standing.OPEN)
    audit.get("/practice")
    audit.post("/practice/enter")
    audit.get("/")
    audit.post("/products/views", {"name": "mine"})
    assert (views(practice.house), views(console.house)) == (["mine"], [])


def test_a_form_of_practice_never_acts_in_the_real_house(seated, console, practice):
    """Another tab has left practice mode meanwhile; the form of this one is still open."""
    seated.get("/products")
    practised = seated.proof
    seated.client.cookies.delete(MODE)
    answer = seated.client.post(
        "/products/views", data={"proof": practised, "name": "x"}, follow_redirects=False
    )
    assert (answer.status_code, "console.stale_form" in answer.text) == (403, True)
    assert (views(console.house), views(practice.house)) == ([], [])


def test_a_form_of_the_real_house_never_acts_in_practice(lin, console, practice):
    lin.get("/products")
    real = lin.proof
    practice.opening = Opening(Standing.OPEN)
    lin.get("/practice")
    lin.post("/practice/enter")
    answer = lin.client.post("/products/views", data={"proof": real, "name": "x"}, follow_redirects=False)
    assert (answer.status_code, "console.stale_form" in answer.text) == (403, True)
    assert (views(console.house), views(practice.house)) == ([], [])


def test_who_one_is_stays_a_matter_of_the_real_house(seated, console):
    seated.get("/products")  # whose forms carry the token of practice
    answer = seated.post("/switches", {"theme": "dark", "next": "/products"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/products")
    assert "lin" in seated.get("/me").text
    seated.get("/products")
    assert seated.post("/sign-out").headers["location"] == "/sign-in"
    with console.house.services.database.read() as tx:
        assert tx.exec_driver_sql("SELECT count(*) FROM console_session").scalar() == 0


def test_when_the_server_was_started_anew_nobody_lands_in_the_real_shops(seated, console, practice):
    proof = seated.proof
    practice.opening = Opening(Standing.CLOSED)
    assert seated.get("/products").headers["location"] == "/practice"
    assert seated.get("/").headers["location"] == "/practice"
    answer = seated.client.post("/products/views", data={"proof": proof, "name": "x"}, follow_redirects=False)
    assert answer.status_code == 403
    seated.get("/products?none")
    real = seated.get("/practice")
    assert "the server was started anew since" in real.text
    answer = seated.post("/products/views", {"name": "x"})
    assert (answer.status_code, "console.practice_closed" in answer.text) == (409, True)
    assert views(console.house) == []
    seated.get("/practice")
    seated.post("/practice/leave")
    assert seated.get("/products").status_code == 200


def test_beginning_anew_throws_away_first(seated, practice):
    seated.get("/practice")
    assert seated.post("/practice/anew").headers["location"] == "/practice"
    assert practice.asked == ["end", "begin"]


def test_the_tour_follows_what_was_done(seated, practice):
    services = practice.house.services
    text = seated.get("/").text
    assert ("Step 1 of 5" in text, 'href="/products/practised/m0"' in text) == (True, True)
    me = practice.seat("lin").actor
    key = next(iter(services.catalog.on_sale()))
    plan = services.plans.propose([key], reason=Reason.SEASON, by=me)
    text = seated.get("/").text
    assert ("Step 2 of 5" in text, f'href="/plans/{plan.plan_id}/checks"' in text) == (True, True)
    services.plans.check(plan.plan_id)
    assert services.plans.blockers(plan.plan_id) == []
    assert "Step 3 of 5" in seated.get("/").text
    services.plans.approve(plan.plan_id, plan.fingerprint, by=me)
    assert "Step 4 of 5" in seated.get("/").text
    services.worker.run(plan.plan_id, by=me, progress=lambda *_: None)
    assert "Step 5 of 5" in seated.get("/").text
    seated.post("/practice/tour")
    assert "of 5" not in seated.get("/").text
    seated.get("/practice")
    seated.post("/practice/tour", {"show": "1"})
    assert "Step 5 of 5" in seated.get("/").text


def test_outside_practice_there_is_no_tour(lin):
    assert "of 5" not in lin.get("/").text


def test_every_page_says_practice_to_who_practises_though_the_page_is_about_the_real_house(seated, console):
    with console.house.services.database.begin() as tx:
        shop = Shop("true", Platform.DOUYIN, "true", "app", "https://gate.example")
        console.house.services.shops.add(tx, shop, {"secret": Secret("s")})
    for path in ("/", "/me", "/practice", "/settings/users"):
        text = seated.get(path).text
        assert ("Practice mode:" in text, "Leave practice" in text, "Real shops:" in text) == (
            True,
            True,
            False,
        ), path
    seated.get("/practice")
    seated.post("/practice/leave")
    text = seated.get("/").text
    assert ("Practice mode:" in text, "Real shops:" in text) == (False, True)


def test_what_is_set_in_practice_stays_there_and_says_so(seated, console, other):
    assert "of the practice house only" in seated.get("/settings/users/add").text
    seated.post("/settings/users", {"name": "mei", "role": "desk", "how": "made"})
    assert "mei" in {one.name for one in other.services.users.all()}
    assert "mei" not in {one.name for one in console.house.services.users.all()}
