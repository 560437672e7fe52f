"""Verbs of policy: list, show, check, diff."""

from __future__ import annotations

import shlex
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from offshelf.cli.choices import Choice
from offshelf.cli.face import Face, face_of
from offshelf.cli.groups import add, group
from offshelf.cli.paper import Paper
from offshelf.policy.kinds import Kind
from offshelf.policy.shown import items_of, marks_of, name_of, shown
from offshelf.policy.told import note_of, reviewer_of, source_of
from offshelf.vocabulary.shops import Platform

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from offshelf.kit.errors import UsageError
    from offshelf.policy.adopt import Trouble
    from offshelf.policy.model import Value
    from offshelf.policy.service import Checked, Difference, Policies


_REFUSED = 3  # an own file is not in force as it lies there


def app() -> typer.Typer:
    """Return the group."""
    made = group()
    add(made, "list", list_)
    add(made, "show", show)
    add(made, "check", check)
    add(made, "diff", diff)
    return made


def list_(
    ctx: typer.Context,
    word: Annotated[str | None, typer.Argument(metavar="WORD")] = None,
    kind: Annotated[
        Kind | None, typer.Option("--kind", metavar="KIND", parser=Choice(Kind, "policy_kind"))
    ] = None,
    platform: Annotated[
        Platform | None,
        typer.Option("--platform", metavar="PLATFORM", parser=Choice(Platform, "report.platform")),
    ] = None,
    text: Annotated[str | None, typer.Option("--text", metavar="TEXT")] = None,
) -> int:
    """List the values in force today by kind, own files that are refused first. Exit 3 where one is refused."""
    face = face_of(ctx)
    policies = face.house().policies
    values = _found(policies, kind, platform.value if platform else None, word, text)
    troubles = policies.troubles()
    commands = [_check_command(policies, one) for one in troubles[:1] if one.line]
    commands += [f"offshelf policy show {value.policy_id}" for value in values[:1]]

    def print_(paper: Paper) -> None:
        _print_troubles(paper, face, troubles)
        for some in _by_kind(values):
            _print_values(paper, face, some)
        if not values:
            paper.say("cli.empty.policy")
        paper.next_steps(commands)
        _recall_troubles(paper, troubles)

    policy = policies.today()
    document = {
        "day": policy.day.isoformat(),
        "version": policy.version,
        "values": [_document(face, value) for value in values],
        "files": _files(policies),
        "troubles": [_trouble(face, one) for one in troubles],
        "next": commands,
    }
    face.tell(document, print_)
    return _REFUSED if troubles else 0


def _found(
    policies: Policies, kind: Kind | None, platform: str | None, *words: str | None
) -> tuple[Value, ...]:
    """Return the values that every word given is found in."""
    found = [policies.values(kind=kind, platform=platform, text=word) for word in words]
    ids = set.intersection(*({value.policy_id for value in some} for some in found))
    return tuple(value for value in found[0] if value.policy_id in ids)


def _by_kind(values: Sequence[Value]) -> list[list[Value]]:
    groups = [[value for value in values if value.kind is kind] for kind in Kind]
    return [some for some in groups if some]


def _print_values(paper: Paper, face: Face, values: Sequence[Value]) -> None:
    """Print the values of one kind under its name."""
    name = face.words.word("policy_kind", values[0].kind.value)
    paper.blank()
    paper.say("cli.policy.of_kind", style="bold", kind=name, count=len(values))
    ends = any(value.effective_to for value in values)  # most have no end: the column would say nothing
    columns = ("policy_id", "policy_name", "value", "policy_from", "policy_until", "policy_mark")
    paper.table(
        columns if ends else tuple(name for name in columns if name != "policy_until"),
        [
            (
                value.policy_id,
                name_of(value, face.language),
                shown(value, face.language),
                value.effective_from,
                *((value.effective_to or "–",) if ends else ()),
                ", ".join(marks_of(value, face.language)),
            )
            for value in values
        ],
    )


def show(ctx: typer.Context, policy_id: Annotated[str, typer.Argument(metavar="ID")]) -> int:
    """Show every value of an id over all days, with its papers."""
    face = face_of(ctx)
    policies = face.house().policies
    values = policies.windows(policy_id)
    in_force = policies.today().values
    rows = [_document(face, value) | {"in_force": in_force.get(value.policy_id) is value} for value in values]

    def print_(paper: Paper) -> None:
        for value, row in zip(values, rows, strict=True):
            _print_value(paper, face, value, in_force=bool(row["in_force"]))
            paper.blank()

    face.tell({"id": policy_id, "values": rows}, print_)
    return 0


def check(ctx: typer.Context, file: Annotated[Path, typer.Argument(metavar="FILE")]) -> int:
    """Judge a file as if it were put into the folder; adopts nothing. Exit 2: it would be refused."""
    face = face_of(ctx)
    policies = face.house().policies
    found = policies.check(file)
    if found.mistakes:
        return _refuse(face, file, found.mistakes)
    folder = shlex.quote(str(policies.folder))
    commands = [f"mkdir -p {folder} && cp {shlex.quote(str(file))} {folder}/", "offshelf policy diff"]

    def print_(paper: Paper) -> None:
        if found.pack is not None:
            paper.say(
                "cli.policy.good",
                pack=found.pack.name,
                version=found.pack.version,
                count=len(found.pack.values),
            )
        _print_differences(paper, face, found.differences)
        paper.next_steps(commands)

    face.tell(_checked(face, file, found) | {"next": commands}, print_)
    return 0


def diff(ctx: typer.Context) -> int:
    """Show the merchant's own values beside those of this program."""
    face = face_of(ctx)
    policies = face.house().policies
    differences, troubles = policies.diff(), policies.troubles()

    def print_(paper: Paper) -> None:
        if not differences:
            paper.say("cli.empty.policy_diff", folder=policies.folder)
        _print_troubles(paper, face, troubles)
        _print_differences(paper, face, differences)
        _recall_troubles(paper, troubles)

    document = {
        "folder": str(policies.folder),
        "differences": [_difference(face, one) for one in differences],
        "files": _files(policies),
        "troubles": [_trouble(face, one) for one in troubles],
    }
    face.tell(document, print_)
    return _REFUSED if troubles else 0


def _refuse(face: Face, file: Path, mistakes: Sequence[UsageError]) -> int:
    told = [_error(face, mistake.code, mistake.params) for mistake in mistakes]
    face.tell({"file": str(file), "mistakes": told, "error": told[0], "exit": 2}, lambda _: None)
    if not face.as_json:
        for one in told:
            face.err.say("cli.error.what", style="bold red", text=one["message"])
            face.err.say("cli.error.next", text=one["next"])
        face.err.say("cli.policy.refused", count=len(told), file=file)
    return 2


def _print_value(paper: Paper, face: Face, value: Value, *, in_force: bool) -> None:
    words = face.words
    reviewer = reviewer_of(value, words.language)
    reviewed = f"{reviewer}, {value.reviewed_on}" if reviewer else ""
    until = value.effective_to or words.say("cli.policy.open_end")
    paper.pairs(
        [
            ("policy_id", value.policy_id),
            ("policy_name", name_of(value, face.language)),
            ("value", shown(value, face.language)),
            ("kind", words.word("policy_kind", value.kind.value)),
            ("policy_mark", ", ".join(marks_of(value, face.language))),
            ("policy_in_force", words.say("policy_shown.yes" if in_force else "policy_shown.no")),
            ("policy_window", f"{value.effective_from} – {until}"),
            ("policy_source", source_of(value, words.language)),
            ("policy_observed", value.observed_on),
            ("policy_reviewed", reviewed),
            ("policy_certainty", words.word("policy_certainty", value.certainty)),
            ("why", value.why),
            ("note", note_of(value, words.language)),
            ("policy_pack", f"{value.pack}:{value.line}"),
        ]
    )
    for item in items_of(value):
        paper.say("cli.policy.item", text=item)


def _print_differences(paper: Paper, face: Face, differences: Iterable[Difference]) -> None:
    rows = [
        (
            one.own.policy_id,
            shown(one.shipped, face.language) if one.shipped else "–",
            shown(one.own, face.language),
            one.own.why,
            ", ".join(marks_of(one.own, face.language)),
            f"{one.file}:{one.own.line}",
        )
        for one in differences
    ]
    if rows:
        paper.table(("policy_id", "policy_shipped", "policy_own", "why", "policy_mark", "file"), rows)


def _print_troubles(paper: Paper, face: Face, troubles: Iterable[Trouble]) -> None:
    for trouble in troubles:
        told = _trouble(face, trouble)
        paper.say("cli.error.what", style="bold red", text=told["message"])
        paper.say("cli.error.next", text=told["next"])
        paper.say("cli.policy.kept" if trouble.kept else "cli.policy.not_kept", file=trouble.file)


def _recall_troubles(paper: Paper, troubles: Sequence[Trouble]) -> None:
    """Name the refused files once more, below a long list."""
    if troubles:
        files = ", ".join(dict.fromkeys(one.file for one in troubles))
        paper.say("cli.policy.troubled", style="bold red", files=files)


def _document(face: Face, value: Value) -> dict[str, Any]:
    return {
        "id": value.policy_id,
        "name": name_of(value, face.language),
        "value": value.value,
        "unit": value.unit,
        "kind": value.kind,
        "source": value.source,
        "observed_on": _day(value.observed_on),
        "reviewed_by": value.reviewed_by,
        "reviewed_on": _day(value.reviewed_on),
        "effective_from": _day(value.effective_from),
        "effective_to": _day(value.effective_to),
        "certainty": value.certainty,
        "note": value.note,
        "why": value.why,
        "override_of": value.override_of,
        "weaker": value.weaker,
        "pack": value.pack,
        "line": value.line,
    }


def _difference(face: Face, one: Difference) -> dict[str, Any]:
    shipped = None if one.shipped is None else _document(face, one.shipped)
    return {"file": one.file, "own": _document(face, one.own), "shipped": shipped}


def _checked(face: Face, file: Path, found: Checked) -> dict[str, Any]:
    pack = found.pack
    told = {} if pack is None else {"pack": pack.name, "version": pack.version, "digest": pack.digest}
    return {"file": str(file), **told, "differences": [_difference(face, one) for one in found.differences]}


def _files(policies: Policies) -> list[dict[str, Any]]:
    return [
        {
            "file": one.file,
            "pack": one.pack,
            "version": one.version,
            "digest": one.digest,
            "values": one.values,
            "adopted_at": one.adopted_at,
        }
        for one in policies.adopted()
    ]


def _trouble(face: Face, one: Trouble) -> dict[str, Any]:
    return {"file": one.file, "line": one.line, "kept": one.kept, **_error(face, one.code, one.params)}


def _error(face: Face, code: str, params: Mapping[str, object]) -> dict[str, Any]:
    message, advice = face.words.trouble(code, params)
    return {"code": code, "message": message, "next": advice, "params": dict(params)}


def _check_command(policies: Policies, trouble: Trouble) -> str:
    return f"offshelf policy check {shlex.quote(str(policies.folder / trouble.file))}"


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
