"""The certificate of a plan: what was wanted, done, seen and proven, in one signed JSON document.

`tools/verify.py` checks it offline and shares no code with this file; `docs/proof.md` describes the format. The
document says `off` of a listing only where its own reads prove it, whatever the result claims.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from enum import StrEnum
from typing import Any

from offshelf.delisting.model import ActRecord, PlanResult, Verification
from offshelf.kit.digest import canonical, sm3_of
from offshelf.kit.errors import UsageError
from offshelf.kit.instants import from_iso, iso
from offshelf.kit.signing import SigningKey
from offshelf.vocabulary.goods import Shelf

FORMAT = "offshelf.certificate.v1"
ACT_COLUMNS = (
    "kind",
    "shop",
    "listing",
    "target",
    "outcome",
    "code",
    "settled_at",
    "evidence_sm3",
)


class Proof(StrEnum):
    """What may be said of a listing, once its evidence was weighed."""

    OFF = "off"  # wanted off, and proven so
    ON = "on"  # wanted on, and proven so
    NOT_OFF = "not_off"  # wanted off, and some read or the probe says otherwise
    NOT_ON = "not_on"
    UNKNOWN = "unknown"  # not looked, not answered, or not enough to prove it


def proof_of(verification: Verification) -> Proof:
    """Return what the evidence of one listing allows to say.

    Proven needs: verified, at least two reads at different instants, every read in agreement with what was wanted,
    a buyer's look that does not contradict, and a verdict no older than its last read.
    """
    shelves = [_sellable(read) for read in verification.reads]
    if verification.wanted == "off":
        if verification.verified is False or verification.probe == "buyable" or True in shelves:
            return Proof.NOT_OFF
        return Proof.OFF if _proven(verification) and set(shelves) == {False} else Proof.UNKNOWN
    if verification.verified is False:
        return Proof.NOT_ON
    agrees = verification.probe != "not_buyable" and set(shelves) == {True}
    return Proof.ON if _proven(verification) and agrees else Proof.UNKNOWN


def build(result: PlanResult, *, issued_at: datetime, policy: dict[str, str]) -> dict[str, Any]:
    """Return the unsigned document: plain data without floats, instants as ISO 8601 UTC with milliseconds.

    `policy` names the versions of the rules that were in force, by id. Raises `UsageError('certificate.not_plain')`
    where evidence holds something that two programs may print differently.
    """
    plan = result.plan
    items = [_item(verification, result) for verification in result.verifications]
    document: dict[str, Any] = {
        "format": FORMAT,
        "issued_at": iso(issued_at),
        "plan": {
            "id": plan.plan_id,
            "version": plan.version,
            "kind": plan.kind.value,
            "reason": result.reason.value,
            "state": plan.state.value,
            "fingerprint": plan.fingerprint,
            "origin": plan.origin,
            "created_at": iso(plan.created_at),
            "created_by": plan.created_by,
            "started_at": _iso_or_none(result.started_at),
            "ended_at": _iso_or_none(result.ended_at),
        },
        "approvals": [
            {"person": a.person, "fingerprint": a.fingerprint, "at": iso(a.at), "note": a.note}
            for a in result.approvals
        ],
        "policy": dict(policy),
        "counts": {
            "listings": _tally([item["says"] for item in items], [word.value for word in Proof]),
            "acts": dict(result.outcomes),
        },
        "listings": items,
        "act_columns": list(ACT_COLUMNS),
        "acts": [_act_row(record) for record in result.acts],
        "journal": {"seq": result.journal_seq, "hash": result.journal_hash, "verified": result.journal_ok},
    }
    if result.forced:  # only then: a certificate without a forced delisting keeps its form
        document["plan"]["proposed_reason"] = plan.reason.value
        document["plan"]["forced"] = [
            {"shop": f.shop_id, "listing": f.listing_id, "raw": f.raw_status, "said": f.said, "at": iso(f.at)}
            for f in result.forced
        ]
    if result.uncovered:
        document["plan"]["uncovered"] = [
            {"shop": one.shop_id, "kind": one.kind.value, "ref": one.ref, "title": one.title}
            | {"unsure": one.unsure, "seen_at": iso(one.seen_at)}
            for one in result.uncovered
        ]
    document["sm3"] = sm3_of(document)
    return document


def sign(document: dict[str, Any], key: SigningKey) -> dict[str, Any]:
    """Return a signed copy. The signature covers the canonical form of everything but the signature block."""
    unsigned = {name: value for name, value in document.items() if name != "signature"}
    block = {"alg": "ed25519", "public_key": key.public_hex, "value": key.sign(canonical(unsigned))}
    return unsigned | {"signature": block}


def _proven(verification: Verification) -> bool:
    """Tell whether the verdict stands on reads at two instants or more and is no older than the last of them."""
    instants = {_instant(read.get("at")) for read in verification.reads}
    if verification.verified is not True or verification.verified_at is None or len(instants) < 2:
        return False
    return "" not in instants and max(instants) <= iso(verification.verified_at)


def _sellable(read: dict[str, Any]) -> bool | None:
    try:
        return Shelf(str(read.get("shelf"))).sellable
    except ValueError:  # a word of a later version proves nothing
        return None


def _instant(value: object) -> str:
    """Return a read's instant in the document's own form, or nothing where it is no instant."""
    try:
        return iso(from_iso(str(value)))
    except ValueError:
        return ""


def _item(verification: Verification, result: PlanResult) -> dict[str, Any]:
    platform, shop_name = result.shops.get(verification.shop_id, ("", ""))
    return {
        "shop": verification.shop_id,
        "shop_name": shop_name,
        "platform": platform,
        "listing": verification.listing_id,
        "merchant_code": verification.merchant_code,
        "title": verification.title,
        "wanted": verification.wanted,
        "observed": verification.observed,
        "verified": verification.verified,
        "says": proof_of(verification).value,
        "verified_at": _iso_or_none(verification.verified_at),
        "probe": verification.probe,
        "reads": [
            {"at": _instant(read.get("at"))}
            | {name: _text(read.get(name)) for name in ("path", "shelf", "raw", "trace")}
            for read in verification.reads
        ],
    }


def _act_row(record: ActRecord) -> list[Any]:
    act = record.act
    try:
        evidence = sm3_of(record.evidence)
    except (TypeError, ValueError) as error:
        raise UsageError("certificate.not_plain", act=act.act_id) from error
    return [
        act.kind.value,
        act.shop_id,
        act.listing_id,
        act.target,
        record.outcome.value if record.outcome else "open",
        record.code,
        _iso_or_none(record.settled_at),
        evidence,
    ]


def _tally(words: list[str], known: list[str]) -> dict[str, int]:
    counted = Counter(words)
    return {word: counted[word] for word in known}


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _iso_or_none(instant: datetime | None) -> str | None:
    return None if instant is None else iso(instant)
