"""Turns the parser's complaints into our errors, so that they can be told in both languages."""

from __future__ import annotations

import re
from typing import Any

from typer.exceptions import TyperException

from offshelf.kit.errors import OffshelfError, UsageError

_EXTRA = re.compile(r"extra argument.*\((.*)\)")  # what the parser says of words too many


def translate(error: TyperException) -> OffshelfError:
    """Return the complaint as an error with a code of ours (always exit 2)."""
    ctx: Any = getattr(error, "ctx", None)
    path = "offshelf" if ctx is None else ctx.command_path
    kind = type(error).__name__
    if kind == "NoArgsIsHelpError":
        return UsageError("cli.no_verb", path=path)
    if kind == "NoSuchOption":
        return UsageError("cli.no_such_option", option=str(getattr(error, "option_name", "")), path=path)
    if kind == "BadOptionUsage":
        return UsageError("cli.bad_option", option=str(getattr(error, "option_name", "")), path=path)
    param: Any = getattr(error, "param", None)
    if param is not None:
        name = param.opts[0] if param.param_type_name == "option" else (param.metavar or param.name.upper())
        if kind == "MissingParameter":
            return UsageError("cli.missing", name=name, path=path)
        return UsageError("cli.bad_value", name=name, detail=_wanted(param, error.message), path=path)
    extra = _EXTRA.search(error.format_message())
    return UsageError("cli.usage", detail=extra[1] if extra else error.format_message(), path=path)


def _wanted(param: Any, message: str) -> str:
    """Return which numbers an option takes, in signs that need no language; the parser's words for anything else."""
    low, high = getattr(param, "min", None), getattr(param, "max", None)
    if low is not None or high is not None:
        return f"{'' if low is None else low}–{'' if high is None else high}"
    return "0, 1, 2, …" if param.type_descriptor.annotation in (int, list[int]) else message
