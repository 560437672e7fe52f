"""Where a file must show something, bytes are no proof: ends of places that sell, remedies, and grounds."""

from __future__ import annotations

import pytest

from support.evidence import pdf, png
from support.register_house import RegisterHouse, paper, place, said

JUNK = {
    "a letter": b"x",
    "a text": b"I have looked and it is gone.",
    "a name only": b"\x89PNG\r\n\x1a\n",
    "a picture with a byte more": png("gone") + b"\0",
    "a document of nothing": b"%PDF-%%EOF",
}
MUST = {
    "an end": lambda name: (place(state="ended", evidence=name), 7, "places[1]"),
    "a hazard": lambda name: (said("hazard_remedied", "TEA-1", text="t", evidence=name), 5, "statements[1]"),
    "a violation": lambda name: (said("violation_remedied", "TEA-1", text="t", evidence=name), 5, "statements[1]"),
    "a ground": lambda name: (
        said("ground", "TEA-1", text="t", reason="violation", evidence=name), 6, "statements[1]",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", MUST)
@pytest.mark.parametrize("junk", JUNK)
def test_bytes_that_show_nothing_are_refused_with_their_line(
    house: RegisterHouse, what: str, junk: str
) -> None:
    (house.folder / "proof.png").write_bytes(JUNK[junk])
    text, line, where = MUST[what]("proof.png")
    assert house.faults(text) == [(line, f"{where}.evidence", "evidence_unknown")]
    assert house.sealed == []


@pytest.mark.parametrize("what", MUST)
@pytest.mark.parametrize("shown", [png("gone"), pdf("report")], ids=["picture", "document"])
def test_a_picture_or_a_document_counts(house: RegisterHouse, what: str, shown: bytes) -> None:
    (house.folder / "proof").write_bytes(shown)
    house.declare(MUST[what]("proof")[0])
    assert house.sealed == [house.folder / "proof"]


@pytest.mark.parametrize("what", MUST)
def test_a_register_never_proves_itself(house: RegisterHouse, what: str) -> None:
    text, line, where = MUST[what]("register.yaml")
    assert house.faults(text) == [(line, f"{where}.evidence", "evidence_itself")]
    (house.folder / "link.png").symlink_to(house.folder / "register.yaml")
    assert [code for _, _, code in house.faults(MUST[what]("link.png")[0])] == ["evidence_itself"]


def test_elsewhere_any_file_may_be_named(house: RegisterHouse) -> None:
    """What a paper or a letter looks like nobody here can tell; nothing is set free by it."""
    (house.folder / "letter.eml").write_bytes(b"Dear supplier")
    (house.folder / "scan.tif").write_bytes(b"II*\0")
    text = said("interception_rules", "S", text="x", evidence="letter.eml") + paper(evidence="scan.tif")
    assert house.faults(text) == []
