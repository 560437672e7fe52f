"""The signing key: made once, private, and signing as RFC 8032 says."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from offshelf.kit.errors import UsageError
from offshelf.kit.signing import SigningKey
from support.signing_vectors import VECTORS


@pytest.mark.parametrize(("private", "public", "message", "signature"), VECTORS)
def test_it_signs_as_the_standard_says(private, public, message, signature):
    key = SigningKey(bytes.fromhex(private))
    assert (key.public_hex, key.sign(bytes.fromhex(message))) == (public, signature)


def test_a_key_is_made_once_and_only_for_its_owner(tmp_path):
    path = tmp_path / "keys" / "sign.key"
    first = SigningKey.load_or_create(path).public_hex
    assert SigningKey.load_or_create(path).public_hex == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["sign.key"]


def test_many_first_users_share_one_key(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        keys = list(pool.map(lambda _: SigningKey.load_or_create(tmp_path / "k").public_hex, range(8)))
    assert len(set(keys)) == 1


@pytest.mark.parametrize("text", ["", "zz", "00" * 31, "00" * 33])
def test_a_file_that_is_no_key_is_refused_and_kept(tmp_path, text):
    path = tmp_path / "k"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(UsageError, match=r"signing\.unreadable"):
        SigningKey.load_or_create(path)
    assert path.read_text() == text


def test_a_key_others_may_read_is_refused(tmp_path):
    path = tmp_path / "k"
    SigningKey.load_or_create(path)
    path.chmod(0o640)
    with pytest.raises(UsageError, match=r"signing\.open_to_others"):
        SigningKey.load_or_create(path)


def test_a_key_does_not_show_itself(tmp_path):
    path = tmp_path / "k"
    key = SigningKey.load_or_create(path)
    assert path.read_text().strip() not in f"{key!r} {key}"
