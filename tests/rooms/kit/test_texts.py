"""The catalogue of texts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offshelf.kit.texts import Catalogue, MissingTextError

ROOM = """
[error.plan.unknown]
_ = "No plan {plan}."
next = "List plans."
[word]
off = "off"
"""


def load(folder, **files):
    for language in ("zh", "en"):
        (folder / language).mkdir()
        for name, text in files.items():
            (folder / language / f"{name}.toml").write_text(text, "utf-8")
        (folder / language / "notes.txt").write_text("not a text file")
    return Catalogue.load(folder)


def test_keys_are_dotted_and_a_table_can_have_a_text_of_its_own(tmp_path):
    words = load(tmp_path, room=ROOM)
    assert words.keys("zh") == {"error.plan.unknown", "error.plan.unknown.next", "word.off"}
    assert words.say("error.plan.unknown", "en", plan="P-1") == "No plan P-1."
    assert words.places("error.plan.unknown", "en") == {"plan"}
    assert (words.has("word.off", "en"), words.has("word", "en")) == (True, False)


def test_a_missing_text_or_place_is_a_bug_of_ours(tmp_path):
    words = load(tmp_path, room=ROOM)
    with pytest.raises(MissingTextError):
        words.say("word.on", "en")
    with pytest.raises(MissingTextError):
        words.say("error.plan.unknown", "en")


def test_a_key_in_two_files_is_refused(tmp_path):
    with pytest.raises(ValueError, match="stands twice"):
        load(tmp_path, room=ROOM, other=ROOM)


def test_a_text_that_is_no_sentence_is_refused(tmp_path):
    with pytest.raises(TypeError, match=r"word\.n"):
        load(tmp_path, room="[word]\nn = 1\n")


@given(st.text())
def test_values_are_put_in_as_they_are(value):
    words = Catalogue({"en": {"a": "<{x}>"}, "zh": {}})
    assert words.say("a", "en", x=value) == f"<{value}>"


@pytest.mark.parametrize("place", ["{x.__class__}", "{x[0]}", "{}"])
def test_a_place_cannot_reach_into_values(place):
    with pytest.raises(MissingTextError):
        Catalogue({"en": {"a": place}, "zh": {}}).say("a", "en", x="v")
