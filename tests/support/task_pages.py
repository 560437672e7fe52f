"""The page of tasks in tests: tasks of every sort in one shop, and forms filled as the page fills them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from offshelf.access.roles import Role
from offshelf.tasks.model import FORCED_EXPLAIN, Target, TargetState
from offshelf.vocabulary.places import PlaceKind
from support.approval import passphrase
from support.databases import START
from support.evidence import png

TABLES = ("task", "task_target", "evidence", "journal_entry")


@dataclass
class Desk:
    """The console over a shop, with tasks in it."""

    console: Any

    @property
    def services(self):
        return self.console.house.services

    @property
    def folder(self):
        return self.services.tasks.targets._files._folder

    def batch(self, kind=PlaceKind.SHOWCASE, place="showcase", act="remove", refs=("s1", "s2"), **more):
        """Open a batch in the flagship; a showcase's is proved in one go, a live's wants another person."""
        given = {"plan_id": "P-1", "due_at": START + timedelta(hours=5)} | more
        about = [Target("flagship", kind, ref, f"茶 {ref}", listing_id="L1") for ref in refs]
        with self.services.database.begin() as tx:
            (task,) = self.services.tasks.open_batch(
                tx, f"guided.{act}", shop_id="flagship", place=place, act=act, targets=about, **given
            )
        return task.task_id

    def lives(self, *refs):
        return self.batch(PlaceKind.LIVE, "live", "switch_off", refs or ("v1", "v2"))

    def single(self):
        with self.services.database.begin() as tx:
            task = self.services.tasks.open(
                tx,
                FORCED_EXPLAIN,
                shop_id="flagship",
                subject="L1",
                params={"listing": "L1", "title": "春茶"},
            )
        return task.task_id

    def browser(self, name, language="en"):
        return self.console.browser(language).sign_in(name)

    def add(self, name):
        """Register somebody at the desk for buyers, and return the name."""
        users = self.services.users
        users.add(name, [Role.DESK], passphrase(name), by=users.sign_in("boss", passphrase("boss")))
        return name

    def rows(self, task_id):
        return self.services.tasks.targets.of(task_id)

    def states(self, task_id):
        return [row.state.value for row in self.rows(task_id)]

    def form(self, task_id, *numbers, **more):
        """Return the fields of a claim over these targets (all) as the page makes them."""
        rows = [row for row in self.rows(task_id) if not numbers or row.number in numbers]
        told = {f"goods-{row.target_id}": "\n".join(row.target.names) for row in rows}
        return told | {f"target-{row.target_id}": "1" for row in rows} | {"form": "F"} | more

    def claims(self, task_id, act="confirm", **more):
        """Return the fields of a decision over every claim."""
        rows = [row for row in self.rows(task_id) if row.state is TargetState.CLAIMED_DONE]
        told = {f"made-{row.target_id}": row.claimed_at.isoformat() for row in rows}
        return told | {f"claim-{row.target_id}": "1" for row in rows} | {"act": act} | more

    def stored(self):
        with self.services.database.read() as tx:
            return [tx.exec_driver_sql(f"SELECT * FROM {name} ORDER BY 1").all() for name in TABLES]  # noqa: S608


def send(browser, path, fields=None, files=(), **headers):
    """Send a form with files: (field, name, bytes)."""
    browser.get("/me")
    data = {"proof": browser.proof} | (fields or {})
    parts = [(field, (name, body, "image/jpeg")) for field, name, body in files]
    return browser.client.post(
        path, data=data, files=parts, headers=dict(browser.headers) | headers, follow_redirects=False
    )


def claim(desk, browser, task_id, *files, numbers=(120, 70), targets=(), **more):
    fields = desk.form(task_id, *targets, **more) | {f"number-{n}": str(v) for n, v in enumerate(numbers, 1)}
    return send(browser, f"/tasks/{task_id}/hand-in", fields, files)


def photo(mark, name="IMG_1.jpg"):
    return "photos", name, png(mark)


def lanes(text):
    """Return the ids of tasks by lane."""
    found = re.findall(r'aria-labelledby="lane-(\d)">(.*?)</section>', text, re.DOTALL)
    return {int(number): re.findall(r'href="/tasks/(T-[^"]+)"', part) for number, part in found}
