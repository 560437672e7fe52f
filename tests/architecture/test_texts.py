"""Everything a person can be told exists in both languages, and can be filled with what the code gives."""

from __future__ import annotations

import ast
import re

import pytest

from offshelf.catalog.places.graph import How, Why
from offshelf.catalog.registers.model import Effect
from offshelf.delisting.certificate import Proof
from offshelf.delisting.model import Way
from offshelf.kit.texts import LANGUAGES
from offshelf.monitoring import health
from offshelf.monitoring.forced import Cause
from offshelf.monitoring.licences import What
from offshelf.platforms.contract import Meaning
from offshelf.policy.kinds import Kind, Unit
from offshelf.policy.schema import CERTAINTIES
from offshelf.tasks.model import EvidenceKind, Recheck, Sight, TargetState, TaskState
from offshelf.vocabulary import goods, places, plans, shops, statements
from offshelf.vocabulary.texts import catalogue
from support.architecture import Module, coded, modules, none, strings

TEXTS = catalogue()
# How findings are made (checks.model), and the verdicts they stand for.
FINDERS = frozenset({"passes", "warns", "fails", "unclear"})
HEALTH = sorted({*health._CODES.values(), "well", "unclear_answer"})
# Values people see, by the table of the catalogue that holds their words. Without one the bare value would be shown.
SHOWN: dict[str, list[str]] = {
    "act": [*plans.ActKind],
    "alert": [*What, "renewed"],
    "audit": [*goods.Audit],
    "declared": [*Effect],
    "doctor.name": ["python", "sqlite", "disk", "house", "journal", "policy", "shops"],
    "doctor": [
        "python",
        "sqlite",
        "disk",
        "journal",
        "policy",
        "no_shops",
        *(f"shop_{code}" for code in HEALTH),
    ],
    "cause": [*Cause],
    "drift": ["drift", "pending_audit", "unknown"],
    "health": HEALTH,
    "kind": [*plans.PlanKind],
    "lost": [
        plans.ActKind.STOP_LIMITED_DISCOUNT,
        plans.ActKind.STOP_COUPON,
        plans.ActKind.DRAIN_STOCK,
        plans.ActKind.BY_HAND,
    ],
    "licence_kind": [*statements.LicenceKind],
    "licence_state": [*statements.LicenceState],
    "outcome": [*plans.Outcome, "open"],
    "policy_certainty": [*CERTAINTIES],
    "policy_kind": [*Kind],
    "policy_unit": [unit for unit in Unit if unit is not Unit.COUNT],  # a count is shown bare
    "place": [*places.PlaceKind],
    "place_how": [*How],
    "place_nature": [*places.Nature],
    "place_source": ["api", "file", "hand"],
    "place_state": [*places.PlaceState],
    "place_why": [*Why, "unsure"],
    "promotion": [*goods.PromotionKind],
    "proof": [*Proof],
    "reason": [*plans.Reason],
    "shelf": [*goods.Shelf],
    "state": [*plans.PlanState],
    "statement": [*statements.StatementKind],
    "task_state": [*TaskState, "overdue"],
    "target_state": [*TargetState],
    "task_place": [*places.PlaceKind],
    "evidence_kind": [*EvidenceKind],
    "sight": [*Sight],
    "recheck": [*Recheck],
    "undo": [*plans.Undo],
    "verdict": [*plans.Verdict],
    "wanted": ["off", "on"],
    "way": [*Way],
    "report.act": [*plans.ActKind],
    "report.outcome": [*plans.Outcome, "open"],
    "report.platform": [*shops.Platform],
    "report.reason": [*plans.Reason],
    "report.shelf": [*goods.Shelf],
    "report.state": [*plans.PlanState],
    "report.undo": [*plans.Undo],
}
ALSO_IN_THE_REPORT = ("act", "outcome", "reason", "shelf", "state", "undo")
LOOK = re.compile(r"(act|affiliate|audit|place|promotion|shelf|stock)\.[a-z_]+")


def _told(names: frozenset[str], place: int) -> list[tuple[Module, ast.Call, frozenset[str] | None]]:
    """Return calls of these functions or classes with the codes their argument can be."""
    found = []
    for module in modules():
        for call, around in module.calls():
            if module.dotted(call.func).rpartition(".")[2] in names and len(call.args) > place:
                found.append((module, call, strings(module, call.args[place], around)))
    return found


ERRORS = [(module, call, strings(module, call.args[0], around)) for module, call, around in coded()]
FINDINGS = [item for item in _told(FINDERS, 0) if item[0].room == "checks"]


def _prefix(module: Module, call: ast.Call) -> str:
    """Return what the `say` called here puts before its key: the report has one of its own."""
    return "report." if module.name == "offshelf.delisting.report" and isinstance(call.func, ast.Name) else ""


def _said() -> list[tuple[Module, ast.Call, frozenset[str] | None]]:
    """Return calls of `say(key, **places)`, the catalogue's and what faces make of it, with the keys they can be."""
    return [
        (module, call, keys and frozenset(_prefix(module, call) + key for key in keys))
        for module, call, keys in _told(frozenset({"say"}), 0)
        if module.room not in ("kit", "vocabulary")
    ]


SAID = _said()


def _missing(keys: set[str]) -> list[str]:
    return sorted(f"{lang}: {key}" for key in keys for lang in LANGUAGES if not TEXTS.has(key, lang))


def test_both_languages_have_the_same_texts() -> None:
    chinese, english = TEXTS.keys("zh"), TEXTS.keys("en")
    assert sorted(chinese ^ english) == []


def test_a_text_has_the_same_places_in_both_languages() -> None:
    both = TEXTS.keys("zh") & TEXTS.keys("en")
    assert sorted(key for key in both if TEXTS.places(key, "zh") != TEXTS.places(key, "en")) == []


def test_no_text_is_empty() -> None:
    found = [
        (lang, key) for lang in LANGUAGES for key in TEXTS.keys(lang) if not TEXTS.raw(key, lang).strip()
    ]
    assert found == []


def test_the_code_of_every_error_can_be_seen() -> None:
    assert len(ERRORS) > 100
    hidden = [f"{m.where}:{call.lineno}" for m, call, codes in ERRORS if codes is None]
    assert hidden == [], "give the code as a string, or the tests cannot know its text"


def test_every_error_says_what_happened_and_what_to_do() -> None:
    codes = {code for _, _, found in ERRORS for code in found or ()}
    assert none(_missing({f"error.{code}{tail}" for code in codes for tail in ("", ".next")}))


def _unfilled(module: Module, call: ast.Call, keys: set[str]) -> list[str]:
    """Return the texts with places that the call does not fill."""
    given = {word.arg for word in call.keywords}
    if None in given:  # `**params`: only a run can tell
        return []
    open_places = {key: TEXTS.places(key, "en") - given for key in keys if TEXTS.has(key, "en")}
    return [f"{module.where}:{call.lineno} {key} {sorted(left)}" for key, left in open_places.items() if left]


def test_every_error_fills_its_texts() -> None:
    unfilled = [
        line
        for module, call, codes in ERRORS
        for line in _unfilled(
            module, call, {f"error.{code}{tail}" for code in codes or () for tail in ("", ".next")}
        )
    ]
    assert none(unfilled)


def test_the_code_of_every_finding_can_be_seen() -> None:
    assert FINDINGS
    assert [f"{m.where}:{call.lineno}" for m, call, codes in FINDINGS if codes is None] == []


def test_every_finding_has_its_text() -> None:
    codes = {code for _, _, found in FINDINGS for code in found or ()}
    assert none(_missing({f"finding.{code}" for code in codes}))


def test_every_finding_fills_its_text() -> None:
    # Parameters come as a dict that may be put together elsewhere; where it stands in the call, it is compared.
    unfilled = []
    for module, call, codes in FINDINGS:
        given = call.args[3] if len(call.args) > 3 else None
        if isinstance(given, ast.Dict) and None not in given.keys:
            names = {key.value for key in given.keys if isinstance(key, ast.Constant)}
            wanted = {
                code: TEXTS.places(f"finding.{code}", "en")
                for code in codes or ()
                if TEXTS.has(f"finding.{code}", "en")
            }
            unfilled += [
                f"{module.where}:{call.lineno} {code}" for code, places in wanted.items() if places - names
            ]
    assert none(unfilled)


def test_what_faces_say_exists() -> None:
    assert len(SAID) > 50
    keys = {key for _, _, found in SAID for key in found or ()}
    assert none(_missing(keys))


def test_what_faces_say_is_filled() -> None:
    assert [line for m, call, found in SAID for line in _unfilled(m, call, set(found or ()))] == []


def test_texts_put_together_have_at_least_their_beginning() -> None:
    known = TEXTS.keys("zh") & TEXTS.keys("en")
    starts = {
        f"{module.where}:{call.lineno}": _prefix(module, call) + str(call.args[0].values[0].value)
        for module, call, found in SAID
        if found is None
        and isinstance(call.args[0], ast.JoinedStr)
        and isinstance(call.args[0].values[0], ast.Constant)
    }
    assert none(w for w, start in starts.items() if not any(key.startswith(start) for key in known))


@pytest.mark.parametrize("table", SHOWN)
def test_every_value_people_see_has_a_word(table: str) -> None:
    assert none(_missing({f"{table}.{value}" for value in SHOWN[table]}))


@pytest.mark.parametrize(("one", "other"), [(name, f"report.{name}") for name in ALSO_IN_THE_REPORT])
def test_a_value_has_one_chinese_word(one: str, other: str) -> None:
    values = [value for value in SHOWN[one] if TEXTS.has(f"{one}.{value}", "zh")]
    said = {
        value: (TEXTS.raw(f"{one}.{value}", "zh"), TEXTS.raw(f"{other}.{value}", "zh")) for value in values
    }
    assert {value: words for value, words in said.items() if words[0] != words[1]} == {}


def test_every_code_of_a_look_has_its_text() -> None:
    codes = {
        node.value
        for module in modules()
        if module.name.startswith("offshelf.delisting.deeds") or module.name == "offshelf.delisting.judge"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and LOOK.fullmatch(node.value)
    }
    read = {f"read.{meaning.value}" for meaning in Meaning if meaning is not Meaning.OK}
    assert codes
    assert none(_missing({f"code.{code}" for code in codes | read | {meaning.value for meaning in Meaning}}))
