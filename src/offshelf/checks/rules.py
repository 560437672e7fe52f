"""Runs the checks: the twelve, then those that others registered. Says what may be waived, and for how long."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from offshelf.checks.ground import proven
from offshelf.checks.model import Afterwards, CheckSpec, Facts, WaiverRule, unclear
from offshelf.checks.relist_specs import BACK
from offshelf.checks.specs import ALL
from offshelf.policy.model import NoPolicyError
from offshelf.vocabulary.plans import Department, Finding, Reason, Verdict

# Why a waiver is refused.
NEVER, TOO_LONG, ONE_BY_ONE = "plan.waiver_never", "plan.waiver_too_long", "plan.waiver_one_by_one"
_OURS = frozenset(spec.check_id for spec in (*ALL, *BACK))
_COMMON = frozenset({"places", "policy", "plugin"})  # codes that several checks give
# A reading that is missing is mended by reading; who cannot, decides for few days. A number that is missing is put in.
_READING = WaiverRule(tuple(Department), 3, each=frozenset({"places"}))
_RULES = {"places": _READING, "policy": WaiverRule((), 0), "plugin": WaiverRule((Department.OPERATIONS,), 1)}


def examine(facts: Facts, extra: Iterable[CheckSpec] = ()) -> tuple[Finding, ...]:
    """Run every check and return what it says, stamped with the check, its owner, the law and the policy.

    A check that lacks a value of the policy is unknown. `extra` are checks registered by others: one that breaks, says
    nothing, or bears a name that is taken is unknown too, never a crash and never a pass. For a safety reason what can be
    done afterwards blocks nothing: people are hurt by what goes on being sold, not by a backup that comes late. Where a
    paper has ended it is unlawful to go on selling, so there too; but what is known of money that was paid, and the
    backup, are waited for where an act of the plan cannot be undone. A paper that has not ended for all goods of the plan
    softens nothing: the plan is judged as for any reason.
    """
    found: list[Finding] = []
    grounded = facts.reason.urgent or (facts.reason is Reason.CERTIFICATE and proven(facts))
    for spec in ALL:
        if facts.wired or not spec.registers:
            found += (_stamped(one, spec, facts, grounded=grounded) for one in _own(spec, facts))
    taken = set(_OURS)
    for spec in extra:
        found += (_stamped(one, spec, facts, grounded=grounded) for one in _foreign(spec, facts, taken))
        taken.add(spec.check_id)
    return tuple(found)


def examine_back(facts: Facts) -> tuple[Finding, ...]:
    """Run the checks of a relist (`facts.back`) and return what they say, stamped as the twelve are.

    Nothing is softened, whatever the reason of the delisting was: putting back is never urgent.
    """
    found: list[Finding] = []
    for spec in BACK:
        if facts.wired or not spec.registers:
            found += (_stamped(one, spec, facts, grounded=False) for one in _own(spec, facts))
    return tuple(found)


def _own(spec: CheckSpec, facts: Facts) -> list[Finding]:
    found: list[Finding] = []
    try:
        found.extend(spec.run(facts))
    except NoPolicyError as missing:
        # Whatever passed before the value was asked for is no pass of the check.
        found = [one for one in found if one.verdict is not Verdict.PASS]
        value = str(missing.args[0]) if missing.args else ""
        subject = f"{spec.check_id}/{value}"
        found.append(unclear("policy.missing", subject, None, {"policy": value, "check": spec.check_id}))
    return found


def _foreign(spec: CheckSpec, facts: Facts, taken: set[str]) -> list[Finding]:
    name = spec.check_id
    if name in taken or spec.families or name in {family for one in ALL for family in one.families} | _COMMON:
        return [unclear("plugin.name_taken", name, None, {"check": name})]
    try:
        found = _own(spec, facts)
    except Exception as error:  # noqa: BLE001 - somebody else's code: whatever it raises, its check is unknown
        return [unclear("plugin.broken", name, None, {"check": name, "error": type(error).__name__})]
    if not found or any(not _speaks_for_itself(one, name) for one in found):
        return [unclear("plugin.silent", name, None, {"check": name})]
    return found


def _speaks_for_itself(finding: object, name: str) -> bool:
    """Tell whether a check of others gave a finding under its own name."""
    return isinstance(finding, Finding) and finding.code.partition(".")[0] in (name, "policy")


def _stamped(finding: Finding, spec: CheckSpec, facts: Facts, *, grounded: bool) -> Finding:
    later = finding.blocks and grounded and _afterwards(finding, spec, facts)
    return replace(
        finding,
        blocking=finding.blocking and not later,
        # It blocks nothing and is owed all the same: whoever tells of the plan afterwards must find it again.
        evidence=finding.evidence | ({"afterwards": True} if later else {}),
        check=spec.check_id,
        number=spec.number,
        department=spec.department,
        legal=finding.legal or spec.legal,
        policy=facts.policy.version,
        policy_ids=spec.policy_ids,
    )


def _afterwards(finding: Finding, spec: CheckSpec, facts: Facts) -> bool:
    """Tell whether the stop does not wait for what a finding wants."""
    if facts.reason.urgent:
        named = spec.later | {"places"}  # what was never read beside the shops
        return spec.after_safety or not named.isdisjoint({finding.code, _family(finding)})
    if facts.reason is not Reason.CERTIFICATE or finding.code in _HELD:
        return False
    if spec.after_expiry is Afterwards.REVERSIBLE:
        return not facts.lost
    return spec.after_expiry is Afterwards.ALWAYS or _family(finding) == "places"


# What holds up even the stop because of an ended paper: no paid order is undone without its buyer's word (promise P3).
_HELD = frozenset({"orders.no_consent"})


def _family(finding: Finding) -> str:
    return finding.code.partition(".")[0]


def verdicts(findings: Iterable[Finding]) -> dict[str, Verdict]:
    """Return one word per check: fail before unknown before pass; what only warns does not count."""
    found: dict[str, Verdict] = {}
    for finding in findings:
        word = finding.verdict if finding.blocks else Verdict.PASS
        before = found.get(finding.check, Verdict.PASS)
        found[finding.check] = max(before, word, key=_GRAVITY.__getitem__)
    return found


_GRAVITY = {Verdict.PASS: 0, Verdict.UNKNOWN: 1, Verdict.FAIL: 2}


def spec_of(code: str, extra: Iterable[CheckSpec] = (), check: str = "") -> CheckSpec | None:
    """Return the check whose finding a code is; None for codes that several checks give, and for unknown ones.

    `check` is the one that gave it, where that is known: the checks of a relist give codes of the twelve, too.
    """
    family = code.partition(".")[0]
    if family in _COMMON:
        return None
    every = [spec for specs in (ALL, BACK, extra) for spec in specs]
    gave = (spec for spec in every if spec.check_id == check)
    return next(gave, next((spec for spec in every if family in (spec.check_id, *spec.families)), None))


def waiver_rule(code: str, extra: Iterable[CheckSpec] = (), check: str = "") -> WaiverRule:
    """Return who may waive a finding and for how long; nobody may waive a code that no check gives.

    It is the rule of the check that gave it. What nobody may waive, and what is waived one subject at a time, stays so
    whichever check gives it.
    """
    common = _RULES.get(code.partition(".")[0])
    if common is not None:
        return common
    specs = tuple(extra)
    gave, owns = spec_of(code, specs, check), spec_of(code, specs)
    if gave is None:
        return WaiverRule((), 0)
    if owns is None or owns is gave:
        return gave.waiver
    never, each = gave.waiver.never | owns.waiver.never, gave.waiver.each | owns.waiver.each
    return replace(gave.waiver, never=never, each=each)


def waivable(
    code: str, days: float, extra: Iterable[CheckSpec] = (), *, every_subject: bool = False, check: str = ""
) -> str | None:
    """Return None where a finding may be waived for so many days, else the code of the refusal.

    `NEVER`: false statements, numbers that are missing, codes that no check gives. `TOO_LONG`: longer than the check
    allows (`waiver_rule(code).days`). `ONE_BY_ONE`: for every subject at once, where each is a matter of its own.
    """
    rule = waiver_rule(code, extra, check)
    if code in rule.never or rule.days == 0:
        return NEVER
    if days > rule.days:
        return TOO_LONG
    return ONE_BY_ONE if every_subject and rule.one_by_one(code) else None
