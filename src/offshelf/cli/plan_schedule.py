"""The timeline of a plan in print and as a document: shared by the verbs that speak of time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from offshelf.cli.paper import Paper
from offshelf.kit.instants import local

if TYPE_CHECKING:
    from datetime import datetime

    from offshelf.delisting.preview.telling import Telling
    from offshelf.delisting.timeline import Entry, Timeline
    from offshelf.policy.model import Value

_BAR = 24  # letters of the bar that shows the course


def say_schedule(paper: Paper, telling: Telling, time: Timeline) -> None:
    """Say loudly whether sale may stop when it is wanted, and what was promised to customers."""
    if time.too_early:
        wanted, at = local(time.wanted or time.now), local(time.not_before)
        paper.say("cli.schedule.too_early", wanted=wanted, at=at, style="bold red")
    if time.unknown:
        names = ", ".join(telling.say(f"schedule.gate.{gate.name.value}") for gate in time.unknown)
        paper.say("cli.schedule.unknown", gates=names, style="bold magenta")
    for note in dict.fromkeys(gate.note for gate in time.gates if gate.note):
        paper.say(f"schedule.note.{note}", style="magenta")
    if time.standing:
        paper.say("cli.schedule.standing", count=time.standing, style="bold red")
    if time.allowed and time.gates:
        paper.say("cli.schedule.allowed", at=local(time.start))
    if time.announced is not None and time.late:
        paper.say("cli.schedule.late", at=local(time.announced), style="bold red")
    elif time.announced is not None and time.late is None:
        paper.say("cli.schedule.late_unknown", at=local(time.announced), style="magenta")


def show_timeline(paper: Paper, telling: Telling, time: Timeline) -> None:
    """Print gates, course and what outlives the plan."""
    say_schedule(paper, telling, time)
    if time.gates:
        paper.heading("gates")
        paper.table(
            ("gate", "state", "from_when", "what", "source"),
            [
                (
                    telling.gate_name(gate),
                    telling.say(f"schedule.state.{gate.state.value}"),
                    telling.gate_from(gate),
                    telling.gate(gate)[0],
                    telling.source(gate.source),
                )
                for gate in time.gates
            ],
        )
    paper.heading("timeline")
    key = "cli.schedule.start" if time.earliest_stop is not None else "cli.schedule.start_least"
    paper.say(key, at=local(time.start))
    bars = _bars(time)
    paper.table(
        ("when", "what", "count", "bar", "stage"),
        [
            (
                telling.when(entry),
                telling.entry(entry),
                "" if entry.count is None else entry.count,
                bars[number],
                telling.stage(entry.stage, back=time.putting_back),
            )
            for number, entry in enumerate(time.entries)
        ],
        right=frozenset({"count"}),
    )
    if time.afterwards:
        paper.heading("afterwards")
        rows = [(*telling.after(a), telling.span(a.value), telling.source(a.value)) for a in time.afterwards]
        paper.table(
            ("what", "span", "starts_with", "source"),
            [(name, span, anchor, source) for name, anchor, span, source in rows],
        )


def _bars(time: Timeline) -> list[str]:
    """Return for every entry a bar over even steps from instant to instant (not to scale)."""
    points = sorted({at for entry in time.entries for at in (entry.at, entry.until or entry.at)})
    rank = {at: number for number, at in enumerate(points)}
    steps = max(1, len(points) - 1)

    def bar(entry: Entry) -> str:
        begin = rank[entry.at] * (_BAR - 1) // steps
        end = rank[entry.until or entry.at] * (_BAR - 1) // steps
        letters = ["·"] * _BAR
        letters[begin : end + 1] = ["█"] * (end + 1 - begin)
        return "".join(letters)

    return [bar(entry) for entry in time.entries]


def timeline_document(time: Timeline) -> dict[str, Any]:
    """Return a timeline as plain data."""
    return {
        "allowed": time.allowed,
        "too_early": time.too_early,
        "wanted": time.wanted,
        "start": time.start,
        "earliest_stop": time.earliest_stop,
        "not_before": time.not_before,
        "off_by": time.off_by,
        "announced": time.announced,
        "latest_start": time.latest_start,
        "late": time.late,
        "standing": time.standing,
        "gates": [
            {
                "name": gate.name,
                "state": gate.state,
                "code": gate.code,
                "until": gate.until,
                "given_at": gate.given_at,
                "missing": list(gate.missing),
                "rule": gate.rule,
                "note": gate.note,
                "policy": source_document(gate.source),
            }
            for gate in time.gates
        ],
        "entries": [_entry(entry) for entry in time.entries],
        "afterwards": [
            {
                "policy_id": after.policy_id,
                "platform": after.platform,
                "anchor": after.anchor,
                "policy": source_document(after.value),
            }
            for after in time.afterwards
        ],
    }


def _entry(entry: Entry) -> dict[str, Any]:
    done: datetime | None = entry.done_at
    return {
        "name": entry.name,
        "at": entry.at,
        "until": entry.until,
        "certainty": entry.certainty,
        "stage": entry.stage,
        "count": entry.count,
        "by": entry.by,
        "done_at": done,
        "policy": source_document(entry.source),
    }


def source_document(value: Value | None) -> dict[str, Any] | None:
    """Return a policy value with its papers, null where there is none."""
    if value is None:
        return None
    return {
        "id": value.policy_id,
        "value": value.value,
        "unit": value.unit,
        "kind": value.kind,
        "source": value.source,
        "observed_on": value.observed_on.isoformat(),
        "certainty": value.certainty,
        "pack": value.pack,
        "override_of": value.override_of,
    }
