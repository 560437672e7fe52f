"""One piece of guided work: why, where, how, its targets and evidence; taking it, handing in, looking again, dropping it."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from starlette.responses import HTMLResponse, Response

from offshelf.access.roles import Permission, roles_with
from offshelf.console.render import show
from offshelf.console.routing import LARGE, command, page
from offshelf.console.task_told import handed, moments_of, passages
from offshelf.console.trouble import status_of, words_of_code
from offshelf.console.visit import Visit
from offshelf.kit.errors import BlockedError, OffshelfError, UsageError
from offshelf.kit.instants import from_iso, local
from offshelf.kit.tame import cell
from offshelf.tasks.browse.model import Card
from offshelf.tasks.intake import Piece, bytes_piece, number_piece, text_piece
from offshelf.tasks.model import SYSTEM, Evidence, EvidenceKind, TargetRow, Task, may_take, same_person
from offshelf.tasks.requirements import Asked, asked
from offshelf.tasks.settings import TasksSettings
from offshelf.tasks.sheet import sheet_of
from offshelf.tasks.waiting import may_confirm, may_look_again
from offshelf.vocabulary.texts import catalogue

# What a picture may be shown as in a page; everything else is saved, never opened by the browser as it likes.
_PICTURES = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp"}
_SAVED = {"application/pdf": "pdf", "video/mp4": "mp4", "video/webm": "webm", "application/json": "json"}
_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)


# -- show ----------------------------------------------------------------------------------------------------------


def view(visit: Visit) -> Response:
    """Show the task."""
    return _show(visit, visit.named("task_id"))


def _show(visit: Visit, task_id: str, *, wrong: OffshelfError | None = None) -> Response:
    """Return the page; with what was wrong and everything that was typed, where something was."""
    house, person = visit.house, visit.actor.name
    task, card = house.tasks.get(task_id), house.task_browse.card(task_id)
    rows, kept = house.tasks.targets.of(task_id), house.tasks.targets.evidence(task_id)
    guide = house.tasks.guide(task, visit.language)
    wanted = asked(guide.evidence) if task.targets or guide.evidence else ()
    return show(
        visit,
        "task.html",
        status=200 if wrong is None else status_of(wrong),
        wrong=None if wrong is None else words_of_code(wrong.code, wrong.params, visit.language),
        task=task,
        card=card,
        rows=rows,
        kept=sorted(kept, key=lambda piece: (piece.at, piece.media_type not in _PICTURES)),
        guide=guide,
        menu_path=[part.strip() for part in guide.menu.split("→") if part.strip()],
        steps=[passages(step) for step in guide.steps],
        wanted=[(_phrase(visit, one.phrase), one) for one in wanted],
        inputs=_inputs(visit, wanted),
        facts=_facts(visit, task),
        listing=_listing(task, rows),
        parts=_parts(visit, card),
        seen=house.showing.seen(task_id, session=_session(visit)),
        written=house.showing.written(task_id, session=_session(visit)),
        moments=moments_of(visit, task_id),
        mine=bool(task.taken_by) and same_person(task.taken_by, person),
        may_take=may_take(task, person),
        may_work=Permission.TASKS in visit.may,
        roles=_joined(visit, (visit.say(f"role.{role.value}") for role in roles_with(Permission.TASKS))),
        confirmable=may_confirm(rows, person),
        lookable=may_look_again(rows, person),
        pictures=_PICTURES,
        numbers_of=lambda piece: _joined(visit, _numbers(rows, piece)),
        said=lambda text: handed(text, visit.language),
        **_of_targets(visit, task, rows),
    )


def _of_targets(visit: Visit, task: Task, rows: Sequence[TargetRow]) -> dict[str, Any]:
    """Return what a batch needs: what is to be handed in, for whom it waits, and which targets the form is about."""
    targets = visit.house.tasks.targets
    to_do = [row for row in rows if row.state.to_do]
    if not task.targets:
        return {"needs": None, "waits": None, "to_do": to_do, "chosen": []}
    needs = targets.required(task)
    number = visit.said("target") or visit.asked("target")
    one = next((row for row in to_do if str(row.number) == number), to_do[0] if to_do else None)
    chosen = to_do if needs.together else [one] if one is not None else []
    return {"needs": needs, "waits": targets.waiting(task, rows), "to_do": to_do, "chosen": chosen}


def _inputs(visit: Visit, wanted: Iterable[Asked]) -> list[tuple[str, str, bool]]:
    """Return the fields for what is written rather than photographed: name, label, whether it is a number."""
    made = []
    for kind, start in ((EvidenceKind.NUMBER, "number"), (EvidenceKind.TEXT, "text")):
        labels = [
            (_phrase(visit, one.phrase), nth, one.many)
            for one in wanted
            if one.kind is kind
            for nth in range(1, one.many + 1)
        ]
        made += [
            (f"{start}-{n}", f"{label} ({nth}/{many})" if many > 1 else label, kind is EvidenceKind.NUMBER)
            for n, (label, nth, many) in enumerate(labels, 1)
        ]
    return made


def _phrase(visit: Visit, phrase: str) -> str:
    """Return a phrase of the manifest in the language of the reader; one we have no words for as it stands there."""
    key = f"evidence_word.{phrase}"
    return visit.say(key) if catalogue().has(key, visit.language) else phrase


def _facts(visit: Visit, task: Task) -> list[tuple[str, str]]:
    said = {
        "shop": next(
            (
                f"{shop.name} ({shop.shop_id})"
                for shop in visit.house.shops.all()
                if shop.shop_id == task.shop_id
            ),
            task.shop_id,
        ),
        "plan": task.plan_id,
        "opened": local(task.opened_at),
        "due": local(task.due_at) if task.due_at else "",
        "closed": local(task.closed_at) if task.closed_at else "",
        "closed_by": visit.say("console.task.system") if task.closed_by == SYSTEM else task.closed_by,
        "note": handed(task.note, visit.language),
    }
    return [
        (visit.say(f"console.task.fact.{name}"), cell(value) if value else "") for name, value in said.items()
    ]


def _listing(task: Task, rows: Sequence[TargetRow]) -> str:
    """Return the one listing a task is about; empty where it is about several, or none is known."""
    names = {row.target.listing_id for row in rows} or {str(task.params.get("listing", ""))}
    return names.pop() if len(names) == 1 else ""


def _parts(visit: Visit, card: Card) -> list[tuple[str, str, int]]:
    """Return how many targets stand where, for the line of progress."""
    counts = (
        ("ok", "finished", card.finished),
        ("warn", "waiting", card.waiting),
        ("bad", "rejected", card.states.get("rejected", 0)),
        ("mute", "dropped", card.states.get("dropped", 0)),
    )
    return [(state, visit.say(f"console.task.part.{name}"), n) for state, name, n in counts if n]


def _numbers(rows: Sequence[TargetRow], piece: Evidence) -> list[str]:
    return [str(row.number) for row in rows if row.target_id in piece.targets]


def _joined(visit: Visit, words: Iterable[str]) -> str:
    return visit.say("console.task.between").join(words)


def sheet(visit: Visit) -> Response:
    """Show the task as a page to print, the one the command line writes; its one style is allowed by its hash."""
    text = sheet_of(visit.house.tasks, visit.named("task_id"), visit.language, visit.house.clock.now())
    marks = " ".join(f"'sha256-{_hash(style)}'" for style in _STYLE.findall(text))
    policy = (
        f"default-src 'none'; style-src {marks}; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    )
    return HTMLResponse(text, 200, {"content-security-policy": policy})


def _hash(style: str) -> str:
    return base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()


# -- evidence ------------------------------------------------------------------------------------------------------


def reveal(visit: Visit) -> Response:
    """Let this session see the evidence; the journal says so."""
    task_id = visit.named("task_id")
    visit.house.tasks.get(task_id)
    visit.house.showing.show(task_id, by=visit.actor.name, session=_session(visit))
    return visit.goes_to(f"/tasks/{task_id}#evidence")


def evidence(visit: Visit) -> Response:
    """Give one piece to a session it was shown to: pictures to be looked at, all else to be saved."""
    task_id, digest = visit.named("task_id"), visit.named("digest")
    piece, data = visit.house.showing.piece(task_id, digest, session=_session(visit))
    suffix = _PICTURES.get(piece.media_type) or _SAVED.get(piece.media_type, "bin")
    how = "inline" if piece.media_type in _PICTURES else "attachment"
    headers = {"content-disposition": f'{how}; filename="{task_id}-{digest[:12]}.{suffix}"'}
    return Response(data, 200, headers, piece.media_type)


def _session(visit: Visit) -> str:
    if visit.signed is None:
        raise BlockedError("console.signed_out")
    return visit.signed.session.session_id


# -- work ----------------------------------------------------------------------------------------------------------


def take(visit: Visit) -> Response:
    """Say that I work on it."""
    with visit.house.database.begin() as tx:
        task = visit.house.tasks.take(tx, visit.named("task_id"), by=visit.actor.name)
    return visit.goes_to(f"/tasks/{task.task_id}#work")


def hand_in(visit: Visit) -> Response:
    """Claim targets with evidence and let the system look, or end a task that has none with a note."""
    house, task_id = visit.house, visit.named("task_id")
    task = house.tasks.get(task_id)
    try:
        pieces = _pieces(visit)
        if task.targets:
            _claim(visit, task_id, pieces)
        else:
            house.tasks.complete(task_id, pieces, by=visit.actor.name, note=visit.said("note"))
    except OffshelfError as error:
        return _again(visit, task_id, error)
    return _went_through(visit, task_id)


def _claim(visit: Visit, task_id: str, pieces: Sequence[Piece]) -> None:
    refs = _ticked(visit, "target-")
    if not refs:
        raise UsageError("tasks.none_ticked")
    visit.house.tasks.targets.claim(
        task_id,
        refs,
        pieces,
        by=visit.actor.name,
        note=visit.said("note"),
        not_there=visit.said("gone") == "1",
        saw={ref: tuple(visit.fields.get(f"goods-{ref}", "").split("\n")) for ref in refs},
    )
    visit.house.call(visit.house.crosscheck.of_task(task_id))


def decide(visit: Visit) -> Response:
    """Confirm what somebody else handed in, or send claims back with the reason."""
    targets, task_id = visit.house.tasks.targets, visit.named("task_id")
    refs = _ticked(visit, "claim-")
    try:
        if not refs:
            raise UsageError("tasks.none_ticked")
        if visit.said("act") == "confirm":
            saw = {ref: _instant(ref, visit.said(f"made-{ref}")) for ref in refs}
            targets.confirm(task_id, refs, by=visit.actor.name, saw=saw)
        else:
            targets.reject(task_id, refs, by=visit.actor.name, why=visit.said("back_why"))
    except OffshelfError as error:
        return _again(visit, task_id, error)
    return _went_through(visit, task_id)


def recheck(visit: Visit) -> Response:
    """Write down a second look at a target that was drawn."""
    task_id, number = visit.named("task_id"), visit.said("number")
    try:
        pieces = _files(visit, [f"again-{number}"])
        row = next((r for r in visit.house.tasks.targets.of(task_id) if str(r.number) == number), None)
        if row is None:
            raise UsageError("tasks.target_unknown", ref=number[:20], task=task_id)
        passed, why = visit.said("act") == "passed", visit.said(f"failed_why-{number}")
        visit.house.tasks.targets.recheck(row.target_id, pieces, by=visit.actor.name, passed=passed, why=why)
    except OffshelfError as error:
        return _again(visit, task_id, error)
    return _went_through(visit, task_id)


def see(visit: Visit) -> Response:
    """Let the system look now at what waits."""
    task_id = visit.named("task_id")
    visit.house.tasks.get(task_id)
    visit.house.call(visit.house.crosscheck.of_task(task_id))
    return visit.goes_to(f"/tasks/{task_id}#targets")


def drop(visit: Visit) -> Response:
    """End the task without doing it."""
    task_id = visit.named("task_id")
    try:
        with visit.house.database.begin() as tx:
            visit.house.tasks.drop(tx, task_id, by=visit.actor.name, why=visit.said("drop_why"))
    except OffshelfError as error:
        return _again(visit, task_id, error)
    return _went_through(visit, task_id)


def _went_through(visit: Visit, task_id: str) -> Response:
    """Lead on to the task as it stands now; the end of the journal makes it another address, so that scripts load it anew."""
    parts = {"sent": visit.said("form"), "at": visit.house.journal.head().seq}
    return visit.goes_to(f"/tasks/{task_id}?{urlencode(parts)}")


def _again(visit: Visit, task_id: str, error: OffshelfError) -> Response:
    """Return the page as it stands now with what was typed; to a script only what was wrong: its form stands as it is."""
    if visit.by_htmx:
        raise error
    return _show(visit, task_id, wrong=error)


# -- what was handed over ------------------------------------------------------------------------------------------


def _pieces(visit: Visit) -> list[Piece]:
    """Return everything a form hands in: photographs, files, and the numbers and texts that are not empty."""
    return [
        *_files(visit, ("photos", "files")),
        *(number_piece(_number(text)) for text in _filled(visit, "number-")),
        *(text_piece(text) for text in _filled(visit, "text-")),
    ]


def _files(visit: Visit, names: Iterable[str]) -> list[Piece]:
    most = TasksSettings().most_bytes
    return [bytes_piece(name, data, most) for field in names for name, data in visit.uploaded(field)]


def _filled(visit: Visit, start: str) -> list[str]:
    return [text.strip() for name, text in visit.fields.items() if name.startswith(start) and text.strip()]


def _ticked(visit: Visit, start: str) -> list[str]:
    return [
        name.removeprefix(start) for name, value in visit.fields.items() if name.startswith(start) and value
    ]


def _number(text: str) -> int:
    plain = text.replace(",", "").replace("，", "")
    if not plain.isdecimal() or len(plain) > 12:
        raise UsageError("tasks.not_a_number", text=text[:30])
    return int(plain)


def _instant(ref: str, text: str) -> datetime:
    """Return when a claim was made that somebody looked at; a form that does not say it looked at none."""
    try:
        return from_iso(text)
    except ValueError:
        raise BlockedError("tasks.claim_changed", target=ref[:50]) from None


P = Permission
ROUTES = (
    page("/tasks/{task_id}", P.READ, view),
    page("/tasks/{task_id}/sheet", P.READ, sheet),
    page("/tasks/{task_id}/evidence/{digest}", P.READ, evidence),
    command("/tasks/{task_id}/evidence", P.READ, reveal),
    command("/tasks/{task_id}/take", P.TASKS, take),
    command("/tasks/{task_id}/hand-in", P.TASKS, hand_in, most=LARGE),
    command("/tasks/{task_id}/decide", P.TASKS, decide),
    command("/tasks/{task_id}/recheck", P.TASKS, recheck, most=LARGE),
    command("/tasks/{task_id}/see", P.TASKS, see),
    command("/tasks/{task_id}/drop", P.TASKS, drop),
)
