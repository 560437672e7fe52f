"""Declaring: a file of the merchant is read whole, judged whole, and written whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from importlib import resources
from pathlib import Path

from cryptography.hazmat.primitives import hashes

from offshelf.catalog.registers import _store
from offshelf.catalog.registers.context import Asked, Context
from offshelf.catalog.registers.document import read_document
from offshelf.catalog.registers.fields import shown
from offshelf.catalog.registers.first_said import FirstSaid, PlaceOf, shown_before
from offshelf.catalog.registers.model import Declared, Draft, Effect, Fault
from offshelf.catalog.registers.proofs import (
    Proof,
    Proofs,
    Proven,
    Sealed,
    evidence_of,
    name_of_licence,
    name_of_place,
    name_of_statement,
)
from offshelf.catalog.registers.said import PLAN, subjects_of_none
from offshelf.catalog.registers.service import Registers
from offshelf.catalog.registers.sheet import read_sheet
from offshelf.kit.clock import Clock
from offshelf.kit.db import Database, Tx
from offshelf.kit.errors import UsageError
from offshelf.kit.instants import local
from offshelf.kit.yamlfile import read_yaml
from offshelf.vocabulary.places import Place, PlaceKind
from offshelf.vocabulary.statements import Licence, Statement, StatementKind

RecordPlaces = Callable[[Tx, Sequence[Place]], object]
JoinPapers = Callable[[Tx, Sequence[Licence]], object]
_SHEETS = frozenset({".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xls"})
_LARGEST = 8_000_000  # bytes of a file written by hand
_PIECE = 1024 * 1024


class _RolledBackError(Exception):
    """Ends a transaction that was only tried."""


def _end(*, write: bool) -> None:
    """End a transaction: to be kept, or only tried."""
    if not write:
        raise _RolledBackError


def sm3_file(path: Path) -> str:
    """Return the SM3 of a file of any size as 64 hex digits. Raises `OSError`."""
    hasher = hashes.Hash(hashes.SM3())
    with path.open("rb") as stream:
        while piece := stream.read(_PIECE):
            hasher.update(piece)
    return hasher.finalize().hex()


def template(language: str) -> str:
    """Return a register filled in as an example, explained in a language (`zh`, `en`)."""
    folder = resources.files("offshelf.catalog.registers").joinpath("templates")
    return folder.joinpath(f"{language}.yaml").read_text("utf-8")


@dataclass(frozen=True, slots=True)
class Around:
    """What declaring needs of other rooms.

    `shops` are the names of our shops. `record_places` stores places inside a transaction, `place_of` gives one as last
    seen. `join_papers` puts papers just declared together with what platforms told of them. `proofs` keeps files. `has_plan`
    tells whether there is a plan of a name, `standing` how many places of a kind stand in the catalog.
    """

    shops: Callable[[], Collection[str]]
    record_places: RecordPlaces
    place_of: PlaceOf
    join_papers: JoinPapers
    proofs: Proofs
    has_plan: Callable[[str], bool] = lambda _plan: False
    standing: Callable[[PlaceKind], int] = lambda _kind: 0


class Declarations:
    """Takes what the merchant wrote down into the registers."""

    def __init__(self, *, database: Database, clock: Clock, registers: Registers, around: Around) -> None:
        self._database = database
        self._clock = clock
        self._registers = registers
        self._around = around

    def read(self, path: Path, *, by: str, new: bool = False, as_of: datetime | None = None) -> Draft:
        """Read a register (YAML) or a table of licences (CSV, XLSX); writes nothing.

        `as_of` is what the file is true for where it does not say. Without, it is now; but what was declared before and
        stands unchanged keeps its first instant: nobody says that it was looked at since. `new`: the merchant's codes may
        be unknown to the catalog. Every fault is in the draft; a file that cannot be read at all raises `UsageError`
        (`yaml.*`, `imports.*`, `registers.*`).
        """
        now = self._clock.now()
        if as_of is not None and as_of > now:
            raise UsageError("registers.as_of_future", as_of=local(as_of), now=local(now))
        shops, dated = self._around.shops(), as_of is not None
        ctx = Context(now, as_of or now, by, path, shops, sm3_file, self._around.proofs.shows, dated)
        sheet = path.suffix.lower() in _SHEETS
        draft = read_sheet(ctx, path) if sheet else read_document(ctx, read_yaml(_text(path), path.name))
        draft = self._look_up(ctx, draft, new=new)
        # People mend from top to bottom.
        faults = sorted(ctx.faults, key=lambda fault: (fault.line, fault.where, fault.code))
        return replace(draft, faults=tuple(faults), evidence=ctx.evidence)

    def none(self, words: Sequence[str], *, by: str) -> Draft:
        """Return the statements that there is nothing of some kinds (of places or of statements)."""
        known = subjects_of_none()
        wrong = [word for word in words if word not in known]
        if wrong:
            raise UsageError("registers.unknown_none", word=shown(wrong[0]), known=", ".join(known))
        at = self._clock.now()
        said = tuple(Statement(StatementKind.NONE, word, at, by) for word in dict.fromkeys(words))
        return Draft("", statements=said)

    def against(self, draft: Draft) -> dict[PlaceKind, int]:
        """Return the kinds of places a draft says there are none of though some stand, with how many: that word is void."""
        words = [said.subject for said in draft.statements if said.kind is StatementKind.NONE]
        counts = {kind: self._around.standing(kind) for kind in PlaceKind if kind.value in words}
        return {kind: count for kind, count in counts.items() if count}

    def apply(self, draft: Draft, *, by: str, write: bool = True) -> Declared:
        """Write a draft, in one transaction; without `write` tell what it would do.

        Raises `UsageError('registers.faults')` for a draft with faults, `registers.evidence_changed` where a file named
        as evidence is not the one that was read; then nothing is written.
        """
        if draft.faults:
            first = draft.faults[0]
            raise UsageError("registers.faults", file=draft.file, count=len(draft.faults), line=first.line)
        sealed = self._seal(draft) if write else {}
        told: list[Declared] = []
        with suppress(_RolledBackError), self._database.begin() as tx:
            told.append(self._write(tx, draft, by, write=write))
            for digest, proves in sorted(_proofs(draft)):
                if write:
                    self._around.proofs.enter(tx, sealed[digest], proves, by=by, at=self._clock.now())
            _end(write=write)
        return told[0]

    def _write(self, tx: Tx, draft: Draft, by: str, *, write: bool) -> Declared:
        for said in draft.statements:  # a word of somebody else may have come in since the file was read
            if (shown := shown_before(tx, said)) is not None:
                raise UsageError("registers.evidence_older", subject=said.subject, at=local(shown))
        effects = self._registers.state(tx, draft.statements, actor=by)
        papers = self._registers.put_licences(tx, draft.licences, actor=by)
        self._around.join_papers(tx, draft.licences)
        places = [place for place in draft.places if self._around.place_of(tx, place) != place]
        if places:
            self._around.record_places(tx, places)
            self._registers.note_places(tx, places, actor=by)
        statements = tuple(zip(draft.statements, effects, strict=True))
        licences = tuple(zip(draft.licences, papers, strict=True))
        changed = any(effect is not Effect.SAME for _, effect in (*statements, *licences))
        return Declared(draft, statements, licences, write and (changed or bool(places)))

    def _seal(self, draft: Draft) -> dict[str, Sealed]:
        """Seal what the draft names as evidence, before anything is written; refuses a file that is not the one read."""
        found: dict[str, Sealed] = {}
        for digest, _ in sorted(_proofs(draft)):
            path = draft.evidence[digest]
            try:
                found[digest] = self._around.proofs.keep(path)
            except OSError as error:
                raise UsageError("registers.evidence_gone", path=str(path)) from error
            if found[digest].digest != digest:
                raise UsageError("registers.evidence_changed", path=str(path))
        return found

    # -- what must be known -------------------------------------------------------------------------------------

    def _look_up(self, ctx: Context, draft: Draft, *, new: bool) -> Draft:
        """Complain of what nobody knows and of files that prove something else; return the draft, dated."""
        names = {asked.name for asked in (*ctx.codes, *ctx.scopes)}
        ids = {asked.name.rpartition("/")[2] for asked in (*ctx.listings, *ctx.scopes)}
        with self._database.read() as tx:
            codes = _store.known_codes(tx, names)
            listings = _store.known_listings(tx, ids)
            proven = self._around.proofs.known(tx, {proof.digest for proof in ctx.proofs})
            first = FirstSaid(tx, self._around.place_of, proven)
            taken_out = first.taken_out(ctx.places)
            draft, faults = first.date(draft, ctx.undated)
            again = _again(tx, ctx.proofs, draft.statements)
        ctx.faults += [*faults, *taken_out, *_used(ctx.proofs, proven), *again]
        for asked in ctx.codes:
            if not new and asked.name not in codes:
                _complain(ctx, asked, "unknown_code")
        for asked in ctx.listings:
            if (asked.shop_id, asked.name) not in listings:
                _complain(ctx, asked, "unknown_listing", shop=asked.shop_id)
        for asked in ctx.scopes:
            code = "" if asked.name in codes else self._scope(asked.name, listings)
            if code and not (new and code == "unknown_scope"):
                _complain(ctx, asked, code)
        return draft

    def _scope(self, name: str, listings: set[tuple[str, str]]) -> str:
        """Return what is wrong with a plan, a listing (`id` or `shop/id`) or a code."""
        if PLAN.fullmatch(name):
            return "" if self._around.has_plan(name) else "unknown_plan"
        shop_id, _, bare = name.rpartition("/")
        found = [key for key in listings if key[1] == bare and shop_id in ("", key[0])]
        if len(found) > 1:
            return "ambiguous_listing"
        return "" if found else "unknown_scope"


def _proofs(draft: Draft) -> set[tuple[str, str]]:
    """Return (digest, what it proves) of every file a draft names."""
    named = {(said.evidence, name_of_statement(said)) for said in draft.statements}
    named |= {(paper.evidence, name_of_licence(paper)) for paper in draft.licences}
    named |= {(evidence_of(place), name_of_place(place)) for place in draft.places}
    return {(digest, proves) for digest, proves in named if digest}


def _used(proofs: Sequence[Proof], proven: Mapping[str, Proven]) -> list[Fault]:
    """Return faults of files that prove something else, in this file or before, or are older than what they show."""
    faults, first = [], dict[str, Proof]()
    for proof in proofs:
        before, known = first.setdefault(proof.digest, proof), proven.get(proof.digest)
        if before.proves != proof.proves:
            faults.append(Fault(proof.line, proof.where, "evidence_twice", {"other": before.line}))
        elif known is not None and proof.proves not in known.proves:
            other = known.task_id or ", ".join(known.proves)
            faults.append(Fault(proof.line, proof.where, "evidence_used", {"other": shown(other)}))
        elif known is not None and proof.ended_at is not None and proof.ended_at > known.at:
            faults.append(Fault(proof.line, proof.where, "evidence_older", {"at": local(known.at)}))
    return faults


def _again(tx: Tx, proofs: Sequence[Proof], statements: Sequence[Statement]) -> list[Fault]:
    """Return faults of files that show what happened once, and are named for another time it is said to have happened."""
    found = {(one.evidence, name_of_statement(one)): shown_before(tx, one) for one in statements}
    each = ((proof, found.get((proof.digest, proof.proves))) for proof in proofs)
    return [
        Fault(one.line, one.where, "evidence_older", {"at": local(at)}) for one, at in each if at is not None
    ]


def _complain(ctx: Context, asked: Asked, code: str, **params: str) -> None:
    ctx.faults.append(Fault(asked.line, asked.where, code, {"value": shown(asked.name), **params}))


def _text(path: Path) -> str:
    try:
        data = path.read_bytes() if path.stat().st_size <= _LARGEST else None
    except OSError as error:
        raise UsageError("registers.cannot_read", path=str(path), why=error.strerror or "-") from error
    if data is None:
        raise UsageError("registers.too_large", file=path.name, limit=_LARGEST // 1_000_000)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UsageError("registers.not_utf8", file=path.name, line=line) from error
