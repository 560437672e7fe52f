"""The verifier's own SM3 and Ed25519 against the standards' vectors."""

from __future__ import annotations

import importlib.util
import random
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offshelf.kit.digest import canonical, sm3
from offshelf.kit.signing import SigningKey
from support.signing_vectors import VECTORS

VERIFY = Path(__file__).parents[3] / "tools" / "verify.py"


@pytest.fixture(scope="module")
def verifier() -> ModuleType:
    spec = importlib.util.spec_from_file_location("offshelf_verify", VERIFY)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


@settings(derandomize=True, max_examples=200, database=None)
@given(value=st.dictionaries(st.text(), _PLAIN, max_size=5))
def test_the_canonical_form_is_the_writers(verifier, value):
    assert verifier.canonical(value) == canonical(value)
    assert verifier.parse(canonical(value).decode(), "here") == value


# GB/T 32905-2016, annex A
@pytest.mark.parametrize(
    ("message", "digest"),
    [
        (b"abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
        (b"abcd" * 16, "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"),
    ],
)
def test_sm3_gives_the_digests_of_the_standard(verifier, message, digest):
    assert (verifier.sm3_plain(message), verifier.sm3(message)) == (digest, digest)


def test_sm3_agrees_with_the_writer_at_every_padding(verifier):
    draw = random.Random(7)
    messages = [draw.randbytes(length) for length in range(130)]
    assert [verifier.sm3_plain(m) for m in messages] == [sm3(m) for m in messages]


@pytest.mark.parametrize(("private", "public", "message", "signature"), VECTORS)
def test_ed25519_accepts_the_vectors_of_the_standard(verifier, private, public, message, signature):
    parts = [bytes.fromhex(part) for part in (public, message, signature)]
    assert verifier.ed25519_verify(*parts)


@pytest.mark.parametrize("place", range(0, 64, 7))
def test_ed25519_refuses_any_flipped_bit_of_a_signature(verifier, place):
    key = SigningKey(bytes(range(32)))
    signature = bytearray.fromhex(key.sign(b"off"))
    signature[place] ^= 1
    assert not verifier.ed25519_verify(bytes.fromhex(key.public_hex), b"off", bytes(signature))


def test_ed25519_refuses_another_message_key_or_length(verifier):
    key = SigningKey(bytes(range(32)))
    public, signature = bytes.fromhex(key.public_hex), bytes.fromhex(key.sign(b"off"))
    assert verifier.ed25519_verify(public, b"off", signature)
    assert not verifier.ed25519_verify(public, b"on", signature)
    assert not verifier.ed25519_verify(bytes.fromhex(SigningKey(bytes(32)).public_hex), b"off", signature)
    assert not verifier.ed25519_verify(public, b"off", signature[:63])


def test_ed25519_refuses_the_second_form_of_a_signature(verifier):
    # The same equation holds for s + L; accepting it would give one document two signatures.
    key = SigningKey(bytes(range(32)))
    signature = bytes.fromhex(key.sign(b"off"))
    shifted = int.from_bytes(signature[32:], "little") + verifier._L
    forged = signature[:32] + shifted.to_bytes(32, "little")
    assert not verifier.ed25519_verify(bytes.fromhex(key.public_hex), b"off", forged)
