"""The sentences of timeline and preview in one language: the same words on the page, in the terminal and in documents."""

from __future__ import annotations

from datetime import datetime

from offshelf.delisting.courtesy import Gate, GateState
from offshelf.delisting.preview.model import SectionLine, TellLine
from offshelf.delisting.timeline import After, Certainty, Entry, Stage
from offshelf.kit.instants import local
from offshelf.kit.tame import clean
from offshelf.policy.model import Unit, Value
from offshelf.policy.told import source_of
from offshelf.vocabulary.texts import catalogue

_FEW = 3  # names written out of those that are missing


class Telling:
    """Texts of one language."""

    def __init__(self, lang: str) -> None:
        self.lang = lang
        self._texts = catalogue()

    def say(self, key: str, /, **params: object) -> str:
        """Return a sentence with its places filled; what comes from outside is made harmless first."""
        safe = {name: clean(value) for name, value in params.items()}
        return self._texts.say(key, self.lang, **safe)

    def gate_name(self, gate: Gate) -> str:
        """Return who must be told, and how long before where that is known."""
        name = self.say(f"schedule.gate.{gate.name.value}")
        if gate.source is None:
            return name
        return self.say("schedule.gate_named", name=name, span=self.span(gate.source))

    def gate(self, gate: Gate) -> tuple[str, str]:
        """Return where a gate stands and what to do about it."""
        key = f"schedule.code.{gate.code}"
        few = ", ".join(gate.missing[:_FEW]) + (" …" if len(gate.missing) > _FEW else "")
        until = local(gate.until) if gate.until else "–"
        text = self.say(key, missing=len(gate.missing), few=few or "–", until=until)
        if gate.rule:
            text = f"{text} {self.say(f'schedule.rule.{gate.rule}')}"
        return text, self.say(f"{key}.next")

    def gate_note(self, gate: Gate) -> str:
        """Return why a gate is owed though the reason would let it be skipped; empty for most."""
        return self.say(f"schedule.note.{gate.note}") if gate.note else ""

    def gate_from(self, gate: Gate) -> str:
        """Return from when a gate is open."""
        if gate.until is None or gate.state is GateState.SKIPPED:
            return "–"
        key = {GateState.MET: "schedule.opened", GateState.NOT_YET: "schedule.open_from"}
        return self.say(key.get(gate.state, "schedule.at_least"), at=local(gate.until))

    def when(self, entry: Entry) -> str:
        """Return when something happens, as surely as it is known."""
        if entry.by:
            return self.say("schedule.at_by", at=local(entry.at))
        at = local(entry.at)
        if entry.until is not None and entry.until > entry.at:
            at = self.say("schedule.from_to", **{"from": at, "to": local(entry.until)})
        if entry.certainty is Certainty.EXACT and entry.until is None:
            return at
        return self.say(f"schedule.at_{_about(entry)}", at=at)

    def entry(self, entry: Entry) -> str:
        """Return what happens."""
        return self.say(f"schedule.entry.{entry.name}")

    def note(self, entry: Entry) -> str:
        """Return what must be known of an entry besides; empty for most."""
        key = f"schedule.entry_note.{entry.name}"
        return self._texts.say(key, self.lang) if self._texts.has(key, self.lang) else ""

    def stage(self, stage: Stage | None, *, back: bool = False) -> str:
        """Return the stage of the founding documents; putting back (`back`) goes through them in words of its own."""
        return self.say(f"schedule.{'stage_back' if back else 'stage'}.{stage.value if stage else 'none'}")

    def source(self, value: Value | None) -> str:
        """Return on whose word a number stands."""
        if value is None:
            return self.say("schedule.no_source")
        kind = self.say(f"schedule.kind.{value.kind.value}")
        return self.say("schedule.source", kind=kind, source=source_of(value, self.lang), id=value.policy_id)

    def span(self, value: Value | None) -> str:
        """Return a number with its unit; unknown where no policy has it."""
        if value is None:
            return self.say("schedule.state.unknown")
        unit = value.unit or Unit.COUNT
        plain = value.value if isinstance(value.value, int | str) else "–"
        key = f"schedule.unit.{unit.value}"
        if not self._texts.has(key, self.lang):  # a unit we have no word for is shown as it is
            return f"{plain} {unit.value}"
        return self._texts.say(key, self.lang, count=plain)

    def after(self, after: After) -> tuple[str, str]:
        """Return what outlives the plan, and what its clock starts with."""
        name = self.say(f"schedule.after.{after.policy_id}")
        if after.platform:
            name = f"{name} · {self.word('report.platform', after.platform)}"
        return name, self.say(f"schedule.anchor.{after.anchor}")

    def line(self, line: SectionLine) -> str:
        """Return a sentence of a section."""
        return self.say(f"preview.line.{line.code}", **dict(line.params))

    def tell(self, line: TellLine) -> tuple[str, str]:
        """Return who must be told, and how many there are."""
        who = self.say(f"preview.audience.{line.audience.value}")
        if line.count is None:
            return who, self.say("preview.audience_count.unknown")
        count = self.say(f"preview.audience_count.{line.audience.value}", count=line.count)
        return who, self.say("preview.at_least", count=count) if line.at_least else count

    def word(self, kind: str, value: str) -> str:
        """Return the word for a value; one we have no word for is shown as it is."""
        key = f"{kind}.{value}"
        return self._texts.say(key, self.lang) if self._texts.has(key, self.lang) else clean(value)

    def finding(self, row: dict[str, object]) -> tuple[str, str]:
        """Return what a finding says and what to do; its code where the catalogue cannot say it."""
        key, params = f"finding.{row['code']}", row.get("params")
        given = params if isinstance(params, dict) else {}
        if not self._texts.has(key, self.lang) or not self._texts.places(key, self.lang) <= set(given):
            return clean(row["code"]), ""
        remedy = f"{key}.next"
        known = self._texts.has(remedy, self.lang) and self._texts.places(remedy, self.lang) <= set(given)
        return self.say(key, **given), self.say(remedy, **given) if known else ""


def moment(at: datetime | None) -> str:
    """Return an instant for people, a dash where there is none."""
    return local(at) if at is not None else "–"


def _about(entry: Entry) -> str:
    return "about" if entry.certainty is not Certainty.NOT_BEFORE else "not_before"
