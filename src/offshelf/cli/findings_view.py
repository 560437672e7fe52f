"""What checks found, in print: by check, each with a count, a few in words, and the command that tells the rest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from offshelf.cli.paper import Paper
from offshelf.kit.instants import local
from offshelf.vocabulary.plans import PlanKind

if TYPE_CHECKING:
    from offshelf.delisting.model import PlanResult

FEW = 3  # findings of one code in words, where nobody asks for more
_IN_SHORT = 10  # findings in words where they are told beside something else

Finding = dict[str, Any]


def by_check(findings: Iterable[Finding]) -> dict[str, list[Finding]]:
    """Return findings by the check that gave them, in their order."""
    found: dict[str, list[Finding]] = {}
    for finding in findings:
        # A finding of the store names its check otherwise than one of a result.
        check = finding.get("check_name") or finding.get("check") or ""
        found.setdefault(str(check), []).append(finding)
    return found


def show_findings(paper: Paper, findings: Sequence[Finding], *, more: str, most: int | None = FEW) -> None:
    """Print findings by check and code: how often, `most` of each code in words (None: all), and what to do.

    `more` is the command that tells those left out.
    """
    for check, some in by_check(findings).items():
        _say_check(paper, check, len(some))
        by_code: dict[str, list[Finding]] = {}
        for finding in some:
            by_code.setdefault(finding["code"], []).append(finding)
        for code, alike in by_code.items():
            _show_code(paper, code, alike, more, most)


def _say_check(paper: Paper, check: str, count: int) -> None:
    if check:
        paper.say("cli.finding.check", style="bold", check=paper.words.word("check", check), count=count)


def _show_code(paper: Paper, code: str, alike: Sequence[Finding], more: str, most: int | None) -> None:
    first = alike[0]
    heed = first["verdict"] == "fail" and not first["blocking"]
    word = paper.words.word("verdict", "heed" if heed else first["verdict"])
    paper.say("cli.finding.head", verdict=word, code=code, count=len(alike))
    shown = alike if most is None else alike[:most]
    for finding in shown:
        text, _ = paper.words.finding(finding)
        paper.say("cli.finding.line", subject=finding["subject"], text=text)
        if finding.get("waived_by"):
            until = local(finding["waived_until"]) if finding.get("waived_until") else "–"
            paper.say("cli.finding.waived", by=finding["waived_by"], why=finding["waived_why"], until=until)
    if len(alike) > len(shown):
        paper.say("cli.finding.more", count=len(alike) - len(shown), command=more)
    remedy = paper.words.finding(first)[1]
    if remedy and first["verdict"] != "pass":
        paper.say("cli.finding.remedy", remedy=remedy)


def show_in_short(paper: Paper, findings: Sequence[Finding], *, more: str) -> None:
    """Print which checks stand in the way and how often, at most ten findings in words, and where the rest is told."""
    groups = by_check(findings)
    each = max(1, _IN_SHORT // max(1, len(groups)))
    shown = 0
    for check, some in groups.items():
        _say_check(paper, check, len(some))
        for finding in some[: min(each, _IN_SHORT - shown)]:
            text = paper.words.finding(finding)[0]
            paper.say("cli.finding.line", subject=finding["subject"], text=text)
            shown += 1
    if len(findings) > shown:
        paper.say("cli.finding.more", count=len(findings) - shown, command=more)


def say_unlooked(paper: Paper, result: PlanResult) -> None:
    """Print which places nobody looked at for a plan; nothing where there are none to look at."""
    from offshelf.delisting.unlooked import unlooked

    missing, words = unlooked(result), paper.words
    if missing is None:
        paper.say("cli.run.unjudged")
    elif missing:
        names = ", ".join(f"{words.word('place', one.kind)} ({one.shop_id})" for one in missing)
        paper.say("cli.run.not_looked_at", places=names, style="bold yellow")
    elif result.plan.kind is PlanKind.DELIST:
        paper.say("cli.run.all_looked_at")


def counts_by_check(findings: Iterable[Finding]) -> Mapping[str, int]:
    """Return how many findings each check gave."""
    return {check: len(some) for check, some in by_check(findings).items()}
