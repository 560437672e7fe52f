"""The root of all expected trouble.

An error carries a stable code, a kind and parameters; never prose and never an HTTP number. Faces look the code up in
the catalogue of texts (`error.<code>` says what happened, `error.<code>.next` what to do) and map the kind to an exit
code or a status.
"""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """What the caller can do about it."""

    USAGE = "usage"  # the call or its input is wrong: mend it and call again (exit 2)
    BLOCKED = "blocked"  # checks, approvals or gates stand in the way (exit 3)
    INCOMPLETE = "incomplete"  # part was done, the rest waits or is unknown (exit 4)
    OUTSIDE = "outside"  # network, disk, platform: not ours, come back later (exit 5)


class OffshelfError(Exception):
    """Expected trouble, told by code.

    `code` is dotted, lower case, and has two texts in each language. `params` fill the texts; values are plain
    strings and numbers and never secrets or personal data.
    """

    kind: Kind = Kind.USAGE

    def __init__(self, code: str, /, *, kind: Kind | None = None, **params: str | float) -> None:
        super().__init__(code, params)
        self.code = code
        self.params = params
        if kind is not None:
            self.kind = kind

    def __str__(self) -> str:
        """Return code and parameters, for logs; people get the text of the catalogue."""
        inside = ", ".join(f"{name}={value}" for name, value in self.params.items())
        return f"{self.code}({inside})"


class UsageError(OffshelfError):
    """The call or its input is wrong."""

    kind = Kind.USAGE


class BlockedError(OffshelfError):
    """A check, an approval or a gate stands in the way; nothing was changed."""

    kind = Kind.BLOCKED


class IncompleteError(OffshelfError):
    """Part of the work is done; the rest waits, was refused or is unknown."""

    kind = Kind.INCOMPLETE


class OutsideError(OffshelfError):
    """The world outside failed: network, disk, platform."""

    kind = Kind.OUTSIDE
