"""From looks and results to one outcome per act. Pure.

The outcome is what was observed. A platform's yes without a sight of the effect is unknown; a platform's no with a
sight of the wanted state is done or already so.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from offshelf.delisting.deeds import DEEDS, Look, Taken
from offshelf.delisting.settings import RunSettings
from offshelf.durable.ledger import LedgerAct, Settling
from offshelf.kit.instants import iso
from offshelf.platforms.contract import NO_API, CallResult, Meaning
from offshelf.vocabulary.plans import ActKind, Outcome

# Said by the platform about this very item: trying again will not change it.
_FINAL = frozenset({Meaning.REFUSED, Meaning.GONE})
# Tried too often: nothing more happens by itself until a person runs the plan again.
ASK_A_PERSON = datetime(9000, 1, 1, tzinfo=UTC)
# The call had no effect, and says nothing final about the item: a missing permission is mended outside the plan.
_NEVER_RAN = frozenset(
    {
        Meaning.NOT_SENT,
        Meaning.NOT_NOW,
        Meaning.QUOTA,
        Meaning.AUTH,
        Meaning.PRECONDITION,
        Meaning.ASK_PERSON,
    }
)


def judge_before(act: LedgerAct, look: Look, now: datetime, settings: RunSettings) -> Settling | None:
    """Judge an act before doing it; None means: do it now."""
    evidence: dict[str, Any] = {"before": look.evidence, "at": iso(now), "attempts": act.attempts}
    evidence |= {name: act.evidence[name] for name in ("taken", "unproven") if name in act.evidence}
    if look.satisfied is True:
        # After a crash or a lost answer the effect of our own call shows here: it is ours, done, not a chance finding.
        outcome = Outcome.ALREADY_SO if act.intent_at is None else Outcome.DONE
        return Settling(act.act_id, outcome.value, look.code, evidence, settled=True)
    if look.satisfied is None:
        outcome = Outcome.WAITING if _is_waiting(look) else Outcome.UNKNOWN
        return _again(act, outcome, look.code, evidence, now, settings, look.failure)
    if look.on_word and _unclear(act) and not act.evidence.get("unclear"):
        # A crash cut the call off before its answer was written down.
        return _ask(act, evidence, "act.may_still_land")
    landing = _may_still_land(act, look, settings)
    if landing is not None and now < landing:
        held = _again(act, Outcome.UNKNOWN, "act.may_still_land", evidence, now, settings, None)
        return replace(held, next_try_at=landing)
    return None


def _may_still_land(act: LedgerAct, look: Look, settings: RunSettings) -> datetime | None:
    """Return until when an earlier call of an act that must not be doubled may still take effect."""
    if act.intent_at is None or (DEEDS[ActKind(act.kind)].repeatable and not look.once):
        return None
    # The evidence may be of an earlier try: then nothing is known of the last one.
    told = act.evidence.get("attempts") == act.attempts
    if told and act.evidence.get("result", {}).get("meaning") in _NEVER_RAN:
        return None
    return act.intent_at + timedelta(seconds=settings.late_window)


def judge_held(act: LedgerAct, look: Look, why: CallResult, until: datetime) -> Settling:
    """Judge an act whose kind is held: it was not called, and is due when the hold ends."""
    evidence: dict[str, Any] = dict(act.evidence) | {"before": look.evidence, "held": _code(why)}
    return Settling(act.act_id, Outcome.WAITING.value, _code(why), evidence, settled=False, next_try_at=until)


def judge_after(
    act: LedgerAct, before: Look, result: CallResult, after: Look, now: datetime, settings: RunSettings
) -> Settling:
    """Judge an act after its call and the observation that followed."""
    evidence: dict[str, Any] = {
        "before": before.evidence,
        "result": {
            "meaning": result.meaning.value,
            "method": result.method,
            "code": result.code,
            "note": result.note,
            "trace": result.trace_id,
        },
        "after": after.evidence,
        "at": iso(now),
        "attempts": act.attempts + 1,
    }
    if isinstance(result, Taken) or "taken" in act.evidence:
        taken, unproven = _taken(before, result, after)
        # What lies there was not taken by an earlier call of which we never heard.
        doubt = max(0, int(act.evidence.get("unproven", 0)) - int(before.evidence.get("units") or 0))
        evidence["taken"] = int(act.evidence.get("taken", 0)) + taken
        evidence["unproven"] = doubt + unproven
    if after.satisfied is True:
        # Somebody else was faster where this call cannot have done it and no earlier one of ours may have.
        ours = act.intent_at is not None or result.meaning in (Meaning.OK, Meaning.UNKNOWN)
        outcome = Outcome.DONE if ours else Outcome.ALREADY_SO
        return Settling(act.act_id, outcome.value, after.code, evidence, settled=True)
    if result.meaning is Meaning.ALREADY_SO and after.code == "shelf.sold_out":
        # The platform took it off itself when the stock was gone: not on sale, and it refuses to be taken off twice.
        return Settling(act.act_id, Outcome.ALREADY_SO.value, after.code, evidence, settled=True)
    if result.meaning in _FINAL:
        return Settling(act.act_id, Outcome.REFUSED.value, _code(result), evidence, settled=True)
    if before.on_word and result.meaning is Meaning.UNKNOWN:
        return _ask(act, evidence, "act.may_still_land")
    waits = _waits(result, after, now)
    if waits is not None:
        return _again(act, Outcome.WAITING, waits[0], evidence, now, settings, waits[1])
    why: CallResult | None = result
    code = _code(result)
    if after.satisfied is None:
        why, code = after.failure, after.code
    elif result.meaning in (Meaning.OK, Meaning.ALREADY_SO):
        code = "act.accepted_not_seen"
    return _again(act, Outcome.UNKNOWN, code, evidence, now, settings, why)


def _waits(result: CallResult, after: Look, now: datetime) -> tuple[str, CallResult] | None:
    """Return why an act waits and what says until when; None where it does not."""
    if result.meaning in _NEVER_RAN:
        return _code(result), result
    if result.ok and result.effective_at is not None and result.effective_at > now:
        # A second more: at the stroke itself the platform may still show the old state.
        again = result.effective_at + timedelta(seconds=1)
        return "act.takes_effect_later", replace(result, retry_at=again)
    if after.failure is not None and after.failure.code == NO_API:
        return after.code, after.failure  # ours is done as far as a call goes; the rest is a person's
    return (after.code, result) if after.hold else None


def _taken(before: Look, result: CallResult, after: Look) -> tuple[int, int]:
    """Return the units a draining call took for certain, and those it may have taken, or may still take.

    Certain is only what the platform confirmed and what was then seen to be gone: stock that fell under a lost answer
    may have been bought, and putting it back would sell it twice.
    """
    there, left = before.evidence.get("units"), after.evidence.get("units")
    if not isinstance(result, Taken) or result.meaning not in (Meaning.OK, Meaning.UNKNOWN):
        return 0, 0
    if result.meaning is Meaning.UNKNOWN or there is None or left is None:
        return 0, result.units
    if result.exact and there > left:
        return result.units, 0  # confirmed by the platform, even where others came back meanwhile
    return 0, min(result.units, max(0, there - left))


def _unclear(act: LedgerAct) -> bool:
    """Tell whether a call of ours was on its way of which nothing is known, or nothing but that it had no answer."""
    if act.intent_at is None:
        return False
    told = act.evidence.get("attempts") == act.attempts
    return not told or act.evidence.get("result", {}).get("meaning") == Meaning.UNKNOWN.value


def _ask(act: LedgerAct, evidence: dict[str, Any], code: str) -> Settling:
    """Stop at unknown until a person runs the plan again."""
    told = evidence | {"unclear": True}
    unknown = Outcome.UNKNOWN.value
    return Settling(act.act_id, unknown, code, told, settled=False, next_try_at=ASK_A_PERSON)


def _again(
    act: LedgerAct,
    outcome: Outcome,
    code: str,
    evidence: dict[str, Any],
    now: datetime,
    settings: RunSettings,
    result: CallResult | None,
) -> Settling:
    """Leave the act open with the instant of its next try; after too many tries a person is asked."""
    tries = int(act.evidence.get("tries", 0)) + 1
    evidence["tries"] = tries
    no_use = result is not None and result.meaning is Meaning.ASK_PERSON
    if no_use or tries >= settings.max_attempts:
        return Settling(act.act_id, outcome.value, code, evidence, settled=False, next_try_at=ASK_A_PERSON)
    due = now + timedelta(seconds=settings.backoff[min(tries, len(settings.backoff)) - 1])
    if result is not None and result.retry_at is not None:
        due = max(due, result.retry_at)
    return Settling(act.act_id, outcome.value, code, evidence, settled=False, next_try_at=due)


def _is_waiting(look: Look) -> bool:
    if look.hold:
        return True
    return look.failure is not None and look.failure.meaning in _NEVER_RAN


def _code(result: CallResult) -> str:
    return f"{result.meaning.value}:{result.code}" if result.code else result.meaning.value
