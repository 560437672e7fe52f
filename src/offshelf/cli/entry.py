"""From arguments to an exit code: language and form first, then the verb, and one way to tell trouble.

Exit codes (design §12): 0 done, 1 bug, 2 bad usage or input, 3 blocked, 4 not all done, 5 the outside world failed;
130 when a person interrupted, 141 when whoever read the output went away (`| head`), as a shell says it.
"""

from __future__ import annotations

import io
import os
import sys
import traceback
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any

import typer
from typer.exceptions import TyperException

from offshelf.cli.face import Claim, Face
from offshelf.cli.sign_in import AS, PASSPHRASE_ENV
from offshelf.cli.tree import tree
from offshelf.cli.usage import translate
from offshelf.kit import log
from offshelf.kit.errors import Kind, OffshelfError, OutsideError, UsageError
from offshelf.kit.texts import LANGUAGES

if TYPE_CHECKING:
    from offshelf.services import Doors

EXIT = {Kind.USAGE: 2, Kind.BLOCKED: 3, Kind.INCOMPLETE: 4, Kind.OUTSIDE: 5}
BUG = 1
INTERRUPTED = 130
READER_GONE = 141


def run(doors: Doors, argv: Sequence[str]) -> int:
    """Run one command and return its exit code; never raises."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(
            stream, io.TextIOWrapper
        ):  # a terminal that cannot show a letter must not end the program
            stream.reconfigure(errors="backslashreplace")
    rest, as_json, said = _common(argv)
    rest, claim = _claimed(rest)
    language = said if said in LANGUAGES else doors.language
    face = Face(doors, language, as_json=as_json, claim=claim)
    if said is not None and said not in LANGUAGES:
        return _trouble(face, UsageError("settings.bad_language", language=said))
    return _guarded(face, rest)


def _common(argv: Sequence[str]) -> tuple[list[str], bool, str | None]:
    """Take `--json` and `--lang` out, wherever they stand: every verb accepts them."""
    rest: list[str] = []
    as_json, language = False, None
    words = deque(argv)
    while words:
        word = words.popleft()
        if word == "--":
            rest += [word, *words]
            break
        if word == "--json":
            as_json = True
        elif word == "--lang":
            language = words.popleft() if words and not words[0].startswith("-") else ""
        elif word.startswith("--lang="):
            language = word.removeprefix("--lang=")
        else:
            rest.append(word)
    return rest, as_json, language


def _claimed(argv: Sequence[str]) -> tuple[list[str], Claim]:
    """Take `--as` and `--passphrase-env` out, wherever they stand: who acts is asked by every verb that changes something."""
    rest: list[str] = []
    found: dict[str, str] = {}
    words = deque(argv)
    while words:
        word = words.popleft()
        name, equals, value = word.partition("=")
        if word == "--":
            rest += [word, *words]
            break
        if name not in (AS, PASSPHRASE_ENV):
            rest.append(word)
        elif equals:
            found[name] = value
        else:
            found[name] = words.popleft() if words and not words[0].startswith("-") else ""
    return rest, Claim(found.get(AS), found.get(PASSPHRASE_ENV))


def _guarded(face: Face, args: list[str]) -> int:
    try:
        command = tree()
        with closing(face), command.make_context("offshelf", args, obj=face) as ctx:
            return int(command.invoke(ctx) or 0)
    except typer.Exit as ended:
        return ended.exit_code
    except Exception as error:  # noqa: BLE001 - the last line of defence: one sentence instead of a traceback
        return _failed(face, error)
    except KeyboardInterrupt:
        code, params = face.when_interrupted
        return _say(face, code, params, INTERRUPTED)
    except SystemExit as ended:
        # A server that could not start ends this way; so does printing when the reader has gone away.
        if isinstance(ended.__context__, BrokenPipeError):
            return _failed(face, ended.__context__)
        return _trouble(face, OutsideError("cli.server_ended")) if ended.code else 0


def _failed(face: Face, error: Exception) -> int:
    """Tell an exception: a complaint of the parser, trouble of ours, a reader that went away, or a bug."""
    if isinstance(error, TyperException):
        return _trouble(face, translate(error))
    if isinstance(error, OffshelfError):
        return _trouble(face, error)
    if isinstance(error, BrokenPipeError):
        # Whoever read our output went away (`| head`): nothing more can be said there, not even at exit.
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return READER_GONE
    return _bug(face, error)


def _trouble(face: Face, error: OffshelfError) -> int:
    return _say(face, error.code, error.params, EXIT[error.kind])


def _bug(face: Face, error: Exception) -> int:
    _log_trace()
    frames = traceback.extract_tb(error.__traceback__)
    where = f"{os.path.basename(frames[-1].filename)}:{frames[-1].lineno}" if frames else "-"  # noqa: PTH119
    return _say(face, "cli.bug", {"what": type(error).__name__, "where": where}, BUG)


def _log_trace() -> None:
    """Write the traceback, scrubbed, where the log was asked for in detail; people get a sentence."""
    if os.environ.get("OFFSHELF_LOG", "").upper() == "DEBUG":
        log.configure("DEBUG")
    log.logger("cli").debug("unexpected", exc_info=True)


def _say(face: Face, code: str, params: Mapping[str, Any], number: int) -> int:
    """Tell what happened and what to do next, then give the exit code."""
    message, advice = face.words.trouble(code, params)
    if face.as_json:
        error = {"code": code, "message": message, "next": advice, "params": dict(params)}
        if not face.told:
            face.write({"error": error, "exit": number})
        return number
    face.err.say("cli.error.what", style="bold red", text=message)
    if advice:
        face.err.say("cli.error.next", text=advice)
    return number
