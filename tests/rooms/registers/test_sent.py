"""A register that was sent instead of lying in a folder, and the mark of what it would do."""

from __future__ import annotations

import pytest

from offshelf.catalog.registers.sent import mark_of, read_sent
from support.register_house import paper


@pytest.mark.parametrize(
    "name",
    [
        "register.yaml",
        "../../etc/x.yaml",
        "C:\\temp\\a.yaml",
        "",
        "a" * 300 + ".yaml",
        "a\x00b.yaml",
        "龙" * 200 + ".yaml",
        "a/.yaml",
        "..",
    ],
)
def test_it_is_read_as_a_file_would_be_and_lies_nowhere_after(house, tmp_path, monkeypatch, name):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    before = sorted(tmp_path.iterdir())
    draft = read_sent(house.declarations, name, paper().encode(), by="lin")
    assert (draft.faults, [one.number for one in draft.licences]) == ((), ["N-1"])
    assert sorted(tmp_path.iterdir()) == before


def test_it_can_name_no_evidence(house):
    (house.folder / "scan.pdf").write_bytes(b"%PDF")
    draft = read_sent(house.declarations, "r.yaml", paper(evidence="scan.pdf").encode(), by="lin")
    assert [fault.code for fault in draft.faults] == ["no_such_file"]
    itself = read_sent(house.declarations, "r.yaml", paper(evidence="r.yaml").encode(), by="lin")
    assert [fault.code for fault in itself.faults] == ["evidence_itself"]


def marked(house, text):
    draft = read_sent(house.declarations, "r.yaml", text.encode(), by="lin")
    return mark_of(house.declarations.apply(draft, by="lin", write=False), text.encode())


def test_the_mark_is_of_the_file_and_of_what_it_would_do(house):
    text = paper()
    first = marked(house, text)
    house.clock.advance(60)
    assert marked(house, text) == first
    assert marked(house, text + "\n") != first
    house.declare(text)
    assert marked(house, text) != first
