"""The preview as one self-contained HTML page, Chinese or English: the answer first, then what stands in the way."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from offshelf.delisting.courtesy import GateState
from offshelf.delisting.page_frame import environment, language_tag, word_of
from offshelf.delisting.preview.drawing import draw
from offshelf.delisting.preview.model import Fate, Heard, Known, Preview
from offshelf.delisting.preview.telling import Telling, moment
from offshelf.delisting.timeline import Stage
from offshelf.kit.instants import local
from offshelf.vocabulary.plans import NOT_STARTED, Undo

MOST_ROWS = 200  # promotions, places or findings written out; the JSON document holds all

Item = dict[str, Any]
_GATE_TONE = {
    GateState.MET: "good",
    GateState.NOT_YET: "bad",
    GateState.SKIPPED: "plain",
    GateState.UNKNOWN: "unknown",
}
_FATE_TONE = {
    Fate.ENDS: "wait",
    Fate.ENDED: "plain",
    Fate.STAYS_MIXED: "heed",
    Fate.STAYS_WHOLE_SHOP: "plain",
    Fate.NOT_STOPPED: "bad",
    Fate.UNKNOWN: "unknown",
}
_HEARD_TONE = {Heard.TOLD: "good", Heard.NOT_TOLD: "bad", Heard.UNKNOWN: "unknown", Heard.SPARED: "plain"}
_KNOWN_TONE = {
    Known.WELL: "good",
    Known.HEED: "heed",
    Known.BAD: "bad",
    Known.UNKNOWN: "unknown",
    Known.PLAIN: "plain",
}
_UNDO_TONE = {Undo.FREE: "good", Undo.BY_HAND: "heed", Undo.AUDIT: "heed", Undo.LOST: "bad"}


def render(preview: Preview, lang: str) -> str:
    """Return the page."""
    view = told_of(preview, lang)
    drawn = {
        "drawing": Markup(draw(preview.timeline, Telling(lang))),  # noqa: S704 - drawn here, every text escaped
        "picture": Markup(preview.picture),  # noqa: S704 - the place graph, drawn by us
    }
    return environment().get_template("preview.html.j2").render(view | drawn)


def told_of(preview: Preview, lang: str) -> Item:
    """Return everything a page tells of a preview, in the words of a language; tones are `good`, `heed`, `wait`, `bad`, `unknown`, `plain`."""
    telling = Telling(lang)

    def say(key: str, **params: object) -> str:
        return telling.say(f"preview.{key}", **params)

    def word(kind: str, value: str) -> str:
        return word_of(lang, kind, value, rooms=("preview", "report"))

    return {
        "lang": language_tag(lang),
        "say": say,
        "schedule": lambda key, **params: telling.say(f"schedule.{key}", **params),
        "word": word,
        "stages": tuple(Stage),
        "back": preview.timeline.putting_back,
        "stage_name": lambda stage: telling.stage(stage, back=preview.timeline.putting_back),
        "local": local,
        "moment": moment,
        "plan": preview.plan,
        "preview": preview,
        "answer": _answer(preview, telling),
        "needs": _needs(preview, telling),
        "gates": _gates(preview, telling),
        "course": _course(preview, telling),
        "promotions": _promotions(preview),
        "tell": _tell(preview, telling),
        "costs": [(line, _UNDO_TONE[line.undo]) for line in preview.costs],
        "undo_counts": _undo_counts(preview, telling),
        "sections": _sections(preview, telling),
        "afterwards": [
            (*telling.after(a), telling.span(a.value), telling.source(a.value)) for a in _after(preview)
        ],
        "shops": sorted((*preview.shops[key], key) for key in preview.shops),
        "most": MOST_ROWS,
    }


def _answer(preview: Preview, telling: Telling) -> Item:
    """Return headline, advice and tone: the first reason against it that is known."""
    time, plan = preview.timeline, preview.plan
    if plan.state not in NOT_STARTED:
        tone, advice = "plain", telling.say("preview.advice.started")
    elif time.too_early:
        tone, advice = "bad", telling.say("preview.advice.too_early", at=local(time.not_before))
    elif preview.standing:
        tone, advice = "bad", telling.say("preview.advice.findings", count=len(preview.standing))
    elif time.unknown:
        tone, advice = "unknown", telling.say("preview.advice.unknown")
    elif not preview.checked:
        tone, advice = "unknown", telling.say("preview.advice.unchecked")
    else:
        tone, advice = "good", telling.say("preview.advice.allowed")
    back = preview.timeline.putting_back
    # A relist is over everything that is put back; only some of it comes on the shelf again.
    keys = preview.goes_on if back else plan.listings
    count, shops = len(keys), len({shop_id for shop_id, _ in keys})
    headline = telling.say(f"preview.headline.{plan.kind.value}", listings=f"{count:,}", shops=shops)
    return {"tone": tone, "headline": headline, "advice": advice}


def _needs(preview: Preview, telling: Telling) -> list[Item]:
    """Return what stands in the way, the worst first."""
    found: list[Item] = []

    def need(tone: str, text: str, then: str, command: str = "") -> None:
        found.append({"tone": tone, "text": text, "next": then, "command": command})

    plan, time = preview.plan.plan_id, preview.timeline
    for gate in time.gates:
        if gate.state in (GateState.NOT_YET, GateState.UNKNOWN):
            text, then = telling.gate(gate)
            named = telling.say("preview.need.gate", gate=telling.gate_name(gate), text=text)
            need(_GATE_TONE[gate.state], named, then)
    if time.late:
        latest, name = moment(time.latest_start), "late.next" if time.latest_start else "late.correct"
        need(
            "bad",
            telling.say("preview.need.late", at=moment(time.announced)),
            telling.say(f"preview.need.{name}", latest=latest),
        )
    elif time.late is None:
        need(
            "unknown",
            telling.say("preview.need.late_unknown", at=moment(time.announced)),
            telling.say("preview.need.late_unknown.next"),
        )
    if preview.standing:
        text = telling.say("preview.need.findings", count=len(preview.standing))
        need("bad", text, telling.say("preview.need.findings.next"), f"offshelf plan check {plan}")
    if not preview.checked:
        need(
            "unknown",
            telling.say("preview.need.unchecked"),
            telling.say("preview.need.unchecked.next"),
            f"offshelf plan check {plan}",
        )
    if preview.unread:
        parts = telling.say("preview.between").join(
            f"{shop} {telling.say(f'preview.part.{part}')}" for shop, part in preview.unread
        )
        need(
            "unknown",
            telling.say("preview.need.unread", parts=parts),
            telling.say("preview.need.unread.next"),
            "offshelf catalog sync",
        )
    return sorted(found, key=lambda item: ("bad", "unknown").index(item["tone"]))


def _gates(preview: Preview, telling: Telling) -> list[Item]:
    return [
        {
            "name": telling.gate_name(gate),
            "tone": _GATE_TONE[gate.state],
            "state": telling.say(f"schedule.state.{gate.state.value}"),
            "from": telling.gate_from(gate),
            "text": f"{telling.gate(gate)[0]} {telling.gate_note(gate)}".strip(),
            "source": telling.source(gate.source),
        }
        for gate in preview.timeline.gates
    ]


def _course(preview: Preview, telling: Telling) -> list[Item]:
    return [
        {
            "what": telling.entry(entry),
            "note": telling.note(entry),
            "when": telling.when(entry),
            "stage": telling.stage(entry.stage, back=preview.timeline.putting_back),
            "tone": entry.stage.value if entry.stage else "none",
            "count": "" if entry.count is None else f"{entry.count:,}",
            "source": telling.source(entry.source) if entry.source else "",
            "done": telling.say("schedule.done", at=local(entry.done_at)) if entry.done_at else "",
        }
        for entry in preview.timeline.entries
    ]


def _promotions(preview: Preview) -> Item:
    rows = [{"line": line, "tone": _FATE_TONE[line.fate]} for line in preview.promotions]
    unread = [preview.shops[shop][1] for shop, part in preview.unread if part == "promotions"]
    return {"rows": rows[:MOST_ROWS], "more": max(0, len(rows) - MOST_ROWS), "unread": unread}


def _tell(preview: Preview, telling: Telling) -> list[Item]:
    return [
        {
            "who": telling.tell(line)[0],
            "count": telling.tell(line)[1],
            "named": ", ".join(line.named),
            "by": moment(line.by),
            "tone": _HEARD_TONE[line.heard],
            "heard": line.heard.value,
        }
        for line in preview.tell
    ]


def _undo_counts(preview: Preview, telling: Telling) -> list[tuple[str, int, str]]:
    """Return (tone, count, text) of each cost, the dearest first."""
    counts = preview.costs_by_undo
    order = (Undo.LOST, Undo.AUDIT, Undo.BY_HAND, Undo.FREE)
    return [
        (_UNDO_TONE[undo], counts[undo], telling.say(f"preview.undo_{undo.value}", count=f"{counts[undo]:,}"))
        for undo in order
    ]


def _sections(preview: Preview, telling: Telling) -> list[Item]:
    return [
        {
            "name": telling.say(f"preview.section.{section.name}"),
            "lines": [(_KNOWN_TONE[line.known], telling.line(line)) for line in section.lines],
        }
        for section in preview.sections
    ]


def _after(preview: Preview) -> tuple[Any, ...]:
    return preview.timeline.afterwards
