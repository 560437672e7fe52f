"""Drift, and the journal."""

from __future__ import annotations

from dataclasses import asdict

from fastapi import APIRouter

from offshelf.api import answers as a
from offshelf.api import asked as q
from offshelf.api import views
from offshelf.vocabulary.plans import PlanState

router = APIRouter(tags=["watch"])


@router.post("/monitor/drift")
def find_drift(house: q.House, survey: q.SurveyBody) -> a.SurveyShape:
    """Compare what is wanted with what the platforms show now. Corrects nothing; new drift goes to the journal."""
    busy = frozenset(plan.plan_id for plan in house.plans.all(PlanState.RUNNING))
    seen = house.call(house.watch.survey(busy=busy, deep=survey.deep))
    return a.SurveyShape(
        watched=seen.watched,
        complete=not seen.unread_shops,
        found=[a.DriftShape(**asdict(item)) for item in seen.found],
        unread_shops=list(seen.unread_shops),
    )


@router.get("/journal")
def list_journal(
    house: q.House,
    after: q.AfterNumber = 0,
    limit: q.Limit = 100,
    verb: q.NameFilter = None,
    subject: q.NameFilter = None,
) -> a.JournalPage:
    """List entries of the journal, oldest first."""
    found = house.journal.entries(after_seq=after, limit=limit + 1, verb=verb, subject=subject)
    items = [a.EntryShape(**asdict(entry)) for entry in found[:limit]]
    return a.JournalPage(items=items, next=items[-1].seq if len(found) > limit else None)


@router.get("/journal/verify")
def verify_journal(house: q.House, language: q.Language) -> a.VerdictShape:
    """Walk the whole journal and say whether it can be trusted."""
    verdict = house.journal.verify()
    text = views.word(f"journal.why.{verdict.why}", language) if verdict.why else ""
    return a.VerdictShape(**asdict(verdict), text=text)
