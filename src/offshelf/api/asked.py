"""What callers may send: bodies, parameters and headers, each with its bounds."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Self

from fastapi import Body, Depends, Header, Path, Query, Request
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from offshelf.api.problems import language_of
from offshelf.kit.errors import UsageError
from offshelf.services import Services
from offshelf.vocabulary.goods import Shelf
from offshelf.vocabulary.plans import Outcome, PlanState, Reason

_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_LATEST = datetime(2200, 1, 1, tzinfo=UTC)
MOST = 500  # items of one page


def _one_line(text: str) -> str:
    if not text.strip() or not text.isprintable():
        raise PydanticCustomError("not_one_line", "one line of visible text")
    return text


def _no_controls(text: str) -> str:
    if not text.replace("\n", "").isprintable():
        raise PydanticCustomError("control_character", "text without control characters")
    return text


def _instant(moment: datetime) -> datetime:
    if not _EARLIEST <= moment <= _LATEST:
        raise PydanticCustomError("instant_out_of_range", "an instant of this age")
    return moment.astimezone(UTC)


Person = Annotated[str, Field(max_length=100, examples=["li.na"]), AfterValidator(_one_line)]
Name = Annotated[str, Field(max_length=200), AfterValidator(_one_line)]
Note = Annotated[str, Field(max_length=2000), AfterValidator(_no_controls)]
Moment = Annotated[AwareDatetime, AfterValidator(_instant)]


class _Asked(BaseModel):
    # A misspelt member is refused: silently dropping `stop_at` would start a plan too early.
    model_config = ConfigDict(extra="forbid")


class Proposal(_Asked):
    """A delisting plan to make. Exactly one of `skus`, `listings`, `all` says what it is about."""

    reason: Reason
    by: Person
    skus: list[Name] | None = Field(None, min_length=1, description="Merchant codes of products or SKUs")
    listings: list[Name] | None = Field(None, min_length=1, description="Platform ids: `id` or `shop/id`")
    all: bool = Field(default=False, description="Everything that is on sale or may be")
    stop_at: Moment | None = Field(None, description="Not to be started before this instant")

    @model_validator(mode="after")
    def _one_scope(self) -> Self:
        if (self.skus is not None) + (self.listings is not None) + self.all != 1:
            raise PydanticCustomError("not_one_scope", "exactly one of skus, listings, all")
        return self


class Waiver(_Asked):
    """Waive a finding: who, why, until when. Subject `*` waives every subject of the finding's code."""

    finding: Name
    subject: Name
    by: Person
    why: Note
    until: Moment


class Signature(_Asked):
    """A person's approval of the plan version named by If-Match."""

    by: Person
    note: Note = ""


class Actor(_Asked):
    """Who asks for this."""

    by: Person


class Start(Actor):
    """Who starts a plan, and its fingerprint once more where acts cannot be undone."""

    confirm: Annotated[str, Field(max_length=64), AfterValidator(_no_controls)] = ""


class Survey(_Asked):
    """How to look for drift: `deep` reads every watched listing one by one."""

    deep: bool = False


def _open(request: Request) -> Services:
    services: Services = request.app.state.open_services()
    return services


async def _raw(request: Request) -> bytes:
    return await request.body()


def _fingerprint(
    if_match: Annotated[str | None, Header(description="The plan's ETag, in quotes")] = None,
) -> str:
    """Return the fingerprint an approval names; anything that does not name exactly one is refused."""
    text = (if_match or "").strip()
    if len(text) < 3 or text[0] != '"' or text[-1] != '"' or '"' in text[1:-1]:
        raise UsageError("api.needs_if_match")
    return text[1:-1]


# PostgreSQL takes no NUL in a text, and a control character in a name is never meant.
Clean = AfterValidator(lambda text: text if text is None else _no_controls(text))
House = Annotated[Services, Depends(_open)]
Language = Annotated[str, Depends(language_of)]
RawBody = Annotated[bytes, Depends(_raw)]
IfMatch = Annotated[str, Depends(_fingerprint)]
IdempotencyKey = Annotated[
    str | None,
    Header(
        min_length=8, max_length=200, description="Repeat a request under its key to get its first answer"
    ),
]
ShopId = Annotated[str, Path(max_length=64), AfterValidator(_no_controls)]
ListingId = Annotated[str, Path(max_length=64), AfterValidator(_no_controls)]
PlanId = Annotated[str, Path(max_length=32), AfterValidator(_no_controls)]
Limit = Annotated[int, Query(ge=1, le=MOST, description="Most items of one page")]
Cursor = Annotated[str | None, Query(max_length=200, description="`next` of the page before"), Clean]
AfterNumber = Annotated[int, Query(ge=0, le=2**62, description="`next` of the page before")]
ShopFilter = Annotated[str | None, Query(max_length=64), Clean]
ShelfFilter = Annotated[Shelf | None, Query()]
TextFilter = Annotated[
    str | None, Query(max_length=100, description="Part of a title or merchant code"), Clean
]
StateFilter = Annotated[PlanState | None, Query()]
OutcomeFilter = Annotated[Outcome | None, Query()]
NameFilter = Annotated[str | None, Query(max_length=200), Clean]
SurveyBody = Annotated[Survey, Body(default_factory=Survey)]
