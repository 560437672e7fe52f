"""What a connector says about its platform is dated and sourced; what is doubtful says so."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from offshelf.platforms.contract import Grade
from offshelf.vocabulary.shops import Platform
from support.architecture import ROOT, SOURCE, none

CERTAINTIES = {"agreed", "single source", "inferred", "conflict"}
MANIFESTS = sorted(SOURCE.glob("platforms/*/manifest.toml"))


def test_every_platform_has_its_connector() -> None:
    assert [path.parent.name for path in MANIFESTS] == sorted(platform.value for platform in Platform)


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: path.parent.name)
def test_every_number_has_its_source_and_its_certainty(path: Path) -> None:
    limits = tomllib.loads(path.read_text("utf-8"))["limits"]
    assert limits
    assert none(name for name, entry in limits.items() if not entry.get("source"))
    assert {entry["certainty"] for entry in limits.values()} <= CERTAINTIES


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: path.parent.name)
def test_a_manifest_is_dated_and_graded(path: Path) -> None:
    document = tomllib.loads(path.read_text("utf-8"))
    assert re.fullmatch(r"20\d\d-\d\d(-\d\d)?", document["observed_on"])
    assert {Grade(grade) for grade in document["grades"]}
    assert document["platform"] == path.parent.name


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: path.parent.name)
def test_every_connector_stands_before_the_conformance_suite(path: Path) -> None:
    tests = list((ROOT / "tests/conformance").glob("test_*.py"))
    assert [file.name for file in tests if path.parent.name in file.read_text("utf-8")], "no grade is proven"
