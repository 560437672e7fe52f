"""Secrets and personal data do not leave in clear."""

from __future__ import annotations

import logging

import pytest

from offshelf.kit import log
from offshelf.kit.redact import SECRET_NAMES, Secret, scrub, scrub_text


def test_a_secret_cannot_be_printed():
    secret = Secret("s3cret")
    assert f"{secret} {secret!r} {[secret]}" == "Secret(***) Secret(***) [Secret(***)]"
    assert secret.reveal() == "s3cret"


def test_secrets_compare_by_value():
    assert Secret("a") == Secret("a") != Secret("b")
    assert (len({Secret("a"), Secret("a")}), Secret("a") == "a") == (1, False)


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("tel 13812345678!", "tel ***!"),
        ("id 11010519491231002X", "id ***"),
        ("GET /x?access_token=abc.d&y=1", "GET /x?access_token=***&y=1"),
        ("?appid=wx1&secret=abc", "?appid=wx1&secret=***"),
        ("?Secret=abc", "?Secret=***"),
    ],
)
def test_texts_are_scrubbed(text, clean):
    assert scrub_text(text) == clean


@pytest.mark.parametrize("text", ["order 3704612354559743232", "listing 10000000000001", "12812345678", ""])
def test_platform_ids_are_left_readable(text):
    assert scrub_text(text) == text


@pytest.mark.parametrize("name", sorted(SECRET_NAMES))
def test_every_secret_name_is_masked_in_queries_and_in_json_texts(name):
    assert scrub_text(f"?x=1&{name}=abc-9&y=2") == f"?x=1&{name}=***&y=2"
    assert "abc-9" not in scrub_text(f'{{"{name}": "abc-9", "n": 1}}')
    assert "abc-9" not in scrub_text(f"{{'{name}': 'abc-9'}}")


def test_plain_data_is_scrubbed_deeply_and_copied():
    given = {"Token": "abc", "list": [{"secret": "x"}, "13812345678"], "n": 1.5, "ok": None, "t": ("a",)}
    expected = {"Token": "***", "list": [{"secret": "***"}, "***"], "n": 1.5, "ok": None, "t": ["a"]}
    assert scrub(given) == expected
    assert given["list"][0] == {"secret": "x"}


def test_connectors_add_their_own_names():
    assert scrub({"tel": "x", "token": "y"}, frozenset({"tel"})) == {"tel": "***", "token": "y"}


def test_the_log_is_scrubbed_with_its_tracebacks(capsys):
    log.configure("INFO")
    try:
        int("call 13812345678")
    except ValueError:
        log.logger("room").exception("at ?access_token=abc")
    logging.getLogger("offshelf").handlers.clear()
    said = capsys.readouterr().err
    assert ("offshelf.room" in said, "access_token=***" in said, "'call ***'" in said) == (True, True, True)
    assert ("13812345678" in said, "=abc" in said) == (False, False)
