"""The offline verifier: alone (`-I -S`), it accepts what we issue and refuses every change to it."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from offshelf.delisting.certificate import build, sign
from offshelf.journal import Journal
from offshelf.kit.digest import canonical, sm3_of
from offshelf.kit.signing import SigningKey
from offshelf.vocabulary.plans import ActKind, PlanState
from support.proof_results import ISSUED, POLICY, act, proven, read, result

VERIFY = Path(__file__).parents[3] / "tools" / "verify.py"
KEY = SigningKey(bytes(range(32)))


def run(*args: str | Path, **kwargs: Any) -> subprocess.CompletedProcess[str]:
    """Run the verifier without site packages, environment or our folder on its path."""
    command = [sys.executable, "-I", "-S", str(VERIFY), *map(str, args)]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False, **kwargs)


def judge(tmp_path: Path, document: dict[str, Any], *args: str | Path) -> tuple[int, list[tuple[str, str]]]:
    """Return exit code and problems as (check, code)."""
    path = tmp_path / "certificate.json"
    path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    done = run(path, "--json", *args)
    checks = json.loads(done.stdout).get("checks", {})
    return done.returncode, [(name, p["code"]) for name, problems in checks.items() for p in problems]


def issue(made=None) -> dict[str, Any]:
    return sign(build(made or result(), issued_at=ISSUED, policy=POLICY), KEY)


def reissue(document: dict[str, Any], change: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
    """Return what a dishonest issuer who holds the key would issue: changed, counted and signed anew."""
    changed = copy.deepcopy(document)
    change(changed)
    rest = {name: value for name, value in changed.items() if name not in ("sm3", "signature")}
    return sign(rest | {"sm3": sm3_of(rest)}, KEY)


def test_what_we_issue_holds(tmp_path):
    assert judge(tmp_path, issue(), "--key", KEY.public_hex) == (0, [])


def test_a_pretty_printed_copy_holds(tmp_path):
    path = tmp_path / "c.json"
    path.write_text(json.dumps(issue(), indent=2), encoding="utf-8")
    assert run(path).returncode == 0


def test_a_plan_that_did_not_prove_everything_holds_but_not_as_all(tmp_path):
    made = result(
        (proven(1), proven(2, verified=None), proven(3, probe="buyable")), state=PlanState.INCOMPLETE
    )
    assert judge(tmp_path, issue(made)) == (3, [])
    told = run(tmp_path / "certificate.json", "--lang", "en")
    assert "HOLDS, but 2 listings are not proven." in told.stdout
    assert told.stdout.count("     not proven: ") == 2


def test_a_relist_certificate_holds(tmp_path):
    back = {"wanted": "on", "observed": "on", "probe": "buyable", "reads": (read(60, "on"), read(90, "on"))}
    made = result((proven(1, **back),), acts=(act(ActKind.PUT_ON),))
    assert judge(tmp_path, issue(made)) == (0, [])


# Changed after signing: digest and signature both tell.
CHANGES: dict[str, Callable[[dict[str, Any]], Any]] = {
    "title": lambda d: d["listings"][0].update(title="x"),
    "trace": lambda d: d["listings"][0]["reads"][0].update(trace="x"),
    "raw": lambda d: d["listings"][1]["reads"][1].update(raw="x"),
    "reason": lambda d: d["plan"].update(reason="season"),
    "person": lambda d: d["approvals"][0].update(person="zhao"),
    "evidence": lambda d: d["acts"][0].__setitem__(7, "0" * 64),
    "policy": lambda d: d["policy"].clear(),
    "journal head": lambda d: d["journal"].update(seq=1),
    "an extra field": lambda d: d.update(extra=1),
    "issued": lambda d: d.update(issued_at="2027-01-01T00:00:00.000Z"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_after_signing_is_found(tmp_path, name):
    document = issue()
    CHANGES[name](document)
    code, problems = judge(tmp_path, document)
    assert code == 1
    assert {("digest", "digest"), ("signature", "signature")} <= set(problems)


def test_a_new_digest_does_not_hide_a_change(tmp_path):
    document = issue()
    document["listings"][0]["title"] = "x"
    rest = {name: value for name, value in document.items() if name not in ("sm3", "signature")}
    assert judge(tmp_path, document | {"sm3": sm3_of(rest)}) == (1, [("signature", "signature")])


def _first(**changes: Any) -> Callable[[dict[str, Any]], None]:
    return lambda d: d["listings"][0].update(changes)


def _read(**changes: Any) -> Callable[[dict[str, Any]], None]:
    return lambda d: d["listings"][0]["reads"][1].update(changes)


# Lies signed with the right key: the document contradicts itself.
LIES: dict[str, tuple[Callable[[dict[str, Any]], Any], tuple[str, str]]] = {
    "off though never verified": (_first(verified=None), ("listings", "not_verified")),
    "off though found on": (_first(verified=False), ("listings", "not_verified")),
    "off though verified is a word": (_first(verified="true"), ("listings", "not_verified")),
    "off on one read": (lambda d: d["listings"][0]["reads"].pop(), ("listings", "reads")),
    "off on one instant": (_read(at="2026-11-21T02:01:00.000Z"), ("listings", "reads")),
    "off at no instant": (_read(at="yesterday"), ("listings", "reads")),
    "off though read on": (_read(shelf="on"), ("listings", "shelf")),
    "off though read unknown": (_read(shelf="unknown"), ("listings", "shelf")),
    "off though read a new word": (_read(shelf="hidden"), ("listings", "shelf")),
    "off though buyable": (_first(probe="buyable"), ("listings", "probe")),
    "off though the probe is a new word": (_first(probe="maybe"), ("listings", "probe")),
    "verified before the last read": (_first(verified_at="2026-11-21T02:01:29.999Z"), ("listings", "order")),
    "verified after the issue": (_first(verified_at="2026-11-21T09:00:00.000Z"), ("listings", "order")),
    "verified never": (_first(verified_at=None), ("listings", "not_verified")),
    "read before the plan": (_read(at="2025-11-21T02:01:00.000Z"), ("listings", "order")),
    "taken off after the last read": (
        lambda d: d["acts"][1].__setitem__(6, "2026-11-21T02:30:00.000Z"),
        ("listings", "stale"),
    ),
    "on though wanted off": (_first(says="on"), ("listings", "words")),
    "unknown though found on": (_first(says="unknown", verified=False), ("listings", "words")),
    "wanted something else": (_first(wanted="hidden"), ("listings", "words")),
    "one listing twice": (lambda d: d["listings"].append(d["listings"][0]), ("listings", "twice")),
    "a listing left out": (lambda d: d["listings"].pop(), ("counts", "counts")),
    "an act left out": (lambda d: d["acts"].pop(), ("counts", "counts")),
    "a prettier count": (lambda d: d["counts"]["listings"].update(off=3), ("counts", "counts")),
    "nobody approved": (lambda d: d["approvals"].clear(), ("plan", "approval")),
    "another plan approved": (lambda d: d["approvals"][0].update(fingerprint="0" * 64), ("plan", "approval")),
    "approved afterwards": (lambda d: d["approvals"][0].update(at="2026-11-21T02:00:01.000Z"), ("plan", "approval")),
    "no fingerprint": (lambda d: d["plan"].update(fingerprint=""), ("structure", "shape")),
    "done though its goods sell elsewhere": (
        lambda d: d["plan"].__setitem__("uncovered", [{"kind": "replay"}]), ("plan", "beside"),
    ),
    "done though an act was refused": (lambda d: d["acts"][0].__setitem__(4, "refused"), ("plan", "done")),
}  # fmt: skip


@pytest.mark.parametrize("name", LIES)
def test_a_signed_lie_is_found(tmp_path, name):
    change, problem = LIES[name]
    code, problems = judge(tmp_path, reissue(issue(), change), "--key", KEY.public_hex)
    assert code == 1
    assert problem in problems


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.pop("plan"),
        lambda d: d.update(listings={}),
        lambda d: d.update(format="offshelf.certificate.v2"),
        lambda d: d["plan"].update(version=True),
        lambda d: d["acts"].append(["take_off"]),
        lambda d: d["acts"][0].__setitem__(4, "perfect"),
        lambda d: d["acts"][0].__setitem__(1, []),
        lambda d: d["listings"].append(None),
        lambda d: d["listings"][0]["reads"].append(1),
        lambda d: d["listings"][0].update(shop=None),
        lambda d: d["act_columns"].reverse(),
    ],
)
def test_a_misshapen_document_is_refused_before_anything_else(tmp_path, change):
    code, problems = judge(tmp_path, reissue(issue(), change))
    assert code == 1
    assert {check for check, _ in problems} == {"structure"}


@pytest.mark.parametrize(
    "block",
    [{"alg": "none"}, {"value": ""}, {"value": "zz"}, {"public_key": "00" * 32}, {"public_key": "ff" * 32}],
)
def test_a_broken_signature_block_is_refused(tmp_path, block):
    document = issue()
    document["signature"].update(block)
    assert judge(tmp_path, document) == (1, [("signature", "signature")])


def test_another_key_is_refused_when_one_is_pinned(tmp_path):
    other = SigningKey(bytes(32))
    forged = sign(issue(), other)
    pinned = tmp_path / "merchant.pub"
    pinned.write_text(KEY.public_hex + "\n")
    assert judge(tmp_path, forged) == (0, [])
    assert judge(tmp_path, forged, "--key", pinned) == (1, [("key", "key")])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"a": 1.5}',
        '{"a": NaN}',
        '{"a": 1, "a": 2}',
        '"\\ud800"',
        '{"a": "\\ud800"}',
        "[" * 100_000,
    ],
)
def test_what_cannot_be_read_is_bad_input(tmp_path, text):
    path = tmp_path / "c.json"
    path.write_text(text)
    done = run(path, "--json")
    assert (done.returncode, json.loads(done.stdout)["ok"]) == (2, False)


def test_missing_files_and_bad_keys_are_bad_input(tmp_path):
    path = tmp_path / "c.json"
    path.write_text(json.dumps(issue()))
    assert run(tmp_path / "none.json").returncode == 2
    assert run(path, "--key", "abc").returncode == 2
    assert run(path, "--journal", tmp_path / "none").returncode == 2


def test_people_read_the_result_in_both_languages(tmp_path):
    path = tmp_path / "c.json"
    path.write_text(json.dumps(issue()), encoding="utf-8")
    english, chinese = run(path, "--lang", "en").stdout, run(path, "--lang", "zh").stdout
    assert "2 of 2 listings wanted off are proven off sale." in english
    assert "No key was pinned" in english
    assert "应下架 2 件，已核实下架 2 件。" in chinese
    assert "未指定公钥" in chinese


def test_a_pinned_key_needs_no_warning(tmp_path):
    path = tmp_path / "c.json"
    path.write_text(json.dumps(issue()), encoding="utf-8")
    assert "No key was pinned" not in run(path, "--lang", "en", "--key", KEY.public_hex).stdout


class TestJournal:
    """The journal beside the certificate."""

    @pytest.fixture
    def export(self, sqlite_database, clock, tmp_path) -> Path:
        journal = Journal(sqlite_database, clock)
        with sqlite_database.begin() as tx:
            for number in range(5):
                journal.append(
                    tx,
                    actor="林",
                    verb="act.done",
                    subject=f"L-{number}",
                    body={"货": number, "line": "\u2028"},
                )
        path = tmp_path / "journal.jsonl"
        with path.open("wb") as stream:
            journal.export(stream)
        return path

    def certified(self, export: Path, seq: int = 4) -> dict[str, Any]:
        line = json.loads(export.read_text("utf-8").split("\n")[seq - 1])
        return issue(result(journal_seq=seq, journal_hash=line["hash"]))

    def test_a_whole_chain_with_the_head_in_it_holds(self, tmp_path, export):
        assert judge(tmp_path, self.certified(export), "--journal", export) == (0, [])

    @pytest.mark.parametrize(
        ("spoil", "problem"),
        [
            (lambda lines: lines[0].replace("L-0", "L-9"), "chain"),
            (lambda lines: lines[0].replace('"货":0', '"货":1'), "chain"),
            (lambda lines: lines[0].replace('"at":1', '"at":2'), "chain"),
            (lambda lines: lines[1], "chain"),
            (lambda lines: '{"seq":1}', "chain"),
        ],
    )
    def test_a_spoilt_line_is_found(self, tmp_path, export, spoil, problem):
        document = self.certified(export)
        lines = export.read_text("utf-8").split("\n")
        lines[0] = spoil(lines)
        export.write_text("\n".join(lines), encoding="utf-8")
        assert judge(tmp_path, document, "--journal", export) == (1, [("journal", problem)])

    @staticmethod
    def rewrite(line: str, **changes: Any) -> str:
        """Return an entry changed and sealed anew with a hash that fits."""
        entry = json.loads(line) | changes
        covered = {name: entry[name] for name in ("seq", "at", "actor", "verb", "subject", "prev_hash")}
        entry["hash"] = sm3_of(covered | {"body": sm3_of(entry["body"])})
        return canonical(entry).decode()

    def test_an_entry_rewritten_with_a_good_hash_is_found_by_the_next_one(self, tmp_path, export):
        document = self.certified(export)
        first, rest = export.read_text("utf-8").split("\n", 1)
        export.write_text(self.rewrite(first, actor="wang") + "\n" + rest, encoding="utf-8")
        assert judge(tmp_path, document, "--journal", export) == (1, [("journal", "chain")])

    def test_a_chain_that_skips_a_number_is_found(self, tmp_path, export):
        export.write_text(self.rewrite(export.read_text("utf-8").split("\n")[0], seq=2), encoding="utf-8")
        assert judge(tmp_path, issue(), "--journal", export) == (1, [("journal", "chain")])

    def test_a_last_entry_that_names_another_hash_is_found(self, tmp_path, export):
        document = self.certified(export)
        last = json.loads(export.read_text("utf-8").split("\n")[4])["hash"]
        export.write_text(export.read_text("utf-8").replace(last, "0" * 64), encoding="utf-8")
        assert judge(tmp_path, document, "--journal", export) == (1, [("journal", "chain")])

    def test_a_dropped_tail_is_found_by_the_head(self, tmp_path, export):
        document = self.certified(export)
        export.write_text("\n".join(export.read_text("utf-8").split("\n")[:3]), encoding="utf-8")
        assert judge(tmp_path, document, "--journal", export) == (1, [("journal", "head")])

    def test_swapped_lines_are_found(self, tmp_path, export):
        document = self.certified(export)
        lines = export.read_text("utf-8").split("\n")
        lines[1], lines[2] = lines[2], lines[1]
        export.write_text("\n".join(lines), encoding="utf-8")
        assert judge(tmp_path, document, "--journal", export) == (1, [("journal", "chain")])

    @pytest.mark.parametrize("line", ["{", "[]", '{"seq":1.5}', ""])
    def test_a_line_that_is_no_entry_is_bad_input(self, tmp_path, export, line):
        document = self.certified(export)
        export.write_text(export.read_text("utf-8") + line + "\n", encoding="utf-8")
        assert judge(tmp_path, document, "--journal", export)[0] == 2
