"""The timeline as a picture: inline SVG that keeps its letters readable from a phone to a wide screen. Pure.

Notices take days and acts take minutes, so the axis has even steps from instant to instant, and the page says so. Places
on the axis are per cent, letters are pixels: nothing is scaled.
"""

from __future__ import annotations

from datetime import datetime
from xml.sax.saxutils import escape, quoteattr

from offshelf.delisting.courtesy import Gate, GateState
from offshelf.delisting.preview.telling import Telling
from offshelf.delisting.timeline import Entry, Timeline
from offshelf.kit.instants import local

_ROW = 44  # px
_HEAD = 40  # px for the names of the two marked instants
_TONE = {GateState.MET: "good", GateState.NOT_YET: "bad", GateState.UNKNOWN: "unknown"}


def draw(time: Timeline, telling: Telling) -> str:
    """Return the timeline as an SVG element; well-formed XML, no scripts, nothing loaded."""
    axis = _Axis(time)
    gates = [gate for gate in time.gates if gate.state is not GateState.SKIPPED]
    height = _HEAD + _ROW * (len(gates) + len(time.entries))
    title = escape(telling.say("schedule.picture"))
    parts = [
        f'<svg class="course" role="img" width="100%" height="{height}" xmlns="http://www.w3.org/2000/svg">'
    ]
    parts.append(f"<title>{title}</title>")
    parts += _marks(time, axis, telling, height)
    top = _HEAD
    for gate in gates:
        parts += _gate(gate, axis, telling, top)
        top += _ROW
    for entry in time.entries:
        parts += _entry(entry, axis, telling, top)
        top += _ROW
    return "".join([*parts, "</svg>"])


class _Axis:
    """Even steps over every instant that is drawn."""

    def __init__(self, time: Timeline) -> None:
        points = {time.now, time.start}
        points |= {gate.until for gate in time.gates if gate.until and gate.state is not GateState.SKIPPED}
        points |= {gate.given_at for gate in time.gates if gate.given_at}
        points |= {entry.at for entry in time.entries}
        points |= {entry.until for entry in time.entries if entry.until}
        self._rank = {at: number for number, at in enumerate(sorted(points))}
        self.now = time.now
        self._year = local(time.now)[:4]

    def at(self, instant: datetime) -> float:
        """Return the place of an instant in per cent."""
        steps = len(self._rank) - 1
        return round(100 * self._rank[instant] / steps, 2) if steps else 0.0

    def short(self, instant: datetime) -> str:
        """Return an instant without seconds, and without the year where it is this year's."""
        text = local(instant)[:16]
        return text[5:] if text.startswith(self._year) else text


def _marks(time: Timeline, axis: _Axis, telling: Telling, height: int) -> list[str]:
    """Return the lines of now and of the start, each with its name."""
    found = []
    for name, at, y in (("now", time.now, 12), ("start", time.start, 30)):
        x = axis.at(at)
        anchor = "end" if x > 60 else "start"
        text = f"{telling.say(f'schedule.{name}')} {axis.short(at)}"
        found.append(f'<line class="mark {name}" x1="{x}%" x2="{x}%" y1="{y + 4}" y2="{height}"/>')
        found.append(
            f'<text class="mark {name}" x="{x}%" y="{y}" text-anchor="{anchor}">{escape(text)}</text>'
        )
    return found


def _gate(gate: Gate, axis: _Axis, telling: Telling, top: int) -> list[str]:
    # Without the length of time: on a phone the words and the instant share one line.
    text, tone = telling.say(f"schedule.gate.{gate.name.value}"), _TONE[gate.state]
    if gate.until is None:
        state = telling.say(f"schedule.state.{gate.state.value}")
        return _row(top, text, f"? {state}", tone, [(0.0, 100.0)], hatch=True)
    begin = gate.given_at or axis.now
    span = (axis.at(min(begin, gate.until)), axis.at(gate.until))
    return _row(top, text, f"→ {axis.short(gate.until)}", tone, [span])


def _entry(entry: Entry, axis: _Axis, telling: Telling, top: int) -> list[str]:
    text = telling.entry(entry)
    if entry.count is not None:
        text = f"{text} · {entry.count}"
    tone = entry.stage.value if entry.stage is not None else "plain"
    at = axis.at(entry.at)
    span = (at, axis.at(entry.until)) if entry.until is not None else (at, at)
    when = axis.short(entry.at)
    if entry.by:
        when = telling.say("schedule.at_by", at=when)
    return _row(top, text, when, tone, [span])


def _row(
    top: int, text: str, right: str, tone: str, spans: list[tuple[float, float]], *, hatch: bool = False
) -> list[str]:
    """Return one row: its words above, its bar below."""
    y = top + 24
    found = [
        f'<text x="0" y="{top + 16}">{escape(text)}</text>',
        f'<text class="when" x="100%" y="{top + 16}" text-anchor="end">{escape(right)}</text>',
        f'<rect class="track" x="0" y="{y}" width="100%" height="6" rx="3"/>',
    ]
    for begin, end in spans:
        kind = quoteattr(f"bar {tone}{' hatch' if hatch else ''}")
        if end > begin:
            width = round(end - begin, 2)
            found.append(f'<rect class={kind} x="{begin}%" y="{y}" width="{width}%" height="6" rx="3"/>')
        else:
            found.append(f'<circle class={kind} cx="{begin}%" cy="{y + 3}" r="6"/>')
    return found
