"""Sealing: opens under the same key and context only, and says so instead of breaking."""

from __future__ import annotations

import base64
import stat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offshelf.kit.errors import UsageError
from offshelf.kit.redact import Secret
from offshelf.kit.seal import FileKey, FixedKey, Seal

KEY, OTHER = "00" * 16, "11" * 16


def seal(key=KEY):
    return Seal(FixedKey(Secret(key), "test"))


@given(st.text(max_size=60), st.text(max_size=20))
def test_what_is_sealed_opens_to_the_same(text, context):
    text, context = (t.encode("utf-8", "ignore").decode() for t in (text, context))
    assert seal().open(seal().seal(Secret(text), context), context) == Secret(text)


def test_the_sealed_form_does_not_show_the_secret_and_differs_each_time():
    first, second = (seal().seal(Secret("s3cret"), "c") for _ in range(2))
    assert first != second
    assert first.startswith("s1.")
    assert b"s3cret" not in base64.urlsafe_b64decode(first[3:])


SEALED = seal().seal(Secret("s3cret"), "c")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda _: "",
        lambda _: "s1.",
        lambda _: "s1.x",
        lambda _: "s1.!!!!",
        lambda _: "s1.AAAA",
        lambda _: "plain",
        lambda sealed: sealed[:-4],
        lambda sealed: sealed[3:],
        lambda sealed: sealed[:30],
    ],
)
def test_what_is_no_sealed_form_is_refused(spoil):
    with pytest.raises(UsageError, match=r"seal\.unreadable"):
        seal().open(spoil(SEALED), "c")


@given(st.integers(0, 27 + len("s3cret")), st.integers(1, 255))
def test_one_changed_byte_is_refused(position, change):
    raw = bytearray(base64.urlsafe_b64decode(SEALED[3:]))
    raw[position] ^= change
    with pytest.raises(UsageError, match=r"seal\.unreadable"):
        seal().open("s1." + base64.urlsafe_b64encode(raw).decode(), "c")


@pytest.mark.parametrize(("key", "context"), [(OTHER, "c"), (KEY, "d")])
def test_another_key_or_another_place_does_not_open_it(key, context):
    with pytest.raises(UsageError, match=r"seal\.unreadable"):
        seal(key).open(SEALED, context)


def test_a_key_file_is_made_once_for_its_owner_only(tmp_path):
    path = tmp_path / "keys" / "master.key"
    first = FileKey(path, create=True).key()
    assert (FileKey(path).key(), len(first)) == (first, 16)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_missing_key_file_is_not_made_by_reading(tmp_path):
    with pytest.raises(UsageError, match=r"seal\.no_key"):
        Seal(FileKey(tmp_path / "k")).check()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["", "zz", "00" * 15, "00" * 17, "密钥"])
def test_a_bad_key_is_refused_without_being_shown(tmp_path, text):
    (tmp_path / "k").write_text(text, "utf-8")
    for provider in (FileKey(tmp_path / "k"), FixedKey(Secret(text), "env")):
        with pytest.raises(UsageError, match=r"seal\.bad_key") as caught:
            provider.key()
        assert not text or text not in str(caught.value)


def test_an_existing_key_file_is_never_overwritten(tmp_path):
    path = tmp_path / "k"
    path.write_text("broken", "ascii")
    with pytest.raises(UsageError):
        FileKey(path, create=True).key()
    assert path.read_text("ascii") == "broken"


def test_bytes_come_back_and_any_change_is_refused():
    seal = Seal(FixedKey(Secret("0f" * 16), "test"))
    sealed = seal.seal_bytes(b"\x00clear\xff", "evidence:1")
    assert seal.open_bytes(sealed, "evidence:1") == b"\x00clear\xff"
    assert (b"clear" in sealed, len(sealed)) == (False, 7 + 32)
    changed = bytes([*sealed[:-1], sealed[-1] ^ 1])
    for bad, context in (
        (changed, "evidence:1"),
        (sealed, "evidence:2"),
        (sealed[4:], "evidence:1"),
        (b"OSB1", ""),
    ):
        with pytest.raises(UsageError) as caught:
            seal.open_bytes(bad, context)
        assert caught.value.code == "seal.unreadable"
