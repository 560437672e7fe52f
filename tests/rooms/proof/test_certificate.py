"""The certificate says what the evidence carries, and not a word more."""

from __future__ import annotations

import json

import pytest

from offshelf.delisting.certificate import Proof, build, proof_of, sign
from offshelf.kit.digest import canonical, sm3_of
from offshelf.kit.errors import UsageError
from offshelf.kit.signing import SigningKey
from offshelf.vocabulary.plans import ActKind, Outcome
from support.proof_results import ISSUED, POLICY, act, at, proven, read, result


def built(made=None) -> dict:
    return build(made or result(), issued_at=ISSUED, policy=POLICY)


def test_two_reads_and_a_closed_door_prove_off():
    assert proof_of(proven()) is Proof.OFF


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"verified": None}, Proof.UNKNOWN),
        ({"verified": False}, Proof.NOT_OFF),
        ({"probe": "buyable"}, Proof.NOT_OFF),
        ({"verified": None, "probe": "buyable"}, Proof.NOT_OFF),
        ({"reads": (read(60), read(90, "on"))}, Proof.NOT_OFF),
        ({"reads": (read(60), read(90, "unknown"))}, Proof.UNKNOWN),
        ({"reads": (read(60), read(90, "vanished"))}, Proof.UNKNOWN),
        ({"reads": (read(60), {})}, Proof.UNKNOWN),
        ({"reads": (read(60), read(60))}, Proof.UNKNOWN),
        ({"reads": (read(60),)}, Proof.UNKNOWN),
        ({"reads": ()}, Proof.UNKNOWN),
        ({"verified_at": None}, Proof.UNKNOWN),
        ({"verified_at": at(89)}, Proof.UNKNOWN),
        ({"probe": "none"}, Proof.OFF),
        ({"reads": (read(60, "gone"), read(90, "sold_out"))}, Proof.OFF),
    ],
)
def test_a_listing_is_off_only_with_its_whole_proof(changes, says):
    assert proof_of(proven(**changes)) is says
    assert built(result((proven(**changes),)))["counts"]["listings"][says.value] == 1


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({}, Proof.ON),
        ({"verified": False}, Proof.NOT_ON),
        ({"verified": None}, Proof.UNKNOWN),
        ({"probe": "not_buyable"}, Proof.UNKNOWN),
        ({"reads": (read(60), read(90, "on"))}, Proof.UNKNOWN),
    ],
)
def test_a_listing_put_back_is_on_only_with_its_whole_proof(changes, says):
    back = {"wanted": "on", "probe": "buyable", "reads": (read(60, "on"), read(90, "on"))}
    assert proof_of(proven(**back | changes)) is says


def test_the_document_holds_counts_by_word():
    made = result(
        (proven(1), proven(2, verified=None)), acts=(act(ActKind.TAKE_OFF), act(ActKind.TAKE_OFF, 2, None))
    )
    counts = built(made)["counts"]
    assert counts["listings"] == {"off": 1, "on": 0, "not_off": 0, "not_on": 0, "unknown": 1}
    assert counts["acts"] == {"done": 1, "already_so": 0, "refused": 0, "waiting": 0, "unknown": 0, "open": 1}


def test_an_act_is_one_row_with_the_digest_of_its_evidence():
    made = result(acts=(act(ActKind.TAKE_OFF, 1, Outcome.REFUSED, code="10020052"),))
    digest = sm3_of({"before": "on", "after": "off", "trace": "t-30"})
    assert built(made)["acts"] == [
        [
            "take_off",
            "flagship",
            "10000000001",
            "10000000001",
            "refused",
            "10020052",
            "2026-11-21T02:00:30.000Z",
            digest,
        ]
    ]


def test_the_digest_covers_everything_else():
    document = built()
    assert document.pop("sm3") == sm3_of(document)


def test_the_same_result_gives_the_same_bytes():
    assert canonical(built()) == canonical(built())


def test_evidence_with_a_float_is_refused():
    spoilt = result(acts=(act(ActKind.TAKE_OFF, evidence={"seconds": 0.5}),))
    with pytest.raises(UsageError, match=r"certificate\.not_plain\(act=A-take_off-1\)"):
        built(spoilt)


def test_signing_leaves_the_document_as_it_was(tmp_path):
    document = built()
    before = json.dumps(document)
    signed = sign(document, SigningKey.load_or_create(tmp_path / "key"))
    assert json.dumps(document) == before
    assert {name: value for name, value in signed.items() if name != "signature"} == document


def test_signing_again_replaces_the_signature(tmp_path):
    first, second = (SigningKey.load_or_create(tmp_path / name) for name in "ab")
    assert sign(sign(built(), first), second) == sign(built(), second)
