"""Help in the chosen language. Texts are found by the path of the verb and the name of the option."""

from __future__ import annotations

import io
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

from typer.core import TyperCommand, TyperGroup

from offshelf.cli.choices import Choice
from offshelf.cli.face import Face, as_text
from offshelf.cli.sign_in import admit
from offshelf.cli.words import Words
from offshelf.kit.errors import UsageError

_COMMON = (
    ("--json", "json"),
    ("--lang zh|en", "lang"),
    ("--as NAME", "as"),
    ("--passphrase-env VAR", "passphrase_env"),
    ("--help", "help"),
)
_WIDTH = 100  # columns; wider lines are hard to read


class Verb(TyperCommand):
    """A verb whose help comes from the catalogue."""

    def get_help(self, ctx: Any) -> str:
        """Return the help page; one JSON document with `--json`."""
        return _page(self, ctx)

    def invoke(self, ctx: Any) -> Any:
        """Run the verb for somebody who may."""
        admit(ctx)
        return super().invoke(ctx)


class Group(TyperGroup):
    """A group of verbs whose help comes from the catalogue."""

    def get_help(self, ctx: Any) -> str:
        """Return the help page; one JSON document with `--json`."""
        return _page(self, ctx)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the verb, or refuse with the nearest ones."""
        if args and not args[0].startswith("-") and self.get_command(ctx, args[0]) is None:
            known = self.list_commands(ctx)
            near = get_close_matches(args[0], known) or known
            raise UsageError("cli.no_such_verb", verb=args[0], near=", ".join(near), path=ctx.command_path)
        return super().resolve_command(ctx, args)


def _page(command: Any, ctx: Any) -> str:
    face = ctx.find_object(Face)
    text = _render(command, ctx, face.words)
    return as_text({"help": text}) if face.as_json else text


def _render(command: Any, ctx: Any, words: Words) -> str:
    from rich.console import Console
    from rich.padding import Padding
    from rich.table import Table

    page = io.StringIO()
    console = Console(file=page, width=_WIDTH, markup=False, highlight=False, emoji=False)
    console.print(words.say("cli.help.usage", usage=_usage(command, ctx)))
    console.print()
    console.print(Padding(words.say(_key(ctx)), (0, 0, 0, 2)))
    for heading, rows in _sections(command, ctx, words):
        console.print()
        console.print(words.say(f"cli.help.{heading}"))
        grid = Table.grid(padding=(0, 2))
        grid.add_column(no_wrap=heading == "verbs", overflow="fold", max_width=44)
        grid.add_column(overflow="fold")
        for name, text in rows:
            grid.add_row(name, text)
        console.print(Padding(grid, (0, 0, 0, 2)))
    return "\n".join(line.rstrip() for line in page.getvalue().splitlines())


def _path(ctx: Any) -> list[str]:
    return [part.replace("-", "_") for part in ctx.command_path.split()[1:]]


def _key(ctx: Any) -> str:
    return ".".join(["cli", "verb", *_path(ctx)])


def _usage(command: Any, ctx: Any) -> str:
    pieces = [ctx.command_path]
    if hasattr(command, "commands"):
        pieces.append("VERB")
    pieces.append("[OPTIONS]")
    for param in command.params:
        if param.param_type_name == "argument":
            name = _metavar(param)
            pieces.append(name if param.required else f"[{name}]")
    return " ".join(pieces)


def _sections(command: Any, ctx: Any, words: Words) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    options = [p for p in command.params if p.param_type_name == "option"]
    if arguments:
        yield "arguments", [(_metavar(p), _about(p, ctx, words)) for p in arguments]
    rows = [(_form(p), _about(p, ctx, words)) for p in options]
    yield "options", rows + [(form, words.say(f"cli.option.{name}")) for form, name in _COMMON]
    if hasattr(command, "commands"):
        start = _key(ctx)
        yield (
            "verbs",
            [(name, words.say(f"{start}.{name.replace('-', '_')}")) for name in command.list_commands(ctx)],
        )


def _form(param: Any) -> str:
    names = ", ".join(param.opts)
    return names if param.is_flag else f"{names} {_metavar(param)}"


def _metavar(param: Any) -> str:
    name = param.metavar or param.name.upper()
    return f"{name}…" if param.nargs == -1 else str(name)


def _about(param: Any, ctx: Any, words: Words) -> str:
    special = ".".join(["cli", "option_of", *_path(ctx), param.name])
    parts = [words.say(special if words.has(special) else f"cli.option.{param.name}")]
    reads = param.type_descriptor.parameter_info.parser
    if isinstance(reads, Choice):
        parts.append(words.say("cli.help.one_of", choices=reads.told(words)))
    if param.required and param.param_type_name == "option":
        parts.append(words.say("cli.help.required"))
    default = getattr(param.default, "value", param.default)
    if default not in (None, False, "", ()) and not param.required:
        parts.append(words.say("cli.help.default", value=default))
    return " ".join(parts)
