#!/usr/bin/env python3
"""Verifies an Offshelf certificate, and a journal beside it, offline.

One file, Python 3.9 or later, standard library only; it shares no code with the program that writes certificates.
SM3 (GB/T 32905), Ed25519 (RFC 8032) and the canonical JSON form are written out here. Format: docs/proof.md.

    python3 verify.py certificate.json [--key HEX|FILE] [--journal FILE] [--lang zh|en] [--json]

Exit codes: 0 holds and all is proven, 1 something does not hold, 2 cannot be read, 3 holds but not all is proven.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import sys
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

FORMAT = "offshelf.certificate.v1"
GENESIS = "0" * 64
NOT_ON_SALE = frozenset({"off", "off_by_platform", "sold_out", "never_listed", "gone"})
SAYS = ("off", "on", "not_off", "not_on", "unknown")
PROBES = {"off": ("not_buyable", "unknown", "none"), "on": ("buyable", "unknown", "none")}
OUTCOMES = ("done", "already_so", "refused", "waiting", "unknown", "open")
COLUMNS = ["kind", "shop", "listing", "target", "outcome", "code", "settled_at", "evidence_sm3"]

# What a person reads, in English and Chinese; `{}` is what it is about.
TEXTS = {
    "structure": ("Structure", "结构"),
    "digest": ("SM3 digest", "SM3 摘要"),
    "signature": ("Signature", "签名"),
    "key": ("Pinned public key", "指定公钥"),
    "counts": ("Counts", "统计"),
    "listings": ("Evidence per listing", "逐件凭证"),
    "plan": ("Plan and approval", "计划与审批"),
    "journal": ("Journal", "操作日志"),
    "p.shape": ("missing or of the wrong kind: {}", "缺少或类型不对：{}"),
    "p.format": ("not a format this program knows: {}", "本程序不认识的格式：{}"),
    "p.digest": ("the document was changed after its digest was taken", "文件在取摘要之后被改动过"),
    "p.signature": ("the signature does not fit the document", "签名与文件不符"),
    "p.key": ("signed with another key than the one you named", "签名所用密钥不是您指定的那一把"),
    "p.counts": ("the counts do not match the items: {}", "统计数与明细不符：{}"),
    "p.twice": ("stands twice: {}", "重复出现：{}"),
    "p.words": ("says something its own fields do not allow: {}", "结论与自身字段矛盾：{}"),
    "p.not_verified": ("claimed although not verified: {}", "未核实却作出结论：{}"),
    "p.reads": ("fewer than two reads at different instants: {}", "不同时刻的读取不足两次：{}"),
    "p.shelf": ("a read contradicts the claim: {}", "有读取与结论矛盾：{}"),
    "p.probe": ("the buyer's view contradicts the claim: {}", "买家侧所见与结论矛盾：{}"),
    "p.order": ("instants are in an impossible order: {}", "时刻先后不可能：{}"),
    "p.stale": ("last read before the product was taken off: {}", "最后一次读取早于下架动作：{}"),
    "p.approval": ("no approval of this fingerprint before the start", "开始执行前没有针对该指纹的审批"),
    "p.done": ("the plan is called done, but not every act is", "计划标为已完成，但并非每个动作都已完成"),
    "p.beside": ("called done, though its goods still sell elsewhere", "标为已完成，但商品仍在别处销售"),
    "p.chain": ("the chain breaks at line {}", "链在第 {} 行断开"),
    "p.head": ("the certificate's entry {} is not in this journal", "证书所引的第 {} 条不在此日志中"),
    "p.unproven": ("not proven: {}", "未核实：{}"),
    "more": ("… and {} more", "…… 另有 {} 项"),
    "title": ("Plan {}, issued {}", "下架计划 {}，签发于 {}"),
    "off": ("{} of {} listings wanted off are proven off sale.", "应下架 {1} 件，已核实下架 {0} 件。"),
    "on": ("{} of {} listings wanted on are proven on sale.", "应上架 {1} 件，已核实在售 {0} 件。"),
    "unpinned": (
        (
            "No key was pinned: the signature proves that nothing changed since signing, not who signed. Get the "
            "merchant's public key another way and pass it with --key. Key used: {}"
        ),
        "未指定公钥：签名只能证明签名之后未被改动，不能证明是谁签的。请另行取得商家公钥，用 --key 指定。所用公钥：{}",
    ),
    "unjournaled": ("The journal was not checked (no --journal).", "未检查操作日志（没有 --journal）。"),
    "good": ("HOLDS: everything checked holds.", "成立：所有检查项均通过。"),
    "partly": ("HOLDS, but {} listings are not proven.", "成立，但有 {} 件商品未核实。"),
    "bad": ("DOES NOT HOLD: do not rely on this certificate.", "不成立：请勿依赖此证书。"),
    "input": ("Cannot be read: {}", "无法读取：{}"),
}

# SM3, GB/T 32905-2016
_IV = bytes.fromhex("7380166f 4914b2b9 172442d7 da8a0600 a96f30bc 163138aa e38dee4d b0fb0e4e")
_MASK = 0xFFFFFFFF


def _rotate(x: int, n: int) -> int:
    n %= 32
    return ((x << n) | (x >> (32 - n))) & _MASK


_T = tuple(_rotate(0x79CC4519 if j < 16 else 0x7A879D8A, j) for j in range(64))


def _compress(state: tuple[int, ...], block: bytes) -> tuple[int, ...]:
    w = [int.from_bytes(block[i : i + 4], "big") for i in range(0, 64, 4)]
    for j in range(16, 68):
        x = w[j - 16] ^ w[j - 9] ^ _rotate(w[j - 3], 15)
        w.append(x ^ _rotate(x, 15) ^ _rotate(x, 23) ^ _rotate(w[j - 13], 7) ^ w[j - 6])
    a, b, c, d, e, f, g, h = state
    for j in range(64):
        a12 = _rotate(a, 12)
        ss1 = _rotate((a12 + e + _T[j]) & _MASK, 7)
        ff = a ^ b ^ c if j < 16 else (a & b) | (a & c) | (b & c)
        gg = e ^ f ^ g if j < 16 else (e & f) | (~e & g & _MASK)
        tt1 = (ff + d + (ss1 ^ a12) + (w[j] ^ w[j + 4])) & _MASK
        tt2 = (gg + h + ss1 + w[j]) & _MASK
        a, b, c, d = tt1, a, _rotate(b, 9), c
        e, f, g, h = tt2 ^ _rotate(tt2, 9) ^ _rotate(tt2, 17), e, _rotate(f, 19), g
    return tuple(old ^ new for old, new in zip(state, (a, b, c, d, e, f, g, h)))  # noqa: B905 - strict= is younger than Python 3.9


def sm3_plain(data: bytes) -> str:
    """Return the SM3 digest in hex, computed here."""
    padded = data + b"\x80" + b"\0" * (-(len(data) + 9) % 64) + (8 * len(data)).to_bytes(8, "big")
    state = tuple(int.from_bytes(_IV[i : i + 4], "big") for i in range(0, 32, 4))
    for i in range(0, len(padded), 64):
        state = _compress(state, padded[i : i + 64])
    return "".join(f"{word:08x}" for word in state)


def sm3(data: bytes) -> str:
    """Return the SM3 digest in hex: Python's own where the machine has it (much faster), else ours."""
    try:
        return hashlib.new("sm3", data).hexdigest()
    except ValueError:
        return sm3_plain(data)


# Ed25519, RFC 8032 section 5.1
_P = 2**255 - 19
_L = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, _P - 2, _P) % _P
_ROOT = pow(2, (_P - 1) // 4, _P)
Point = tuple[int, int, int, int]


def _add(p: Point, q: Point) -> Point:
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % _P, (p[1] + p[0]) * (q[1] + q[0]) % _P
    c, d = 2 * p[3] * q[3] * _D % _P, 2 * p[2] * q[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % _P, g * h % _P, f * g % _P, e * h % _P)


def _times(scalar: int, point: Point) -> Point:
    total: Point = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            total = _add(total, point)
        point = _add(point, point)
        scalar >>= 1
    return total


def _decode(data: bytes) -> Point | None:
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    if y >= _P:
        return None
    square = (y * y - 1) * pow(_D * y * y + 1, _P - 2, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * _ROOT % _P
    if (x * x - square) % _P or (x == 0 and sign):
        return None
    x = _P - x if x & 1 != sign else x
    return (x, y, 1, x * y % _P)


_B = _decode((4 * pow(5, _P - 2, _P) % _P).to_bytes(32, "little"))


def ed25519_verify(public: bytes, message: bytes, signature: bytes) -> bool:
    """Tell whether `signature` over `message` was made with the private half of `public`."""
    if len(public) != 32 or len(signature) != 64 or _B is None:
        return False
    a, r = _decode(public), _decode(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= _L:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % _L
    left, right = _times(s, _B), _add(r, _times(k, a))
    return all((left[i] * right[2] - right[i] * left[2]) % _P == 0 for i in (0, 1))


class BadInputError(Exception):
    """The input cannot be read as what it should be."""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return found


def _no_number(text: str) -> Any:
    raise ValueError(f"not an integer: {text[:40]}")


def parse(text: str, where: str) -> dict[str, Any]:
    """Read a JSON object strictly: no floats, no name twice, no half characters."""
    try:
        value = json.loads(text, object_pairs_hook=_unique, parse_float=_no_number, parse_constant=_no_number)
        canonical(value)
    except (ValueError, RecursionError) as error:
        raise BadInputError(f"{where}: {error}") from error
    if not isinstance(value, dict):
        raise BadInputError(f"{where}: not a JSON object")
    return value


def canonical(value: Any) -> bytes:
    """Return the canonical form: sorted names, no spaces, UTF-8."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def read_text(path: str) -> str:
    """Return the text of a file, or of standard input for `-`."""
    try:
        if path == "-":
            return sys.stdin.buffer.read().decode("utf-8")
        with open(path, encoding="utf-8") as stream:  # noqa: PTH123
            return stream.read()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInputError(f"{path}: {error}") from error


def read_key(given: str) -> str:
    """Return a public key given as 64 hex digits or as a file that holds them."""
    key = given if len(given) == 64 else read_text(given).strip()
    if not _fits("h", key.lower()):
        raise BadInputError("--key: not 64 hex digits")
    return key.lower()


class Problem(NamedTuple):
    """One thing that does not hold: a code of TEXTS and what it is about."""

    code: str
    about: str = ""


# What must be there, by place: s text, t instant, h 64 hex digits, i whole number, b yes or no, d object, l list.
_SHAPES = {
    "certificate": "format:s issued_at:t plan:d approvals:l policy:d counts:d listings:l act_columns:l acts:l "
    "journal:d sm3:s signature:d",
    "plan": "id:s version:i kind:s reason:s state:s fingerprint:h created_at:t",
    "counts": "listings:d acts:d",
    "journal": "seq:i hash:h verified:b",
    "signature": "alg:s public_key:s value:s",
    "approvals": "person:s fingerprint:s at:t",
    "listings": "shop:s platform:s listing:s merchant_code:s title:s wanted:s observed:s says:s probe:s reads:l",
    "reads": "at:s path:s shelf:s raw:s trace:s",
}
_KINDS = {"s": str, "t": str, "h": str, "i": int, "b": bool, "d": dict, "l": list}
_FORMS = {"t": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"), "h": re.compile(r"[0-9a-f]{64}")}


def _fits(kind: str, value: Any) -> bool:
    # the exact type: to Python, True is a whole number too
    return type(value) is _KINDS[kind] and (kind not in _FORMS or bool(_FORMS[kind].fullmatch(str(value))))


def _misfits(shape: str, value: Any, where: str) -> Iterable[Problem]:
    if not isinstance(value, dict):
        yield Problem("shape", where)
        return
    for field in _SHAPES[shape].split():
        name, kind = field.split(":")
        if not _fits(kind, value.get(name)):
            yield Problem("shape", f"{where}.{name}")


def check_structure(doc: dict[str, Any]) -> Iterable[Problem]:
    """Every part that the other checks rely on is there and of the right kind."""
    yield from _misfits("certificate", doc, "certificate")
    if doc.get("format") != FORMAT:
        yield Problem("format", str(doc.get("format"))[:60])
    for name in ("plan", "counts", "journal", "signature"):
        yield from _misfits(name, doc.get(name), name)
    for name in ("approvals", "listings"):
        for number, item in enumerate(_list(doc, name)):
            yield from _misfits(name, item, f"{name}[{number}]")
            for place, read in enumerate(_list(item, "reads")):
                yield from _misfits("reads", read, f"{name}[{number}].reads[{place}]")
    if doc.get("act_columns") != COLUMNS:
        yield Problem("shape", "act_columns")
    for number, row in enumerate(_list(doc, "acts")):
        if not _is_act(row):
            yield Problem("shape", f"acts[{number}]")


def _is_act(row: Any) -> bool:
    if not isinstance(row, list) or len(row) != len(COLUMNS) or row[4] not in OUTCOMES:
        return False
    return all(isinstance(text, str) for text in row[:6] + row[7:]) and (row[6] is None or _fits("t", row[6]))


def _list(value: Any, name: str) -> list[Any]:
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, list) else []


def check_digest(doc: dict[str, Any]) -> Iterable[Problem]:
    """The SM3 named in the document is that of the rest."""
    rest = {name: value for name, value in doc.items() if name not in ("sm3", "signature")}
    if sm3(canonical(rest)) != doc["sm3"]:
        yield Problem("digest")


def check_signature(doc: dict[str, Any]) -> Iterable[Problem]:
    """The signature over everything but its own block is good."""
    block = doc["signature"]
    rest = {name: value for name, value in doc.items() if name != "signature"}
    try:
        public, value = bytes.fromhex(block["public_key"]), bytes.fromhex(block["value"])
    except ValueError:
        public, value = b"", b""
    if block["alg"] != "ed25519" or not ed25519_verify(public, canonical(rest), value):
        yield Problem("signature")


def check_counts(doc: dict[str, Any]) -> Iterable[Problem]:
    """The counts are those of the items."""
    says = [item["says"] for item in doc["listings"]]
    outcomes = [row[4] for row in doc["acts"]]
    for name, words, known in (("listings", says, SAYS), ("acts", outcomes, OUTCOMES)):
        if doc["counts"][name] != {word: words.count(word) for word in known}:
            yield Problem("counts", name)


def check_listings(doc: dict[str, Any]) -> Iterable[Problem]:
    """No listing says more than its own reads, probe and instants carry."""
    deeds = {(row[1], row[2]): row[6] for row in doc["acts"] if row[0] == "take_off" and row[4] == "done"}
    seen = set()
    for item in doc["listings"]:
        place = (item["shop"], item["listing"])
        if place in seen:
            yield Problem("twice", "/".join(place))
        seen.add(place)
        about = item["merchant_code"] + " " + "/".join(place)
        for code in _judge(item, doc["plan"]["created_at"], doc["issued_at"], deeds.get(place)):
            yield Problem(code, about)


def _judge(item: dict[str, Any], not_before: str, not_after: str, deed: Any) -> Iterable[str]:
    if item["wanted"] not in ("off", "on") or item["says"] not in SAYS:
        yield "words"
    elif item["says"] == item["wanted"]:
        yield from _judge_claim(item, not_before, not_after, deed)
    elif item["says"] not in ("unknown", "not_" + item["wanted"]) or (
        item.get("verified") is False and item["says"] == "unknown"
    ):
        yield "words"


def _judge_claim(item: dict[str, Any], not_before: str, not_after: str, deed: Any) -> Iterable[str]:
    instants = sorted(read["at"] for read in item["reads"])
    shelves = {read["shelf"] for read in item["reads"]}
    claimed_at: Any = item.get("verified_at")
    if item.get("verified") is not True or not _fits("t", claimed_at):
        yield "not_verified"
        return
    if len(set(instants)) < 2 or not all(_fits("t", at) for at in instants):
        yield "reads"
        return
    if not shelves <= (NOT_ON_SALE if item["wanted"] == "off" else {"on"}):
        yield "shelf"
    if item["probe"] not in PROBES[item["wanted"]]:
        yield "probe"
    if not not_before <= instants[0] <= instants[-1] <= claimed_at <= not_after:
        yield "order"
    if isinstance(deed, str) and instants[-1] < deed:
        yield "stale"


def check_plan(doc: dict[str, Any]) -> Iterable[Problem]:
    """What was done was approved before, under this fingerprint; a plan called done is."""
    plan = doc["plan"]
    tried = any(row[4] != "open" for row in doc["acts"])
    started = plan.get("started_at")
    good = [a for a in doc["approvals"] if a["fingerprint"] == plan["fingerprint"]]
    if tried and not any(isinstance(started, str) and a["at"] <= started for a in good):
        yield Problem("approval")
    if plan["state"] == "done" and any(row[4] not in ("done", "already_so") for row in doc["acts"]):
        yield Problem("done")
    if plan["state"] == "done" and plan.get("uncovered"):
        yield Problem("beside")


def check_journal(doc: dict[str, Any], path: str) -> Iterable[Problem]:
    """The export is one unbroken chain, and the certificate's head stands in it."""
    before = GENESIS
    hashes = {0: GENESIS}
    lines = read_text(path).split("\n")  # not splitlines: texts may hold other line ends
    for number, line in enumerate(lines[:-1] if lines[-1] == "" else lines, start=1):
        entry = parse(line, f"{path}: line {number}")
        covered = {name: entry.get(name) for name in ("seq", "at", "actor", "verb", "subject", "prev_hash")}
        own = sm3(canonical({**covered, "body": sm3(canonical(entry.get("body")))}))
        if covered["seq"] != number or covered["prev_hash"] != before or entry.get("hash") != own:
            yield Problem("chain", str(number))
            return
        before = hashes[number] = own
    head = doc["journal"]
    if hashes.get(head["seq"]) != head["hash"]:
        yield Problem("head", str(head["seq"]))


def unproven(doc: dict[str, Any]) -> list[Problem]:
    """Return the listings that are not proven as wanted: an honest document may have some."""
    left = (item for item in doc["listings"] if item["says"] != item["wanted"])
    return [Problem("unproven", f"{it['merchant_code']} {it['shop']}/{it['listing']}") for it in left]


def verify(doc: dict[str, Any], args: argparse.Namespace) -> dict[str, list[Problem]]:
    """Return the problems by check, in order; every list empty means that everything holds."""
    found = {"structure": list(check_structure(doc))}
    if found["structure"]:
        return found  # nothing else can be judged
    checks = (check_digest, check_signature, check_counts, check_listings, check_plan)
    found.update((check.__name__[6:], list(check(doc))) for check in checks)
    if args.key is not None:
        found["key"] = [] if doc["signature"]["public_key"] == read_key(args.key) else [Problem("key")]
    if args.journal is not None:
        found["journal"] = list(check_journal(doc, args.journal))
    return found


def summary(doc: dict[str, Any]) -> dict[str, tuple[int, int]]:
    """Return (proven, wanted) for `off` and `on`."""
    pairs = [(item["wanted"], item["says"]) for item in doc["listings"]]
    wanted = [item["wanted"] for item in doc["listings"]]
    return {word: (pairs.count((word, word)), wanted.count(word)) for word in ("off", "on")}


def tell(doc: dict[str, Any], found: dict[str, list[Problem]], args: argparse.Namespace) -> Iterable[str]:
    """Return the lines a person reads."""
    say: Callable[..., str] = lambda code, *about: TEXTS[code][args.lang == "zh"].format(*about)  # noqa: E731
    for name, problems in found.items():
        yield ("[x] " if problems else "[ok] ") + say(name)
        yield from _lines(problems, say)
    if not found["structure"]:
        yield say("title", f"{doc['plan']['id']} v{doc['plan']['version']}", doc["issued_at"])
        yield from (say(word, *pair) for word, pair in summary(doc).items() if pair[1])
        yield from [say("unpinned", doc["signature"]["public_key"])] if args.key is None else []
        yield from [say("unjournaled")] if args.journal is None else []
    left = [] if any(found.values()) else unproven(doc)
    yield from _lines(left, say)
    yield say("bad") if any(found.values()) else say("partly", len(left)) if left else say("good")


def _lines(problems: list[Problem], say: Callable[..., str]) -> Iterable[str]:
    for problem in problems[:20]:
        about = "".join(c if c.isprintable() else "?" for c in problem.about)
        yield "     " + say("p." + problem.code, about)
    if len(problems) > 20:
        yield "     " + say("more", len(problems) - 20)


def arguments(argv: list[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Verify an Offshelf certificate offline. 离线核验下架证书。")
    parser.add_argument("certificate", help="JSON file, or - for standard input")
    parser.add_argument("--key", help="the merchant's public key: 64 hex digits or a file holding them")
    parser.add_argument("--journal", help="journal export (JSONL)")
    parser.add_argument(
        "--lang", choices=("en", "zh"), default="zh" if os.environ.get("LANG", "")[:2] == "zh" else "en"
    )
    parser.add_argument("--json", action="store_true", help="one JSON document instead of text")
    return parser.parse_args(argv)


def main(argv: list[str]) -> int:
    """Verify what the command line names and tell the result; return the exit code."""
    args = arguments(argv)
    sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]
    try:
        doc = parse(read_text(args.certificate), args.certificate)
        found = verify(doc, args)
    except BadInputError as error:
        text = TEXTS["input"][args.lang == "zh"].format(error)
        print(json.dumps({"ok": False, "error": str(error)}) if args.json else text)
        return 2
    print(as_json(doc, found, args) if args.json else "\n".join(tell(doc, found, args)))
    return 1 if any(found.values()) else 3 if unproven(doc) else 0


def as_json(doc: dict[str, Any], found: dict[str, list[Problem]], args: argparse.Namespace) -> str:
    """Return the result for programs."""
    told = {
        "ok": not any(found.values()),
        "pinned": args.key is not None,
        "journal": args.journal is not None,
        "proven": None if found["structure"] else summary(doc),
        "all_proven": not any(found.values()) and not unproven(doc),
        "checks": {name: [problem._asdict() for problem in problems] for name, problems in found.items()},
    }
    return json.dumps(told, ensure_ascii=False)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
