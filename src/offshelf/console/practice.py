"""Practice mode: the same pages over a house of their own, whose shops are a sandbox. Nothing done there reaches a real shop.

A browser is in one of the two houses. The token of a form belongs to the house it was shown in, so that a form left open in
another tab can never act in the other one. Who somebody is (sessions, passphrase) stays a matter of the real house.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

from starlette.requests import Request

from offshelf.access.actor import Actor
from offshelf.access.sessions import Signed
from offshelf.kit.errors import BlockedError, OffshelfError
from offshelf.services import Services

MODE, ON = "offshelf_mode", "practice"


class Standing(StrEnum):
    """How the practice house stands."""

    CLOSED = "closed"
    OPENING = "opening"
    OPEN = "open"
    FAILED = "failed"
    NONE = "none"  # this server offers none


@dataclass(frozen=True, slots=True)
class Opening:
    """How far the practice house is. `part` is a word of `console.practice.part`, `trouble` why it failed."""

    standing: Standing
    part: str = ""
    trouble: OffshelfError | None = None


@dataclass(frozen=True, slots=True)
class Seat:
    """Somebody's place in the practice house. `product` is (shop, listing) of what the tour takes off."""

    house: Services
    actor: Actor
    product: tuple[str, str]


class Practice(Protocol):
    """The practice house of a server: opened when somebody wants it, gone when the server ends."""

    @property
    def opening(self) -> Opening:
        """Return how it stands."""
        ...

    def begin(self) -> None:
        """Open it beside the requests; again where it stands already is nothing. Anew where it failed."""
        ...

    def end(self) -> None:
        """Close it and throw away everything done there."""
        ...

    def seat(self, name: str) -> Seat | None:
        """Return the place of somebody with this name; None where it is not open."""
        ...


class NoPractice:
    """A server that offers no practice house."""

    opening = Opening(Standing.NONE)

    def begin(self) -> None:
        """Refuse."""
        raise BlockedError("console.no_practice")

    def end(self) -> None:
        """Refuse."""
        raise BlockedError("console.no_practice")

    def seat(self, name: str) -> Seat | None:  # noqa: ARG002 - the port names it
        """Return that there is none."""
        return None


def seated(request: Request, signed: Signed | None, practice: Practice) -> tuple[Signed | None, Seat | None]:
    """Return who asks, and where they sit: in the practice house where their browser chose so and it is open."""
    if signed is None or request.cookies.get(MODE) != ON:
        return signed, None
    seat = practice.seat(signed.actor.name)
    if seat is None:
        return signed, None
    return replace(signed, actor=seat.actor, proof=practised(signed.proof)), seat


def practised(proof: str) -> str:
    """Return what forms of the practice house carry in place of those of the real one."""
    return hmac.new(proof.encode(), b"practice", "sha256").hexdigest()
